//! What is on record and belongs to no case any more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::block::blocks;
use super::read::{files, open};
use super::{Error, SOURCE, SnapFile};
use crate::tree::Tree;

/// The cases that may be on record, by topic (`area/topic`), each by its name within it.
pub type Known = BTreeMap<String, BTreeSet<String>>;

/// Something on record that belongs to no case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The folder of the subject: `glibc`, `glibc@2.41`.
    pub subject: String,
    /// `area/topic`.
    pub topic: String,
    /// The blocks without a case; none: the whole file is without a topic, or without a block.
    pub names: Vec<String>,
}

/// All that is on record below a folder and belongs to no case.
///
/// # Errors
/// When a file cannot be read, or is no snapshot.
pub fn leftovers(tree: &Tree, known: &Known) -> Result<Vec<Leftover>, Error> {
    let mut leftovers = Vec::new();
    for path in files(tree)? {
        let Some((subject, topic)) = path.strip_suffix(".snap").and_then(|path| path.split_once('/')) else { continue };
        let Some(file) = open(tree, &path)? else { continue };
        let cases = known.get(topic);
        let all: Vec<String> = blocks(&file.contents).map(|(name, _)| name.to_owned()).collect();
        let stray = all.iter().filter(|name| cases.is_some_and(|cases| !cases.contains(*name))).cloned();
        let mut names: Vec<String> = stray.collect();
        let whole = cases.is_none() || names.len() == all.len();
        if whole {
            names.clear();
        }
        if whole || !names.is_empty() {
            leftovers.push(Leftover { subject: subject.to_owned(), topic: topic.to_owned(), names });
        }
    }
    Ok(leftovers)
}

/// Takes it away. Gives the file that was changed.
///
/// # Errors
/// When the file cannot be read, written or removed.
pub fn sweep(folder: &Path, leftover: &Leftover) -> Result<PathBuf, Error> {
    let name = format!("{}/{}.snap", leftover.subject, leftover.topic);
    let path = folder.join(&name);
    let done = if leftover.names.is_empty() {
        fs::remove_file(&path)
    } else {
        let Some(file) = open(&Tree::Disk(folder.to_owned()), &name)? else { return Ok(path) };
        let kept = blocks(&file.contents).filter(|(name, _)| !leftover.names.iter().any(|gone| gone == name));
        let contents = kept.map(|(_, block)| block).collect::<Vec<_>>().join("\n\n");
        fs::write(&path, SnapFile { contents, ..file }.to_text(SOURCE))
    };
    match done {
        Ok(()) => Ok(path),
        Err(source) => Err(Error::Write { path: path.display().to_string(), source }),
    }
}
