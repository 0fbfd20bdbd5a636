//! What each group of a case sent, in short, where it differs. That one sends A first and another AAAA is not told.

use std::collections::BTreeSet;

use super::super::text::{count, width};
use crate::event::Record;
use crate::outcome::Query;
use crate::report::matrix::{Group, Kind};
use crate::snapshot::query_line;

/// The longest text.
const LONG: usize = 56;

/// A text of a wire log.
type Form = fn(&[Query]) -> String;

/// From what says least to what says all. The first that tells two groups apart is used.
const FORMS: [Form; 3] = [kinds, |wire| lines(wire, Query::line), |wire| lines(wire, query_line)];

/// What each of these groups sent; nothing where all sent the same. They are all the groups of one case.
pub(super) fn wires(groups: &[Group<'_>]) -> Vec<String> {
    let agreeing = || groups.iter().filter(|group| group.kind == Kind::Agree);
    let told = |form: Form, group: &Group<'_>| -> BTreeSet<String> {
        let ordered = |record: &Record| {
            let mut outcome = record.outcome.clone();
            outcome.order_concurrent();
            outcome.wire
        };
        group.members.iter().map(|(_, record)| form(&ordered(record))).collect()
    };
    let differs = |form: &Form| agreeing().map(|group| told(*form, group)).collect::<BTreeSet<_>>().len() > 1;
    let in_a_world = agreeing().any(|group| group.members.iter().any(|(_, record)| record.world.is_some()));
    let Some(form) = FORMS.into_iter().find(differs).filter(|_| in_a_world) else {
        return vec![String::new(); groups.len()];
    };
    let text = |group: &Group<'_>| match group.kind {
        Kind::Agree => told(form, group).into_iter().collect::<Vec<_>>().join(" or "),
        Kind::Unsupported | Kind::Broken => String::new(),
    };
    groups.iter().map(text).collect()
}

/// Types by transport, in the order of their first: `udp A AAAA · tcp A`, and how often where that is more than once.
fn kinds(wire: &[Query]) -> String {
    let mut runs: Vec<(String, Vec<(&str, usize)>)> = Vec::new();
    for query in wire {
        let transport = query.transport.to_string();
        let at = runs.iter().position(|(name, _)| *name == transport).unwrap_or_else(|| {
            runs.push((transport, Vec::new()));
            runs.len() - 1
        });
        match runs[at].1.iter_mut().find(|(name, _)| *name == query.qtype) {
            Some((_, times)) => *times += 1,
            None => runs[at].1.push((&query.qtype, 1)),
        }
    }
    let one = |(name, times): &(&str, usize)| if *times > 1 { format!("{name}×{times}") } else { (*name).to_owned() };
    let run = |(transport, kinds): &(String, Vec<_>)| {
        format!("{transport} {}", kinds.iter().map(one).collect::<Vec<_>>().join(" "))
    };
    joined(wire, runs.iter().map(run).collect())
}

fn lines(wire: &[Query], line: fn(&Query) -> String) -> String {
    joined(wire, wire.iter().map(line).collect())
}

fn joined(wire: &[Query], parts: Vec<String>) -> String {
    if parts.is_empty() {
        return "nothing sent".to_owned();
    }
    let mut text = parts.join(" · ");
    if width(&text) > LONG {
        let first = &parts[0];
        text = format!("{} of {first}", count(wire.len(), "query", "queries"));
    }
    text
}
