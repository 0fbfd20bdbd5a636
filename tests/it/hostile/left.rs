//! What is left behind: processes, mounts, files and namespaces, counted before and after.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use crate::sandbox::given::DEADLINE;

/// All that a run could leave behind in the machine of a test.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// Command line and namespaces of each process, zombies included.
    processes: BTreeSet<(u32, String, Vec<PathBuf>)>,
    mounts: String,
    files: BTreeSet<PathBuf>,
}

impl Left {
    /// What there is now, with the files of these folders beside those of shared memory.
    pub(super) fn now(folders: &[&Path]) -> Self {
        let mut files = BTreeSet::new();
        for folder in folders.iter().copied().chain([Path::new("/dev/shm")]) {
            below(folder, &mut files);
        }
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        Self { processes: processes(), mounts, files }
    }

    /// Waits until there is nothing more than this again: what was killed is gone when the kernel has got to it.
    #[track_caller]
    pub(super) fn is_all_again(&self, folders: &[&Path]) {
        let begun = Instant::now();
        loop {
            let now = Self::now(folders);
            if now == *self {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "before: {self:#?}\nafter: {now:#?}");
            thread::yield_now();
        }
    }
}

/// The machine's processes are all ours: it is a PID namespace.
fn processes() -> BTreeSet<(u32, String, Vec<PathBuf>)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let said = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let kinds = ["user", "mnt", "net", "pid"].map(|kind| fs::read_link(entry.path().join("ns").join(kind)));
        found.insert((number, String::from_utf8_lossy(&said).into_owned(), kinds.into_iter().flatten().collect()));
    }
    found
}

fn below(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            below(&entry.path(), found);
        }
        found.insert(entry.path());
    }
}

#[test]
fn what_is_left_is_seen() {
    super::in_a_machine(|| {
        let folder = crate::support::Folder::new();
        let before = Left::now(&[folder.path()]);
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        assert_eq!(Left::now(&[folder.path()]).processes.len(), before.processes.len() + 1);
        child.kill().unwrap();
        // Not reaped yet.
        assert_eq!(Left::now(&[folder.path()]).processes.len(), before.processes.len() + 1);
        child.wait().unwrap();
        before.is_all_again(&[folder.path()]);
        folder.put("a/b", "");
        assert_eq!(Left::now(&[folder.path()]).files.len(), before.files.len() + 2);
        rustix::mount::mount_bind(folder.path(), folder.path()).unwrap();
        assert_ne!(Left::now(&[]).mounts, before.mounts);
        rustix::mount::unmount(folder.path(), rustix::mount::UnmountFlags::DETACH).unwrap();
    });
}
