//! Whether this is a disposable container: it must bear a mark of one, and nothing that only a machine has.

use std::fs;
use std::path::Path;

/// Marks that container engines leave: a file, and whose mark it is.
const MARKS: [(&str, &str); 2] = [("/.dockerenv", "Docker"), ("/run/.containerenv", "Podman")];

/// First processes that boot a machine; a container that boots like one is not meant to be thrown away.
const INITS: [&str; 6] = ["systemd", "init", "openrc-init", "runit", "launchd", "dinit"];

/// What was looked at.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Seen {
    /// Those of [`MARKS`] that are there.
    marks: Vec<String>,
    /// The name of process 1.
    first: String,
    /// All mounts, in the order in which they were made.
    mounts: Vec<Mount>,
}

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    /// The part of the file system that is mounted; `/` is all of it.
    part: String,
    /// Where.
    at: String,
    /// The file system's type.
    kind: String,
    /// What it is a file system of: `/dev/sda1`, `overlay`.
    of: String,
}

impl Seen {
    /// Looks.
    pub(super) fn here() -> Self {
        let text = |path: &str| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut marks: Vec<String> = MARKS
            .iter()
            .filter(|(path, _)| Path::new(path).exists())
            .map(|(path, whose)| format!("{path} ({whose})"))
            .collect();
        // Podman, LXC and systemd-nspawn say it so.
        let environment = text("/proc/1/environ").unwrap_or_default();
        let said = environment.split('\0').find(|variable| variable.starts_with("container="));
        marks.extend(said.map(|variable| format!("{variable} in the environment of process 1")));
        if Path::new("/run/secrets/kubernetes.io").exists() {
            marks.push("/run/secrets/kubernetes.io (Kubernetes)".to_owned());
        }
        let first = text("/proc/1/comm").unwrap_or_default().trim().to_owned();
        let mounts = text("/proc/self/mountinfo").unwrap_or_default().lines().filter_map(Mount::read).collect();
        Self { marks, first, mounts }
    }

    /// The marks of a container, in words.
    ///
    /// # Errors
    /// Why this is none, or is not known to be one.
    pub(super) fn evidence(&self) -> Result<String, String> {
        let Some(root) = self.last_at("/") else {
            return Err("/proc/self/mountinfo does not say what / is".to_owned());
        };
        if INITS.contains(&self.first.as_str()) {
            return Err(format!("process 1 is `{}`, as on a machine", self.first));
        }
        if root.part == "/" && root.of.starts_with("/dev/") {
            return Err(format!("/ is the whole file system of {} ({}), as on a machine", root.of, root.kind));
        }
        if self.last_at("/dev").is_some_and(|dev| dev.kind == "devtmpfs") {
            return Err("/dev is the kernel's own (devtmpfs), as on a machine".to_owned());
        }
        if let Some(etc) = self.last_at("/etc")
            && !matches!(etc.kind.as_str(), "overlay" | "tmpfs")
        {
            return Err(format!("/etc is mounted from outside ({} of {})", etc.part, etc.of));
        }
        // Engines mount files of their own making: those have other names.
        let machine = |mount: &&Mount| mount.at.starts_with("/etc/") && mount.part.ends_with(&mount.at);
        if let Some(mount) = self.mounts.iter().find(machine) {
            return Err(format!("{} is mounted from a file of that name outside: perhaps the machine's", mount.at));
        }
        match self.marks.is_empty() {
            true => Err("there is no mark of one: no /.dockerenv, no /run/.containerenv, no `container=` in the \
                         environment of process 1"
                .to_owned()),
            false => Ok(self.marks.join(", ")),
        }
    }

    /// Whether this path is a mount point: it can be written to, and neither removed nor replaced.
    pub(super) fn is_mount_point(&self, path: &str) -> bool {
        self.last_at(path).is_some()
    }

    fn last_at(&self, path: &str) -> Option<&Mount> {
        self.mounts.iter().rev().find(|mount| mount.at == path)
    }
}

impl Mount {
    /// Reads a line of /proc/self/mountinfo, proc(5).
    fn read(line: &str) -> Option<Self> {
        let (place, what) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let mut what = what.split(' ');
        let next = |words: &mut dyn Iterator<Item = &'_ str>| words.next().map(str::to_owned);
        Some(Self { part: next(&mut place)?, at: next(&mut place)?, kind: next(&mut what)?, of: next(&mut what)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKER: &str = "\
1 0 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l
2 1 0:53 / /proc rw - proc proc rw
3 1 0:54 / /dev rw - tmpfs tmpfs rw
4 1 254:1 /var/lib/docker/containers/1f/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda1 rw
5 1 254:1 /var/lib/docker/containers/1f/hosts /etc/hosts rw - ext4 /dev/vda1 rw
";

    fn seen(marks: &[&str], first: &str, mounts: &str) -> Seen {
        let marks = marks.iter().map(|mark| (*mark).to_owned()).collect();
        Seen { marks, first: first.to_owned(), mounts: mounts.lines().filter_map(Mount::read).collect() }
    }

    fn refused(marks: &[&str], first: &str, mounts: &str) -> String {
        seen(marks, first, mounts).evidence().unwrap_err()
    }

    #[test]
    fn a_container_is_known_by_its_marks() {
        let docker = seen(&["/.dockerenv (Docker)"], "sh", DOCKER);
        assert_eq!(docker.evidence(), Ok("/.dockerenv (Docker)".to_owned()));
        assert!(docker.is_mount_point("/etc/hosts") && !docker.is_mount_point("/etc/services"));
        // Other storage of images: a folder of the machine's file system is the root.
        let folder =
            DOCKER.replace("0:50 / / rw,relatime master:1 - overlay overlay", "8:1 /images/1 / rw - btrfs /dev/sda");
        assert!(seen(&["container=lxc"], "bash", &folder).evidence().is_ok());
        assert!(refused(&[], "sh", DOCKER).starts_with("there is no mark of one"));
    }

    #[test]
    fn whatever_has_the_ways_of_a_machine_is_refused() {
        let mark = &["/.dockerenv (Docker)"][..];
        let machine = "1 0 254:0 / / rw - ext4 /dev/vda rw\n";
        assert_eq!(refused(mark, "x", machine), "/ is the whole file system of /dev/vda (ext4), as on a machine");
        assert_eq!(refused(mark, "systemd", DOCKER), "process 1 is `systemd`, as on a machine");
        let dev = DOCKER.replace("/dev rw - tmpfs tmpfs", "/dev rw - devtmpfs devtmpfs");
        assert_eq!(refused(mark, "sh", &dev), "/dev is the kernel's own (devtmpfs), as on a machine");
        assert!(refused(mark, "sh", "").contains("mountinfo"));
    }

    #[test]
    fn an_etc_that_is_not_the_containers_own_is_refused() {
        let mark = &["/.dockerenv (Docker)"][..];
        let whole = format!("{DOCKER}6 1 254:1 /etc /etc rw - ext4 /dev/vda1 rw\n");
        assert_eq!(refused(mark, "sh", &whole), "/etc is mounted from outside (/etc of /dev/vda1)");
        let one = format!("{DOCKER}6 1 254:1 /etc/services /etc/services rw - ext4 /dev/vda1 rw\n");
        assert!(refused(mark, "sh", &one).starts_with("/etc/services is mounted from a file of that name outside"));
    }
}
