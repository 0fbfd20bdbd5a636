//! Who is who inside: the id maps of a user namespace, written by the parent.

use std::fs;
use std::io;
use std::sync::OnceLock;

use rustix::process::Pid;

use super::super::Identity;

/// Writes the maps of the user namespace that `child` was born into.
///
/// The ids of the whole machine where this process may map them, so that root still reaches everybody's files; else only
/// its own, to root or to itself.
///
/// # Errors
/// The file that could not be written, and why.
pub(super) fn write(child: Pid, identity: Identity) -> Result<(), (String, io::Error)> {
    let folder = format!("/proc/{}", child.as_raw_nonzero());
    let put = |name: &str, text: &str| {
        let path = format!("{folder}/{name}");
        fs::write(&path, text).map_err(|fault| (path, fault))
    };
    let inside = |own: u32| if identity == Identity::Root { 0 } else { own };
    let user = rustix::process::geteuid().as_raw();
    let group = rustix::process::getegid().as_raw();
    let [users, groups] = whole();
    let mapped = |name: &str, map: &Option<String>| map.as_ref().is_some_and(|map| user == 0 && put(name, map).is_ok());
    if !mapped("uid_map", users) {
        put("uid_map", &format!("{} {user} 1\n", inside(user)))?;
    }
    if !mapped("gid_map", groups) {
        // Else a process could shed a group that keeps it from a file, so the kernel demands it.
        put("setgroups", "deny")?;
        put("gid_map", &format!("{} {group} 1\n", inside(group)))?;
    }
    Ok(())
}

/// Maps that leave every id of this process's user namespace what it is. They are read once: a process stays where it is.
fn whole() -> &'static [Option<String>; 2] {
    static MAPS: OnceLock<[Option<String>; 2]> = OnceLock::new();
    let read = |path| fs::read_to_string(path).ok().map(|map| identical(&map));
    MAPS.get_or_init(|| ["/proc/self/uid_map", "/proc/self/gid_map"].map(read))
}

/// A map that leaves every id of `map`, as /proc/self/uid_map has it, what it is.
fn identical(map: &str) -> String {
    let rows = map.lines().filter_map(|row| {
        let mut parts = row.split_whitespace();
        let (inside, _, count) = (parts.next()?, parts.next()?, parts.next()?);
        Some(format!("{inside} {inside} {count}\n"))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_stays_what_it_is() {
        let map = "         0     100000       1000\n      1000       1000          1\n";
        assert_eq!(identical(map), "0 0 1000\n1000 1000 1\n");
    }
}
