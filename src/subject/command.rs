//! The subject `cmd:COMMAND`: any program that speaks the protocol.

use std::ffi::OsStr;

use super::register::Wanted;
use super::{Absent, Subject, program};

/// The subject of a command, whose words are separated and quoted as in a shell, but no shell sees them.
pub(super) fn command(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    let example = "--subject 'cmd:python3 adapter.py'";
    let words = shlex::split(wanted.how.unwrap_or_default());
    let words = words.ok_or_else(|| wanted.absent("its quotes are not closed", example))?;
    let (program, arguments) = words.split_first().ok_or_else(|| wanted.absent("it names no program", example))?;
    if let Some(root) = wanted.root {
        let path = root.program(OsStr::new(program)).ok_or_else(|| {
            wanted.absent(format!("there is no program `{program}` in the root file system"), "give its path inside")
        })?;
        return Ok(wanted.subject(path, arguments).in_root(root, Vec::new()));
    }
    let path = program::found(OsStr::new(program)).next().ok_or_else(|| {
        wanted.absent(format!("there is no program `{program}`"), "give its path: --subject 'cmd:./adapter'")
    })?;
    Ok(wanted.subject(path, arguments))
}
