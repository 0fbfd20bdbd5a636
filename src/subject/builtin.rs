//! The register of the subjects that netdbspec brings along: the C library beneath it, and adapters in other languages,
//! embedded as text. A new one is a script in `fixtures/subjects` and one row here.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{Absent, Subject, program};

/// A subject that netdbspec brings along.
#[derive(Debug)]
pub struct Builtin {
    /// What `--subject` calls it.
    pub name: &'static str,
    /// What it asks, in a few words.
    pub about: &'static str,
    find: fn(&Path) -> Result<Subject, Absent>,
}

impl Builtin {
    /// Finds what it needs on this machine. `probe_exe` is this program's own executable.
    ///
    /// # Errors
    /// What is missing, and how to get it.
    pub fn find(&self, probe_exe: &Path) -> Result<Subject, Absent> {
        (self.find)(probe_exe)
    }
}

/// The register.
pub(super) const BUILTINS: &[Builtin] = &[
    Builtin { name: "libc", about: "the C library that netdbspec is linked to", find: libc },
    Builtin { name: "python", about: "the socket module of python3", find: python },
];

fn libc(probe_exe: &Path) -> Result<Subject, Absent> {
    if probe_exe.is_file() {
        return Ok(Subject::new("libc", probe_exe, ["probe"]));
    }
    Err(Absent {
        name: "libc".to_owned(),
        why: format!("there is no `{}`, which asks it", probe_exe.display()),
        how: "cargo install netdbspec".to_owned(),
    })
}

fn python(_: &Path) -> Result<Subject, Absent> {
    // One program: each file uses what the ones before it define.
    static ADAPTER: &str = concat!(
        include_str!("../../fixtures/subjects/python/values.py"),
        include_str!("../../fixtures/subjects/python/calls.py"),
        include_str!("../../fixtures/subjects/python/sockets.py"),
        include_str!("../../fixtures/subjects/python/conditions.py"),
        include_str!("../../fixtures/subjects/python/conversation.py"),
    );
    // Asking a version manager where its Python is takes a fifth of a second.
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let ask = ["-I", "-S", "-c", "import sys; print(sys.executable)"];
    let python = PYTHON
        .get_or_init(|| program::found(OsStr::new("python3")).find_map(|python| program::behind(&python, &ask)))
        .as_ref();
    // -I and -S: nothing of the user's or the site's is imported. -B: nothing is written beside the modules.
    python.map(|python| Subject::new("python", python, ["-I", "-S", "-B", "-c", ADAPTER])).ok_or_else(|| Absent {
        name: "python".to_owned(),
        why: "there is no working `python3` in PATH".to_owned(),
        how: program::installing("python3"),
    })
}

/// The subject `cmd:COMMAND`: any program that speaks the protocol. The words of the command are separated and quoted as
/// in a shell, but no shell sees them.
pub(super) fn command(name: &str, command: &str) -> Result<Subject, Absent> {
    let absent = |why: String, how: &str| Absent { name: name.to_owned(), why, how: how.to_owned() };
    let words = shlex::split(command)
        .ok_or_else(|| absent("its quotes are not closed".to_owned(), "--subject 'cmd:python3 adapter.py'"))?;
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| absent("it names no program".to_owned(), "--subject 'cmd:python3 adapter.py'"))?;
    let path = program::found(OsStr::new(program)).next().ok_or_else(|| {
        absent(format!("there is no program `{program}`"), "give its path: --subject 'cmd:./adapter'")
    })?;
    Ok(Subject::new(name, &path, arguments))
}
