//! Reads a block back: the outcome that it was written from, as far as a snapshot holds it. Times, ids and source ports
//! are made up: the ids and ports are different ones.

use std::time::Duration;

use serde_json::{Map, Value};

use super::block::status;
use super::reply::UNTOLD;
use crate::call::Ask;
use crate::outcome::{Asked, Edns, Failure, Lost, Outcome, Query, Reply, Transport};

/// How deep lists may stand in lists: as deep as an answer in JSON has them.
const DEEPEST: usize = 128;

/// The outcome of a case's block, which asks these calls. `None` where the block is not one of theirs, or leaves out a
/// part of an answer.
#[must_use]
pub fn outcome(block: &str, asks: &[&Ask]) -> Option<Outcome> {
    let mut outcome = Outcome::default();
    let unsupported = status(block) == "unsupported";
    let mut lines = block.lines().skip(1).peekable();
    let mut asks = asks.iter();
    let head = |line: &str| {
        let (call, reply) = line.strip_prefix("  ")?.split_once(" →")?;
        let is_call = !call.is_empty() && call.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_call.then(|| (call.to_owned(), reply.trim_start().to_owned()))
    };
    while let Some(line) = lines.next() {
        let Some((call, inline)) = head(line) else {
            // A rule, or what it required; once calls begin there are none.
            if outcome.asked.is_empty() {
                continue;
            }
            return None;
        };
        // Of a case that a subject cannot be asked, only the call that it lacks is on record.
        let ask = if unsupported { asks.find(|ask| ask.name() == call) } else { asks.next() };
        let ask = ask.filter(|ask| ask.name() == call)?;
        let mut said: Vec<&str> = if inline.is_empty() { Vec::new() } else { vec![&inline] };
        let mut queries = outcome.wire.len()..outcome.wire.len();
        while let Some(line) = lines.next_if(|line| line.starts_with("    ")) {
            let line = line.trim_start();
            match line.split_once(' ').filter(|(word, _)| ["before", "wire", "later"].contains(word)) {
                Some((word, written)) => {
                    outcome.wire.push(query(written, outcome.wire.len())?);
                    match word {
                        "before" => queries = outcome.wire.len()..outcome.wire.len(),
                        "wire" => queries.end = outcome.wire.len(),
                        _ => {}
                    }
                }
                None => said.push(line),
            }
        }
        let reply = reply(ask, &said)?;
        outcome.asked.push(Asked { call, reply, at: None, elapsed: Duration::from_millis(1), queries });
    }
    // A subject that was lost is not asked again.
    let lost = matches!(outcome.asked.last()?.reply, Reply::Lost(_));
    (lost || unsupported || asks.next().is_none()).then_some(outcome)
}

/// Whether a block holds its answers whole: of very long lists it has the ends and the number of elements.
#[must_use]
pub fn is_whole(block: &str) -> bool {
    !block.lines().any(|line| line.contains("… ") && line.contains(" in all, "))
}

fn reply(ask: &Ask, said: &[&str]) -> Option<Reply> {
    if let [only] = said {
        if *only == "unsupported" {
            return Some(Reply::Unsupported(String::new()));
        }
        if let Some(word) = only.strip_prefix("lost: ") {
            return Some(Reply::Lost(lost(word)));
        }
    }
    if let Some(answer) = answer(ask, said) {
        return Some(Reply::Answer(answer));
    }
    let [only] = said else { return None };
    let failure = match only.rsplit_once(" errno ") {
        Some((name, errno)) => Failure { errno: Some(errno.to_owned()), ..Failure::named(name) },
        None => Failure::named(*only),
    };
    // `h_errno 0` is the longest of names. Anything else is an answer that was not understood.
    let is_name = !failure.name.contains('=') && failure.name.split(' ').count() <= 2;
    is_name.then_some(Reply::Failure(failure))
}

fn lost(word: &str) -> Lost {
    match word {
        "hung" => Lost::Hung { after: Duration::ZERO },
        "flooded" => Lost::Flooded { limit: 0 },
        "babbled" => Lost::Babbled { line: String::new(), reason: String::new() },
        _ => match word.strip_prefix("exited ").and_then(|status| status.parse().ok()) {
            Some(status) => Lost::Exited { status, stderr: String::new() },
            None => Lost::Crashed { signal: word.to_owned(), stderr: String::new() },
        },
    }
}

/// An answer in the first of the shapes that it may have: fields, or one field of values or of entries; or that of a call
/// made by way of this one, under its name.
fn answer(ask: &Ask, said: &[&str]) -> Option<Value> {
    let call = ask.name();
    let arguments = serde_json::to_value(ask).unwrap_or_default();
    let inner = arguments[call]["call"].as_object().and_then(|inner| inner.keys().next());
    let shapes = shapes(ask, said)?;
    let within = inner.into_iter().flat_map(|inner| shapes.iter().map(|shape| one(inner, shape.clone())));
    shapes.iter().cloned().chain(within).find_map(|shape| Ask::check(call, shape).ok())
}

fn one(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

fn shapes(ask: &Ask, said: &[&str]) -> Option<Vec<Value>> {
    if said == ["no entries"] {
        return Some(vec![one("entries", Value::Array(Vec::new()))]);
    }
    if said == ["nothing"] {
        let nothing = Value::Object(Map::new());
        return Some(vec![nothing.clone(), one("values", nothing)]);
    }
    let rows: Vec<Map<String, Value>> = said.iter().map(|line| entry(line)).collect::<Option<_>>()?;
    let entries = rows.iter().cloned().map(Value::Object).collect();
    let mut fields: Map<String, Value> = rows.into_iter().flatten().collect();
    if let Ask::Constants(constants) = ask {
        // Where the platform has no such constant nothing is written, and the order is the question's.
        let names = constants.names.iter().map(ToString::to_string);
        fields =
            names.map(|name| (fields.get(&name).cloned().unwrap_or_default(), name)).map(|(v, n)| (n, v)).collect();
    }
    let fields = Value::Object(fields);
    Some(vec![one("entries", entries), fields.clone(), one("values", fields)])
}

/// A line of fields; of an entry with a socket address also what stands bare before them, and what is left out.
fn entry(line: &str) -> Option<Map<String, Value>> {
    let mut fields = Map::new();
    let mut rest = line;
    let bare = ["family", "address", "port", "socktype", "protocol"];
    if !line.split(' ').next()?.contains('=') {
        for key in bare {
            let (value, after) = value(rest, DEEPEST)?;
            fields.insert(key.to_owned(), if value == UNTOLD { Value::Null } else { value });
            rest = after.strip_prefix(' ').unwrap_or(after);
        }
        let tells = fields.get("protocol").is_some_and(|protocol| !protocol.is_null());
        let usual = if fields.get("family").is_some_and(|family| family == "AF_INET6") { 28 } else { 16 };
        for (key, value) in [("flowinfo", 0), ("scope_id", 0), ("addrlen", usual)] {
            fields.insert(key.to_owned(), if tells { value.into() } else { Value::Null });
        }
        fields.insert("canonname".to_owned(), Value::Null);
    }
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let (value, after) = value(after, DEEPEST)?;
        fields.insert(key.to_owned(), value);
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Some(fields)
}

/// A value at the beginning of a text, with lists at most so deep, and what follows it.
fn value(text: &str, depth: usize) -> Option<(Value, &str)> {
    if let Some(mut rest) = text.strip_prefix('[') {
        let depth = depth.checked_sub(1)?;
        let mut elements = Vec::new();
        while !rest.starts_with(']') {
            let (element, after) = value(rest, depth)?;
            elements.push(element);
            rest = after.strip_prefix(", ").unwrap_or(after);
            if !rest.starts_with(']') && rest == after {
                return None;
            }
        }
        return Some((Value::Array(elements), &rest[1..]));
    }
    if text.starts_with(['"', '{']) {
        let mut read = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let value = read.next()?.ok()?;
        return Some((value, &text[read.byte_offset()..]));
    }
    let end = text.find([' ', ',', ']']).unwrap_or(text.len());
    let (bare, rest) = text.split_at(end);
    (!bare.is_empty()).then(|| (serde_json::from_str(bare).unwrap_or_else(|_| bare.into()), rest))
}

/// A query of the wire, the `nth` of them.
fn query(written: &str, nth: usize) -> Option<Query> {
    let (written, reply) = written.split_once(" → ")?;
    let mut words = written.split(' ');
    let transport = match words.next()? {
        "udp" => Transport::Udp,
        "tcp" => Transport::Tcp,
        _ => return None,
    };
    let mut query = Query::made_up(nth);
    query.transport = transport;
    words.next()?.clone_into(&mut query.qtype);
    words.next()?.clone_into(&mut query.name);
    reply.clone_into(&mut query.reply);
    while let Some(word) = words.next() {
        let edns = query.edns.as_mut();
        match word {
            "class" => words.next()?.clone_into(&mut query.class),
            "flags" => {
                query.flags = words.next()?.split('+').filter(|flag| *flag != "none").map(str::to_owned).collect();
            }
            "edns" => query.edns = Some(Edns { size: words.next()?.parse().ok()?, version: 0, dnssec_ok: false }),
            "version" => edns?.version = words.next()?.parse().ok()?,
            "DO" => edns?.dnssec_ok = true,
            server => query.server = server.strip_prefix('@')?.parse().ok()?,
        }
    }
    Some(query)
}
