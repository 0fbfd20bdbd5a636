//! Another call, made under conditions that a program meets in practice: no descriptor left, a timer that interrupts it,
//! threads that ask at the same time. It answers and fails as that other call does.

mod descriptors;
mod threads;
mod timer;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ffi::unset;
use super::{Ask, Call, NoAnswer};
use crate::outcome::Reply;

/// The failure where threads that asked the same did not all get the same.
const DIFFERENT: &str = "DIFFERENT";

/// The arguments of under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Under {
    /// The call.
    pub call: Box<Ask>,
    /// How many descriptors may be opened besides those that are open: RLIMIT_NOFILE is set to leave so many.
    #[serde(default, skip_serializing_if = "unset")]
    pub descriptors: Option<u32>,
    /// SIGALRM arrives every so many milliseconds, at a handler that does not restart what it interrupts.
    #[serde(default, skip_serializing_if = "unset")]
    pub alarm_ms: Option<u32>,
    /// So many threads ask at once.
    #[serde(default, skip_serializing_if = "unset")]
    pub threads: Option<u32>,
    /// Each thread asks so many times; once where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub times: Option<u32>,
    /// Further calls that each thread makes in turn with the call.
    #[serde(default, skip_serializing_if = "unset")]
    pub beside: Vec<Ask>,
}

/// The answer of the call, under the call's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Answer {
    call: String,
    answer: Value,
}

impl TryFrom<Map<String, Value>> for Answer {
    type Error = String;

    fn try_from(map: Map<String, Value>) -> Result<Self, String> {
        let mut entries = map.into_iter();
        let (Some((call, answer)), None) = (entries.next(), entries.next()) else {
            return Err("it is not one answer under the name of its call".to_owned());
        };
        let answer = Ask::check(&call, answer)?;
        Ok(Self { call, answer })
    }
}

impl From<Answer> for Map<String, Value> {
    fn from(Answer { call, answer }: Answer) -> Self {
        Self::from_iter([(call, answer)])
    }
}

impl Call for Under {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let reply = descriptors::leaving(self.descriptors, || {
            timer::every(self.alarm_ms, || match self.threads {
                None => self.call.perform(),
                Some(threads) => {
                    let asks: Vec<&Ask> = std::iter::once(&*self.call).chain(&self.beside).collect();
                    threads::ask(&asks, threads, self.times.unwrap_or(1))
                }
            })
        })?;
        match reply {
            Reply::Answer(answer) => Ok(Answer { call: self.call.name().to_owned(), answer }),
            Reply::Failure(failure) => Err(failure.into()),
            Reply::Unsupported(reason) => Err(NoAnswer::Unsupported(reason)),
            Reply::Lost(lost) => Err(NoAnswer::Unsupported(lost.word())),
        }
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        Ask::facet(&answer.call, &answer.answer, name)
    }

    fn written(&self) -> String {
        let mut words = vec![self.call.written()];
        words.extend(self.descriptors.map(|free| format!("descriptors={free}")));
        words.extend(self.alarm_ms.map(|every| format!("alarm_ms={every}")));
        words.extend(self.threads.map(|threads| format!("threads={threads}")));
        words.extend(self.times.map(|times| format!("times={times}")));
        words.extend(self.beside.iter().map(Ask::written));
        words.join(", ")
    }

    fn objection(&self) -> Option<String> {
        let nested = std::iter::once(&*self.call).chain(&self.beside).any(|ask| matches!(ask, Ask::Under(_)));
        let single = self.threads.is_none() && (self.times.is_some() || !self.beside.is_empty());
        let idle = self.descriptors.is_none() && self.alarm_ms.is_none() && self.threads.is_none();
        if nested {
            Some("a call under conditions cannot itself be under others: write all of them here".to_owned())
        } else if single {
            Some("`times` and `beside` are for threads: write `threads` too".to_owned())
        } else if idle {
            Some("it has no condition: `descriptors`, `alarm_ms` or `threads`".to_owned())
        } else if self.alarm_ms == Some(0) || self.threads == Some(0) || self.times == Some(0) {
            Some("0 times nothing happens".to_owned())
        } else {
            None
        }
    }

    fn labels(&self) -> Vec<&str> {
        let facets = Ask::facets(self.call.name()).unwrap_or_default();
        facets.iter().map(|(name, _)| *name).chain(self.call.labels()).collect()
    }
}
