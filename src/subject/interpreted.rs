//! Adapters in languages whose interpreter takes them as text.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::register::Wanted;
use super::{Absent, Subject, program, source};

/// An interpreter, and how it takes an adapter.
struct Interpreter {
    /// The program.
    program: &'static str,
    /// The package that has it.
    package: &'static str,
    /// The arguments by which it says where it is, should a version manager stand in its place.
    whereis: &'static [&'static str],
    /// The arguments before the text of the adapter.
    before: &'static [&'static str],
    /// The adapter: its folder and its files in order.
    adapter: (&'static str, &'static [&'static str]),
    /// The arguments behind the text.
    after: &'static [&'static str],
}

/// Node's dns.lookup.
pub(super) fn node(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    Interpreter { after: &["lookup"], ..NODE }.subject(wanted)
}

/// Node's dns.resolve and dns.reverse.
pub(super) fn node_dns(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    Interpreter { after: &["resolve"], ..NODE }.subject(wanted)
}

/// BusyBox's nslookup.
pub(super) fn busybox(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    BUSYBOX.subject(wanted)
}

/// Perl's Socket.
pub(super) fn perl(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    PERL.subject(wanted)
}

/// PHP's network functions.
pub(super) fn php(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    PHP.subject(wanted)
}

/// Python's socket.
pub(super) fn python(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    PYTHON.subject(wanted)
}

/// Ruby's Addrinfo and Socket.
pub(super) fn ruby(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    RUBY.subject(wanted)
}

/// Ruby's Resolv.
pub(super) fn ruby_resolv(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    Interpreter { adapter: ("ruby", &["protocol.rb", "resolv.rb", "conversation.rb"]), ..RUBY }.subject(wanted)
}

const BUSYBOX: Interpreter = Interpreter {
    program: "busybox",
    package: "busybox",
    whereis: &["sh", "-c", "readlink -f /proc/$$/exe"],
    before: &["sh", "-c"],
    adapter: ("busybox", &["adapter.sh"]),
    after: &[],
};

const NODE: Interpreter = Interpreter {
    program: "node",
    package: "nodejs",
    whereis: &["-p", "process.execPath"],
    before: &["-e"],
    adapter: ("node", &["values.js", "lookup.js", "resolve.js", "conversation.js"]),
    after: &[],
};

const PERL: Interpreter = Interpreter {
    program: "perl",
    package: "perl",
    whereis: &["-e", "print $^X"],
    before: &["-e"],
    adapter: ("perl", &["messages.pl", "values.pl", "calls.pl", "sockets.pl", "conditions.pl", "conversation.pl"]),
    after: &[],
};

const PHP: Interpreter = Interpreter {
    program: "php",
    package: "php-cli",
    whereis: &["-n", "-r", "echo PHP_BINARY;"],
    // -n: no php.ini is read, and so no extension loaded. Where this one is built in, loading it again is a warning.
    before: &["-n", "-d", "extension=sockets", "-d", "display_errors=stderr", "-r"],
    adapter: ("php", &["adapter.php"]),
    after: &[],
};

const RUBY: Interpreter = Interpreter {
    program: "ruby",
    package: "ruby",
    whereis: &["-e", "puts RbConfig.ruby"],
    before: &["--disable=all", "-e"],
    adapter: ("ruby", &["protocol.rb", "values.rb", "calls.rb", "sockets.rb", "conditions.rb", "conversation.rb"]),
    after: &[],
};

const PYTHON: Interpreter = Interpreter {
    program: "python3",
    package: "python3",
    whereis: &["-I", "-S", "-c", "import sys; print(sys.executable)"],
    // -I and -S: nothing of the user's or the site's is imported. -B: nothing is written beside the modules.
    before: &["-I", "-S", "-B", "-c"],
    adapter: ("python", &["values.py", "calls.py", "sockets.py", "conditions.py", "conversation.py"]),
    after: &[],
};

impl Interpreter {
    fn subject(&self, wanted: &Wanted<'_>) -> Result<Subject, Absent> {
        let name = wanted.how.unwrap_or(self.program);
        let program = match wanted.root {
            None => found(name, self.whereis).ok_or_else(|| {
                wanted.absent(format!("there is no working `{name}`"), program::installing(self.package))
            }),
            Some(root) => root.program(OsStr::new(name)).ok_or_else(|| {
                let why = format!("there is no `{name}` in the root file system");
                wanted.absent(why, "choose another: netdbspec subjects --root DIR")
            }),
        }?;
        let text = source::text(self.adapter.0, self.adapter.1);
        // `php -r` is inside PHP already.
        let text = text.trim_start_matches("<?php");
        let arguments = self.before.iter().copied().chain([text]).chain(self.after.iter().copied());
        let subject = wanted.subject(program, arguments);
        Ok(match wanted.root {
            None => subject,
            Some(root) => subject.in_root(root, Vec::new()),
        })
    }
}

/// The executable behind a name. It is looked for once: asking a version manager takes a fifth of a second.
fn found(name: &str, whereis: &[&str]) -> Option<PathBuf> {
    static FOUND: Mutex<Option<HashMap<String, Option<PathBuf>>>> = Mutex::new(None);
    let mut known = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    let found = known.entry(name.to_owned());
    found.or_insert_with(|| program::found(OsStr::new(name)).find_map(|path| program::behind(&path, whereis))).clone()
}
