//! The other end of the pipe: this very binary as a subject, which asks the C library that it is linked to, or what one of
//! its adapters stands for. Started once a case, so it sets nothing up that it does not need.

use std::io::{self, BufRead, BufReader, Read, Write};

use rustix::system::uname;
use serde::Deserialize;
use serde_json::Value;

use super::protocol::{Hello, Question, Reply, VERSION, line};
use crate::call::{Ask, libc_version};
use crate::outcome;

/// What speaks the protocol inside this binary: who it is, and how it makes a call that it has.
pub(super) struct Adapter {
    pub(super) hello: fn() -> Hello,
    pub(super) perform: fn(&Ask) -> outcome::Reply,
}

/// Speaks the protocol on these streams until `bye` or the end of the input, for the C library.
///
/// # Errors
/// When a stream fails, or the input holds a line that is no question of the protocol.
pub fn serve_probe(stdin: impl Read, stdout: impl Write) -> io::Result<()> {
    converse(&Adapter { hello, perform: Ask::perform }, stdin, stdout)
}

/// The conversation, which all adapters of this binary share.
pub(super) fn converse(adapter: &Adapter, stdin: impl Read, mut stdout: impl Write) -> io::Result<()> {
    for question in BufReader::new(stdin).split(b'\n') {
        let reply = match serde_json::from_slice(&question?)? {
            Question::Hello { .. } => Reply::Hello((adapter.hello)()),
            Question::Ask { seq, call } => answer(adapter, seq, call),
            Question::Bye {} => break,
        };
        stdout.write_all(&line(&reply)?)?;
        stdout.flush()?;
    }
    Ok(())
}

fn hello() -> Hello {
    let (name, version) = libc_version();
    introduction(name, version, Ask::NAMES)
}

/// The hello of an implementation on this system that sends one query after the other.
pub(super) fn introduction(name: String, version: String, calls: &[&str]) -> Hello {
    let system = uname();
    let [kernel, release, machine] =
        [system.sysname(), system.release(), system.machine()].map(|part| part.to_string_lossy());
    Hello {
        protocol: VERSION,
        implements: vec![name.clone(), kernel.to_lowercase()],
        name,
        version,
        concurrent: false,
        os: format!("{kernel} {release} {machine}"),
        calls: calls.iter().map(|call| (*call).to_owned()).collect(),
    }
}

fn answer(adapter: &Adapter, seq: u64, call: Value) -> Reply {
    let known = |name: &String| Ask::NAMES.contains(&name.as_str());
    if let Some(name) = call.as_object().and_then(|call| call.keys().next()).filter(|name| !known(name)) {
        return Reply::Unsupported { seq, reason: format!("there is no call `{name}`") };
    }
    let ask = match Ask::deserialize(call) {
        Ok(ask) => ask,
        Err(error) => return Reply::Trouble { seq, text: format!("these are no arguments of the call: {error}") },
    };
    match (adapter.perform)(&ask) {
        outcome::Reply::Answer(value) => Reply::Answer { seq, value },
        outcome::Reply::Failure(failure) => Reply::failure(seq, failure),
        outcome::Reply::Unsupported(reason) => Reply::Unsupported { seq, reason },
        outcome::Reply::Lost(lost) => Reply::Trouble { seq, text: lost.word() },
    }
}
