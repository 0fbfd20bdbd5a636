//! Adapters that must be compiled: built once for each compiler and source, and kept.

use std::env;
use std::fs::{self, DirBuilder};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is to be built: the files of an adapter, and the commands that make a program of them.
pub(super) struct Build<'a> {
    /// The adapter: `go`, `cc`.
    pub(super) name: &'a str,
    /// What tells this build from others of the adapter: the compiler, its version, its options.
    pub(super) key: Vec<String>,
    /// The files that the commands find in their working directory.
    pub(super) files: &'a [(String, String)],
    /// The commands, run one after the other. They get the folder of all builds, for what a compiler keeps.
    pub(super) commands: &'a dyn Fn(&Path) -> Vec<Command>,
    /// The file that they make. Where it is, the build is whole.
    pub(super) product: &'a str,
}

/// Why there is no build.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// A folder or file cannot be written.
    #[error("writing `{}`: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    /// A command cannot be run.
    #[error("running `{command}`: {source}")]
    Run { command: String, source: io::Error },
    /// A command said no.
    #[error("`{command}` failed: {said}")]
    Failed { command: String, said: String },
}

impl Build<'_> {
    /// The folder that holds the product, built now if it was not before. Several may build the same at once: each builds
    /// apart, and the first that is done keeps its own.
    ///
    /// # Errors
    /// When nothing can be written, or a command fails.
    pub(super) fn folder(&self) -> Result<PathBuf, Error> {
        let mut hasher = DefaultHasher::new();
        (&self.key, self.files, self.product, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
        let name = format!("{}-{:016x}", self.name, hasher.finish());
        let whole = |folder: &Path| folder.join(self.product).is_file();
        let folders = folders();
        let built = folders.iter().filter(|folder| is_own(folder)).map(|folder| folder.join(&name));
        if let Some(built) = built.into_iter().find(|folder| whole(folder)) {
            return Ok(built);
        }
        let (parent, apart) = writable(&folders)?;
        self.build(&parent, apart.path())?;
        let kept = parent.join(&name);
        match fs::rename(apart.path(), &kept) {
            Ok(()) => Ok(kept),
            Err(_) if whole(&kept) => Ok(kept),
            Err(source) => Err(Error::Write { path: kept, source }),
        }
    }

    fn build(&self, all: &Path, folder: &Path) -> Result<(), Error> {
        for (name, text) in self.files {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|source| Error::Write { path, source })?;
        }
        for mut command in (self.commands)(all) {
            run(command.current_dir(folder))?;
        }
        Ok(())
    }
}

/// Runs a command, and gives what it printed.
///
/// # Errors
/// When it cannot be run or fails; then with the first that it said.
pub(super) fn run(command: &mut Command) -> Result<String, Error> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let written = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "));
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            // Compilers warn before they refuse.
            let errors = said.lines().filter(|line| line.contains("error") || line.contains("undefined"));
            let mut first: Vec<&str> = errors.take(3).collect();
            if first.is_empty() {
                first = said.lines().filter(|line| !line.trim().is_empty()).take(3).collect();
            }
            let said = if first.is_empty() { output.status.to_string() } else { first.join("\n    ") };
            Err(Error::Failed { command: written, said })
        }
        Err(source) => Err(Error::Run { command: written, source }),
    }
}

/// Where compiled adapters may be: below XDG_CACHE_HOME, else ~/.cache; below TMPDIR where that cannot be written.
fn folders() -> Vec<PathBuf> {
    let set = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    let own = format!("netdbspec-{}", rustix::process::geteuid().as_raw());
    cache.map(|cache| cache.join("netdbspec")).into_iter().chain([env::temp_dir().join(own)]).collect()
}

/// Whether a folder is this user's: in a temporary directory anybody may have made one of that name.
fn is_own(folder: &Path) -> bool {
    fs::symlink_metadata(folder)
        .is_ok_and(|folder| folder.is_dir() && folder.uid() == rustix::process::geteuid().as_raw())
}

/// The first of these folders that can be written, and a new folder in it that goes unless it is renamed.
fn writable(folders: &[PathBuf]) -> Result<(PathBuf, tempfile::TempDir), Error> {
    let mut refused = Error::Write { path: env::temp_dir(), source: io::ErrorKind::NotFound.into() };
    for folder in folders {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        let made = made.and_then(|()| match is_own(folder) {
            true => tempfile::Builder::new().prefix(".building-").tempdir_in(folder),
            false => Err(io::ErrorKind::PermissionDenied.into()),
        });
        match made {
            Ok(apart) => return Ok((folder.clone(), apart)),
            Err(source) => refused = Error::Write { path: folder.clone(), source },
        }
    }
    Err(refused)
}
