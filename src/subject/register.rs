//! The register of the subjects that netdbspec brings along. A new one is a folder in `fixtures/subjects` and one row here.

use std::path::Path;

use super::{Absent, Root, Subject, c, command, compiled, interpreted, own};

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
    /// The root file system that it shall live in.
    pub(super) root: Option<&'a Root>,
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
pub(super) fn find(name: &str, exe: &Path, root: Option<&Root>) -> Result<Subject, Absent> {
    let (base, how) = match name.split_once(':') {
        Some((base, how)) => (base, Some(how)),
        None => (name, None),
    };
    let wanted = Wanted { name, how, exe, root };
    if base == "cmd" {
        return command::command(&wanted);
    }
    let builtin = BUILTINS.iter().find(|builtin| builtin.name == base);
    let builtin = builtin.filter(|builtin| how.is_none() || !builtin.form.is_empty());
    builtin.map_or_else(|| Err(Absent::unknown(name)), |builtin| builtin.found(&wanted))
}

impl Builtin {
    /// Finds what it needs on this machine, and builds it where that takes a compiler. `exe` is this program's own executable.
    ///
    /// # Errors
    /// What is missing, and how to get it.
    pub fn find(&self, exe: &Path) -> Result<Subject, Absent> {
        self.found(&Wanted { name: self.name, how: None, exe, root: None })
    }

    /// The same in a root file system.
    ///
    /// # Errors
    /// What is missing, and how to get it.
    pub fn find_in(&self, root: &Root, exe: &Path) -> Result<Subject, Absent> {
        self.found(&Wanted { name: self.name, how: None, exe, root: Some(root) })
    }

    fn found(&self, wanted: &Wanted<'_>) -> Result<Subject, Absent> {
        let subject = (self.find)(wanted)?;
        if wanted.root.is_some() && subject.home().is_none() {
            let why = "its adapter is a program of this machine, and does not run in a root file system";
            return Err(wanted.absent(why, "choose another: netdbspec subjects --root DIR"));
        }
        Ok(subject)
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

    /// The subject, which can be asked nothing for want of what is absent.
    pub(super) fn unable(&self, absent: &Absent) -> Subject {
        let subject =
            Subject { unable: Some(format!("{}; try: {}", absent.why, absent.how)), ..self.subject("", [""; 0]) };
        match self.root {
            Some(root) => subject.in_root(root, Vec::new()),
            None => subject,
        }
    }

    /// That it cannot run here, and how to get what is missing.
    pub(super) fn absent(&self, why: impl Into<String>, how: impl Into<String>) -> Absent {
        Absent { name: self.name.to_owned(), why: why.into(), how: how.into(), wrong: false }
    }
}
