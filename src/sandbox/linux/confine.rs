//! Keeps a program from doing harm, whatever it does: what the parent plans for that, and the child does. A subject that fills
//! the disk, forks without end or writes where it should not must cost its case and nothing else.

use std::ffi::{CStr, CString};
use std::fs;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use super::super::Program;
use super::super::error::describe;
use super::{places, sys};

/// The machine's folder for what lives as long as a session, and sockets of its daemons.
pub(super) const RUN: &CStr = c"/run";

/// How many processes and threads there may be inside: more than any runtime starts, and no burden for the machine.
pub(super) const PROCESSES: u64 = 1024;
const PROCESSES_TEXT: &[u8] = b"1024";

/// What only a program has a use for that wants to leave its sandbox or change the machine.
pub(super) const LOST: CapabilitySet = CapabilitySet::SYS_ADMIN
    .union(CapabilitySet::SYS_BOOT)
    .union(CapabilitySet::SYS_MODULE)
    .union(CapabilitySet::SYS_PTRACE)
    .union(CapabilitySet::SYS_RAWIO)
    .union(CapabilitySet::SYS_TIME)
    .union(CapabilitySet::MKNOD);

/// How a program is confined.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Confinement {
    /// The mounts that stay writable.
    pub(super) writable: Vec<CString>,
    /// The devices that stay devices; where there are none, all do.
    pub(super) devices: Vec<CString>,
    /// Whether the kernel counts the processes of a PID namespace.
    pub(super) counted: bool,
}

impl Confinement {
    pub(super) fn new(program: &Program) -> Self {
        let mut writable = vec![c"/etc".to_owned()];
        writable.extend(scratch(program).and_then(|folder| CString::new(folder).ok()));
        // Others than root have no right to a disk in the first place, and a foreign root has a /dev of its own.
        let reaches_disks = rustix::process::geteuid().is_root() && program.root.is_none();
        let devices = places::DEVICES.iter().filter(|_| reaches_disks).map(|name| format!("/dev/{name}"));
        let devices = devices.filter(|path| Path::new(path).exists()).filter_map(|path| CString::new(path).ok());
        // Before that the limit would be the machine's own.
        Self { writable, devices: devices.collect(), counted: kernel_is_at_least(6, 14) }
    }

    /// Confines what is forked from here on. Nothing here allocates. Where the kernel cannot make all of it read-only at once
    /// (before Linux 5.12, or by a filter) that is left out.
    pub(super) fn begin(&self, own_proc: bool) -> Result<(), Errno> {
        if self.counted && own_proc {
            let limit =
                rustix::fs::openat(CWD, c"/proc/sys/kernel/pid_max", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty());
            _ = limit.and_then(|limit| super::files::write_all(&limit, PROCESSES_TEXT));
        }
        for device in &self.devices {
            rustix::mount::mount_bind(device.as_c_str(), device.as_c_str())?;
        }
        let no_devices = if self.devices.is_empty() { 0 } else { libc::MOUNT_ATTR_NODEV };
        match sys::mount_attributes(c"/", libc::MOUNT_ATTR_RDONLY | no_devices, 0, true) {
            Err(Errno::NOSYS | Errno::PERM) => return Ok(()),
            done => done?,
        }
        for folder in &self.writable {
            sys::mount_attributes(folder, 0, libc::MOUNT_ATTR_RDONLY, false)?;
        }
        for device in &self.devices {
            // Refused where they are no devices outside either.
            _ = sys::mount_attributes(device, 0, libc::MOUNT_ATTR_NODEV, false);
        }
        Ok(())
    }
}

/// Where a confined program has a folder of its own. Not /tmp: there may lie what it is made of.
pub(super) fn scratch(program: &Program) -> Option<&'static str> {
    if !program.confined {
        return None;
    }
    let folder = if program.root.is_some() { "/tmp" } else { "/dev/shm" };
    (program.root.is_some() || Path::new(folder).is_dir()).then_some(folder)
}

/// Whether /run can be hidden from a program: nothing of the program itself lies there.
pub(super) fn hides_run(program: &Program) -> bool {
    let below = |path: &Path| path.starts_with("/run") || path.starts_with("/var/run");
    let named = |text: &std::ffi::OsStr| text.to_string_lossy().split([':', '=']).any(|part| below(Path::new(part)));
    let leads = |path: &Path| fs::canonicalize(path).is_ok_and(|real| below(&real));
    let executable = program.argv.first().map(Path::new);
    program.confined
        && program.root.is_none()
        && !program.argv.iter().chain(program.env.values()).any(|text| named(text))
        && !executable.into_iter().chain([program.cwd.as_path()]).any(leads)
}

/// The limit of processes, where the kernel counts those of a user namespace. Before that it counts all that the user has on
/// the machine, so no number would do.
pub(super) fn processes(program: &Program) -> Option<u64> {
    (program.confined && kernel_is_at_least(5, 14)).then_some(PROCESSES)
}

/// What of the confinement cannot be had here, in words.
pub(super) fn lacking() -> Vec<String> {
    let mut lacking = Vec::new();
    if let Some(errno) = sys::mount_attributes_refused() {
        lacking.push(format!(
            "they can write what their user can, since mount_setattr is refused: {}",
            describe(errno.raw_os_error())
        ));
    }
    // The limit of a user does not hold for root.
    let counted = kernel_is_at_least(6, 14) || kernel_is_at_least(5, 14) && !rustix::process::geteuid().is_root();
    if !counted {
        lacking.push("they can start processes without limit".to_owned());
    }
    lacking
}

fn kernel_is_at_least(major: u32, minor: u32) -> bool {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut parts = release.split(|char: char| !char.is_ascii_digit()).map_while(|part| part.parse::<u32>().ok());
    matches!((parts.next(), parts.next()), (Some(is), Some(and)) if (is, and) >= (major, minor))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sandbox::{Identity, Stdio};

    #[test]
    fn run_stays_in_sight_of_a_program_that_is_made_of_what_lies_there() {
        let program = |argv: &[&str], path: &str, cwd: &str| Program {
            argv: argv.iter().map(Into::into).collect(),
            env: BTreeMap::from([("PATH".into(), path.into())]),
            cwd: cwd.into(),
            stdio: Stdio::Pipes,
            identity: Identity::Root,
            root: None,
            confined: true,
            own: false,
        };
        assert!(hides_run(&program(&["/bin/sh", "/srv/run/x"], "/usr/bin:/bin", "/")));
        assert!(!hides_run(&program(&["/bin/sh"], "/bin:/run/current-system/sw/bin", "/")));
        assert!(!hides_run(&program(&["/bin/sh", "--libs=/run/libs"], "/bin", "/")));
        assert!(!hides_run(&program(&["/bin/sh"], "/bin", "/run")));
        assert!(!hides_run(&Program { confined: false, ..program(&["/bin/sh"], "/bin", "/") }));
    }
}
