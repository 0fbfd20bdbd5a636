//! Holds an outcome against rules.

use serde_json::{Value, json};

use super::value::shown;
use super::{Check, Facet, Holding, Level, Rule, Test, Verdict};
use crate::outcome::{Asked, Outcome, Query, Reply};

/// Looks up a facet of an answer: the call's name, the answer, the facet's name.
pub type FacetOf<'a> = &'a dyn Fn(&str, &Value, &str) -> Option<Value>;

/// Holds an outcome against rules. `implements` names the implementations whose manuals bind the subject.
///
/// Where the subject has no such call, every rule is recorded. A subject that was lost keeps no rule, save one that
/// expects just that of `failure`.
#[must_use]
pub fn judge(rules: &[Rule], outcome: &Outcome, implements: &[String], facet: FacetOf<'_>) -> Vec<Verdict> {
    let unsupported = outcome.asked.iter().any(|asked| matches!(asked.reply, Reply::Unsupported(_)));
    let holding = |rule: &Rule| match rule.level {
        Level::May | Level::Unspecified => Holding::Recorded,
        Level::Documented if !implements.contains(&rule.whose) => Holding::Recorded,
        _ if unsupported => Holding::Recorded,
        _ => hold(rule, outcome, facet),
    };
    rules
        .iter()
        .map(|rule| Verdict { level: rule.level, clause: rule.clause.clone(), holding: holding(rule) })
        .collect()
}

/// Holds the outcome of every call that a rule speaks about against it.
fn hold(rule: &Rule, outcome: &Outcome, facet: FacetOf<'_>) -> Holding {
    let numbered = outcome.asked.len() > 1;
    let calls = outcome.asked.iter().enumerate().filter(|(i, _)| rule.step.is_none_or(|step| step == i + 1));
    let mut judged = false;
    for (i, asked) in calls {
        judged = true;
        let wire = match rule.step {
            Some(_) => outcome.wire.get(asked.queries.clone()).unwrap_or_default(),
            None => &outcome.wire,
        };
        let seen = Seen { asked, wire, facet };
        if !rule.either.iter().any(|checks| seen.keeps(checks)) {
            let came = seen.came(&rule.either);
            let came = if numbered { format!("call {}: {came}", i + 1) } else { came };
            return Holding::Broken { required: required(&rule.either), came };
        }
    }
    if judged {
        return Holding::Kept;
    }
    let came = match outcome.asked.last().map(|asked| (&asked.call, &asked.reply)) {
        Some((call, Reply::Lost(lost))) => format!("{} in {call}, before this call", lost.word()),
        _ => "this call was never made".to_owned(),
    };
    Holding::Broken { required: required(&rule.either), came }
}

/// What a rule requires, in words.
fn required(either: &[Vec<Check>]) -> String {
    let all = |checks: &Vec<Check>| {
        let checks: Vec<_> = checks.iter().map(|check| format!("{} {}", check.facet, words(check))).collect();
        checks.join(" and ")
    };
    either.iter().map(all).collect::<Vec<_>>().join(" or ")
}

fn words(check: &Check) -> String {
    match check.facet {
        Facet::Elapsed => format!("{} ms", check.test.words()),
        _ => check.test.words(),
    }
}

/// One call as a rule sees it.
struct Seen<'a> {
    asked: &'a Asked,
    wire: &'a [Query],
    facet: FacetOf<'a>,
}

impl Seen<'_> {
    /// Whether all checks hold. A lost subject keeps nothing but what expects it.
    fn keeps(&self, checks: &[Check]) -> bool {
        let lost = matches!(self.asked.reply, Reply::Lost(_));
        let expects = |check: &Check| {
            check.facet == Facet::Failure && !matches!(check.test, Test::Not(_) | Test::Lacks(_) | Test::Present)
        };
        checks.iter().all(|check| check.test.holds(self.value(&check.facet).as_ref()))
            && (!lost || checks.iter().any(expects))
    }

    /// The value of a facet, where there is one.
    fn value(&self, facet: &Facet) -> Option<Value> {
        match (facet, &self.asked.reply) {
            (Facet::Answer(name), Reply::Answer(answer)) => (self.facet)(&self.asked.call, answer, name),
            (Facet::Failure, Reply::Failure(failure)) => Some(failure.name.clone().into()),
            (Facet::Failure, Reply::Lost(lost)) => Some(lost.word().into()),
            (Facet::Errno, Reply::Failure(failure)) => failure.errno.clone().map(Value::from),
            (Facet::Wire(column), _) => column_of(column, self.wire),
            (Facet::Elapsed, _) => Some(json!(self.asked.elapsed.as_secs_f64() * 1e3)),
            _ => None,
        }
    }

    /// What came instead of what a rule requires: each facet that failed a check, once.
    fn came(&self, either: &[Vec<Check>]) -> String {
        let mut came: Vec<String> = Vec::new();
        for check in either.iter().flatten() {
            let value = self.value(&check.facet);
            if check.test.holds(value.as_ref()) {
                continue;
            }
            let text = match (&check.facet, value) {
                (Facet::Elapsed, Some(value)) => format!("elapsed is {:.0} ms", value.as_f64().unwrap_or_default()),
                (facet, Some(value)) => format!("{facet} is {}", shown(&value)),
                (Facet::Answer(name), None) if matches!(self.asked.reply, Reply::Answer(_)) => {
                    format!("answer.{name} is absent")
                }
                (Facet::Errno, None) if matches!(self.asked.reply, Reply::Failure(_)) => "errno is absent".to_owned(),
                (_, None) => self.reply(),
            };
            if !came.contains(&text) {
                came.push(text);
            }
        }
        if came.is_empty() { self.reply() } else { came.join(", ") }
    }

    /// The reply in a few words.
    fn reply(&self) -> String {
        match &self.asked.reply {
            Reply::Answer(answer) => format!("an answer: {}", short(&answer.to_string())),
            Reply::Failure(failure) => format!("failure is {}", failure.name),
            Reply::Unsupported(why) => format!("no such call: {why}"),
            Reply::Lost(lost) => format!("failure is {}", lost.word()),
        }
    }
}

/// A column of the wire log; `None` for none of [`Facet::WIRE`].
fn column_of(column: &str, wire: &[Query]) -> Option<Value> {
    let row: fn(&Query) -> Value = match column {
        "queries" => |query| query.line().into(),
        "names" => |query| query.name.clone().into(),
        "types" => |query| query.qtype.clone().into(),
        "classes" => |query| query.class.clone().into(),
        "transports" => |query| query.transport.to_string().into(),
        "servers" => |query| query.server.to_string().into(),
        "flags" => |query| query.flags.join(" ").into(),
        "edns" => |query| query.edns.as_ref().map_or_else(|| "none".into(), |edns| edns.size.into()),
        "ids" => |query| query.id.into(),
        "ports" => |query| query.source.port().into(),
        "families" => |query| if query.server.is_ipv4() { "AF_INET" } else { "AF_INET6" }.into(),
        "count" => return Some(wire.len().into()),
        _ => return None,
    };
    Some(wire.iter().map(row).collect())
}

/// The beginning of a text.
fn short(text: &str) -> String {
    const LONGEST: usize = 160;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
