//! Small root file systems made of what is on this machine, and what of a folder can be seen to have changed.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may panic as tests may")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Folder;

/// A root file system with these programs in /usr/bin and the libraries that they need. It has /bin, /lib and /lib64 as
/// absolute links, and no /etc.
pub(crate) fn with(programs: &[&str]) -> Folder {
    let root = Folder::new();
    for name in ["bin", "lib", "lib64"] {
        fs::create_dir_all(root.path().join("usr").join(name)).unwrap();
        symlink(format!("/usr/{name}"), root.path().join(name)).unwrap();
    }
    for name in programs {
        add(&root, name);
    }
    root
}

/// Adds a program of this machine, by name or path, and the libraries that it needs.
pub(crate) fn add(root: &Folder, program: &str) {
    let path = found(program).unwrap_or_else(|| panic!("there is no `{program}` in PATH"));
    copy(&path, &root.path().join("usr/bin").join(path.file_name().unwrap()));
    add_libraries_of(root, &path);
}

/// Adds the libraries that a program of this machine needs, and not the program.
pub(crate) fn add_libraries_of(root: &Folder, program: &Path) {
    // A program that is statically linked makes ldd fail, and needs nothing.
    let listed = Command::new("ldd").arg(program).output().unwrap();
    for library in String::from_utf8(listed.stdout).unwrap().split_whitespace().filter(|word| word.starts_with('/')) {
        let inside = library.strip_prefix("/usr").unwrap_or(library);
        copy(Path::new(library), &root.path().join("usr").join(&inside[1..]));
    }
}

/// Adds a library of this machine that lies beside its C library, where there is one of that name.
pub(crate) fn add_library(root: &Folder, name: &str) {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let libc = maps.split_whitespace().find(|word| word.ends_with("/libc.so.6")).unwrap();
    let folder = Path::new(libc).parent().unwrap();
    let inside = folder.strip_prefix("/usr").unwrap_or(folder).strip_prefix("/").unwrap_or(folder);
    if folder.join(name).is_file() {
        copy(&folder.join(name), &root.path().join("usr").join(inside).join(name));
    }
}

fn found(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let mut paths = std::env::split_paths(&folders).map(|folder| folder.join(program));
    paths.find(|path| path.is_file())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    if !to.exists() {
        fs::copy(from, to).unwrap();
    }
}

/// All that is in a folder: kind, mode, owner, times and contents by path.
pub(crate) fn all(folder: &Path) -> BTreeMap<PathBuf, impl PartialEq + std::fmt::Debug + use<>> {
    let mut found = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        let at = fs::symlink_metadata(&path).unwrap();
        let contents = match (at.is_dir(), at.is_symlink()) {
            (true, _) => {
                left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                Vec::new()
            }
            (_, true) => fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes(),
            _ => fs::read(&path).unwrap(),
        };
        let times = [at.mtime(), at.mtime_nsec(), at.ctime(), at.ctime_nsec()];
        found.insert(path, (at.mode(), at.uid(), at.nlink(), times, contents));
    }
    found
}
