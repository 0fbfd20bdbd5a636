//! Right outcomes, made from rules where no recorded outcome keeps them: the recorded one, with what the rules ask for put
//! in its place.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::example::example;
use super::other::others;
use super::wire::{Owned, set, with_wire};
use super::{Place, facet};
use crate::outcome::{Asked, Failure, Lost, Outcome, Query, Reply};
use crate::verdict::judge::column_of;
use crate::verdict::value::equal;
use crate::verdict::{Check, Facet, Holding, Rule, Test, judge};

/// The most ways to choose among the alternatives of rules that are tried.
const WAYS: usize = 64;

/// Whether an outcome keeps a rule. Its answers are tables of facets; a documented rule binds.
#[must_use]
pub fn keeps(rule: &Rule, outcome: &Outcome) -> bool {
    let verdicts = judge(std::slice::from_ref(rule), outcome, std::slice::from_ref(&rule.whose), &facet);
    verdicts.iter().all(|verdict| verdict.holding == Holding::Kept)
}

/// An outcome that keeps all of these rules: `recorded` where it does, else one like it. `None`: none could be made.
#[must_use]
pub fn right(rules: &[&Rule], recorded: &Outcome) -> Option<Outcome> {
    let kept = |outcome: &Outcome| rules.iter().all(|rule| keeps(rule, outcome));
    if kept(recorded) {
        return Some(recorded.clone());
    }
    let ways: usize = rules.iter().map(|rule| rule.either.len()).product();
    (0..ways.min(WAYS)).find_map(|mut way| {
        let mut chosen = Vec::new();
        for rule in rules {
            let checks = rule.either.get(way % rule.either.len())?;
            way /= rule.either.len();
            chosen.extend(checks.iter().map(|check| (rule.step, check)));
        }
        Some(made(recorded, &chosen)).filter(kept)
    })
}

/// A check, and the step that its rule names.
type Asking<'r> = (Option<usize>, &'r Check);

fn made(recorded: &Outcome, asking: &[Asking<'_>]) -> Outcome {
    let mut outcome = recorded.clone();
    for call in 0..outcome.asked.len() {
        let about = asking.iter().filter(|(step, _)| step.is_none_or(|step| step == call + 1));
        let checks: Vec<&Check> = about.map(|(_, check)| *check).collect();
        reply(&mut outcome.asked[call], &checks);
    }
    let mut places: Vec<Option<usize>> =
        asking.iter().filter(|(_, check)| matches!(check.facet, Facet::Wire(_))).map(|(step, _)| *step).collect();
    places.sort_unstable();
    places.dedup();
    for step in places {
        let tests = asking.iter().filter(|(at, _)| *at == step).filter_map(|(_, check)| match &check.facet {
            Facet::Wire(column) => Some((column.as_str(), &check.test)),
            _ => None,
        });
        outcome = wired(&outcome, step, &tests.collect::<Vec<_>>());
    }
    outcome
}

/// Makes the reply to one call, and its time, what the tests of its facets ask for.
fn reply(asked: &mut Asked, checks: &[&Check]) {
    let facets: Vec<&Facet> = checks.iter().map(|check| &check.facet).collect();
    let tests = |wanted: &Facet| -> Vec<&Test> {
        checks.iter().filter(|check| check.facet == *wanted).map(|check| &check.test).collect()
    };
    let wants = |facet: &Facet| tests(facet).iter().any(|test| !test.holds(None));
    let answers = facets.iter().any(|facet| matches!(facet, Facet::Answer(_)) && wants(facet));
    let not_failed = !tests(&Facet::Failure).is_empty() && tests(&Facet::Failure).iter().all(|test| test.holds(None));
    if wants(&Facet::Failure) || wants(&Facet::Errno) {
        let (name, errno) = match &asked.reply {
            Reply::Failure(failure) => (Some(failure.name.clone().into()), failure.errno.clone().map(Value::from)),
            Reply::Lost(lost) => (Some(lost.word().into()), None),
            _ => (Some("EAI_SYSTEM".into()), None),
        };
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        let name = text(fitting(name, &tests(&Facet::Failure))).unwrap_or_default();
        let errno = text(fitting(errno, &tests(&Facet::Errno)));
        asked.reply = match name.as_str() {
            signal if signal.starts_with("SIG") => Reply::Lost(Lost::Crashed { signal: name, stderr: String::new() }),
            "hung" => super::hung(),
            _ => Reply::Failure(Failure { errno, ..Failure::named(name) }),
        };
    } else if answers || not_failed {
        let mut table = match &asked.reply {
            Reply::Answer(Value::Object(table)) => table.clone(),
            _ => Map::new(),
        };
        for facet in facets {
            let Facet::Answer(name) = facet else { continue };
            let told = table.shift_remove(name).filter(|value| !value.is_null());
            if let Some(value) = fitting(told, &tests(facet)) {
                table.insert(name.clone(), value);
            }
        }
        asked.reply = Reply::Answer(Value::Object(table));
    }
    let elapsed = fitting(Some(json!(asked.elapsed.as_secs_f64() * 1e3)), &tests(&Facet::Elapsed));
    if let Some(elapsed) = elapsed.and_then(|elapsed| elapsed.as_f64()) {
        asked.elapsed = Duration::try_from_secs_f64(elapsed / 1e3).unwrap_or_default();
    }
}

/// The outcome with queries that the tests of columns ask for, of one call or of all.
fn wired(outcome: &Outcome, step: Option<usize>, tests: &[(&str, &Test)]) -> Outcome {
    let range = Place { call: 0, step }.wire(outcome);
    let rows = &outcome.wire[range.clone()];
    let of = |wanted: &str| -> Vec<&Test> {
        tests.iter().filter(|(column, _)| *column == wanted).map(|(_, test)| *test).collect()
    };
    let mut columns: Vec<(&str, Vec<Value>)> = Vec::new();
    for (column, _) in tests.iter().filter(|(column, _)| *column != "count") {
        let now = column_of(column, rows).unwrap_or_default();
        let values = match fitting(Some(now), &of(column)) {
            Some(Value::Array(values)) => values,
            Some(value) => vec![value],
            None => Vec::new(),
        };
        columns.retain(|(known, _)| known != column);
        columns.push((column, values));
    }
    let count = of("count");
    let longest = columns.iter().map(|(_, values)| values.len()).max();
    let count = match fitting(Some(longest.unwrap_or(rows.len()).into()), &count) {
        Some(count) => count.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default(),
        None => longest.unwrap_or(rows.len()),
    };
    let call = step.map(|step| step - 1).or_else(|| outcome.asked.len().checked_sub(1));
    let mut wire: Vec<Owned> = Vec::new();
    for (nth, query) in outcome.wire.iter().enumerate().take(range.start) {
        wire.push((outcome.asked.iter().position(|asked| asked.queries.contains(&nth)), query.clone()));
    }
    for nth in 0..count {
        let mut query = rows.get(nth).cloned().unwrap_or_else(|| Query::made_up(range.start + nth));
        for (column, values) in &columns {
            if let Some(value) = values.get(nth).or_else(|| values.last()) {
                set(&mut query, column, value);
            }
        }
        wire.push((call, query));
    }
    for (nth, query) in outcome.wire.iter().enumerate().skip(range.end) {
        wire.push((outcome.asked.iter().position(|asked| asked.queries.contains(&nth)), query.clone()));
    }
    with_wire(outcome, wire)
}

/// A value that passes all tests: the one that is there if it does. `None`: nothing, or none was found.
fn fitting(there: Option<Value>, tests: &[&Test]) -> Option<Value> {
    let fits = |value: Option<&Value>| tests.iter().all(|test| test.holds(value));
    if there.is_some() && fits(there.as_ref()) {
        return there;
    }
    let mut candidates: Vec<Value> = tests.iter().flat_map(|test| named(test)).collect();
    candidates.extend(there.iter().flat_map(others));
    candidates.extend(there);
    candidates.extend([json!("x"), json!([]), json!(1)]);
    let lists: Vec<Vec<Value>> =
        candidates.iter().map(|value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])).collect();
    candidates.extend(lists.iter().flat_map(|list| fitted(list, tests)));
    if fits(None) && candidates.iter().all(|value| !fits(Some(value))) {
        return None;
    }
    candidates.into_iter().find(|value| fits(Some(value)))
}

/// Values that a test names.
fn named(test: &Test) -> Vec<Value> {
    match test {
        Test::Is(value) => vec![value.clone()],
        Test::Any(values) => values.clone(),
        Test::Only(values) => vec![vec![values[0].clone()].into(), values.clone().into(), values[0].clone()],
        Test::Set(values) | Test::Begins(values) | Test::Order(values) => vec![values.clone().into()],
        Test::Has(values) => {
            let text: String = values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
            vec![values.clone().into(), text.into()]
        }
        Test::Within(range) => [range.min, range.max].into_iter().flatten().map(number).collect(),
        Test::Pattern(pattern) => example(pattern).map(Value::from).into_iter().collect(),
        Test::Not(value) => others(value),
        Test::Distinct(Some(count)) => vec![numbered(*count).into()],
        Test::Distinct(None) => vec![numbered(2).into()],
        Test::Count(range) => {
            range.min.or(range.max).map(|count| numbered(count as usize).into()).into_iter().collect()
        }
        Test::Lacks(_) | Test::Absent | Test::Present => Vec::new(),
    }
}

/// A list made to fit tests of its length and of what it holds: longer, shorter, with more elements and fewer.
fn fitted(list: &[Value], tests: &[&Test]) -> Vec<Value> {
    let mut list = list.to_vec();
    for test in tests {
        match test {
            Test::Has(wanted) => {
                let more = wanted.iter().filter(|wanted| !list.iter().any(|value| equal(value, wanted)));
                let more: Vec<Value> = more.cloned().collect();
                list.extend(more);
            }
            Test::Lacks(unwanted) => list.retain(|value| !unwanted.iter().any(|unwanted| equal(value, unwanted))),
            Test::Distinct(None) => {
                let mut once: Vec<Value> = Vec::new();
                for value in list {
                    if !once.contains(&value) {
                        once.push(value);
                    }
                }
                list = once;
            }
            _ => {}
        }
    }
    let mut fitted = vec![list.clone().into()];
    for test in tests {
        if let Test::Count(range) = test {
            let count = range.min.or(range.max).unwrap_or_default() as usize;
            let repeated = list.iter().cycle().take(if list.is_empty() { 0 } else { count }).cloned();
            fitted.push(repeated.collect());
            fitted.push(list.iter().cloned().chain(numbered(count)).take(count).collect());
        }
    }
    fitted
}

fn number(number: f64) -> Value {
    if number.fract() == 0.0 { json!(number as i64) } else { json!(number) }
}

/// So many different values.
fn numbered(count: usize) -> Vec<Value> {
    (0..count).map(|n| format!("198.18.0.{n}").into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_to_fit() {
        let count = |n: f64| Test::Count(crate::verdict::Range { min: Some(n), max: Some(n) });
        let has = Test::Has(vec!["a".into()]);
        let lacks = Test::Lacks(vec!["b".into()]);
        let (three, distinct) = (count(3.0), Test::Distinct(None));
        let made = fitting(Some(json!(["b", "c"])), &[&has, &lacks, &three, &distinct]).unwrap();
        for test in [&has, &lacks, &three, &distinct] {
            assert!(test.holds(Some(&made)), "{made}");
        }
        assert_eq!(fitting(None, &[&Test::Absent]), None);
        assert_eq!(fitting(None, &[&Test::Present]), Some(json!("x")));
        assert_eq!(
            fitting(None, &[&Test::Within(crate::verdict::Range { min: Some(2.0), max: None })]),
            Some(json!(2))
        );
    }
}
