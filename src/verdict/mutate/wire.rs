//! Wrong wire logs in the place of a right one.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::list::{Slot, Wrong, lists};
use super::other::others;
use super::{Kind, Mutant, Place};
use crate::outcome::{Edns, Outcome, Query, Transport};
use crate::verdict::judge::column_of;
use crate::verdict::value::shown;

/// Outcomes whose wire is wrong in what a column shows.
pub(super) fn mutants(right: &Outcome, place: Place, column: &str, forbidden: &[Value]) -> Vec<Mutant> {
    let range = place.wire(right);
    let rows = right.wire.get(range.clone()).unwrap_or_default();
    let by = if column == "count" { "queries" } else { column };
    let Some(Value::Array(values)) = column_of(by, rows) else { return Vec::new() };
    let foreign = |value: &Value| {
        let mut foreign = if column == "count" { Vec::new() } else { foreign(by, value) };
        foreign.extend(forbidden.iter().filter(|other| *other != value).cloned());
        // What has to be different for each query is tried as the same, too.
        foreign.extend(values.iter().find(|other| matches!(by, "ids" | "ports") && *other != value).cloned());
        foreign
    };
    let strange = |nth: usize, value: Option<&Value>| {
        let mut query = rows.first().cloned().unwrap_or_else(|| Query::made_up(nth));
        query.id = query.id.wrapping_add(500);
        query.source.set_port(query.source.port().wrapping_add(500));
        match value {
            Some(value) => set(&mut query, by, value),
            None => "another.test.".clone_into(&mut query.name),
        }
        query
    };
    let owners = owners(right);
    let own = &owners[range.clone()];
    let last = place.step.map(|step| step - 1).or_else(|| right.asked.len().checked_sub(1));
    let build = |wrong: &Wrong| {
        let mut wire = Vec::new();
        for (nth, slot) in wrong.slots.iter().enumerate() {
            let at = if wrong.kind == Kind::Reordered { nth } else { slot.old().unwrap_or(nth) };
            let owner = own.get(at).copied().unwrap_or(last);
            wire.push((
                owner,
                match slot {
                    Slot::Old(i) => rows[*i].clone(),
                    // A changed query stays what it is but for the column.
                    Slot::New(value) if wrong.kind == Kind::Changed => {
                        let mut query = rows[nth].clone();
                        set(&mut query, by, value);
                        query
                    }
                    Slot::New(value) => strange(nth, Some(value)),
                },
            ));
        }
        wire
    };
    let mut mutants = Vec::new();
    let mut put = |kind, text: String, wire: Vec<Owned>| {
        let whole = owners.iter().copied().zip(right.wire.iter().cloned());
        let before = whole.clone().take(range.start);
        let after = whole.skip(range.end);
        mutants.push(Mutant { kind, text, outcome: with_wire(right, before.chain(wire).chain(after).collect()) });
    };
    for wrong in lists(&values, &foreign) {
        if column != "count" || matches!(wrong.kind, Kind::Dropped | Kind::Repeated) {
            put(wrong.kind, wrong.text.clone(), build(&wrong));
        }
    }
    let mut more: Vec<Owned> = own.iter().copied().zip(rows.iter().cloned()).collect();
    more.push((own.last().copied().unwrap_or(last), strange(rows.len(), None)));
    put(Kind::Added, "a query for another.test.".to_owned(), more);
    let flood = (0..100).map(|nth| (last, strange(rows.len() + nth, None)));
    let flooded = own.iter().copied().zip(rows.iter().cloned()).chain(flood).collect();
    put(Kind::Added, "a hundred queries".to_owned(), flooded);
    for value in forbidden {
        let mut more: Vec<Owned> = own.iter().copied().zip(rows.iter().cloned()).collect();
        more.push((last, strange(rows.len(), Some(value))));
        put(Kind::Added, shown(value), more);
    }
    mutants
}

/// A query, and the call that it belongs to, where it belongs to one.
pub(super) type Owned = (Option<usize>, Query);

/// The call that each query of the wire belongs to.
fn owners(outcome: &Outcome) -> Vec<Option<usize>> {
    let owner = |nth| outcome.asked.iter().position(|asked| asked.queries.contains(&nth));
    (0..outcome.wire.len()).map(owner).collect()
}

/// The outcome with another wire.
pub(super) fn with_wire(right: &Outcome, wire: Vec<Owned>) -> Outcome {
    let mut wrong = right.clone();
    let mut end = 0;
    for (call, asked) in wrong.asked.iter_mut().enumerate() {
        let of = |(owner, _): &Owned| *owner == Some(call);
        let first = wire.iter().position(of);
        let last = wire.iter().rposition(of).map_or(end, |last| last + 1);
        asked.queries = first.unwrap_or(end)..last;
        end = last;
    }
    wrong.wire = wire.into_iter().map(|(_, query)| query).collect();
    wrong
}

/// What could stand in a column in the place of a value.
fn foreign(column: &str, value: &Value) -> Vec<Value> {
    match column {
        "flags" => {
            let text = value.as_str().unwrap_or_default();
            let without = text.split(' ').skip(1).collect::<Vec<_>>().join(" ");
            vec![format!("{text} CD").trim().into(), if text.is_empty() { "RD".into() } else { without.into() }]
        }
        "edns" if value == "none" => vec![json!(1232), json!(512)],
        "edns" => vec!["none".into(), json!(value.as_u64().unwrap_or_default() ^ 1)],
        "ids" | "ports" => vec![json!(value.as_u64().unwrap_or_default() ^ 1)],
        "families" => vec![if value == "AF_INET" { "AF_INET6".into() } else { "AF_INET".into() }],
        "classes" => vec![if value == "IN" { "CH".into() } else { "IN".into() }],
        "names" => others(value).into_iter().take(3).collect(),
        "queries" => {
            // Without its last word it would be no query.
            let mut others = others(value);
            others.truncate(3);
            others
        }
        _ => others(value),
    }
}

/// Makes a query one that a column shows as this value.
pub(super) fn set(query: &mut Query, column: &str, value: &Value) {
    let text = value.as_str().unwrap_or_default();
    let transport = |text: &str| if text == "tcp" { Transport::Tcp } else { Transport::Udp };
    match column {
        "queries" => {
            let mut words = text.splitn(3, ' ');
            query.transport = transport(words.next().unwrap_or_default());
            words.next().unwrap_or_default().clone_into(&mut query.qtype);
            words.next().unwrap_or_default().clone_into(&mut query.name);
        }
        "names" => text.clone_into(&mut query.name),
        "types" => text.clone_into(&mut query.qtype),
        "classes" => text.clone_into(&mut query.class),
        "transports" => query.transport = transport(text),
        "servers" => query.server = text.parse().unwrap_or(query.server),
        "flags" => query.flags = text.split(' ').filter(|flag| !flag.is_empty()).map(str::to_owned).collect(),
        "edns" => {
            let size = value.as_u64().and_then(|size| u16::try_from(size).ok());
            query.edns = size.map(|size| Edns { size, version: 0, dnssec_ok: false });
        }
        "ids" => query.id = value.as_u64().and_then(|id| u16::try_from(id).ok()).unwrap_or(query.id),
        "ports" => {
            let port = value.as_u64().and_then(|port| u16::try_from(port).ok());
            query.source.set_port(port.unwrap_or_else(|| query.source.port()));
        }
        "families" if (text == "AF_INET") != query.server.is_ipv4() => {
            query.server =
                if text == "AF_INET" { IpAddr::from([127, 0, 0, 1]) } else { IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]) };
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::outcome::{Asked, Reply};

    /// Two calls: one query of the first, two of the second, one later.
    fn outcome() -> Outcome {
        let asked = |queries| Asked {
            call: "c".to_owned(),
            reply: Reply::Answer(json!({})),
            at: None,
            elapsed: Duration::ZERO,
            queries,
        };
        let wire = ["a.", "b.", "c.", "d."].into_iter().enumerate();
        let wire = wire.map(|(nth, name)| Query { name: name.to_owned(), ..Query::made_up(nth) }).collect();
        Outcome { asked: vec![asked(0..1), asked(1..3)], wire }
    }

    /// The names that each call sees, and all of them.
    fn told(outcome: &Outcome) -> String {
        let names = |queries: &[Query]| queries.iter().map(|query| query.name.as_str()).collect::<String>();
        let calls = outcome.asked.iter().map(|asked| names(&outcome.wire[asked.queries.clone()]));
        let calls: Vec<String> = calls.collect();
        format!("{} of {}", calls.join("|"), names(&outcome.wire))
    }

    #[track_caller]
    fn check(step: Option<usize>, kind: Kind, expected: &[&str]) {
        let found = mutants(&outcome(), Place { call: 0, step }, "names", &[]);
        let found: Vec<String> =
            found.iter().filter(|mutant| mutant.kind == kind).map(|mutant| told(&mutant.outcome)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_call_keeps_its_queries_when_those_of_another_change() {
        check(Some(1), Kind::Dropped, &["|b.c. of b.c.d."]);
        check(Some(2), Kind::Dropped, &["a.|c. of a.c.d.", "a.|b. of a.b.d.", "a.| of a.d."]);
        check(Some(2), Kind::Repeated, &["a.|b.c.b. of a.b.c.b.d."]);
        check(Some(2), Kind::Reordered, &["a.|c.b. of a.c.b.d."]);
        check(None, Kind::Reordered, &["b.|a.c. of b.a.c.d.", "a.|c.b. of a.c.b.d.", "a.|b.d. of a.b.d.c."]);
    }

    #[test]
    fn each_column_is_made_what_it_should_show() {
        for (column, value) in [
            ("queries", json!("tcp PTR x.")),
            ("names", json!("x.")),
            ("types", json!("AAAA")),
            ("classes", json!("CH")),
            ("transports", json!("tcp")),
            ("servers", json!("::1")),
            ("flags", json!("RD CD")),
            ("edns", json!(1232)),
            ("ids", json!(7)),
            ("ports", json!(53)),
            ("families", json!("AF_INET6")),
        ] {
            let mut query = Query::made_up(0);
            set(&mut query, column, &value);
            assert_eq!(column_of(column, &[query]), Some(Value::Array(vec![value])), "{column}");
        }
    }
}
