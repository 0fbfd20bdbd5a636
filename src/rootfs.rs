//! A root file system in a folder: where a path leads for a program that has it as its root. Links are followed inside
//! and never out.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// How many links a path may lead over, as in Linux.
const MOST_LINKS: usize = 40;

/// Where `path` leads for a program whose root is the folder `root`: relative to it, and without links.
///
/// # Errors
/// When there is nothing, the links go round in circles, or a folder cannot be looked into.
pub(crate) fn resolve(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let mut left = parts(path);
    let mut at = PathBuf::new();
    let mut links = 0;
    while let Some(part) = left.pop() {
        if part == OsStr::new("..") {
            at.pop();
            continue;
        }
        let here = root.join(&at).join(&part);
        if !fs::symlink_metadata(&here)?.is_symlink() {
            at.push(part);
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            return Err(io::Error::other("its links go round in circles"));
        }
        let target = fs::read_link(&here)?;
        if target.is_absolute() {
            at.clear();
        }
        left.extend(parts(&target));
    }
    Ok(at)
}

/// The same as [`resolve`], as a path of this machine.
///
/// # Errors
/// As with [`resolve`].
pub(crate) fn outside(root: &Path, path: &Path) -> io::Result<PathBuf> {
    resolve(root, path).map(|at| root.join(at))
}

/// The parts of a path, the first one last.
fn parts(path: &Path) -> Vec<OsString> {
    let parts = path.components().rev().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    parts.map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::ErrorKind;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_lead_nowhere_but_inside() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("usr/lib64")).unwrap();
        fs::create_dir_all(root.join("usr/etc")).unwrap();
        fs::write(root.join("usr/etc/hosts"), "").unwrap();
        for (target, link) in [
            ("/usr/lib64", "lib64"),
            ("usr/etc", "etc"),
            ("../../../../usr/etc", "usr/up"),
            ("/etc/../etc/hosts", "usr/lib64/hosts"),
            ("loop", "loop"),
            ("/nowhere", "dangling"),
            (root.to_str().unwrap(), "out"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        let led = |path: &str| resolve(root, Path::new(path)).map_err(|fault| fault.kind());
        for (path, expected) in [
            ("/", ""),
            ("/lib64", "usr/lib64"),
            ("etc/hosts", "usr/etc/hosts"),
            ("/usr/up/hosts", "usr/etc/hosts"),
            ("/lib64/hosts", "usr/etc/hosts"),
            ("/../../usr", "usr"),
        ] {
            assert_eq!(led(path), Ok(PathBuf::from(expected)), "{path}");
        }
        for path in ["/dangling", "/out", "/etc/passwd"] {
            assert_eq!(led(path), Err(ErrorKind::NotFound), "{path}");
        }
        assert_eq!(led("/loop"), Err(ErrorKind::Other));
        assert_eq!(led("/etc/hosts/x"), Err(ErrorKind::NotADirectory));
        assert_eq!(outside(root, Path::new("/lib64")).unwrap(), root.join("usr/lib64"));
    }
}
