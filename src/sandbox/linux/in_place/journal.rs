//! What stood in /etc before the first file was swapped: kept in /etc itself, so that whoever finds it finds the files that
//! it is about, and held by a lock, so that there is one run at a time.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::etc::Content;

/// The folder in /etc that holds the journal, the lock, and drafts of files.
const FOLDER: &str = ".netdbspec-in-place";

/// The version of the journal's format.
const VERSION: u32 = 1;

/// Why a journal cannot be had.
#[derive(Debug)]
pub(super) enum Fault {
    /// Another run is going on.
    Held,
    /// Doing this failed.
    Failed(String, io::Error),
}

/// The originals, and the lock. While it is there, no other run swaps files.
#[derive(Debug)]
pub(super) struct Journal {
    etc: PathBuf,
    /// Unlocked when it is closed, whatever ends this process.
    _lock: File,
    kept: BTreeMap<String, Kept>,
}

/// What stood under a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    content: Content,
    mount_point: bool,
}

/// The journal as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    files: BTreeMap<String, Kept>,
}

impl Journal {
    /// Takes the lock, puts back what a run that was killed has left swapped, and keeps what stands under `names` now. Says
    /// what was put back.
    pub(super) fn open(
        etc: &Path,
        names: &[&str],
        is_mount_point: &dyn Fn(&Path) -> bool,
    ) -> Result<(Self, Vec<String>), Fault> {
        let lock = lock(etc)?;
        let mut journal = Self { etc: etc.to_owned(), _lock: lock, kept: BTreeMap::new() };
        let left = journal.left()?;
        match journal.keep(names, is_mount_point).and_then(|()| journal.write()) {
            Ok(()) => Ok((journal, left)),
            Err(fault) => {
                // Nothing was swapped. What cannot be taken away is found by the next run.
                _ = journal.close();
                Err(fault)
            }
        }
    }

    /// Reads what stands under `names`, and sees that it can be written to.
    fn keep(&mut self, names: &[&str], is_mount_point: &dyn Fn(&Path) -> bool) -> Result<(), Fault> {
        self.kept.clear();
        for name in names {
            let path = self.etc.join(name);
            let (content, mount_point) = (Content::read(&path), is_mount_point(&path));
            let content = content.map_err(|error| failed("reading", &path, error))?;
            if mount_point {
                File::options().write(true).open(&path).map_err(|error| failed("writing to", &path, error))?;
            }
            self.kept.insert((*name).to_owned(), Kept { content, mount_point });
        }
        Ok(())
    }

    /// Puts back what a run that was killed has left swapped, if there was one. Says what.
    pub(super) fn recover(etc: &Path) -> Result<Vec<String>, Fault> {
        // Not by way of a link: in a sandbox it would lead to the journal of another /etc.
        if !fs::symlink_metadata(etc.join(FOLDER)).is_ok_and(|at| at.is_dir()) {
            return Ok(Vec::new());
        }
        let lock = lock(etc)?;
        let mut journal = Self { etc: etc.to_owned(), _lock: lock, kept: BTreeMap::new() };
        let left = journal.left()?;
        journal.close().map_err(|error| failed("removing", &etc.join(FOLDER), error))?;
        Ok(left)
    }

    /// Puts back what an earlier journal holds.
    fn left(&mut self) -> Result<Vec<String>, Fault> {
        let path = self.path("journal.json");
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("reading", &path, error)),
        };
        let written: Written = serde_json::from_slice(&text).map_err(|error| failed("reading", &path, error.into()))?;
        if written.version != VERSION {
            let error =
                io::Error::other(format!("it has version {}, and this program knows {VERSION}", written.version));
            return Err(failed("reading", &path, error));
        }
        self.kept = written.files;
        self.put_back()
    }

    /// Whether what the world has can stand under this name.
    pub(super) fn takes(&self, name: &str, content: &Content) -> Result<(), String> {
        match self.kept.get(name) {
            None => Err(format!("/etc/{name} is none of the files that are swapped")),
            Some(kept) if kept.mount_point && kept.content != *content && !content.fits_mount_point() => {
                Err(format!("/etc/{name} is a mount point: it can be written to, and not be taken away"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Makes `content` stand under a name.
    pub(super) fn swap(&self, name: &str, content: &Content) -> io::Result<()> {
        let kept = self.kept.get(name).ok_or(ErrorKind::NotFound)?;
        content.put(&self.etc.join(name), &self.path("draft"), kept.mount_point)
    }

    /// Puts everything back that is otherwise now. Says what. It goes on after a failure, and gives the first.
    pub(super) fn put_back(&self) -> Result<Vec<String>, Fault> {
        let (mut back, mut fault) = (Vec::new(), None);
        for (name, kept) in &self.kept {
            let path = self.etc.join(name);
            if Content::read(&path).is_ok_and(|now| now == kept.content) {
                continue;
            }
            match kept.content.put(&path, &self.path("draft"), kept.mount_point) {
                Ok(()) => back.push(name.clone()),
                Err(error) => fault = fault.or_else(|| Some(failed("putting back", &path, error))),
            }
        }
        fault.map_or(Ok(back), Err)
    }

    /// Takes the journal and the lock away. Everything must have been put back before.
    pub(super) fn close(&self) -> io::Result<()> {
        sync(&self.etc)?;
        for name in ["draft", "journal.json", "lock"] {
            match fs::remove_file(self.path(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::remove_dir(self.etc.join(FOLDER))
    }

    /// Writes it so that it outlives a crash of the machine.
    fn write(&self) -> Result<(), Fault> {
        let path = self.path("journal.json");
        let write = || {
            let written = Written { version: VERSION, files: self.kept.clone() };
            let draft = self.path("draft");
            let file = File::create(&draft)?;
            serde_json::to_writer(&file, &written)?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            sync(&self.etc.join(FOLDER))?;
            sync(&self.etc)
        };
        write().map_err(|error| failed("writing", &path, error))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.etc.join(FOLDER).join(name)
    }
}

/// Takes the lock. Its folder is for root alone: a journal may hold what others may not read.
fn lock(etc: &Path) -> Result<File, Fault> {
    let folder = etc.join(FOLDER);
    let path = folder.join("lock");
    loop {
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed("making", &folder, error)),
            _ => {}
        }
        let file = match File::options().create(true).truncate(false).write(true).open(&path) {
            Ok(file) => file,
            // Another run has ended between the two steps.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed("opening", &path, error)),
        };
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(Fault::Held),
            Err(errno) => return Err(failed("locking", &path, errno.into())),
        }
        let own = file.metadata().map_err(|error| failed("looking at", &path, error))?;
        // One that was taken away by the run that held it locks nobody out.
        if fs::metadata(&path).is_ok_and(|at| (at.dev(), at.ino()) == (own.dev(), own.ino())) {
            return Ok(file);
        }
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn failed(doing: &str, path: &Path, error: io::Error) -> Fault {
    Fault::Failed(format!("{doing} {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::world;

    const NAMES: [&str; 3] = ["hosts", "resolv.conf", "services"];

    fn etc() -> tempfile::TempDir {
        let etc = tempfile::tempdir().unwrap();
        fs::write(etc.path().join("hosts"), "127.0.0.1 own\n").unwrap();
        symlink("../run/resolv.conf", etc.path().join("resolv.conf")).unwrap();
        etc
    }

    fn open(etc: &Path) -> (Journal, Vec<String>) {
        Journal::open(etc, &NAMES, &|_| false).unwrap()
    }

    fn now(etc: &Path) -> Vec<Content> {
        NAMES.iter().map(|name| Content::read(&etc.join(name)).unwrap()).collect()
    }

    #[test]
    fn what_a_killed_run_left_is_put_back_by_the_next() {
        let etc = etc();
        let before = now(etc.path());
        let text = Content::of(Some(&world::File::Text("swapped\n".to_owned())));
        for recover in [true, false] {
            let (journal, left) = open(etc.path());
            assert!(left.is_empty());
            for name in NAMES {
                journal.swap(name, &text).unwrap();
            }
            fs::write(journal.path("draft"), "half a fi").unwrap();
            // As the kernel does when it is killed.
            drop(journal);
            let left = if recover {
                Journal::recover(etc.path()).unwrap()
            } else {
                let (journal, left) = open(etc.path());
                journal.close().unwrap();
                left
            };
            assert_eq!(left, NAMES);
            assert_eq!(now(etc.path()), before);
            assert!(!etc.path().join(FOLDER).exists());
        }
        assert_eq!(Journal::recover(etc.path()).unwrap(), [""; 0]);
    }

    #[test]
    fn one_run_at_a_time() {
        let etc = etc();
        let (journal, _) = open(etc.path());
        assert!(matches!(Journal::open(etc.path(), &NAMES, &|_| false), Err(Fault::Held)));
        assert!(matches!(Journal::recover(etc.path()), Err(Fault::Held)));
        journal.close().unwrap();
        drop(journal);
        open(etc.path()).0.close().unwrap();
    }

    #[test]
    fn a_journal_of_another_etc_is_left_alone() {
        let (etc, other) = (etc(), etc());
        let (journal, _) = open(other.path());
        journal.swap("hosts", &Content::Absent).unwrap();
        drop(journal);
        symlink(other.path().join(FOLDER), etc.path().join(FOLDER)).unwrap();
        assert_eq!(Journal::recover(etc.path()).unwrap(), [""; 0]);
        assert!(other.path().join(FOLDER).join("journal.json").exists());
    }

    #[test]
    fn a_mount_point_cannot_be_taken_away() {
        let etc = etc();
        let (journal, _) = Journal::open(etc.path(), &NAMES, &|path| path.ends_with("hosts")).unwrap();
        assert!(journal.takes("hosts", &Content::Absent).unwrap_err().contains("mount point"));
        assert_eq!(journal.takes("hosts", &Content::of(Some(&world::File::Text(String::new())))), Ok(()));
        assert_eq!(journal.takes("services", &Content::Absent), Ok(()));
        assert!(journal.takes("passwd", &Content::Absent).is_err());
    }
}
