//! getservent(3): every service, one after the other.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::{alone, errno};
use super::{Call, NoAnswer, Servent};

/// The arguments of getservent: none. The walk begins with setservent(0) and ends with endservent().
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getservent {}

/// What the walk gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The services, in order.
    pub entries: Vec<Servent>,
}

/// A walk that goes on for longer does not end by itself.
const MOST: usize = 100_000;

impl Call for Getservent {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("names", "the official name of each service"),
        ("ports", "the port of each service, in host order"),
        ("protocols", "the protocol of each service, by name"),
        ("aliases", "the list of other names of each service"),
        ("entries", "each service in short: `http 80/tcp www`"),
        ("count", "how many services there are"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let _alone = alone();
        // SAFETY: nobody else walks meanwhile, and each service is copied before the next is asked for.
        let entries = unsafe {
            libc::setservent(0);
            let services = std::iter::from_fn(|| Servent::read(errno::call(|| libc::getservent()).result).ok());
            let entries = services.take(MOST).collect();
            libc::endservent();
            entries
        };
        Ok(Answer { entries })
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        let entries = answer.entries.iter();
        Some(match name {
            "names" => entries.map(|entry| entry.name.clone()).collect(),
            "ports" => entries.map(|entry| entry.port).collect(),
            "protocols" => entries.map(|entry| entry.protocol.clone()).collect(),
            "aliases" => entries.map(|entry| entry.aliases.clone()).collect(),
            "entries" => entries.map(Servent::line).collect(),
            "count" => answer.entries.len().into(),
            _ => return None,
        })
    }

    fn written(&self) -> String {
        String::new()
    }
}
