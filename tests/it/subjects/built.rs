//! Compiled adapters: built once, kept, and built elsewhere where nothing can be kept.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::SystemTime;

use crate::support::{Folder, Ran, command, has, root};

/// Everything that was built below a folder, with the time of its making.
fn built(cache: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let folders = fs::read_dir(cache).into_iter().flatten().map(|entry| entry.unwrap().path());
    folders.map(|folder| (folder.clone(), fs::metadata(folder.join("probe")).unwrap().modified().unwrap())).collect()
}

/// `netdbspec subjects cc:gcc` with its cache there, and TMPDIR in `temporary`.
fn subjects(cache: impl AsRef<OsStr>, temporary: &Path) -> std::process::Command {
    let mut command = command(root(), ["subjects", "cc:gcc"]);
    command.env("XDG_CACHE_HOME", cache).env("TMPDIR", temporary);
    command
}

#[track_caller]
fn is_here(ran: &Ran) {
    assert!(ran.exit == 0 && ran.out.contains("✓ here"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_second_use_compiles_nothing() {
    if !has("cc", "gcc") {
        return;
    }
    let folder = Folder::new();
    is_here(&Ran::of(&mut subjects(folder.path(), folder.path())));
    let once = built(&folder.path().join("netdbspec"));
    assert_eq!(once.len(), 1, "{once:?}");
    is_here(&Ran::of(&mut subjects(folder.path(), folder.path())));
    assert_eq!(built(&folder.path().join("netdbspec")), once);
}

#[test]
fn a_cache_that_cannot_be_written_gives_way_to_the_temporary_folder() {
    if !has("cc", "gcc") {
        return;
    }
    let folder = Folder::new();
    // Even root can make no folder below a file.
    folder.put("file", "");
    for _ in 0..2 {
        is_here(&Ran::of(&mut subjects(folder.path().join("file"), folder.path())));
    }
    let own = folder.path().join(format!("netdbspec-{}", rustix::process::geteuid().as_raw()));
    assert_eq!(built(&own).len(), 1, "{own:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else was written");
}

#[test]
fn two_that_build_at_once_do_not_disturb_each_other() {
    if !has("cc", "gcc") {
        return;
    }
    let folder = Folder::new();
    let start = |_| -> Child { subjects(folder.path(), folder.path()).stdout(Stdio::piped()).spawn().unwrap() };
    let running: Vec<Child> = (0..2).map(start).collect();
    for child in running {
        let done = child.wait_with_output().unwrap();
        let out = String::from_utf8(done.stdout).unwrap();
        assert!(done.status.success() && out.contains("✓ here"), "{out}");
    }
    // What the slower one built is gone: a folder without a probe would be an error here.
    assert_eq!(built(&folder.path().join("netdbspec")).len(), 1);
}
