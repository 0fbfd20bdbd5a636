//! What happened on the wire, in the order of time.

use std::time::Duration;

use crate::outcome::Query;

/// A question asked again within this time was sent to several servers at once, or by chance, and is no retry.
const AT_ONCE: Duration = Duration::from_millis(100);

/// Both ends of a call are told by another clock than its queries: nothing that is nearer to its end than this came later.
const UNSURE: Duration = Duration::from_millis(20);

/// How the notes of faults begin whose whole effect a message shows itself.
const SAID: [&str; 6] = ["answer ", "forge ", "header", "icmp ", "rcode ", "truncate"];

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// When, counted from the first query.
    pub(super) at: Duration,
    /// What.
    pub(super) what: What,
}

/// What happened. The numbers are those of the queries in their wire, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A query arrived; it was asked before where `again` says so.
    Query { of: usize, again: bool },
    /// A message left.
    Reply { of: usize, reply: String, kind: Kind, after: Option<Duration> },
    /// Nothing left for a query, and why.
    Lost { of: usize, why: String },
    /// The call returned, so long after it was made.
    Returned { after: Duration },
}

/// What stands out about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// It has the TC bit.
    Truncated,
    /// The question had been asked again, or the call had returned, before it left.
    Late,
    /// It does not match its query.
    Forged,
}

/// All that happened. There is at least one query.
pub(super) fn of(wire: &[Query], elapsed: Option<Duration>) -> Vec<Event> {
    let begun = wire.iter().map(|query| query.at).min().unwrap_or_default();
    let mut events = Vec::new();
    for (of, query) in wire.iter().enumerate() {
        let at = query.at - begun;
        events.push(Event { at, what: What::Query { of, again: is_again(&wire[..of], query) } });
        events
            .extend(replies(of, query).into_iter().map(|(left, what)| Event { at: left.saturating_sub(begun), what }));
    }
    events.sort_by_key(|event| event.at);
    let last = events.last().map_or(Duration::ZERO, |event| event.at);
    if let Some(after) = elapsed {
        let place = events.iter().position(|event| event.at > after.saturating_add(UNSURE)).unwrap_or(events.len());
        let at = if place == events.len() { last.max(after) } else { after };
        events.insert(place, Event { at, what: What::Returned { after } });
    }
    mark_late(wire, &mut events);
    events
}

fn is_again(before: &[Query], query: &Query) -> bool {
    before.iter().any(|other| {
        let distant = query.at.saturating_sub(other.at) >= AT_ONCE;
        is_same(other, query) && other.transport == query.transport && (distant || other.server == query.server)
    })
}

fn is_same(one: &Query, other: &Query) -> bool {
    one.qtype == other.qtype && one.class == other.class && one.name.eq_ignore_ascii_case(&other.name)
}

/// What became of a query, and when.
fn replies(of: usize, query: &Query) -> Vec<(Duration, What)> {
    let (right, notes) = split(&query.reply);
    let Some(sent) = &query.sent else { return vec![presumed(of, query, right, &notes)] };
    if sent.is_empty() {
        let why = if right.is_empty() { notes.join("; ") } else { query.reply.clone() };
        let why = if why.contains("not sent") || right.is_empty() { why } else { format!("not sent: {why}") };
        return vec![(query.at, What::Lost { of, why })];
    }
    let mut notes = notes;
    // What the message says itself is not repeated.
    notes.retain(|note| !SAID.iter().any(|said| note.starts_with(said)));
    let mut found = Vec::new();
    for message in sent {
        let mut parts = vec![message.reply.clone()];
        parts.extend(message.amiss.iter().map(|what| format!("other {what}")));
        parts.extend(message.from.map(|from| format!("from {from}")));
        parts.extend(notes.drain(..).map(str::to_owned));
        let kind = if message.is_stray() {
            Kind::Forged
        } else if message.reply.ends_with(" TC") {
            Kind::Truncated
        } else {
            Kind::Plain
        };
        let after = Some(message.at.saturating_sub(query.at));
        found.push((message.at, What::Reply { of, reply: parts.join("; "), kind, after }));
    }
    found
}

/// A log from before the messages were noted says in words what was to be done.
fn presumed(of: usize, query: &Query, right: &str, notes: &[&str]) -> (Duration, What) {
    if right.is_empty() {
        return (query.at, What::Lost { of, why: notes.join("; ") });
    }
    let delay = notes.iter().find_map(|note| humantime::parse_duration(note.strip_prefix("delay ")?).ok());
    let kind = if right.ends_with(" TC") || notes.contains(&"truncate") {
        Kind::Truncated
    } else if notes.iter().any(|note| note.starts_with("forge ")) {
        Kind::Forged
    } else {
        Kind::Plain
    };
    (
        query.at.saturating_add(delay.unwrap_or_default()),
        What::Reply { of, reply: query.reply.clone(), kind, after: None },
    )
}

/// The right reply's code and what else was noted; the former is empty where no reply was foreseen.
fn split(reply: &str) -> (&str, Vec<&str>) {
    let mut parts = reply.split("; ").filter(|part| !part.is_empty()).peekable();
    let is_code = |part: &&str| part.starts_with(|c: char| c.is_ascii_uppercase());
    let right = parts.next_if(is_code).unwrap_or_default();
    (right, parts.collect())
}

fn mark_late(wire: &[Query], events: &mut [Event]) {
    let mut returned = false;
    for event in events {
        match &mut event.what {
            What::Returned { .. } => returned = true,
            What::Reply { of, kind, after: Some(after), .. } if matches!(kind, Kind::Plain | Kind::Truncated) => {
                let query = &wire[*of];
                let asked_again = wire[*of + 1..].iter().any(|other| {
                    let later = other.at.saturating_sub(query.at);
                    is_same(query, other) && later >= AT_ONCE && later < *after
                });
                if returned || asked_again {
                    *kind = Kind::Late;
                }
            }
            _ => {}
        }
    }
}
