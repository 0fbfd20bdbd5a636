//! Puts outcomes on record.

use std::fs;
use std::path::{Path, PathBuf};

use super::block::blocks;
use super::read::{choose, open, path};
use super::{Entry, Error, Owner, SOURCE, SnapFile};
use crate::tree::Tree;
use crate::verdict::Status;

/// Whether all cases of a topic were run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them: what else is on record is dropped.
    Whole,
    /// Some of them: what is on record of the others stays.
    Part,
}

/// What was done to put a topic on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// This file is new or has other contents now.
    Changed(PathBuf),
    /// What is on record is the same.
    Same,
}

/// Puts the outcomes of one topic (`area/topic`) on record below `folder`: in the subject's own file where that holds the
/// same version or there is none, else in the file of its version, and there only where it differs.
///
/// # Errors
/// When a file cannot be read or written, or is another implementation's.
pub fn write(
    folder: &Path,
    owner: &Owner<'_>,
    topic: &str,
    entries: &[Entry<'_>],
    scope: Scope,
) -> Result<Written, Error> {
    let tree = Tree::Disk(folder.to_owned());
    let base_path = path(&owner.folder(), None, topic);
    let base = open(&tree, &base_path)?;
    if let Some(base) = base.as_ref().filter(|base| base.implementation() != owner.implementation) {
        let theirs = base.implementation().to_owned();
        let path = tree.name(&base_path);
        return Err(Error::Foreign { path, theirs, ours: owner.implementation.to_owned() });
    }
    let other_version = base.as_ref().is_some_and(|base| base.version() != owner.version);
    let own_path = path(&owner.folder(), other_version.then_some(owner.version), topic);
    let below = choose(&tree, owner, topic, Some(owner.version))?.map(|recorded| recorded.contents().to_owned());
    let own = open(&tree, &own_path)?.map(|file| file.contents);

    let recorded = own.as_ref().or(below.as_ref()).map_or("", String::as_str);
    let contents = merge(recorded, entries, scope);
    if other_version && below.as_deref() == Some(contents.as_str()) {
        return withdraw(folder.join(own_path), own.is_some());
    }
    if contents.is_empty() {
        return withdraw(folder.join(own_path), own.is_some());
    }
    if own.as_deref() == Some(contents.as_str()) {
        return Ok(Written::Same);
    }
    let text = SnapFile { description: owner.display(), contents }.to_text(SOURCE);
    put(folder.join(own_path), &text)
}

/// The contents of the file: what came, and of what is on record that which could not be run or was not to, by name.
fn merge(recorded: &str, entries: &[Entry<'_>], scope: Scope) -> String {
    let stays = |name| match entries.iter().find(|entry| entry.name == name) {
        Some(entry) => entry.status == Status::Broken,
        None => scope == Scope::Part,
    };
    let stay = blocks(recorded).filter(|(name, _)| stays(*name)).map(|(name, block)| (name, block.to_owned()));
    let came = entries.iter().filter(|entry| entry.is_kept()).map(|entry| (entry.name, entry.block()));
    let mut all: Vec<(&str, String)> = stay.chain(came).collect();
    all.sort();
    all.into_iter().map(|(_, block)| block).collect::<Vec<_>>().join("\n\n")
}

fn put(path: PathBuf, text: &str) -> Result<Written, Error> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
    match made {
        Ok(()) => Ok(Written::Changed(path)),
        Err(source) => Err(Error::Write { path: path.display().to_string(), source }),
    }
}

/// Takes a file away: a version's own that differs no longer, or one that would hold nothing.
fn withdraw(path: PathBuf, exists: bool) -> Result<Written, Error> {
    if !exists {
        return Ok(Written::Same);
    }
    match fs::remove_file(&path) {
        Ok(()) => Ok(Written::Changed(path)),
        Err(source) => Err(Error::Write { path: path.display().to_string(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;
    use crate::snapshot::read;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn record(&self, version: &str, cases: &[(&str, Status)], scope: Scope) -> String {
            let outcome = Outcome::default();
            let entries: Vec<_> = cases
                .iter()
                .map(|&(name, status)| Entry { name, status, varies: false, verdicts: &[], outcome: &outcome })
                .collect();
            let owner = Owner { name: "libc", implementation: "glibc", version };
            match write(self.0.path(), &owner, "dns/basic", &entries, scope).unwrap() {
                Written::Changed(path) => path.strip_prefix(self.0.path()).unwrap().display().to_string(),
                Written::Same => "same".to_owned(),
            }
        }

        fn contents(&self, version: &str) -> String {
            let owner = Owner { name: "libc", implementation: "glibc", version };
            let found = read(&Tree::Disk(self.0.path().to_owned()), &owner, "dns/basic").unwrap();
            found.map(|found| found.contents().to_owned()).unwrap_or_default()
        }
    }

    #[test]
    fn a_version_has_a_file_of_its_own_only_where_it_differs() {
        let folder = Folder::new();
        let pass = [("a", Status::Pass)];
        let fail = [("a", Status::Fail)];
        assert_eq!(folder.record("2.36", &pass, Scope::Whole), "glibc/dns/basic.snap");
        assert_eq!(folder.record("2.36", &pass, Scope::Whole), "same");
        assert_eq!(folder.record("2.41", &pass, Scope::Whole), "same");
        assert_eq!(folder.record("2.41", &fail, Scope::Whole), "glibc@2.41/dns/basic.snap");
        assert_eq!(folder.record("2.43", &fail, Scope::Whole), "same");
        assert_eq!(folder.contents("2.43"), "a: fail");
        assert_eq!(folder.contents("2.36"), "a: pass");
        assert_eq!(folder.record("2.41", &pass, Scope::Whole), "glibc@2.41/dns/basic.snap");
        assert_eq!(folder.contents("2.41"), "a: pass");
    }

    #[test]
    fn what_was_not_run_stays_on_record() {
        let folder = Folder::new();
        folder.record("2.36", &[("b", Status::Pass), ("a", Status::Pass)], Scope::Whole);
        folder.record("2.36", &[("c", Status::Warn), ("b", Status::Fail)], Scope::Part);
        assert_eq!(folder.contents("2.36"), "a: pass\n\nb: fail\n\nc: warn");
        folder.record("2.36", &[("b", Status::Broken), ("a", Status::Pass)], Scope::Whole);
        assert_eq!(folder.contents("2.36"), "a: pass\n\nb: fail");
    }

    #[test]
    fn another_implementation_is_not_written_over() {
        let folder = Folder::new();
        let cpython = Owner { name: "python", implementation: "cpython", version: "3.11" };
        let outcome = Outcome::default();
        let entry = Entry { name: "a", status: Status::Pass, varies: false, verdicts: &[], outcome: &outcome };
        write(folder.0.path(), &cpython, "dns/basic", &[entry], Scope::Whole).unwrap();
        let pypy = Owner { name: "python", implementation: "pypy", version: "7.3" };
        let error = write(folder.0.path(), &pypy, "dns/basic", &[], Scope::Whole).unwrap_err();
        let error = error.to_string().replace(&folder.0.path().display().to_string(), "ROOT");
        insta::assert_snapshot!(error, @"writing the snapshot `ROOT/python/dns/basic.snap`: it is cpython's, and this is pypy: record into another folder");
    }
}
