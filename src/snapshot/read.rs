//! Finds what is on record for a subject's version, or for the version nearest below it.

use std::io;

use super::block::blocks;
use super::{Basis, Entry, Error, Owner, Policy, SnapFile, Standing, compare, version};
use crate::tree::Tree;

/// What is on record for one topic.
#[derive(Clone, Debug)]
pub struct Recorded {
    path: String,
    file: SnapFile,
    basis: Basis,
}

impl Recorded {
    /// The file within the folder of snapshots: `glibc@2.41/dns/basic.snap`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The implementation and version on record: `glibc 2.36`.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.file.description
    }

    /// Whether this very version is on record.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The contents of the file.
    #[must_use]
    pub fn contents(&self) -> &str {
        &self.file.contents
    }

    /// The block of the case of this name within the topic, with its family; `None` where it is not on record.
    #[must_use]
    pub fn case(&self, name: &str) -> Option<&str> {
        blocks(&self.file.contents).find(|(case, _)| *case == name).map(|(_, block)| block)
    }

    /// The names of all cases on record.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        blocks(&self.file.contents).map(|(name, _)| name)
    }

    /// How a case stands to what is on record. One that is not, or is kept out of snapshots, is neither known nor drifted.
    #[must_use]
    pub fn standing(&self, entry: &Entry<'_>, policy: Policy) -> Standing {
        match self.case(entry.name).filter(|_| entry.is_kept()) {
            Some(block) => compare(block, &entry.block(), self.description(), self.basis, policy),
            None => Standing::default(),
        }
    }
}

/// What is on record of one topic (`area/topic`) for `owner`: the highest version not above its own, else the lowest.
/// `None` where nothing is, or only another implementation under the same name.
///
/// # Errors
/// When a file cannot be read or is not in insta's format.
pub fn read(tree: &Tree, owner: &Owner<'_>, topic: &str) -> Result<Option<Recorded>, Error> {
    choose(tree, owner, topic, None)
}

/// What is on record of one topic for every subject, by the name of its folder: `libc`, `glibc@2.41`.
///
/// # Errors
/// When a file cannot be read or is not in insta's format.
pub fn all(tree: &Tree, topic: &str) -> Result<Vec<(String, Recorded)>, Error> {
    let mut all = Vec::new();
    for path in files(tree)? {
        let subject = path.strip_suffix(".snap").and_then(|path| path.strip_suffix(topic)?.strip_suffix('/'));
        if let Some(subject) = subject
            && let Some(file) = open(tree, &path)?
        {
            let recorded = Recorded { path: path.clone(), file, basis: Basis::OnRecord };
            all.push((subject.to_owned(), recorded));
        }
    }
    Ok(all)
}

/// As [`read`], without the files that only `except` has.
pub(super) fn choose(
    tree: &Tree,
    owner: &Owner<'_>,
    topic: &str,
    except: Option<&str>,
) -> Result<Option<Recorded>, Error> {
    let folder = owner.folder();
    let on_record = versions(tree, &folder)?;
    let mut found: Vec<(String, String, SnapFile)> = Vec::new();
    for version in on_record.iter().filter(|version| Some(version.as_str()) != except) {
        let path = path(&folder, Some(version), topic);
        found.extend(open(tree, &path)?.map(|file| (version.clone(), path, file)));
    }
    let path = path(&folder, None, topic);
    if let Some(base) = open(tree, &path)? {
        found.push((base.version().to_owned(), path, base));
    }
    found.retain(|(_, _, file)| file.implementation() == owner.implementation);
    found.sort_by(|(one, ..), (other, ..)| version::compare(one, other));
    let below = found.iter().rposition(|(version, ..)| version::compare(version, owner.version).is_le());
    if found.is_empty() {
        return Ok(None);
    }
    let (chosen, path, file) = found.swap_remove(below.unwrap_or(0));
    let exact = chosen == owner.version || on_record.iter().any(|version| version == owner.version);
    let basis = if exact { Basis::OnRecord } else { Basis::Nearest };
    Ok(Some(Recorded { path, file, basis }))
}

/// The path of a topic's file, for the subject itself or one version of it.
pub(super) fn path(folder: &str, version: Option<&str>, topic: &str) -> String {
    match version {
        Some(version) => format!("{folder}@{version}/{topic}.snap"),
        None => format!("{folder}/{topic}.snap"),
    }
}

/// The versions that have a folder of their own.
fn versions(tree: &Tree, folder: &str) -> Result<Vec<String>, Error> {
    let folders = none_where_it_is_not(tree, tree.folders())?;
    let versions = folders.iter().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('@'));
    Ok(versions.map(str::to_owned).collect())
}

/// All files; none where the folder does not exist yet.
pub(super) fn files(tree: &Tree) -> Result<Vec<String>, Error> {
    none_where_it_is_not(tree, tree.files())
}

fn none_where_it_is_not(tree: &Tree, found: io::Result<Vec<String>>) -> Result<Vec<String>, Error> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found.map_err(|source| Error::Read { path: tree.name(""), source }),
    }
}

pub(super) fn open(tree: &Tree, path: &str) -> Result<Option<SnapFile>, Error> {
    let text = match tree.read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::Read { path: tree.name(path), source }),
    };
    SnapFile::parse(&text).map(Some).map_err(|what| Error::Format { path: tree.name(path), what })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn put(root: &std::path::Path, path: &str, description: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = SnapFile { description: description.to_owned(), contents: format!("a: pass\n  {description}") };
        fs::write(path, file.to_text("x.rs")).unwrap();
    }

    fn chosen(root: &std::path::Path, implementation: &str, version: &str, topic: &str) -> Option<(String, Basis)> {
        let owner = Owner { name: "libc", implementation, version };
        let found = read(&Tree::Disk(root.to_owned()), &owner, topic).unwrap();
        found.map(|found| (found.description().to_owned(), found.basis()))
    }

    #[test]
    fn the_highest_version_not_above_the_own_wins() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "glibc/dns/basic.snap", "glibc 2.36");
        put(root.path(), "glibc@2.31/dns/basic.snap", "glibc 2.31");
        put(root.path(), "glibc@2.41/dns/basic.snap", "glibc 2.41");
        put(root.path(), "glibc/dns/other.snap", "glibc 2.36");
        let of = |version, topic| chosen(root.path(), "glibc", version, topic);
        let glibc = |version: &str, basis| Some((format!("glibc {version}"), basis));
        assert_eq!(of("2.36", "dns/basic"), glibc("2.36", Basis::OnRecord));
        assert_eq!(of("2.31", "dns/basic"), glibc("2.31", Basis::OnRecord));
        assert_eq!(of("2.33", "dns/basic"), glibc("2.31", Basis::Nearest));
        assert_eq!(of("2.43", "dns/basic"), glibc("2.41", Basis::Nearest));
        assert_eq!(of("2.9", "dns/basic"), glibc("2.31", Basis::Nearest));
        assert_eq!(of("2.41", "dns/other"), glibc("2.36", Basis::OnRecord));
        assert_eq!(of("2.36", "dns/none"), None);
    }

    #[test]
    fn another_implementation_under_the_same_name_has_no_record() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "python/dns/basic.snap", "cpython 3.11");
        let pypy = Owner { name: "python", implementation: "pypy", version: "7.3" };
        assert!(read(&Tree::Disk(root.path().to_owned()), &pypy, "dns/basic").unwrap().is_none());
    }

    #[test]
    fn a_file_that_is_no_snapshot_is_named() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("glibc/dns")).unwrap();
        fs::write(root.path().join("glibc/dns/basic.snap"), "hello").unwrap();
        let owner = Owner { name: "libc", implementation: "glibc", version: "2.36" };
        let error = read(&Tree::Disk(root.path().to_owned()), &owner, "dns/basic").unwrap_err();
        let error = error.to_string().replace(&root.path().display().to_string(), "ROOT");
        insta::assert_snapshot!(error, @"reading the snapshot `ROOT/glibc/dns/basic.snap`: it does not begin with a head between two lines `---`, as insta writes it");
    }
}
