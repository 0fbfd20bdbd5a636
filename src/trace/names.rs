//! The names that were asked for, one after the other, and the queries for each: which is a repetition, what it waited for,
//! and what came of it.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Seen;
use super::config::Config;
use crate::outcome::{Query, Transport, millis};

/// A name that the DNS was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// The name, with its final dot.
    pub name: String,
    /// How it comes of the name that was looked up.
    pub derived: Derived,
    /// When it was first asked for, counted from the beginning of the call.
    #[serde(with = "millis")]
    pub at: Duration,
    /// What came of it: `found`, `NXDOMAIN`, `no data`, `no reply`, `SERVFAIL`.
    pub came: String,
    /// No zone of the world has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unserved: bool,
    /// The queries, in order of arrival.
    pub queries: Vec<Step>,
}

/// How a name comes of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Derived {
    /// It is the name as it was given.
    AsGiven,
    /// A domain of the search list was put behind it: the n-th, counted from 1.
    Searched(usize),
    /// Otherwise: an alias that was followed, a domain that resolv.conf does not say.
    Otherwise,
}

/// One query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its place in the trace's wire log.
    pub query: usize,
    /// When it arrived, counted from the beginning of the call.
    #[serde(with = "millis")]
    pub at: Duration,
    /// The nameserver.
    pub server: IpAddr,
    /// The transport.
    pub transport: Transport,
    /// The type.
    pub qtype: String,
    /// What was replied: `NOERROR 1`, `NXDOMAIN`; `no reply`.
    pub reply: String,
    /// What the world's faults did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fault: String,
    /// The place of the query that it repeats, in the trace's wire log, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<(usize, Again)>,
    /// How long the nameserver took to reply.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "maybe")]
    pub took: Option<Duration>,
    /// How long the subject waited in vain before it went on.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "maybe")]
    pub waited: Option<Duration>,
}

/// How a query repeats another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// To the same nameserver once more.
    Same,
    /// To another nameserver.
    OtherServer,
    /// Over TCP, since the reply was truncated.
    Stream,
}

impl Again {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Same => "once more",
            Self::OtherServer => "next server",
            Self::Stream => "over TCP",
        }
    }
}

/// A duration or null.
mod maybe {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Millis(#[serde(with = "crate::outcome::millis")] Duration);

    #[expect(clippy::ref_option, reason = "serde gives it so")]
    pub(super) fn serialize<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        duration.map(Millis).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Millis>::deserialize(deserializer)?.map(|Millis(duration)| duration))
    }
}

/// The reply to no avail.
pub(super) const NO_REPLY: &str = "no reply";

/// The names in the order in which they were first asked for. `wire` is that of the call alone, its times counted from the
/// call's beginning.
pub(super) fn names(seen: &Seen<'_>, wire: &[Query]) -> Vec<Name> {
    let config = Config::of(seen.world);
    let mut names: Vec<Name> = Vec::new();
    for (place, query) in wire.iter().enumerate() {
        let step = step(place, wire, seen.asked.elapsed);
        match names.iter_mut().find(|name| name.name.eq_ignore_ascii_case(&query.name)) {
            Some(name) => name.queries.push(step),
            None => names.push(Name {
                name: query.name.clone(),
                derived: derived(&query.name, seen.node, &config),
                at: query.at,
                came: String::new(),
                unserved: !seen.zones.iter().any(|zone| encloses(zone, &query.name)),
                queries: vec![step],
            }),
        }
    }
    for name in &mut names {
        name.came = came(&name.queries);
    }
    names
}

fn derived(name: &str, node: &str, config: &Config) -> Derived {
    let (name, node) =
        (name.trim_end_matches('.').to_ascii_lowercase(), node.trim_end_matches('.').to_ascii_lowercase());
    if name == node {
        return Derived::AsGiven;
    }
    let domain = name.strip_prefix(&node).and_then(|rest| rest.strip_prefix('.'));
    let listed =
        |domain: &str| config.search.iter().position(|own| own.trim_end_matches('.').eq_ignore_ascii_case(domain));
    domain.and_then(listed).map_or(Derived::Otherwise, |place| Derived::Searched(place + 1))
}

/// Whether a zone's origin is the name or above it.
fn encloses(origin: &str, name: &str) -> bool {
    let (origin, name) =
        (origin.trim_end_matches('.').to_ascii_lowercase(), name.trim_end_matches('.').to_ascii_lowercase());
    origin.is_empty() || name.strip_suffix(&origin).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn step(place: usize, wire: &[Query], end: Duration) -> Step {
    let query = &wire[place];
    let same_question = |other: &Query| other.name.eq_ignore_ascii_case(&query.name) && other.qtype == query.qtype;
    let again = wire[..place].iter().rposition(same_question).map(|first| {
        let earlier = &wire[first];
        let how = match () {
            () if earlier.transport == Transport::Udp && query.transport == Transport::Tcp => Again::Stream,
            () if earlier.server != query.server => Again::OtherServer,
            () => Again::Same,
        };
        (first, how)
    });
    // Whoever goes on before a reply has come has given up waiting: with the same question, or with another name.
    let later = &wire[place + 1..];
    let on = later.iter().find(|other| same_question(other));
    let on = on.or_else(|| later.iter().find(|other| !other.name.eq_ignore_ascii_case(&query.name)));
    let until = on.map_or(end, |on| on.at);
    let (reply, left) = reply(query);
    let in_time = left.is_some_and(|left| left <= until);
    let waited = (!in_time).then(|| until.saturating_sub(query.at));
    let took = left.map(|left| left.saturating_sub(query.at));
    let (server, transport, qtype, fault) = (query.server, query.transport, query.qtype.clone(), fault(query));
    Step { query: place, at: query.at, server, transport, qtype, reply, fault, again, took, waited }
}

/// What the client got, as far as it can know, and when: the first message that is a reply to its query.
fn reply(query: &Query) -> (String, Option<Duration>) {
    let Some(sent) = &query.sent else { return (query.reply.clone(), Some(query.at)) };
    match sent.iter().find(|sent| !sent.is_stray()) {
        Some(sent) => (sent.reply.clone(), Some(sent.at)),
        None if sent.is_empty() => (NO_REPLY.to_owned(), None),
        None => (format!("{NO_REPLY} but forged ones"), None),
    }
}

/// What the world's faults did, as the wire log has it: what stands behind the right reply, where there was a reply.
fn fault(query: &Query) -> String {
    match (&query.sent, query.reply.split_once("; ")) {
        (Some(sent), _) if sent.is_empty() => query.reply.clone(),
        (_, Some((_, rest))) => rest.to_owned(),
        (_, None) => String::new(),
    }
}

/// What came of a name: by the last query of each type.
fn came(queries: &[Step]) -> String {
    let last = |place: usize| !queries[place + 1..].iter().any(|later| later.qtype == queries[place].qtype);
    let replies: Vec<&str> =
        queries.iter().enumerate().filter(|(place, _)| last(*place)).map(|(_, step)| step.reply.as_str()).collect();
    let records = |reply: &&str| reply.strip_prefix("NOERROR ").and_then(|rest| rest.split(' ').next()?.parse().ok());
    if replies.iter().filter_map(records).any(|records: u32| records > 0) {
        return "found".to_owned();
    }
    let silent = replies.iter().find(|reply| reply.starts_with(NO_REPLY));
    let worst = silent.or_else(|| replies.iter().find(|reply| **reply != "NXDOMAIN" && !reply.starts_with("NOERROR")));
    match worst.or_else(|| replies.first()).copied().unwrap_or_default() {
        reply if reply.starts_with("NOERROR") => "no data".to_owned(),
        reply => reply.split(" (").next().unwrap_or_default().to_owned(),
    }
}

/// A step of which no more is known than its time and its wait.
#[cfg(test)]
pub(super) fn made_up(query: &Query, waited: Option<Duration>) -> Step {
    let Query { at, server, transport, qtype, .. } = query.clone();
    let (reply, fault) = (NO_REPLY.to_owned(), String::new());
    Step { query: 0, at, server, transport, qtype, reply, fault, again: None, took: None, waited }
}
