//! How a subject came to its answer: which files it read, which names it asked for and why, what each query waited for, and
//! what all of it cost. Looks at what was seen, and runs nothing.

mod config;
mod cost;
mod files;
mod names;
mod order;
mod story;

pub use config::Config;
pub use cost::{Bill, Change, Other};
pub use files::{Came, File};
pub use names::{Again, Derived, Name, Step};
pub use order::Found;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::Who;
use crate::outcome::{Asked, Query, Reply};
use crate::sandbox::Glance;
use crate::world::World;

/// The version of the JSON form.
pub const VERSION: u32 = 1;

/// What was seen of one getaddrinfo.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'s> {
    /// The world.
    pub world: &'s World,
    /// The origins of the zones that count as served: a name outside them is said to be nobody's.
    pub zones: &'s [String],
    /// The name that was looked up.
    pub node: &'s str,
    /// The call, as a C programmer would write it.
    pub call: &'s str,
    /// Who was asked.
    pub subject: &'s Who,
    /// What came back.
    pub asked: &'s Asked,
    /// All queries.
    pub wire: &'s [Query],
    /// When the call began, on the clock of the wire log.
    pub begun: Duration,
    /// What the subject looked at, on the same clock, or why that is not known.
    pub glances: Result<&'s [(Duration, Glance)], &'s str>,
}

/// How a subject came to its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The version of this form.
    pub version: u32,
    /// The name that was looked up.
    pub node: String,
    /// The call, as a C programmer would write it.
    pub call: String,
    /// The command that shows it again, where it came of one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// Who was asked.
    pub subject: Who,
    /// The world.
    pub world: String,
    /// What its files say.
    pub config: Config,
    /// The files that the subject looked at.
    pub files: Vec<File>,
    /// Why it is not known which, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_unseen: Option<String>,
    /// The names that it asked the DNS for.
    pub names: Vec<Name>,
    /// The names of the search list that it did not come to.
    pub not_tried: Vec<String>,
    /// Why it asked for no further name.
    pub stopped: String,
    /// What came back.
    pub end: End,
    /// What it cost.
    pub bill: Bill,
    /// What other spellings or settings cost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
    /// What would be cheaper or better, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// The queries of the call, their times counted from its beginning.
    pub wire: Vec<Query>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum End {
    /// These addresses, in this order, each once.
    Addresses {
        /// The canonical name, where it was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        canonical: Option<String>,
        /// The addresses.
        found: Vec<Found>,
    },
    /// The call failed: `EAI_NONAME`.
    Failed {
        /// The canonical name of the failure.
        name: String,
        /// The errno beside it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        errno: Option<String>,
    },
    /// The subject cannot be asked so, or was lost over it; the text says how.
    Lost(String),
}

impl End {
    fn of(reply: &Reply) -> Self {
        match reply {
            Reply::Answer(value) => answer(value),
            Reply::Failure(failure) => Self::Failed { name: failure.name.clone(), errno: failure.errno.clone() },
            Reply::Unsupported(why) => Self::Lost(why.clone()),
            Reply::Lost(lost) => Self::Lost(lost.to_string()),
        }
    }

    /// Whether there are addresses.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Addresses { .. })
    }

    /// The addresses.
    #[must_use]
    pub fn found(&self) -> &[Found] {
        match self {
            Self::Addresses { found, .. } => found,
            Self::Failed { .. } | Self::Lost(_) => &[],
        }
    }

    /// In a few words: the first addresses and how many more there are, or the failure.
    #[must_use]
    pub fn short(&self) -> String {
        match self {
            Self::Addresses { found, .. } => {
                let first: Vec<&str> = found.iter().take(2).map(|found| found.address.as_str()).collect();
                let more = if found.len() > 2 { format!(" and {} more", found.len() - 2) } else { String::new() };
                format!("{}{more}", first.join(" "))
            }
            Self::Failed { name, errno: None } => name.clone(),
            Self::Failed { name, errno: Some(errno) } => format!("{name}, {errno}"),
            Self::Lost(how) => how.clone(),
        }
    }
}

/// A getaddrinfo's answer: each address once, in the order of its first entry.
fn answer(value: &Value) -> End {
    let (mut found, mut canonical): (Vec<Found>, _) = (Vec::new(), None);
    for entry in value["entries"].as_array().into_iter().flatten() {
        let address = entry["address"].as_str().unwrap_or("?").to_owned();
        let port = entry["port"].as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
        canonical = canonical.or_else(|| entry["canonname"].as_str().map(str::to_owned));
        match found.iter_mut().find(|found| found.address == address) {
            Some(found) => found.ports.extend(port.filter(|port| !found.ports.contains(port))),
            None => found.push(Found {
                address,
                ports: port.into_iter().collect(),
                source: None,
                unreachable: false,
                before_next: None,
            }),
        }
    }
    End::Addresses { canonical, found }
}

impl Trace {
    /// Makes sense of what was seen.
    #[must_use]
    pub fn of(seen: &Seen<'_>) -> Self {
        let wire = seen.wire.get(seen.asked.queries.clone()).unwrap_or_default();
        let wire: Vec<Query> = wire.iter().map(|query| since(query, seen.begun)).collect();
        let mut end = End::of(&seen.asked.reply);
        if let (End::Addresses { found, .. }, Ok(glances)) = (&mut end, seen.glances) {
            order::explain(seen, glances, found);
        }
        let config = Config::of(seen.world);
        let names = names::names(seen, &wire);
        let not_tried = story::not_tried(seen, &config, &names);
        let stopped = story::stopped(seen, &names, &end);
        Self {
            version: VERSION,
            node: seen.node.to_owned(),
            call: seen.call.to_owned(),
            command: String::new(),
            subject: seen.subject.clone(),
            world: seen.world.name.clone(),
            config,
            files: seen.glances.map(|glances| files::files(seen, glances)).unwrap_or_default(),
            files_unseen: seen.glances.err().map(str::to_owned),
            bill: Bill::of(&names, &wire, seen.asked.elapsed),
            names,
            not_tried,
            stopped,
            end,
            others: Vec::new(),
            hints: Vec::new(),
            wire,
        }
    }

    /// Whether the name was resolved.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.end.is_answer()
    }

    /// What is worth measuring beside it: spellings and settings that might be cheaper.
    #[must_use]
    pub fn worth_trying(&self) -> Vec<Change> {
        story::worth_trying(self)
    }

    /// Takes what other spellings or settings cost, and draws its conclusions.
    pub fn compare(&mut self, others: Vec<Other>) {
        self.others = others;
        self.hints = story::hints(self);
    }
}

/// A query with its times counted from `begun`.
fn since(query: &Query, begun: Duration) -> Query {
    let mut query = query.clone();
    query.at = query.at.saturating_sub(begun);
    for sent in query.sent.iter_mut().flatten() {
        sent.at = sent.at.saturating_sub(begun);
    }
    query
}

#[cfg(test)]
mod tests;
