//! A world, a call or a short sequence of calls, and rules. A loaded case is a correct case.

mod failure;
mod family;
mod glob;
mod id;
mod lint;
mod load;
mod read;
mod rule;
mod select;
mod steps;
mod test;

pub(crate) use glob::Glob;
pub use id::CaseId;
#[cfg(feature = "cli")]
pub(crate) use load::read_some;
pub use load::{Suite, Topic, load, read, read_text};
pub use select::{SelectError, Selector};
pub use steps::read_call;
pub use test::FORMS;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::call::Ask;
use crate::verdict::Rule;
use crate::world::{File, Position, World};

/// One case, for one family where it has families.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its id: `area/topic/name`, and `@family` where it has families.
    pub id: CaseId,
    /// What it shows, in one or two sentences.
    pub about: String,
    /// Whom it hurts when a platform answers otherwise than people expect, by the name of the behaviour
    /// (`transport/tc-then-tcp`).
    pub hurts: BTreeMap<String, String>,
    /// Where it stands in its file.
    pub at: Position,
    /// The world it runs in, with the case's own changes made; `None` for a call that looks at nothing.
    pub world: Option<Arc<World>>,
    /// What is done, in order. At least one step asks.
    pub steps: Vec<Step>,
    /// Environment variables of the subject.
    pub env: BTreeMap<String, String>,
    /// How long the subject may take for one call.
    pub timeout: Duration,
    /// Why runs of it may differ, where they may.
    pub varies: Option<Varies>,
    /// Wrong outcomes that its rules let pass, as `FACET: KIND`, each with the reason.
    pub survives: BTreeMap<String, String>,
    /// Its rules. At least one.
    pub rules: Vec<Rule>,
}

/// One step of a case.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Ask the subject.
    Ask(Ask),
    /// Replace a file of the world's /etc by another (a new inode); `None` takes it away.
    Write(String, Option<File>),
}

/// Why the outcome of a case may differ from run to run. Such a case is judged by its rules and kept out of snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Varies {
    /// It depends on the kernel or its configuration.
    Kernel,
    /// The subject itself races.
    Race,
}
