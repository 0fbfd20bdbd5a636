//! Who is asked: programs that answer questions over a pipe. Says what to start and talks with it; where it is started
//! is another's business.
//!
//! The C library of this platform is no special case: this binary is a subject too, and speaks the same protocol
//! ([`serve_probe`]).

#[cfg(feature = "cli")]
pub(crate) mod adapters;
mod c;
mod cache;
mod command;
mod compiled;
mod interpreted;
mod own;
mod pipes;
mod probe;
mod process;
mod program;
pub mod protocol;
mod register;
mod root;
mod session;
mod signal;
mod source;
mod trouble;

pub use probe::serve_probe;
pub use process::Process;
pub use protocol::Hello;
pub use register::Builtin;
pub use root::{NoRoot, PATH as ROOT_PATH, Root};
pub use session::{Ended, Session, Wait};
pub use trouble::{Absent, Trouble};

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A program that can be asked.
#[derive(Clone, Debug)]
pub struct Subject {
    name: String,
    program: OsString,
    arguments: Vec<OsString>,
    home: Option<Home>,
    unable: Option<String>,
    own: bool,
}

/// Where a subject lives that does not live in this machine's own root file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The folder that is its root.
    pub folder: PathBuf,
    /// Files of its adapter that it needs inside: where each is outside, and its path inside.
    pub files: Vec<(PathBuf, PathBuf)>,
}

/// Whom a subject must believe to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Root, with every capability inside its sandbox: some cases need raw sockets or low ports.
    Root,
}

impl Subject {
    fn new<A: Into<OsString>>(name: &str, program: impl AsRef<Path>, arguments: impl IntoIterator<Item = A>) -> Self {
        Self {
            name: name.to_owned(),
            program: program.as_ref().into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            home: None,
            unable: None,
            own: false,
        }
    }

    /// The same in a root file system, where its program is.
    fn in_root(self, root: &Root, files: Vec<(PathBuf, PathBuf)>) -> Self {
        Self { home: Some(Home { folder: root.folder().to_owned(), files }), ..self }
    }

    /// What `--subject` calls it: `libc`, `cmd:./adapter`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a program that nobody here knows: it may do anything, and is run in a sandbox where one can be made.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.name.starts_with("cmd:")
    }

    /// The root file system that it lives in, where that is not the machine's. It must only be run in a sandbox then.
    #[must_use]
    pub fn home(&self) -> Option<&Home> {
        self.home.as_ref()
    }

    /// Whether it is this very program, which asks the C library that it is linked to, or what is built into it.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// Why it can be asked nothing here, where that is so.
    #[must_use]
    pub fn unable(&self) -> Option<&str> {
        self.unable.as_deref()
    }

    /// The program, by an absolute path, and its arguments.
    #[must_use]
    pub fn argv(&self) -> Vec<OsString> {
        std::iter::once(&self.program).chain(&self.arguments).cloned().collect()
    }

    /// Its whole environment, but for what a case adds. It is made, not inherited: resolvers, and the runtimes above
    /// them, obey too many variables.
    #[must_use]
    pub fn env(&self) -> BTreeMap<OsString, OsString> {
        // What this machine's say leads nowhere in another root.
        let own = |name| env::var_os(name).filter(|_| self.home.is_none());
        let here = |name, default: &str| own(name).unwrap_or_else(|| default.into());
        [
            ("PATH", here("PATH", root::PATH)),
            ("HOME", here("HOME", "/")),
            ("TMPDIR", here("TMPDIR", "/tmp")),
            ("LC_ALL", "C.UTF-8".into()),
        ]
        .map(|(name, value)| (name.into(), value))
        .into()
    }

    /// Whom it must believe to be.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::Root
    }
}

/// Finds the subject of this name: a built-in one, with or without what may follow its name, or `cmd:COMMAND` for any
/// program that speaks the protocol. An adapter that must be compiled is compiled, unless it was before.
/// `probe_exe` is this program's own executable.
///
/// # Errors
/// Why it cannot run here, and how to get it.
pub fn find(name: &str, probe_exe: &Path) -> Result<Subject, Absent> {
    register::find(name, probe_exe, None)
}

/// Finds the subject of this name in a root file system: its C library, its interpreters, its programs.
///
/// # Errors
/// Why it cannot run there, and how to get it.
pub fn find_in(root: &Root, name: &str, probe_exe: &Path) -> Result<Subject, Absent> {
    register::find(name, probe_exe, Some(root))
}

/// The subjects that netdbspec brings along, whether or not they can run here.
#[must_use]
pub fn all() -> &'static [Builtin] {
    register::BUILTINS
}
