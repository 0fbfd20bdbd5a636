//! What a subject did when its outcomes were last accepted. Descriptive, never normative: it knows no rule, only how each
//! came out.
//!
//! One file holds one topic for one subject, in insta's format, so that insta's own tools read it too:
//!
//! ```text
//! snapshots/glibc/AREA/TOPIC.snap         what is on record of a C library, or of another subject
//! snapshots/glibc@2.41/AREA/TOPIC.snap    only where that version differs
//! ```

mod block;
mod compare;
mod file;
mod leftover;
mod parse;
mod read;
mod reply;
mod version;
mod write;

pub use block::{ANSWER, Entry, render, verdicts};
pub use compare::{Basis, Drift, Policy, Standing, compare};
pub use file::{SOURCE, SnapFile};
pub use leftover::{Known, Leftover, leftovers, sweep};
pub use parse::{is_whole, outcome};
pub use read::{Recorded, all, read};
pub use reply::{Told, query_line, reply_lines, told};
pub use write::{Scope, Written, write};

use std::io;

/// Whose snapshots are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The name that the subject was asked for by: `libc`, `cc:musl-gcc`, `go:/opt/go/bin/go`.
    pub name: &'a str,
    /// The implementation it says it is: `glibc`.
    pub implementation: &'a str,
    /// The version it says it is: `2.36`.
    pub version: &'a str,
}

impl Owner<'_> {
    /// Implementation and version: `glibc 2.36`.
    #[must_use]
    pub fn display(&self) -> String {
        format!("{} {}", self.implementation, self.version).trim_end().to_owned()
    }

    /// The folder of its snapshots, a plain file name. A C library has one, whoever asks it; a language has one for all its
    /// interpreters; a command has its own.
    #[must_use]
    pub fn folder(&self) -> String {
        let name = match self.name.split_once(':') {
            Some(("cmd", _)) => self.name,
            Some(("cc", _)) => self.implementation,
            Some((language, _)) => language,
            None if self.name == "libc" => self.implementation,
            None => self.name,
        };
        name.replace([':', '/'], "_")
    }
}

/// What can go wrong with snapshots.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("reading the snapshot `{path}`: {source}")]
    Read {
        /// The file.
        path: String,
        /// The system's error.
        source: io::Error,
    },
    /// A file is not in insta's format.
    #[error("reading the snapshot `{path}`: {what}")]
    Format {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// A file cannot be written.
    #[error("writing the snapshot `{path}`: {source}")]
    Write {
        /// The file.
        path: String,
        /// The system's error.
        source: io::Error,
    },
    /// The folder holds another implementation's snapshots under the same subject's name.
    #[error("writing the snapshot `{path}`: it is {theirs}'s, and this is {ours}: record into another folder")]
    Foreign {
        /// The file.
        path: String,
        /// The implementation on record.
        theirs: String,
        /// The implementation that was run.
        ours: String,
    },
}

#[cfg(test)]
mod tests {
    use super::Owner;

    #[test]
    fn a_c_library_has_one_folder_whoever_asks_it() {
        let folder = |name, implementation| Owner { name, implementation, version: "1" }.folder();
        assert_eq!(folder("libc", "glibc"), "glibc");
        assert_eq!(folder("cc:musl-gcc,loader=/lib/ld.so", "musl"), "musl");
        assert_eq!(folder("python", "cpython"), "python");
        assert_eq!(folder("go:/opt/go/bin/go", "go"), "go");
        assert_eq!(folder("cmd:./adapter x", "glibc"), "cmd_._adapter x");
    }
}
