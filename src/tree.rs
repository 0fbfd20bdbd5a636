//! Where data files are read from: the copy built into this binary, a folder on disk, or memory. Knows nothing of what they
//! hold.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

static FIXTURES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/fixtures");
static SNAPSHOTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/snapshots");

/// A folder of data files.
#[derive(Clone, Debug)]
pub enum Tree {
    /// A folder built into this binary, and what the checkout calls its top folder.
    Embedded(&'static str, Dir<'static>),
    /// A folder on disk.
    Disk(PathBuf),
    /// Files that are nowhere: their texts by path, with `/` between the parts of a path.
    Memory(BTreeMap<String, String>),
}

impl Tree {
    /// The suite's own `fixtures/` folder, as it was when this binary was built.
    #[must_use]
    pub fn fixtures() -> Self {
        Self::Embedded("fixtures", FIXTURES.clone())
    }

    /// The suite's own `snapshots/` folder, as it was when this binary was built.
    #[must_use]
    pub fn snapshots() -> Self {
        Self::Embedded("snapshots", SNAPSHOTS.clone())
    }

    /// The paths of all files below it, relative to it, with `/` between their parts, sorted.
    ///
    /// # Errors
    /// When a folder on disk cannot be read.
    pub fn files(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        match self {
            Self::Embedded(_, dir) => embedded(dir, dir.path(), &mut found),
            Self::Disk(root) => on_disk(root, root, &mut found)?,
            Self::Memory(files) => found.extend(files.keys().cloned()),
        }
        found.sort();
        Ok(found)
    }

    /// The names of the folders right below it, sorted.
    ///
    /// # Errors
    /// When the folder on disk cannot be read.
    pub fn folders(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        match self {
            Self::Embedded(_, dir) => {
                let names = dir.dirs().filter_map(|below| below.path().file_name());
                found.extend(names.map(|name| name.to_string_lossy().into_owned()));
            }
            Self::Disk(root) => {
                for entry in std::fs::read_dir(root)? {
                    let entry = entry?;
                    if entry.path().is_dir() {
                        found.push(entry.file_name().to_string_lossy().into_owned());
                    }
                }
            }
            Self::Memory(files) => {
                found.extend(files.keys().filter_map(|path| Some(path.split_once('/')?.0.to_owned())));
                found.dedup();
            }
        }
        found.sort();
        Ok(found)
    }

    /// The text of one file.
    ///
    /// # Errors
    /// When there is no such file, it cannot be read or is not UTF-8.
    pub fn read(&self, path: &str) -> io::Result<Cow<'static, str>> {
        match self {
            Self::Embedded(_, dir) => {
                let file = entry(dir, path).and_then(DirEntry::as_file);
                file.and_then(|file| file.contents_utf8()).map(Cow::Borrowed).ok_or_else(|| {
                    io::Error::new(io::ErrorKind::NotFound, format!("`{path}` is not built into this binary"))
                })
            }
            Self::Disk(root) => std::fs::read_to_string(root.join(path)).map(Cow::Owned),
            Self::Memory(files) => {
                files.get(path).cloned().map(Cow::Owned).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }

    /// The folder `path` below this one.
    #[must_use]
    pub fn below(&self, path: &str) -> Self {
        match self {
            Self::Embedded(name, dir) => {
                let below = entry(dir, path).and_then(DirEntry::as_dir);
                Self::Embedded(name, below.cloned().unwrap_or(Dir::new("", &[])))
            }
            Self::Disk(root) => Self::Disk(root.join(path)),
            Self::Memory(files) => {
                let own = files.iter().filter_map(|(file, text)| {
                    let below = file.strip_prefix(path)?.strip_prefix('/')?;
                    Some((below.to_owned(), text.clone()))
                });
                Self::Memory(own.collect())
            }
        }
    }

    /// How messages name the file `path` of this tree.
    #[must_use]
    pub fn name(&self, path: &str) -> String {
        match self {
            Self::Embedded(name, dir) => Path::new(name).join(dir.path()).join(path).display().to_string(),
            Self::Disk(root) => root.join(path).display().to_string(),
            Self::Memory(_) => path.to_owned(),
        }
    }
}

/// What lies at `path` below a folder. The crate's own search compares the paths of all files, thousands of them, for each one.
fn entry(dir: &Dir<'static>, path: &str) -> Option<&'static DirEntry<'static>> {
    let whole = dir.path().join(path);
    let mut entries = dir.entries();
    loop {
        let found = entries.iter().find(|entry| is_on_the_way(entry.path(), &whole))?;
        match found {
            DirEntry::Dir(dir) if dir.path() != whole => entries = dir.entries(),
            found => return Some(found),
        }
    }
}

/// Whether `to` is at `path` or below it.
fn is_on_the_way(path: &Path, to: &Path) -> bool {
    let rest = to.as_os_str().as_encoded_bytes().strip_prefix(path.as_os_str().as_encoded_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

fn embedded(dir: &Dir<'static>, root: &Path, found: &mut Vec<String>) {
    for file in dir.files() {
        if let Ok(path) = file.path().strip_prefix(root) {
            found.push(path.display().to_string());
        }
    }
    for below in dir.dirs() {
        embedded(below, root, found);
    }
}

fn on_disk(folder: &Path, root: &Path, found: &mut Vec<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            on_disk(&path, root, found)?;
        } else if let Ok(path) = path.strip_prefix(root) {
            found.push(path.display().to_string());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_is_found_below_every_folder_it_is_in() {
        let (built_in, checkout) = (Tree::fixtures(), Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
        let files = built_in.files().unwrap();
        assert!(files.len() > 100, "{} files", files.len());
        for path in &files {
            let text = std::fs::read(checkout.join(path)).unwrap();
            let Ok(read) = built_in.read(path) else {
                assert!(std::str::from_utf8(&text).is_err(), "{path}");
                continue;
            };
            assert_eq!(read.as_bytes(), text, "{path}");
            for (cut, _) in path.match_indices('/') {
                let (folder, rest) = (&path[..cut], &path[cut + 1..]);
                assert_eq!(built_in.below(folder).read(rest).unwrap(), read, "{folder} {rest}");
            }
        }
        for gone in ["", "cases", "case", "cases/dns/basic", "cases/dns/basic.toml/x", "../fixtures/README.md"] {
            assert!(built_in.read(gone).is_err(), "{gone}");
        }
        assert!(built_in.below("nowhere").files().unwrap().is_empty());
    }
}
