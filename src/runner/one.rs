//! One case against one subject, top to bottom: build the world, serve it, ask, take the wire log, and judge.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{Duration, Instant};

use super::place::Place;
use super::races;
use super::trouble::told;
use super::{Met, default_world};
use crate::call::Ask;
use crate::case::{Case, Step, Varies};
use crate::event::Record;
use crate::outcome::{Asked, Outcome, Reply};
use crate::server::Server;
use crate::snapshot::Drift;
use crate::subject::{self, Process, Session};
use crate::verdict::{Status, judge, unforeseen};
use crate::world::World;

/// A reply of the stub server that left later than this says nothing certain about the subject.
const LATE: Duration = Duration::from_millis(100);

/// How long a subject may take to go once all is asked.
const PARTING: Duration = Duration::from_secs(5);

/// What a subject that is lost when it is to go is told with, before how.
pub(super) const PARTING_WORDS: &str = "parting from the subject after its last reply: ";

/// Whether the stub server was so late that the run should be made once more.
pub(super) fn was_late(record: &Record) -> bool {
    record.outcome.wire.iter().any(|query| query.late > LATE)
}

/// Runs one case and judges it. What stands in the way makes its record broken.
pub(super) fn run(case: &Case, met: &Met, server: &Server, timeout: Option<Duration>) -> Record {
    let begun = Instant::now();
    let mut record = Record::new(case, &met.who);
    let timeout = timeout.unwrap_or(case.timeout);
    let ran = match (cannot_ask(case, met), &case.world) {
        (Some(outcome), _) => Ok(outcome),
        (None, Some(world)) => inside(case, world, met, server, timeout),
        (None, None) if met.inside => inside(case, &default_world(), met, server, timeout),
        (None, None) => outside(case, met, timeout),
    };
    record.elapsed = begun.elapsed();
    match ran {
        Ok(mut outcome) => {
            if met.hello.concurrent {
                outcome.order_concurrent();
            }
            record.outcome = outcome;
            settle(case, met, &mut record);
        }
        Err(trouble) => record.note = Some(trouble),
    }
    record
}

/// What comes of a case that has a call which the subject said it cannot make: nothing is started for it.
pub(super) fn cannot_ask(case: &Case, met: &Met) -> Option<Outcome> {
    let ask = case.steps.iter().find_map(|step| match step {
        Step::Ask(ask) if !met.hello.makes(ask.name()) => Some(ask),
        _ => None,
    })?;
    let why = met.subject.unable().map_or_else(|| met.hello.lacks(ask.name()), str::to_owned);
    let reply = Reply::Unsupported(why);
    let asked = Asked { call: ask.name().to_owned(), reply, at: None, elapsed: Duration::ZERO, queries: 0..0 };
    Some(Outcome { asked: vec![asked], wire: Vec::new() })
}

/// Judges the record's outcome, unless it shows a fault of the case itself.
fn settle(case: &Case, met: &Met, record: &mut Record) {
    // For a C library every query is one that the case's author meant to be asked: another is a typing mistake. Other
    // subjects have search habits of their own.
    let astray = record.outcome.wire.iter().find(|query| query.outside);
    if let Some(query) = astray.filter(|_| met.who.name == "libc" && met.subject.home().is_none()) {
        record.note = Some(format!(
            "`{}` asks for a name outside all zones of the world\n  try: add the name to a zone, or to the case's `nxdomain`",
            query.line()
        ));
        return;
    }
    let unsupported = |asked: &Asked| matches!(asked.reply, Reply::Unsupported(_));
    if let Some(asked) = record.outcome.asked.iter().find(|asked| unsupported(asked)) {
        record.status = Status::Unsupported;
        // Half a case says nothing, and whether its other calls were made at all depends on what the subject said before.
        let asked = Asked { queries: 0..0, ..asked.clone() };
        record.outcome = Outcome { asked: vec![asked], wire: Vec::new() };
        return;
    }
    record.verdicts = judge(&case.rules, &record.outcome, &met.hello.implements, &Ask::facet);
    record.status = Status::of(&record.verdicts);
    if races::among(&met.who, &record.id) {
        record.varies = Some("race".to_owned());
        record.known = true;
        return;
    }
    // No snapshot holds what a race brings: the case itself says what may come.
    if case.varies == Some(Varies::Race)
        && let Some((allowed, came)) = unforeseen(&case.rules, &record.outcome, &Ask::facet)
    {
        let diff = format!("- {allowed}\n+ {came}\n");
        record.drift = Some(Drift { against: "the case".to_owned(), was: "another".to_owned(), diff, counts: true });
    }
}

/// A case that looks at nothing needs no world: its subject is an ordinary child.
pub(super) fn outside(case: &Case, met: &Met, timeout: Duration) -> Result<Outcome, String> {
    let (mut process, mut session) =
        Process::start(&met.subject, &variables(case)).map_err(|trouble| told(&trouble))?;
    let mut asked = Vec::new();
    for step in &case.steps {
        if let Step::Ask(ask) = step {
            let mut wait = |within| process.wait(within);
            session.hello(timeout, &mut wait).map_err(|trouble| told(&trouble))?;
            let begun = Instant::now();
            let reply = session.ask(ask, timeout, &mut wait).map_err(|trouble| told(&trouble))?;
            asked.push(Asked { call: ask.name().to_owned(), reply, at: None, elapsed: begun.elapsed(), queries: 0..0 });
        }
    }
    part(session, &mut |within| process.wait(within))?;
    Ok(Outcome { asked, wire: Vec::new() })
}

pub(super) fn inside(
    case: &Case,
    world: &World,
    met: &Met,
    server: &Server,
    timeout: Duration,
) -> Result<Outcome, String> {
    let mut place = Place::build(&met.subject, variables(case), world, server, met.in_place.as_ref())?;
    let asked = converse(case, met, &mut place, timeout);
    let wire = place.close()?;
    Ok(Outcome { asked: asked?, wire })
}

fn converse(case: &Case, met: &Met, place: &mut Place, timeout: Duration) -> Result<Vec<Asked>, String> {
    let mut session = place.open()?;
    // This very program has nothing to say of itself, and sends nothing before it is asked.
    let own = met.subject.is_own();
    if own {
        session = session.knowing(met.hello.clone());
    }
    let mut asked = Vec::new();
    for step in &case.steps {
        match step {
            Step::Write(name, file) => place.write(name, file.as_ref()).map_err(|error| told(&error))?,
            Step::Ask(ask) => {
                session.hello(timeout, &mut |within| place.wait(within)).map_err(|trouble| told(&trouble))?;
                let first = if own && asked.is_empty() { 0 } else { place.service.queries() };
                let begun = Instant::now();
                let at = Some(begun.saturating_duration_since(place.service.begun()));
                let reply = session.ask(ask, timeout, &mut |within| place.wait(within));
                let reply = reply.map_err(|trouble| told(&trouble))?;
                let (elapsed, queries) = (begun.elapsed(), first..place.service.queries());
                asked.push(Asked { call: ask.name().to_owned(), reply, at, elapsed, queries });
            }
        }
    }
    part(session, &mut |within| place.wait(within))?;
    Ok(asked)
}

/// Ends the conversation. A subject that was sound to its last reply and is lost now puts that reply in doubt.
pub(super) fn part(session: Session, wait: &mut subject::Wait<'_>) -> Result<(), String> {
    if session.is_lost() {
        return Ok(());
    }
    match session.bye(PARTING, wait).map_err(|trouble| told(&trouble))? {
        None => Ok(()),
        Some(lost) => Err(format!("{PARTING_WORDS}{lost}")),
    }
}

fn variables(case: &Case) -> BTreeMap<OsString, OsString> {
    case.env.iter().map(|(name, value)| (name.into(), value.into())).collect()
}
