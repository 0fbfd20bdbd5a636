//! What a group sent, as pictures: one for each call, and once for all members that sent the same.

use std::time::Duration;

use crate::event::Record;
use crate::outcome::{Outcome, Query};
use crate::report::html::escape::escape;
use crate::report::html::wire::timeline;
use crate::report::matrix::{Group, Kind};
use crate::report::terminal::count;
use crate::snapshot::query_line;

/// More pictures than these are folded.
const MOST: usize = 3;

/// Of a call that sent more queries than these the first are drawn, and so many of the ways in which a group sent.
const QUERIES: usize = 60;
const WAYS: usize = 6;

/// The pictures of a group; nothing where its case looks at no world.
pub(super) fn of(group: &Group<'_>, names: &[String]) -> String {
    let mut ways: Vec<(Vec<String>, &Record, Vec<&str>)> = Vec::new();
    for (place, record) in &group.members {
        let lines = lines(&record.outcome);
        match ways.iter_mut().find(|(other, ..)| *other == lines) {
            Some((.., who)) => who.push(&names[*place]),
            None => ways.push((lines, record, vec![&names[*place]])),
        }
    }
    let in_world = group.kind == Kind::Agree && group.members.iter().any(|(_, record)| record.world.is_some());
    let mut text = String::new();
    for (nth, (lines, record, who)) in ways.iter().enumerate().filter(|_| in_world) {
        let who = escape(&who.join(", "));
        let (pictures, drawn) = pictures(&record.outcome);
        if nth == 0 && drawn <= MOST {
            let of = if ways.len() > 1 { format!(" by {who}") } else { String::new() };
            text.push_str(&format!("<p class=lb>sent{of}</p>{pictures}"));
        } else {
            let sent = count(lines.len(), "query", "queries");
            let other = if nth > 0 { "otherwise " } else { "" };
            let pictures = if nth < WAYS { pictures } else { String::new() };
            text.push_str(&format!("<details><summary>sent {other}by {who}: {sent}</summary>{pictures}</details>"));
        }
    }
    text
}

/// Each call's picture, and how many there are. Of several calls those that sent nothing have none.
fn pictures(outcome: &Outcome) -> (String, usize) {
    let calls = &outcome.asked;
    let mut text = String::new();
    let mut drawn = 0;
    for (nth, asked) in calls.iter().enumerate() {
        let wire = outcome.wire.get(asked.queries.clone()).unwrap_or_default();
        if calls.len() > 1 && wire.is_empty() {
            continue;
        }
        drawn += 1;
        if calls.len() > 1 {
            text.push_str(&format!("<p class=nr>call {}</p>", nth + 1));
        }
        text.push_str(&picture(wire, Some(asked.elapsed)));
    }
    let rest = calls.last().map_or(0, |asked| asked.queries.end);
    if let Some(wire) = outcome.wire.get(rest..).filter(|wire| !wire.is_empty()) {
        text.push_str(&format!("<p class=nr>after the last reply</p>{}", picture(wire, None)));
        drawn += 1;
    }
    if drawn == 0 {
        text = timeline(&[], None);
    }
    (text, drawn)
}

/// The picture of one call's queries: the first of them, where they are very many.
fn picture(wire: &[Query], elapsed: Option<Duration>) -> String {
    match wire.split_at_checked(QUERIES) {
        Some((first, rest)) if !rest.is_empty() => {
            let more = count(rest.len(), "more query", "more queries");
            format!("{}<p class=nr>and {more}</p>", timeline(first, None))
        }
        _ => timeline(wire, elapsed),
    }
}

/// The queries in words, in an order that does not depend on chance.
fn lines(outcome: &Outcome) -> Vec<String> {
    let mut outcome = outcome.clone();
    outcome.order_concurrent();
    outcome.wire.iter().map(query_line).collect()
}
