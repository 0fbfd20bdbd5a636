//! Does it: runs cases against subjects, several at once, and tells what happens as events. Says nothing to a person.

mod ask;
mod baseline;
mod check;
mod desk;
mod in_place;
mod one;
mod place;
mod pool;
mod races;
mod trouble;
mod watched;

pub use ask::ask;
pub use check::{Tried, check, questions};
pub use desk::{Came, Desk};
#[cfg(feature = "cli")]
pub(crate) use place::listeners;
#[cfg(feature = "cli")]
pub(crate) use trouble::{chain, hint};

pub use watched::{Watched, watched};

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use self::place::Place;
use crate::case::Case;
use crate::event::{Event, Header, Shard, Summary, Who};
use crate::sandbox::InPlace;
use crate::server;
use crate::snapshot::Policy;
use crate::subject::{Hello, Subject, Trouble};
use crate::tree::Tree;
use crate::world::{self, World};

/// How long a subject may take to say who it is.
pub(crate) const GREETING: Duration = Duration::from_secs(20);

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The cases, in the order in which they are begun.
    pub cases: Vec<Case>,
    /// The subjects that each case is asked of.
    pub subjects: Vec<Subject>,
    /// The selectors as they were given, for the report.
    pub selection: Vec<String>,
    /// The other arguments that chose the cases, for the report.
    pub options: Vec<String>,
    /// The part of a selection that the cases are, for the report.
    pub shard: Option<Shard>,
    /// Whether known deviations count as new ones do.
    pub strict: bool,
    /// How many cases run at once.
    pub jobs: usize,
    /// Whether the first newly broken required rule ends the run.
    pub fail_fast: bool,
    /// How often a case that drifts or newly breaks a rule is asked again, while no other runs. One that then comes out
    /// as it should is flaky.
    pub retries: u8,
    /// The time a subject gets for one call, instead of the case's own.
    pub timeout: Option<Duration>,
    /// The snapshots that say what is known.
    pub baseline: Tree,
    /// Which differences from them make the run fail.
    pub policy: Policy,
    /// This very container, where worlds are to stand in place of its own files and not in sandboxes. Cases then run one
    /// at a time, and what cannot be had so is [`Status::Unsupported`](crate::verdict::Status).
    pub in_place: Option<Arc<InPlace>>,
}

impl Plan {
    /// Each case once, one after the other, against the embedded snapshots.
    #[must_use]
    pub fn new(cases: Vec<Case>, subjects: Vec<Subject>) -> Self {
        Self {
            cases,
            subjects,
            selection: Vec::new(),
            options: Vec::new(),
            shard: None,
            strict: false,
            jobs: 1,
            fail_fast: false,
            retries: 0,
            timeout: None,
            baseline: Tree::snapshots(),
            policy: Policy::default(),
            in_place: None,
        }
    }
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A subject did not say who it is.
    #[error("meeting the subject `{name}`")]
    Meeting {
        /// What `--subject` calls it.
        name: String,
        /// Why.
        source: Trouble,
    },
    /// A subject that lives in a root file system did not say who it is.
    #[error("meeting the subject `{name}` in its root file system: {why}")]
    MeetingInside {
        /// What `--subject` calls it.
        name: String,
        /// Why, in words.
        why: String,
    },
    /// The stub server did not start.
    #[error("starting the stub DNS server")]
    Server(#[from] server::Error),
}

/// One subject of a run, and what it said of itself.
#[derive(Clone, Debug)]
struct Met {
    subject: Subject,
    hello: Hello,
    who: Who,
    /// Where its worlds stand, if not in sandboxes.
    in_place: Option<Arc<InPlace>>,
    /// Whether it is run in a sandbox even where a case needs no world.
    inside: bool,
}

impl Met {
    fn meet(subject: &Subject) -> Result<Self, Error> {
        let (hello, inside) = meeting(subject)?;
        let who =
            Who { name: subject.name().to_owned(), implementation: hello.name.clone(), version: hello.version.clone() };
        Ok(Self { subject: subject.clone(), hello, who, in_place: None, inside })
    }
}

/// Starts a subject and asks it who it is: outside any sandbox, or, where it lives in a root file system or nobody here knows
/// it, in the world `default`. Nothing of a foreign root is ever run outside, an unknown one only where no sandbox can be made.
///
/// # Errors
/// When it does not start, or is lost before it has said so.
#[cfg(feature = "cli")]
pub(crate) fn meet(subject: &Subject) -> Result<Hello, Error> {
    meeting(subject).map(|(hello, _)| hello)
}

/// The same, and whether it was met in a sandbox.
fn meeting(subject: &Subject) -> Result<(Hello, bool), Error> {
    let name = || subject.name().to_owned();
    if subject.unable().is_some() {
        return Ok((Hello::nobody(subject.name()), false));
    }
    let outside = || subject.meet(GREETING).map_err(|source| Error::Meeting { name: name(), source });
    if subject.home().is_none() && !subject.is_unknown() {
        return Ok((outside()?, false));
    }
    let server = server::Server::start()?;
    let inside = |why| Error::MeetingInside { name: name(), why };
    let mut place = match Place::build(subject, BTreeMap::new(), &default_world(), &server, None) {
        Err(_) if subject.home().is_none() => return Ok((outside()?, false)),
        place => place.map_err(inside)?,
    };
    let mut session = place.open().map_err(inside)?;
    let hello = session.hello(GREETING, &mut |within| place.wait(within));
    let hello = hello.map_err(|source| Error::Meeting { name: name(), source })?;
    place.close().map_err(inside)?;
    Ok((hello, true))
}

/// The world `default` of the suite.
fn default_world() -> Arc<World> {
    static WORLD: OnceLock<Arc<World>> = OnceLock::new();
    let read = || world::load(&Tree::fixtures().below("worlds")).ok()?.get("default").cloned();
    Arc::clone(WORLD.get_or_init(|| read().unwrap_or_else(|| Arc::new(World::bare("default")))))
}

/// Runs a plan. Each event goes to `sink` as it happens; `CaseFinished` events come in the order of completion.
///
/// # Errors
/// When the run cannot begin. What goes wrong in one case is that case's, and the run goes on.
pub fn run(plan: &Plan, sink: &mut dyn FnMut(Event)) -> Result<Summary, Error> {
    let begun = Instant::now();
    // In place nothing is run in a sandbox.
    let placed =
        |met: Met| Met { inside: met.inside && plan.in_place.is_none(), in_place: plan.in_place.clone(), ..met };
    let meet = |subject| Met::meet(subject).map(placed);
    let met = plan.subjects.iter().map(meet).collect::<Result<Vec<_>, _>>()?;
    let server = server::Server::start()?;
    let mut header = Header::new(met.iter().map(|met| met.who.clone()).collect(), plan.cases.len());
    header.selection.clone_from(&plan.selection);
    header.options.clone_from(&plan.options);
    header.shard = plan.shard;
    header.strict = plan.strict;
    header.isolation = plan.in_place.as_ref().map(|_| Header::IN_PLACE.to_owned());
    sink(Event::Started(header));
    let mut summary = Summary::default();
    pool::run(plan, &met, &server, &mut |event| {
        if let Event::CaseFinished(record) = &event {
            summary.add(record);
        }
        sink(event);
    });
    summary.elapsed = begun.elapsed();
    sink(Event::Finished(summary.clone()));
    Ok(summary)
}
