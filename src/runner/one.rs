//! One case against one subject, top to bottom: build the world, serve it, ask, take the wire log, and judge.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Met;
use crate::call::Ask;
use crate::case::{Case, Step};
use crate::event::Record;
use crate::outcome::{Asked, Outcome, Reply};
use crate::sandbox::{self, Exit, Program, Sandbox, Stdio};
use crate::server::{Listener, Server, Service, Zones};
use crate::subject::{self, Ended, Process, Session, Trouble};
use crate::verdict::{Status, judge};
use crate::world::World;

/// A reply of the stub server that left later than this says nothing certain about the subject.
const LATE: Duration = Duration::from_millis(100);

/// How long a subject may take to go once all is asked.
const PARTING: Duration = Duration::from_secs(5);

/// Whether the stub server was so late that the run should be made once more.
pub(super) fn was_late(record: &Record) -> bool {
    record.outcome.wire.iter().any(|query| query.late > LATE)
}

/// Runs one case and judges it. What stands in the way makes its record broken.
pub(super) fn run(case: &Case, met: &Met, server: &Server, timeout: Option<Duration>) -> Record {
    let begun = Instant::now();
    let mut record = Record::new(case, &met.who);
    let timeout = timeout.unwrap_or(case.timeout);
    let ran = match &case.world {
        Some(world) => inside(case, world, met, server, timeout),
        None => outside(case, met, timeout),
    };
    record.elapsed = begun.elapsed();
    match ran {
        Ok(outcome) => {
            record.outcome = outcome;
            settle(case, met, &mut record);
        }
        Err(trouble) => record.note = Some(trouble),
    }
    record
}

/// Judges the record's outcome, unless it shows a fault of the case itself.
fn settle(case: &Case, met: &Met, record: &mut Record) {
    // For a C library every query is one that the case's author meant to be asked: another is a typing mistake. Other
    // subjects have search habits of their own.
    let astray = record.outcome.wire.iter().find(|query| query.outside);
    if let Some(query) = astray.filter(|_| met.who.name == "libc") {
        record.note = Some(format!(
            "`{}` asks for a name outside all zones of the world\n  try: add the name to a zone, or to the case's `nxdomain`",
            query.line()
        ));
        return;
    }
    let unsupported = |asked: &Asked| matches!(asked.reply, Reply::Unsupported(_));
    if record.outcome.asked.iter().any(unsupported) {
        record.status = Status::Unsupported;
        return;
    }
    record.verdicts = judge(&case.rules, &record.outcome, &met.hello.implements, &Ask::facet);
    record.status = Status::of(&record.verdicts);
}

/// A case that looks at nothing needs no world: its subject is an ordinary child.
fn outside(case: &Case, met: &Met, timeout: Duration) -> Result<Outcome, String> {
    let (mut process, mut session) =
        Process::start(&met.subject, &variables(case)).map_err(|trouble| chain(&trouble))?;
    let mut asked = Vec::new();
    for step in &case.steps {
        if let Step::Ask(ask) = step {
            let mut wait = |within| process.wait(within);
            let begun = Instant::now();
            let reply = session.ask(ask, timeout, &mut wait).map_err(|trouble| chain(&trouble))?;
            asked.push(Asked { call: ask.name().to_owned(), reply, elapsed: begun.elapsed(), queries: 0..0 });
        }
    }
    session.bye(PARTING, &mut |within| process.wait(within)).map_err(|trouble| chain(&trouble))?;
    Ok(Outcome { asked, wire: Vec::new() })
}

fn inside(case: &Case, world: &World, met: &Met, server: &Server, timeout: Duration) -> Result<Outcome, String> {
    let zones = Zones::read(world)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let mut environment = met.subject.env();
    environment.extend(variables(case));
    let identity = match met.subject.identity() {
        subject::Identity::Root => sandbox::Identity::Root,
    };
    // Where `outside` starts it too: a subject may have arguments that are paths.
    let cwd = env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let program = Program { argv: met.subject.argv(), env: environment, cwd, stdio: Stdio::Pipes, identity };
    let mut sandbox = Sandbox::build(world, &program).map_err(|error| refused(&error))?;
    let listeners = sandbox
        .take_bound()
        .into_iter()
        .map(|bound| Listener { address: bound.address, udp: bound.udp, tcp: bound.tcp, others: bound.others })
        .collect();
    let service = server.serve(world, Arc::new(zones), listeners).map_err(|error| chain(&error))?;
    let asked = converse(case, &mut sandbox, &service, timeout);
    drop(sandbox);
    let wire = service.stop();
    Ok(Outcome { asked: asked?, wire })
}

fn converse(case: &Case, sandbox: &mut Sandbox, service: &Service, timeout: Duration) -> Result<Vec<Asked>, String> {
    sandbox.release().map_err(|error| refused(&error))?;
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (sandbox.take_stdin(), sandbox.take_stdout(), sandbox.take_stderr())
    else {
        return Err("the sandbox gave no pipes to its program".to_owned());
    };
    let mut session = Session::open(stdin, stdout, stderr).map_err(|trouble| chain(&trouble))?;
    let mut asked = Vec::new();
    for step in &case.steps {
        match step {
            Step::Write(name, file) => sandbox.write(name, file.as_ref()).map_err(|error| refused(&error))?,
            Step::Ask(ask) => {
                let mut wait = |within| ended(sandbox, within);
                session.hello(timeout, &mut wait).map_err(|trouble| chain(&trouble))?;
                let (first, begun) = (service.queries(), Instant::now());
                let reply = session.ask(ask, timeout, &mut wait).map_err(|trouble| chain(&trouble))?;
                let (elapsed, queries) = (begun.elapsed(), first..service.queries());
                asked.push(Asked { call: ask.name().to_owned(), reply, elapsed, queries });
            }
        }
    }
    session.bye(PARTING, &mut |within| ended(sandbox, within)).map_err(|trouble| chain(&trouble))?;
    Ok(asked)
}

fn ended(sandbox: &mut Sandbox, within: Duration) -> Result<Option<Ended>, Trouble> {
    let exit = sandbox.wait(Some(within)).map_err(|error| Trouble::Waiting(error.into()))?;
    Ok(exit.map(|exit| match exit {
        Exit::Status(status) => Ended::Status(status),
        Exit::Signal(signal) => Ended::Signal(signal),
    }))
}

fn variables(case: &Case) -> BTreeMap<OsString, OsString> {
    case.env.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// What stands in the way of a sandbox, and what to do about it.
fn refused(error: &sandbox::Error) -> String {
    match error.hint() {
        Some(hint) => format!("{error}\n  try: {hint}"),
        None => error.to_string(),
    }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
