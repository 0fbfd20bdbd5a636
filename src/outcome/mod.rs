//! What came back: one subject's replies in one case, and the queries that were seen on the wire. Vocabulary only: it
//! knows neither cases nor calls, and judges nothing.

mod agree;
mod failure;
pub(crate) mod millis;
mod query;

pub use failure::Failure;
pub use query::{Edns, Query, Sent, Transport};

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one subject did in one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// One entry for each call that was asked, in order.
    pub asked: Vec<Asked>,
    /// Every query that a nameserver of the world saw, in order of arrival.
    pub wire: Vec<Query>,
}

impl Outcome {
    /// Puts the queries of a subject that sends them side by side into an order that does not depend on chance: within each
    /// call, those that follow one another for the same name are ordered by type. What was sent for one type stays in its
    /// order of arrival.
    pub fn order_concurrent(&mut self) {
        let calls: Vec<_> = self.asked.iter().map(|asked| asked.queries.clone()).collect();
        for call in calls {
            let Some(wire) = self.wire.get_mut(call) else { continue };
            for of_one_name in wire.chunk_by_mut(|one, next| one.name.eq_ignore_ascii_case(&next.name)) {
                of_one_name.sort_by(|one, other| one.qtype.cmp(&other.qtype));
            }
        }
    }
}

/// One call of a case, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The call's name, for example `getaddrinfo`.
    pub call: String,
    /// What came back.
    pub reply: Reply,
    /// When it was asked, on the clock of the wire log; none where there is no wire. Never part of a snapshot.
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    pub at: Option<Duration>,
    /// Time from the question to the reply. Never part of a snapshot.
    #[serde(with = "millis")]
    pub elapsed: Duration,
    /// The queries of [`Outcome::wire`] that arrived between the question and the reply.
    pub queries: Range<usize>,
}

/// What a subject made of one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The call succeeded; the value has the shape of the call's answer type.
    Answer(Value),
    /// The call failed as the API lets it fail.
    Failure(Failure),
    /// The subject has no such call; the text says why.
    Unsupported(String),
    /// The subject was lost while it was asked: it crashed, hung, flooded or talked nonsense.
    Lost(Lost),
}

/// How a subject was lost while it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Lost {
    /// It was killed by this signal, named as in signal(7): `SIGSEGV`.
    Crashed {
        /// The signal's C name.
        signal: String,
        /// The last that it wrote to standard error.
        stderr: String,
    },
    /// It exited with this status before it replied.
    Exited {
        /// The exit status.
        status: i32,
        /// The last that it wrote to standard error.
        stderr: String,
    },
    /// It had not replied when this time was up.
    Hung {
        /// The time it was given.
        #[serde(with = "millis")]
        after: Duration,
    },
    /// It wrote more than a reply may hold.
    Flooded {
        /// The limit in bytes.
        limit: usize,
    },
    /// It wrote something that is no reply of the protocol.
    Babbled {
        /// What it wrote, shortened.
        line: String,
        /// Why that is no reply.
        reason: String,
    },
}

impl Lost {
    /// The one word that snapshots and rules use for it: `SIGSEGV`, `exited 3`, `hung`, `flooded`, `babbled`.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Crashed { signal, .. } => signal.clone(),
            Self::Exited { status, .. } => format!("exited {status}"),
            Self::Hung { .. } => "hung".to_owned(),
            Self::Flooded { .. } => "flooded".to_owned(),
            Self::Babbled { .. } => "babbled".to_owned(),
        }
    }
}

impl fmt::Display for Lost {
    /// In one sentence or two, with the last that the subject said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crashed { signal, .. } => write!(f, "it was killed by {signal}")?,
            Self::Exited { status, .. } => write!(f, "it exited with status {status}")?,
            Self::Hung { after } => write!(f, "no reply came within {} s", after.as_secs_f64())?,
            Self::Flooded { limit } => write!(f, "it wrote more than {limit} bytes in one line")?,
            Self::Babbled { line, reason } => write!(f, "it wrote `{line}`: {reason}")?,
        }
        match self {
            Self::Crashed { stderr, .. } | Self::Exited { stderr, .. } if !stderr.is_empty() => {
                write!(f, "; the last it said: {stderr}")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_that_race_are_ordered_by_type_within_a_call_and_a_name() {
        let query = |name: &str, qtype: &str, transport| Query {
            name: name.to_owned(),
            qtype: qtype.to_owned(),
            transport,
            ..Query::made_up(0)
        };
        let (udp, tcp) = (Transport::Udp, Transport::Tcp);
        let wire = vec![
            query("a.", "AAAA", udp),
            query("A.", "A", udp),
            query("a.", "AAAA", tcp),
            query("b.", "AAAA", udp),
            query("b.", "A", udp),
            query("b.", "A", udp),
        ];
        let asked = |queries| Asked {
            call: "getaddrinfo".to_owned(),
            reply: Reply::Unsupported(String::new()),
            at: None,
            elapsed: Duration::ZERO,
            queries,
        };
        let mut outcome = Outcome { asked: vec![asked(0..5), asked(5..6)], wire };
        outcome.order_concurrent();
        let lines: Vec<_> = outcome.wire.iter().map(Query::line).collect();
        assert_eq!(lines, ["udp A A.", "udp AAAA a.", "tcp AAAA a.", "udp A b.", "udp AAAA b.", "udp A b."]);
    }
}
