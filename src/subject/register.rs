//! The register of the subjects that netdbspec brings along. A new one is a folder in `fixtures/subjects` and one row here.

use std::path::Path;

use super::{Absent, Subject, c, command, compiled, interpreted, own};

/// A subject that netdbspec brings along.
#[derive(Debug)]
pub struct Builtin {
    /// What `--subject` calls it.
    pub name: &'static str,
    /// What may follow the name after a colon: `PROGRAM`; empty where nothing may.
    pub form: &'static str,
    /// What it asks, in a few words.
    pub about: &'static str,
    find: fn(&Wanted<'_>) -> Result<Subject, Absent>,
}

/// A subject as it was asked for.
pub(super) struct Wanted<'a> {
    /// The whole of it: `go:/opt/go/bin/go`.
    pub(super) name: &'a str,
    /// What follows the colon.
    pub(super) how: Option<&'a str>,
    /// This program's own executable.
    pub(super) exe: &'a Path,
}

const C: &str = "COMPILER[,loader=PATH][,libs=DIR]";

/// The register.
pub(super) const BUILTINS: &[Builtin] = &[
    Builtin { name: "libc", form: "", about: "the C library that netdbspec is linked to", find: own::libc },
    Builtin { name: "cc", form: C, about: "the C library that a compiler links to", find: c::cc },
    Builtin { name: "c-ares", form: C, about: "libcares", find: c::c_ares },
    Builtin { name: "hickory", form: "", about: "the crate hickory-resolver", find: own::hickory },
    Builtin { name: "rust", form: "", about: "Rust's std::net", find: own::rust },
    Builtin { name: "go", form: "PROGRAM", about: "Go's net, with its own resolver", find: compiled::go },
    Builtin { name: "go-cgo", form: "PROGRAM", about: "Go's net, by the C library", find: compiled::go_cgo },
    Builtin { name: "java", form: "PROGRAM", about: "Java's InetAddress", find: compiled::java },
    Builtin { name: "python", form: "PROGRAM", about: "Python's socket", find: interpreted::python },
];

/// Finds the subject of this name. `exe` is this program's own executable.
pub(super) fn find(name: &str, exe: &Path) -> Result<Subject, Absent> {
    let (base, how) = match name.split_once(':') {
        Some((base, how)) => (base, Some(how)),
        None => (name, None),
    };
    let wanted = Wanted { name, how, exe };
    if base == "cmd" {
        return command::command(&wanted);
    }
    let builtin = BUILTINS.iter().find(|builtin| builtin.name == base);
    let builtin = builtin.filter(|builtin| how.is_none() || !builtin.form.is_empty());
    builtin.map_or_else(|| Err(Absent::unknown(name)), |builtin| (builtin.find)(&wanted))
}

impl Builtin {
    /// Finds what it needs on this machine, and builds it where that takes a compiler. `exe` is this program's own executable.
    ///
    /// # Errors
    /// What is missing, and how to get it.
    pub fn find(&self, exe: &Path) -> Result<Subject, Absent> {
        (self.find)(&Wanted { name: self.name, how: None, exe })
    }
}

impl Wanted<'_> {
    /// The name before the colon.
    pub(super) fn base(&self) -> &str {
        self.name.split(':').next().unwrap_or_default()
    }

    /// The subject, run by this program with these arguments.
    pub(super) fn subject<A: Into<std::ffi::OsString>>(
        &self,
        program: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Subject {
        Subject::new(self.name, program, arguments)
    }

    /// That it cannot run here, and how to get what is missing.
    pub(super) fn absent(&self, why: impl Into<String>, how: impl Into<String>) -> Absent {
        Absent { name: self.name.to_owned(), why: why.into(), how: how.into(), wrong: false }
    }
}
