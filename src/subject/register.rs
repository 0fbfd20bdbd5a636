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
    /// The names that stand for it in a list.
    pub listed: &'static [&'static str],
    /// What it asks, in a few words.
    pub about: &'static str,
    find: Find,
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

/// The register.
pub(super) const BUILTINS: &[Builtin] = &[
    row("libc", NONE, &["libc"], "the C library that netdbspec is linked to", own::libc),
    row("cc", C, &["cc:gcc", "cc:musl-gcc", "cc:diet gcc"], "the C library that a compiler links to", c::cc),
    row("busybox", PROGRAM, &["busybox"], "BusyBox's nslookup", interpreted::busybox),
    row("c-ares", C, &["c-ares"], "the library c-ares", c::c_ares),
    row("go", PROGRAM, &["go"], "Go's net, with its own resolver", compiled::go),
    row("go-cgo", PROGRAM, &["go-cgo"], "Go's net, by way of the C library", compiled::go_cgo),
    row("hickory", NONE, &["hickory"], "the crate hickory-resolver", own::hickory),
    row("java", PROGRAM, &["java"], "Java's InetAddress", compiled::java),
    row("node", PROGRAM, &["node"], "Node's dns.lookup", interpreted::node),
    row("node-dns", PROGRAM, &["node-dns"], "Node's dns.resolve", interpreted::node_dns),
    row("perl", PROGRAM, &["perl"], "Perl's Socket", interpreted::perl),
    row("php", PROGRAM, &["php"], "PHP's network functions", interpreted::php),
    row("python", PROGRAM, &["python"], "Python's socket", interpreted::python),
    row("ruby", PROGRAM, &["ruby"], "Ruby's Addrinfo and Socket", interpreted::ruby),
    row("ruby-resolv", PROGRAM, &["ruby-resolv"], "Ruby's Resolv", interpreted::ruby_resolv),
    row("rust", NONE, &["rust"], "Rust's std::net", own::rust),
];

const NONE: &str = "";
const PROGRAM: &str = "PROGRAM";
const C: &str = "COMPILER[,loader=PATH][,libs=DIR]";

type Find = fn(&Wanted<'_>) -> Result<Subject, Absent>;

const fn row(
    name: &'static str,
    form: &'static str,
    listed: &'static [&'static str],
    about: &'static str,
    find: Find,
) -> Builtin {
    Builtin { name, form, listed, about, find }
}

/// Finds the subject of this name, in a root file system or on this machine. `exe` is this program's own executable.
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
    let subject = builtin.map_or_else(|| Err(Absent::unknown(name)), |builtin| (builtin.find)(&wanted))?;
    if root.is_some() && subject.home().is_none() {
        let why = "its adapter is a program of this machine, and does not run in a root file system";
        return Err(wanted.absent(why, "choose another: netdbspec subjects --root DIR"));
    }
    Ok(subject)
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
        let why = format!("{}; try: {}", absent.why, absent.how);
        let subject = Subject { unable: Some(why), ..self.subject("", [""; 0]) };
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
