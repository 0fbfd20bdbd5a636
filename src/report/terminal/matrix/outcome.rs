//! What came back in each group of a case, in short: the calls and fields in which the groups differ.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::text::{count, cut, width};
use super::columns::unbroken;
use crate::outcome::{Asked, Reply};
use crate::report::matrix::{Group, Kind, unasked};
use crate::snapshot::reply_lines;
use crate::verdict::Holding;

/// The longest text of one reply.
const LONG: usize = 60;

/// The longest list of addresses that is told one by one.
const ADDRESSES: usize = 48;

/// So many facts are told where two replies read the same.
const FACTS: usize = 2;

/// What each of these groups has to show. They are all the groups of one case.
pub(super) fn outcomes(groups: &[Group<'_>]) -> Vec<String> {
    let calls = groups.iter().map(|group| group.fullest().outcome.asked.len()).max().unwrap_or(0);
    let replies = |nth: usize| -> Vec<Option<&Asked>> {
        let agreeing = groups.iter().map(|group| Some(group.fullest()).filter(|_| group.kind == Kind::Agree));
        agreeing.map(|record| record?.outcome.asked.get(nth)).collect()
    };
    let unasked = |nth| groups.first().map_or(&[][..], |group| unasked(group.fullest(), nth));
    let mut shown: Vec<usize> = (0..calls).filter(|nth| differ(&replies(*nth), unasked(*nth))).collect();
    if shown.is_empty() {
        shown = (0..calls).collect();
    }
    let mut texts: Vec<Vec<(usize, String)>> = vec![Vec::new(); groups.len()];
    for nth in shown {
        for (texts, text) in texts.iter_mut().zip(told(&replies(nth), unasked(nth))) {
            texts.extend(text.map(|text| (nth + 1, text)));
        }
    }
    groups
        .iter()
        .zip(texts)
        .map(|(group, texts)| match group.kind {
            Kind::Agree if calls == 1 => texts.into_iter().map(|(_, text)| text).collect(),
            Kind::Agree => by_call(&texts),
            Kind::Unsupported => why_unsupported(group),
            Kind::Broken => why_broken(group),
        })
        .collect()
}

/// The texts of several calls; those with the same text together.
fn by_call(texts: &[(usize, String)]) -> String {
    let alike = texts.chunk_by(|(_, one), (_, next)| one == next).map(|alike| {
        let numbers: Vec<String> = alike.iter().map(|(number, _)| number.to_string()).collect();
        let calls = if alike.len() > 1 { "calls" } else { "call" };
        format!("{} {}", unbroken(&format!("{calls} {}:", numbers.join(", "))), alike[0].1)
    });
    alike.collect::<Vec<_>>().join("; ")
}

fn differ(replies: &[Option<&Asked>], unasked: &[&str]) -> bool {
    let present: Vec<&&Asked> = replies.iter().flatten().collect();
    present.iter().enumerate().any(|(nth, one)| present[..nth].iter().any(|other| !one.agrees(other, unasked)))
}

/// One call's replies. Where two that differ would read the same, what tells them apart is said too.
fn told(replies: &[Option<&Asked>], unasked: &[&str]) -> Vec<Option<String>> {
    let fields = differing_fields(replies);
    let mut texts: Vec<Option<String>> = replies.iter().map(|asked| Some(text(&(*asked)?.reply, &fields))).collect();
    for nth in 0..replies.len() {
        let same: Vec<usize> =
            (nth..replies.len()).filter(|at| texts[*at].is_some() && texts[*at] == texts[nth]).collect();
        let of: Vec<Option<&Asked>> = same.iter().map(|at| replies[*at]).collect();
        if same.len() > 1 && differ(&of, unasked) {
            let types: Vec<String> = of.iter().map(|asked| asked.map_or_else(String::new, types)).collect();
            let apart = types.iter().collect::<BTreeSet<_>>().len() == types.len();
            for (at, more) in same.iter().zip(if apart { types } else { facts(&of, unasked) }) {
                texts[*at].iter_mut().for_each(|text| text.push_str(&more));
            }
        }
    }
    texts
}

/// An answer's fields. Those of an answer that is one table are the table's.
fn fields(reply: &Reply) -> Option<&Map<String, Value>> {
    let Reply::Answer(Value::Object(fields)) = reply else { return None };
    match fields.values().next() {
        Some(Value::Object(table)) if fields.len() == 1 => Some(table),
        _ => Some(fields),
    }
}

/// The fields in which answers differ. None where they cannot be held against each other.
fn differing_fields(replies: &[Option<&Asked>]) -> BTreeSet<String> {
    let answers: Vec<&Map<String, Value>> = replies.iter().flatten().filter_map(|asked| fields(&asked.reply)).collect();
    let keys = answers.iter().flat_map(|answer| answer.keys());
    let differs = |key: &&String| {
        let values = answers.iter().filter_map(|answer| answer.get(*key)).filter(|value| !value.is_null());
        values.collect::<Vec<_>>().windows(2).any(|pair| pair[0] != pair[1])
    };
    keys.filter(differs).cloned().collect()
}

/// A reply in short: of its fields these, where it has any of them.
fn text(reply: &Reply, keep: &BTreeSet<String>) -> String {
    let Some(all) = fields(reply) else { return joined(reply) };
    if let Some(entries) = all.get("entries").and_then(Value::as_array) {
        return list(entries, reply);
    }
    let kept: Map<String, Value> =
        all.iter().filter(|(key, _)| keep.contains(*key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    match all.get("addresses").and_then(Value::as_array) {
        Some(found) if kept.is_empty() || kept.keys().eq(["addresses"]) => {
            addresses(found.iter().filter_map(Value::as_str))
        }
        _ if kept.is_empty() => joined(reply),
        _ => joined(&Reply::Answer(Value::Object(kept))),
    }
}

fn list(entries: &[Value], reply: &Reply) -> String {
    let of = |key: &str| entries.iter().filter_map(|entry| entry.get(key)?.as_str()).collect::<Vec<_>>();
    let found = of("address");
    if !found.is_empty() {
        return addresses(found.into_iter());
    }
    let text = reply_lines(reply).join(", ");
    if width(&text) <= LONG { text } else { count(entries.len(), "entry", "entries") }
}

/// Addresses, each once.
fn addresses<'a>(found: impl Iterator<Item = &'a str>) -> String {
    let mut once: Vec<&str> = Vec::new();
    for address in found {
        if !once.contains(&address) {
            once.push(address);
        }
    }
    let text = once.join(" ");
    if once.is_empty() || width(&text) > ADDRESSES { count(once.len(), "address", "addresses") } else { text }
}

fn joined(reply: &Reply) -> String {
    cut(&reply_lines(reply).join(", "), LONG)
}

/// The socket types of a list, each once: ` STREAM DGRAM`.
fn types(asked: &Asked) -> String {
    let entries = fields(&asked.reply).and_then(|fields| fields.get("entries")?.as_array());
    let mut types: Vec<&str> = Vec::new();
    for socktype in entries.into_iter().flatten().filter_map(|entry| entry.get("socktype")?.as_str()) {
        if !types.contains(&socktype) {
            types.push(socktype);
        }
    }
    types.iter().map(|name| format!(" {}", name.trim_start_matches("SOCK_"))).collect()
}

/// What tells replies apart that read the same: the first leaves in which they differ, with the value of each.
fn facts(replies: &[Option<&Asked>], unasked: &[&str]) -> Vec<String> {
    let leaves = |asked: &Option<&Asked>| {
        let mut leaves = Vec::new();
        if let Some(Asked { reply: Reply::Answer(answer), .. }) = asked {
            collect(answer, "", &mut leaves);
        }
        leaves
    };
    let all: Vec<Vec<(String, String)>> = replies.iter().map(leaves).collect();
    let value = |leaves: &[(String, String)], key: &str| {
        leaves.iter().find(|(other, _)| other == key).map_or("none", |(_, value)| value.as_str()).to_owned()
    };
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in all.iter().flatten() {
        let told = all.iter().map(|leaves| value(leaves, key)).collect::<BTreeSet<_>>();
        let asked = !unasked.iter().any(|name| key.split('[').next() == Some(name));
        if asked && told.len() > 1 && !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    // The rest follows from a length.
    let facts = if keys.first().is_some_and(|key| !key.contains('[')) { 1 } else { FACTS };
    keys.truncate(facts);
    let fact = |leaves: &Vec<(String, String)>, key: &&str| format!(" {key}={}", cut(&value(leaves, key), LONG / 3));
    all.iter().map(|leaves| keys.iter().map(|key| fact(leaves, key)).collect::<String>()).collect()
}

/// The leaves of an answer by name, and the lengths of its lists.
fn collect(value: &Value, name: &str, leaves: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let place = name.find('[').map_or("", |at| &name[at..]);
                collect(value, &format!("{key}{place}"), leaves);
            }
        }
        Value::Array(elements) => {
            leaves.push((name.to_owned(), elements.len().to_string()));
            for (nth, element) in elements.iter().enumerate() {
                collect(element, &format!("{name}[{nth}]"), leaves);
            }
        }
        Value::Null => {}
        Value::String(text) => leaves.push((name.to_owned(), text.clone())),
        other => leaves.push((name.to_owned(), other.to_string())),
    }
}

/// What a group did that a rule which others keep forbids.
pub(super) fn breach(group: &Group<'_>) -> Option<String> {
    match &group.fullest().broken_rules().first()?.holding {
        Holding::Broken { came, .. } => Some(cut(came, LONG)),
        _ => None,
    }
}

fn why_unsupported(group: &Group<'_>) -> String {
    let replies = group.members.iter().flat_map(|(_, record)| &record.outcome.asked);
    let whys: BTreeSet<&str> = replies
        .filter_map(|asked| match &asked.reply {
            Reply::Unsupported(why) if !why.is_empty() => Some(why.as_str()),
            _ => None,
        })
        .collect();
    match whys.first() {
        Some(why) if whys.len() == 1 => cut(why, LONG),
        _ => "unsupported".to_owned(),
    }
}

fn why_broken(group: &Group<'_>) -> String {
    let note = group.members[0].1.note.as_deref().and_then(|note| note.lines().next());
    cut(note.unwrap_or("could not be run"), LONG)
}
