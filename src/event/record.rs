//! All that is known of one case after one subject was asked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Who;
use crate::case::{Case, Step, Varies};
use crate::outcome::{Outcome, millis};
use crate::snapshot::{Drift, Entry, Policy, Recorded};
use crate::verdict::{Holding, Level, Status, Verdict};
use crate::world::Position;

/// One case, one subject: what was asked, what came of it, and what that is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The case's id: `area/topic/name`, and `@family` where it has families.
    pub id: String,
    /// The area: the first part of the id.
    pub area: String,
    /// `area/topic`.
    pub topic: String,
    /// The family, where the case has them: `inet`, `inet6`, `unix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The subject's implementation and version: `glibc 2.36`.
    pub subject: String,
    /// The name that the subject was asked for by: `libc`.
    pub subject_name: String,
    /// What the case shows.
    pub about: String,
    /// The strongest level among the case's rules.
    pub level: Level,
    /// The clauses of the case's rules, each once, in file order.
    pub clauses: Vec<String>,
    /// Where the case stands.
    #[serde(with = "Place")]
    pub at: Position,
    /// The world it runs in, where it runs in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<String>,
    /// Why runs may differ, where they may: `kernel`, `race`. Such a case is kept out of snapshots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub varies: Option<String>,
    /// Each call of the case, in words for a person.
    pub asked: Vec<String>,
    /// What it all comes to.
    pub status: Status,
    /// The baseline has this case, and every rule that is broken now is broken there too.
    pub known: bool,
    /// How the outcome differs from the baseline, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// The rules, held against the outcome, in file order.
    pub verdicts: Vec<Verdict>,
    /// What the subject did. Empty where it was not asked.
    pub outcome: Outcome,
    /// What else is to be said: why the case is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// It was run again, because this machine was too slow to serve its replies in time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rerun: bool,
    /// How it came out before, where it was asked again (`--retries`) and then came out as it is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flaky: Option<Drift>,
    /// The time that it took, sandbox included.
    #[serde(with = "millis")]
    pub elapsed: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Position")]
struct Place {
    file: String,
    line: usize,
    column: usize,
}

impl Record {
    /// The record of a case that was not run yet: its description, the status broken, and nothing else.
    #[must_use]
    pub fn new(case: &Case, subject: &Who) -> Self {
        let mut clauses: Vec<String> = Vec::new();
        for rule in &case.rules {
            if !rule.clause.is_empty() && !clauses.contains(&rule.clause) {
                clauses.push(rule.clause.clone());
            }
        }
        let varies = |varies| if varies == Varies::Kernel { "kernel" } else { "race" };
        let asks = case.steps.iter().filter_map(|step| if let Step::Ask(ask) = step { Some(ask) } else { None });
        Self {
            id: case.id.to_string(),
            area: case.id.area().to_owned(),
            topic: case.id.topic().to_owned(),
            family: case.id.family().map(str::to_owned),
            subject: subject.display(),
            subject_name: subject.name.clone(),
            about: case.about.clone(),
            level: case.rules.iter().map(|rule| rule.level).min().unwrap_or(Level::Unspecified),
            clauses,
            at: case.at.clone(),
            world: case.world.as_ref().map(|world| world.name.clone()),
            varies: case.varies.map(varies).map(str::to_owned),
            asked: asks.map(super::asked).collect(),
            status: Status::Broken,
            known: false,
            drift: None,
            verdicts: Vec::new(),
            outcome: Outcome::default(),
            note: None,
            rerun: false,
            flaky: None,
            elapsed: Duration::ZERO,
        }
    }

    /// The case's name within its topic, with its family.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.rsplit_once('/').map_or(self.id.as_str(), |(_, name)| name)
    }

    /// The verdicts of rules that are broken, strongest first.
    #[must_use]
    pub fn broken_rules(&self) -> Vec<&Verdict> {
        let mut broken: Vec<_> =
            self.verdicts.iter().filter(|verdict| matches!(verdict.holding, Holding::Broken { .. })).collect();
        broken.sort_by_key(|verdict| verdict.level);
        broken
    }

    /// Whether a rule that asks for something is broken.
    #[must_use]
    pub fn deviates(&self) -> bool {
        matches!(self.status, Status::Fail | Status::Warn)
    }

    /// Whether a rule is broken that the baseline does not know to be broken. Where the baseline is another version's,
    /// only a must rule that it keeps makes a deviation new.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.deviates() && !self.known && self.drift.as_ref().is_none_or(|drift| drift.counts)
    }

    /// Holds it against what is on record of its topic.
    pub fn hold_against(&mut self, recorded: Option<&Recorded>, policy: Policy) {
        let standing = recorded.map(|recorded| recorded.standing(&self.entry(), policy)).unwrap_or_default();
        self.known |= standing.known;
        self.drift = standing.drift.or_else(|| self.drift.take());
    }

    /// What a snapshot holds of it.
    #[must_use]
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            name: self.name(),
            status: self.status,
            varies: self.varies.is_some(),
            verdicts: &self.verdicts,
            outcome: &self.outcome,
        }
    }
}
