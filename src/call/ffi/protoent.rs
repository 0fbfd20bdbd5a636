//! `struct protoent`: what getprotobyname, getprotobynumber and getprotoent answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::text::{read, texts};
use super::walk::Entry;
use crate::outcome::Failure;

/// A protocol. A runtime's own call may tell only a part of it; what it does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protoent {
    /// The official name (`p_name`).
    pub name: Option<String>,
    /// Its other names (`p_aliases`), in order.
    pub aliases: Option<Vec<String>>,
    /// The number (`p_proto`), in host order.
    pub number: i64,
}

impl Protoent {
    /// A facet, null where it was not told.
    pub(crate) fn facet(&self, name: &str) -> Option<Value> {
        serde_json::to_value(self).ok()?.get(name).cloned()
    }

    /// What rules can look at.
    pub(crate) const FACETS: &'static [(&'static str, &'static str)] =
        &[("name", "the official name"), ("aliases", "its other names, in order"), ("number", "the protocol's number")];

    /// The protocol that a getproto… function gave.
    ///
    /// # Errors
    /// [`Failure::NOT_FOUND`] for a null pointer.
    ///
    /// # Safety
    /// The pointer is null, or leads to what such a function gives, and no other call was made since.
    pub(crate) unsafe fn read(protocol: *const libc::protoent) -> Result<Self, Failure> {
        // SAFETY: the caller says so.
        let protocol = unsafe { protocol.as_ref() }.ok_or_else(|| Failure::named(Failure::NOT_FOUND))?;
        Ok(Self {
            // SAFETY: the caller says so.
            name: unsafe { read(protocol.p_name) },
            // SAFETY: the caller says so.
            aliases: Some(unsafe { texts(protocol.p_aliases) }),
            number: protocol.p_proto.into(),
        })
    }

    /// The protocol as a line of protocols(5) has it: `tcp 6 TCP`.
    fn line(&self) -> String {
        let mut line = format!("{} {}", self.name.as_deref().unwrap_or_default(), self.number);
        for alias in self.aliases.iter().flatten() {
            line.push(' ');
            line.push_str(alias);
        }
        line
    }
}

impl Entry for Protoent {
    type C = libc::protoent;
    const LIST: &'static [(&'static str, &'static str)] = &[
        ("names", "the official name of each protocol"),
        ("numbers", "the number of each protocol"),
        ("aliases", "the list of other names of each protocol"),
        ("entries", "each protocol in short: `tcp 6 TCP`"),
        ("count", "how many protocols there are"),
    ];

    unsafe fn copy(protocol: *const libc::protoent) -> Result<Self, Failure> {
        // SAFETY: the caller says so.
        unsafe { Self::read(protocol) }
    }

    fn list(entries: &[Self], name: &str) -> Option<Value> {
        let count = entries.len();
        let entries = entries.iter();
        Some(match name {
            "names" => entries.map(|entry| entry.name.clone()).collect(),
            "numbers" => entries.map(|entry| entry.number).collect(),
            "aliases" => entries.map(|entry| entry.aliases.clone()).collect(),
            "entries" => entries.map(Self::line).collect(),
            "count" => count.into(),
            _ => return None,
        })
    }
}
