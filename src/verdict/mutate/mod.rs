//! Wrong outcomes, made from a right one: each differs from it in one thing, which a rule that speaks of that thing has to
//! notice.
//!
//! Answers stand here in the form in which rules see them, as a table of their facets: see [`as_facets`].

mod example;
mod kind;
mod list;
mod make;
mod other;
mod wire;

pub use kind::Kind;
pub use make::{keeps, right};

use std::ops::Range;
use std::time::Duration;

use serde_json::{Map, Value};

use self::list::{Slot, Wrong, lists};
use self::other::others;
use super::value::shown;
use super::{Check, Facet, Test};
use crate::outcome::{Failure, Lost, Outcome, Reply};

/// A wrong outcome.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What is wrong with it.
    pub kind: Kind,
    /// The same in words, as far as the kind does not say it: `192.0.2.9 for 192.0.2.1`.
    pub text: String,
    /// The outcome.
    pub outcome: Outcome,
}

/// Which part of an outcome a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The call, counted from 0.
    pub call: usize,
    /// Its step, where the rule names it: then it sees only that call's queries.
    pub step: Option<usize>,
}

impl Place {
    /// The queries that a rule sees.
    #[must_use]
    pub fn wire(self, outcome: &Outcome) -> Range<usize> {
        let all = outcome.wire.len();
        match self.step.and_then(|step| outcome.asked.get(step.checked_sub(1)?)) {
            Some(asked) => {
                let end = asked.queries.end.min(all);
                asked.queries.start.min(end)..end
            }
            None => 0..all,
        }
    }
}

/// The outcome with each answer as a table of its facets. `names` are all that the calls have, by their place.
#[must_use]
pub fn as_facets(outcome: &Outcome, names: &[Vec<String>], facet: super::FacetOf<'_>) -> Outcome {
    let mut tables = outcome.clone();
    for (asked, names) in tables.asked.iter_mut().zip(names) {
        if let Reply::Answer(answer) = &asked.reply {
            let told = names.iter().filter_map(|name| Some((name.clone(), facet(&asked.call, answer, name)?)));
            asked.reply = Reply::Answer(Value::Object(told.collect()));
        }
    }
    tables
}

/// A facet of an answer that is a table of them: what [`super::judge`] takes for outcomes made here.
#[must_use]
pub fn facet(_call: &str, answer: &Value, name: &str) -> Option<Value> {
    answer.get(name).cloned()
}

/// Outcomes that are wrong in one facet, which the checks are about.
#[must_use]
pub fn mutants(right: &Outcome, place: Place, facet: &Facet, checks: &[&Check]) -> Vec<Mutant> {
    let Some(asked) = right.asked.get(place.call) else { return Vec::new() };
    let with = |kind, text: String, reply: Reply| {
        let mut outcome = right.clone();
        outcome.asked[place.call].reply = reply;
        Mutant { kind, text, outcome }
    };
    let failed = || {
        ["EAI_FAIL", "EAI_MEMORY"].map(|name| with(Kind::Failed, name.to_owned(), Reply::Failure(Failure::named(name))))
    };
    let answered = || with(Kind::Answered, String::new(), Reply::Answer(Value::Object(Map::new())));
    let mut mutants = match (facet, &asked.reply) {
        (Facet::Answer(name), Reply::Answer(Value::Object(table))) => {
            let mut mutants = answers(table, name, checks, &|kind, text, table| {
                with(kind, text, Reply::Answer(Value::Object(table)))
            });
            mutants.extend(failed());
            mutants
        }
        (Facet::Answer(name), _) => {
            let samples = listed(checks).chain(forbidden(checks)).chain(["192.0.2.99".into()]);
            let answer = |sample: Value| Reply::Answer(Map::from_iter([(name.clone(), sample)]).into());
            samples.map(|sample| with(Kind::Answered, shown(&sample), answer(sample))).collect()
        }
        (Facet::Failure, Reply::Failure(failure)) => {
            let other = |name: &str| Reply::Failure(Failure { name: name.to_owned(), ..failure.clone() });
            let as_good: Vec<Value> = listed(checks).collect();
            let mut mutants: Vec<_> = ["EAI_FAIL", "EAI_MEMORY", "EINTR"]
                .into_iter()
                .filter(|name| *name != failure.name && !as_good.iter().any(|value| value == name))
                .map(|name| with(Kind::Changed, name.to_owned(), other(name)))
                .collect();
            let exchanged = listed(checks).filter_map(|value| value.as_str().map(str::to_owned));
            mutants.extend(
                exchanged
                    .filter(|name| *name != failure.name)
                    .map(|name| with(Kind::Exchanged, name.clone(), other(&name))),
            );
            mutants.push(answered());
            mutants
        }
        (Facet::Failure, Reply::Lost(_)) => vec![answered(), with(Kind::Changed, "hung instead".to_owned(), hung())],
        (Facet::Failure, _) => {
            let named = listed(checks).filter_map(|value| value.as_str().map(str::to_owned));
            let named = named.map(|name| with(Kind::Failed, name.clone(), Reply::Failure(Failure::named(name))));
            named.chain(failed()).collect()
        }
        (Facet::Errno, Reply::Failure(failure)) => {
            let other = |errno: Option<&str>| Failure { errno: errno.map(str::to_owned), ..failure.clone() };
            let mut mutants = vec![answered()];
            match &failure.errno {
                Some(right) => {
                    let wrong = if right == "EINTR" { "EIO" } else { "EINTR" };
                    mutants.push(with(Kind::Changed, wrong.to_owned(), Reply::Failure(other(Some(wrong)))));
                    mutants.push(with(Kind::Gone, String::new(), Reply::Failure(other(None))));
                }
                None => mutants.push(with(Kind::Appeared, "EINTR".to_owned(), Reply::Failure(other(Some("EINTR"))))),
            }
            mutants
        }
        (Facet::Errno, _) => {
            let failure = Failure { errno: Some("EINTR".to_owned()), ..Failure::named("EAI_SYSTEM") };
            vec![with(Kind::Failed, "EAI_SYSTEM errno EINTR".to_owned(), Reply::Failure(failure))]
        }
        (Facet::Elapsed, _) => {
            let times = [(Kind::Late, Duration::from_secs(3600)), (Kind::Early, Duration::ZERO)];
            let mutant = |(kind, time)| {
                let mut outcome = right.clone();
                outcome.asked[place.call].elapsed = time;
                Mutant { kind, text: String::new(), outcome }
            };
            times.map(mutant).into()
        }
        (Facet::Wire(column), _) => wire::mutants(right, place, column, &forbidden(checks)),
    };
    if !matches!(asked.reply, Reply::Lost(_)) {
        let crashed = Lost::Crashed { signal: "SIGABRT".to_owned(), stderr: String::new() };
        mutants.push(with(Kind::Lost, "SIGABRT".to_owned(), Reply::Lost(crashed)));
    }
    mutants
}

fn hung() -> Reply {
    Reply::Lost(Lost::Hung { after: Duration::ZERO })
}

/// The values that tests name where another would do as well.
fn listed<'c>(checks: &'c [&Check]) -> impl Iterator<Item = Value> + 'c {
    checks.iter().flat_map(|check| match &check.test {
        Test::Any(values) => values.clone(),
        Test::Not(value) => vec![value.clone()],
        _ => Vec::new(),
    })
}

/// The values that must not be among others.
fn forbidden(checks: &[&Check]) -> Vec<Value> {
    let of = |check: &&Check| if let Test::Lacks(values) = &check.test { values.clone() } else { Vec::new() };
    checks.iter().flat_map(of).collect()
}

/// Wrong answers: wrong in the facet `name`. Where the answer is a list of entries, an entry that is not there is not there
/// in any of its facets.
fn answers(
    table: &Map<String, Value>,
    name: &str,
    checks: &[&Check],
    mutant: &dyn Fn(Kind, String, Map<String, Value>) -> Mutant,
) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let mut put = |kind, text: String, value: Option<Value>| {
        let mut table = table.clone();
        match value {
            Some(value) => _ = table.insert(name.to_owned(), value),
            None => _ = table.shift_remove(name),
        }
        mutants.push(mutant(kind, text, table));
    };
    let right = table.get(name).filter(|value| !value.is_null());
    for value in listed(checks).filter(|value| Some(value) != right) {
        put(Kind::Exchanged, shown(&value), Some(value));
    }
    match right {
        None => {
            let sample = forbidden(checks).into_iter().next().unwrap_or_else(|| "192.0.2.99".into());
            put(Kind::Appeared, shown(&sample), Some(sample));
        }
        Some(Value::Array(list)) => {
            put(Kind::Gone, String::new(), None);
            let all = (0..list.len()).map(Slot::Old);
            let more = |value: Value| Wrong {
                kind: Kind::Added,
                text: shown(&value),
                slots: all.clone().chain([Slot::New(value)]).collect(),
            };
            let more = forbidden(checks).into_iter().map(more);
            for wrong in lists(list, &others).into_iter().chain(more) {
                let mut table = table.clone();
                if wrong.kind != Kind::Changed {
                    move_along(&mut table, list.len(), &wrong.slots);
                }
                table.insert(name.to_owned(), wrong.values(list).into());
                mutants.push(mutant(wrong.kind, wrong.text, table));
            }
        }
        Some(value) => {
            put(Kind::Gone, String::new(), None);
            for other in others(value) {
                put(Kind::Changed, format!("{} for {}", shown(&other), shown(value)), Some(other));
            }
            for value in forbidden(checks) {
                put(Kind::Changed, shown(&value), Some(value));
            }
        }
    }
    mutants
}

/// Does to all facets of a list of entries what was done to one. A call with such a list counts it.
fn move_along(table: &mut Map<String, Value>, len: usize, slots: &[Slot]) {
    if table.get("count").is_none_or(|count| *count != len) {
        return;
    }
    for (_, value) in table.iter_mut() {
        if let Value::Array(column) = value
            && column.len() == len
        {
            let old = |slot: &Slot| column.get(slot.old().unwrap_or(0)).cloned().unwrap_or_default();
            *column = slots.iter().map(old).collect();
        }
    }
    table.insert("count".to_owned(), slots.len().into());
}
