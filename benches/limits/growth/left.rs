//! What a run leaves behind: files, processes, namespaces.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What there is of our own, at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct There {
    files: usize,
    processes: usize,
    namespaces: usize,
}

impl There {
    /// What is in a folder for temporary files, and which processes and namespaces are ours. Whoever asks must adopt what its
    /// children leave: orphans are its children then.
    pub(crate) fn now(temporary: &Path) -> Self {
        let ours = ours();
        let of = |pid: &u32| fs::read_dir(format!("/proc/{pid}/ns")).into_iter().flatten().flatten();
        let links = ours.iter().flat_map(of).filter_map(|entry| fs::read_link(entry.path()).ok());
        let namespaces: BTreeSet<_> = links.collect();
        // A namespace without a process lives on where it is mounted.
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let kept = mounts.lines().filter(|line| line.contains(" - nsfs ")).count();
        Self { files: count(temporary), processes: ours.len(), namespaces: namespaces.len() + kept }
    }

    /// All of it together.
    pub(crate) fn all(&self) -> usize {
        self.files + self.processes + self.namespaces
    }
}

impl std::fmt::Display for There {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} files, {} processes, {} namespaces", self.files, self.processes, self.namespaces)
    }
}

/// The files below a folder.
fn count(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| 1 + if entry.file_type().unwrap().is_dir() { count(&entry.path()) } else { 0 }).sum()
}

/// This process and its descendants, without those that have ended.
fn ours() -> BTreeSet<u32> {
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let living: Vec<(u32, u32)> = pids.filter_map(|pid| Some((pid, parent(pid)?))).collect();
    let mut ours = BTreeSet::from([std::process::id()]);
    loop {
        let more: Vec<u32> = living
            .iter()
            .filter(|(pid, parent)| ours.contains(parent) && !ours.contains(pid))
            .map(|(pid, _)| *pid)
            .collect();
        if more.is_empty() {
            return ours;
        }
        ours.extend(more);
    }
}

/// The parent of a process that lives.
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    (fields.next() != Some("Z")).then(|| fields.next()?.parse().ok())?
}
