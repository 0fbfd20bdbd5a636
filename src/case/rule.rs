//! Reads the rules of a case.

use crate::verdict::{Check, Facet, Level, Rule};
use crate::world::{Entry, Keys, Source, Span, Value};

use super::test;

/// The levels under the keys that case files use.
pub(super) const LEVELS: [(&str, Level); 5] = [
    ("must", Level::Must),
    ("documented", Level::Documented),
    ("should", Level::Should),
    ("may", Level::May),
    ("unspecified", Level::Unspecified),
];

/// The implementations whose manuals a documented rule may cite; the first where it names none.
pub(super) const MANUALS: [&str; 4] = ["glibc", "linux", "cpython", "musl"];

/// A rule, and where its parts stand.
pub(super) struct Written {
    /// The rule.
    pub(super) rule: Rule,
    /// Where the rule stands.
    pub(super) at: Span,
    /// Where it names its step.
    pub(super) step: Option<Span>,
    /// Where the facet of each check stands, alternative by alternative.
    pub(super) facets: Vec<Vec<Span>>,
}

/// Takes the rules of all levels out of a case, in the order in which they stand there.
pub(super) fn take(keys: &mut Keys<'_>, source: &mut Source<'_>) -> Vec<Written> {
    let mut rules = Vec::new();
    if LEVELS.iter().all(|(name, _)| keys.place(name).is_none()) {
        let hint = "to record what comes and judge nothing: `unspecified = [{}]`";
        source.fault_with(keys.span(), "the case has no rule", hint);
    }
    for (name, level) in LEVELS {
        let Some(entry) = keys.take(name) else { continue };
        let span = entry.value.span();
        let list = source.list(name, entry.value);
        if list.as_ref().is_some_and(Vec::is_empty) {
            source.fault(span, format!("`{name}` is empty"));
        }
        rules.extend(list.unwrap_or_default().into_iter().filter_map(|value| rule(level, name, value, source)));
    }
    rules.sort_by_key(|written| written.at.start);
    rules
}

fn rule(level: Level, name: &str, value: Value<'_>, source: &mut Source<'_>) -> Option<Written> {
    let mut keys = source.keys(name, value)?;
    let at = keys.span();
    let clause = match level {
        Level::Unspecified if keys.place("clause").is_none() => {
            keys.take("clause");
            String::new()
        }
        _ => keys.need("clause", source).map(|clause| clause.text).unwrap_or_default(),
    };
    let whose = whose(level, &mut keys, source);
    let step = keys.take("step");
    let step_at = step.as_ref().map(|entry| entry.value.span());
    let step = step.and_then(|entry| source.read("step", entry.value));
    let either = keys.take("either");
    let (direct, written) = checks(&mut keys, source);
    let mut alternatives = Vec::new();
    match either {
        Some(either) => {
            if written {
                source.fault(either.key, "a rule has checks of its own, or `either`, not both");
            }
            for value in source.list("either", either.value).unwrap_or_default() {
                let Some(mut keys) = source.keys("either", value) else { continue };
                let (checks, written) = checks(&mut keys, source);
                alternatives.push((keys.span(), checks, written));
                keys.done(source);
            }
        }
        None => alternatives.push((at.clone(), direct, written)),
    }
    let recorded = matches!(level, Level::May | Level::Unspecified);
    for (span, ..) in alternatives.iter().filter(|(.., written)| !written && !recorded && keys.is_empty()) {
        let text = format!("a {level} rule without a check: it could not be broken");
        source.fault_with(
            span.clone(),
            text,
            "say what has to be: `answer.FACET`, `failure`, `errno`, `wire.COLUMN`, `elapsed`",
        );
    }
    if alternatives.is_empty() {
        source.fault(at.clone(), "`either` is empty");
    }
    keys.done(source);
    let (facets, either) = alternatives.into_iter().map(|(_, checks, _)| checks.into_iter().unzip()).unzip();
    Some(Written { rule: Rule { level, clause, whose, step, either }, at, step: step_at, facets })
}

fn whose(level: Level, keys: &mut Keys<'_>, source: &mut Source<'_>) -> String {
    let entry = if level == Level::Documented || keys.place("whose").is_some() { keys.take("whose") } else { None };
    if level != Level::Documented {
        if let Some(entry) = entry {
            source.fault(entry.key, format!("a {level} rule binds everybody: only a documented one has `whose`"));
        }
        return String::new();
    }
    let read = entry.and_then(|entry| Some((entry.value.span(), source.string("whose", &entry.value)?)));
    let Some((span, whose)) = read else { return MANUALS[0].to_owned() };
    if !MANUALS.contains(&whose.as_str()) {
        source.unknown(span, "implementation", &whose, &MANUALS);
    }
    whose
}

/// Takes the checks out of a rule or an alternative, in the order in which they stand there. Says whether there were any,
/// right or wrong.
fn checks(keys: &mut Keys<'_>, source: &mut Source<'_>) -> (Vec<(Span, Check)>, bool) {
    let names = ["answer", "failure", "errno", "wire", "elapsed"];
    let written = names.iter().any(|name| keys.place(name).is_some());
    let mut checks = Vec::new();
    for (name, facet) in [("failure", Facet::Failure), ("errno", Facet::Errno), ("elapsed", Facet::Elapsed)] {
        if let Some(entry) = keys.take(name) {
            checks.extend(check(facet, entry, source));
        }
    }
    for (name, facet) in [("answer", Facet::Answer as fn(String) -> Facet), ("wire", Facet::Wire)] {
        let Some(entry) = keys.take(name) else { continue };
        let span = entry.value.span();
        let Some(below) = source.keys(name, entry.value) else { continue };
        if below.is_empty() {
            source.fault(span, format!("`{name}` names no facet: `{name}.FACET = TEST`"));
        }
        for entry in below.all() {
            checks.extend(check(facet(entry.name.to_string()), entry, source));
        }
    }
    checks.sort_by_key(|(span, _)| span.start);
    (checks, written)
}

fn check(facet: Facet, entry: Entry<'_>, source: &mut Source<'_>) -> Option<(Span, Check)> {
    let test = test::read(&facet.to_string(), entry.value, source)?;
    Some((entry.key, Check { facet, test }))
}
