//! gethostent(3): every host of the host database, one after the other.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::{alone, c, errno, unset};
use super::{Call, Hostent, NoAnswer};

/// The arguments of gethostent. The walk begins with sethostent() and ends with endhostent().
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gethostent {
    /// What sethostent gets.
    #[serde(default, skip_serializing_if = "unset")]
    pub stayopen: bool,
    /// After so many hosts sethostent is called once more.
    #[serde(default, skip_serializing_if = "unset")]
    pub rewind_after: Option<u16>,
}

/// What the walk gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The hosts, in order; those from before the second sethostent first.
    pub entries: Vec<Hostent>,
}

/// A walk that goes on for longer does not end by itself.
const MOST: usize = 100_000;

impl Call for Gethostent {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("names", "the official name of each host"),
        ("aliases", "the list of other names of each host"),
        ("families", "the family of each host's addresses"),
        ("addresses", "the addresses of all hosts, in order"),
        ("entries", "each host in short: `192.0.2.7 host.example host`"),
        ("count", "how many hosts there are"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let _alone = alone();
        let first = self.rewind_after.map_or(0, usize::from);
        // SAFETY: nobody else walks meanwhile, and each host is copied before the next is asked for.
        let entries = unsafe {
            let walk = |most| {
                c::sethostent(self.stayopen.into());
                std::iter::from_fn(|| Hostent::read(&errno::call(|| c::gethostent())).ok()).take(most)
            };
            let mut entries: Vec<_> = if first > 0 { walk(first).collect() } else { Vec::new() };
            entries.extend(walk(MOST));
            c::endhostent();
            entries
        };
        Ok(Answer { entries })
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        let entries = answer.entries.iter();
        Some(match name {
            "names" => entries.map(|entry| entry.name.clone()).collect(),
            "aliases" => entries.map(|entry| entry.aliases.clone()).collect(),
            "families" => entries.map(|entry| serde_json::to_value(&entry.family).unwrap_or_default()).collect(),
            "addresses" => entries.flat_map(|entry| entry.addresses.clone()).collect(),
            "entries" => entries.map(Hostent::line).collect(),
            "count" => answer.entries.len().into(),
            _ => return None,
        })
    }

    fn written(&self) -> String {
        let stayopen = u8::from(self.stayopen);
        match (self.rewind_after, self.stayopen) {
            (None, false) => String::new(),
            (None, true) => format!("sethostent({stayopen})"),
            (Some(hosts), _) => format!("sethostent({stayopen}), again after {hosts}"),
        }
    }
}
