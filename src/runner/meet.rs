//! Who a subject is, and where it is run to say so: outside any sandbox, or, where it lives in a root file system, in the
//! world `default`, since nothing of a foreign root is ever run outside.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::one::ended;
use super::{Error, GREETING};
use crate::sandbox::{self, Program, Root, Sandbox, Stdio};
use crate::subject::protocol::VERSION;
use crate::subject::{self, Hello, Session, Subject, Trouble};
use crate::tree::Tree;
use crate::world::{self, World};

/// Starts a subject and asks it who it is.
///
/// # Errors
/// When it does not start, or is lost before it has said so.
pub(crate) fn meet(subject: &Subject) -> Result<Hello, Error> {
    let meeting = |source| Error::Meeting { name: subject.name().to_owned(), source };
    if subject.unable().is_some() {
        return Ok(nobody(subject));
    }
    if subject.home().is_none() {
        return subject.meet(GREETING).map_err(meeting);
    }
    let boxed = |source| Error::Sandbox { name: subject.name().to_owned(), source };
    let mut sandbox = Sandbox::build(&default_world(), &program(subject, subject.env())).map_err(boxed)?;
    sandbox.release().map_err(boxed)?;
    let mut session = match (sandbox.take_stdin(), sandbox.take_stdout(), sandbox.take_stderr()) {
        (Some(stdin), Some(stdout), Some(stderr)) => Session::open(stdin, stdout, stderr).map_err(meeting)?,
        _ => return Err(meeting(Trouble::Pipes(std::io::ErrorKind::BrokenPipe.into()))),
    };
    session.hello(GREETING, &mut |within| ended(&mut sandbox, within)).map_err(meeting)
}

/// A subject as a program for a sandbox, in this environment.
pub(super) fn program(
    subject: &Subject,
    env: std::collections::BTreeMap<std::ffi::OsString, std::ffi::OsString>,
) -> Program {
    let identity = match subject.identity() {
        subject::Identity::Root => sandbox::Identity::Root,
    };
    let root = subject.home().map(|home| Root { folder: home.folder.clone(), files: home.files.clone() });
    // Where an ordinary child starts too: a subject may have arguments that are paths.
    let here = || std::env::current_dir().ok().filter(|_| root.is_none());
    let cwd = here().unwrap_or_else(|| PathBuf::from("/"));
    Program { argv: subject.argv(), env, cwd, stdio: Stdio::Pipes, identity, root }
}

/// The world `default` of the suite.
pub(super) fn default_world() -> Arc<World> {
    static WORLD: OnceLock<Arc<World>> = OnceLock::new();
    let read = || world::load(&Tree::fixtures().below("worlds")).ok()?.get("default").cloned();
    Arc::clone(WORLD.get_or_init(|| read().unwrap_or_else(|| Arc::new(World::bare("default")))))
}

/// What is known of a subject that can be asked nothing.
fn nobody(subject: &Subject) -> Hello {
    Hello {
        protocol: VERSION,
        name: subject.name().to_owned(),
        version: "unknown".to_owned(),
        os: String::new(),
        implements: Vec::new(),
        calls: Vec::new(),
        concurrent: false,
    }
}
