//! The files behind what is served, and when they change. Editors write a new file and rename it, tools replace a symbolic
//! link, some write in pieces: so the folders are watched, and a change counts once it is quiet.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

/// What is watched.
#[derive(Debug)]
pub(super) struct Files {
    watcher: RecommendedWatcher,
    /// The folders of the files, with those that hold them: a folder that is replaced is watched anew.
    folders: BTreeSet<PathBuf>,
}

/// Whether something that happened to these paths is of interest.
#[derive(Debug, Default)]
struct Interest {
    /// Names of files, wherever they are.
    names: BTreeSet<OsString>,
    /// Folders of which every file is.
    folders: BTreeSet<PathBuf>,
    /// A file is reached over symbolic links: anything may change it.
    all: bool,
}

impl Files {
    /// Watches files, and all files of a folder; `changed` is called, on another thread, whenever one may have changed.
    ///
    /// # Errors
    /// When the system does not let it.
    pub(super) fn watch(
        files: &[PathBuf],
        world: Option<&Path>,
        changed: impl Fn() + Send + 'static,
    ) -> notify::Result<Self> {
        let (mut interest, mut folders) = (Interest::default(), BTreeSet::new());
        for file in files {
            let beside = std::path::absolute(file)?;
            let real = file.canonicalize()?;
            interest.names.extend(beside.file_name().map(OsString::from));
            interest.all |= real != beside;
            folders.extend([&beside, &real].into_iter().filter_map(|path| path.parent()).map(Path::to_owned));
        }
        if let Some(world) = world {
            let real = world.canonicalize()?;
            interest.names.extend(real.file_name().map(OsString::from));
            interest.folders.insert(real.clone());
            folders.insert(real);
        }
        let above: Vec<PathBuf> = folders.iter().filter_map(|folder| folder.parent()).map(Path::to_owned).collect();
        interest.names.extend(folders.iter().filter_map(|folder| folder.file_name()).map(OsString::from));
        folders.extend(above);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Where events were lost, anything may have changed.
            if event.map_or(true, |event| interest.has(&event)) {
                changed();
            }
        })?;
        let mut watched = Self { watcher, folders };
        watched.renew().map(|()| watched)
    }

    /// Watches the folders that are there now, even if they are not those that were there before.
    ///
    /// # Errors
    /// When one is there and cannot be watched.
    pub(super) fn renew(&mut self) -> notify::Result<()> {
        for folder in &self.folders {
            let _: notify::Result<()> = self.watcher.unwatch(folder);
            if folder.is_dir() {
                self.watcher.watch(folder, RecursiveMode::NonRecursive)?;
            }
        }
        Ok(())
    }
}

impl Interest {
    fn has(&self, event: &Event) -> bool {
        // Who reads changes nothing; and the files are read when they have changed.
        if matches!(event.kind, EventKind::Access(how) if how != AccessKind::Close(AccessMode::Write)) {
            return false;
        }
        self.all || event.need_rescan() || event.paths.iter().any(|path| self.has_path(path))
    }

    fn has_path(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| self.names.contains(name))
            || path.parent().is_some_and(|folder| self.folders.contains(folder))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn watch(files: &[PathBuf], world: Option<&Path>) -> (Files, mpsc::Receiver<()>) {
        let (changed, changes) = mpsc::channel();
        let tell = move || {
            let _ = changed.send(());
        };
        (Files::watch(files, world, tell).unwrap(), changes)
    }

    #[test]
    fn files_that_are_written_replaced_or_linked_anew_have_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("example.zone");
        fs::write(&file, "1").unwrap();
        let (_files, changes) = watch(std::slice::from_ref(&file), None);
        let changed = || {
            let came = changes.recv_timeout(PATIENCE).is_ok();
            while changes.try_recv().is_ok() {}
            came
        };
        fs::write(&file, "2").unwrap();
        assert!(changed());
        fs::write(folder.path().join("new"), "3").unwrap();
        fs::rename(folder.path().join("new"), &file).unwrap();
        assert!(changed());
        fs::remove_file(&file).unwrap();
        assert!(changed());
    }

    #[test]
    fn a_folder_that_is_replaced_is_watched_anew() {
        let folder = tempfile::tempdir().unwrap();
        let world = folder.path().join("world");
        fs::create_dir(&world).unwrap();
        let (mut files, changes) = watch(&[], Some(&world));
        fs::remove_dir(&world).unwrap();
        changes.recv_timeout(PATIENCE).unwrap();
        fs::create_dir(&world).unwrap();
        changes.recv_timeout(PATIENCE).unwrap();
        files.renew().unwrap();
        while changes.try_recv().is_ok() {}
        fs::write(world.join("world.toml"), "").unwrap();
        changes.recv_timeout(PATIENCE).unwrap();
    }

    #[test]
    fn what_is_only_read_or_another_file_is_of_no_interest() {
        let interest = Interest { names: ["a.zone".into()].into(), folders: ["/w".into()].into(), all: false };
        let event = |kind, path: &str| Event::new(kind).add_path(path.into());
        let read = EventKind::Access(AccessKind::Close(AccessMode::Read));
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert!(!interest.has(&event(read, "/x/a.zone")));
        assert!(interest.has(&event(written, "/x/a.zone")) && interest.has(&event(written, "/w/hosts")));
        assert!(!interest.has(&event(written, "/x/b.zone")));
        assert!(Interest { all: true, ..interest }.has(&event(written, "/x/b.zone")));
    }
}
