//! What is wrong with a case although each of its keys can be read: rules that cannot hold, or cannot be broken.

use serde_json::Value;

use crate::call::Ask;
use crate::verdict::{Check, Facet, Test};
use crate::world::{Source, Span};

use super::rule::Written;
use super::{Step, failure};

/// A case as far as it is read.
pub(super) struct Draft<'a> {
    /// Where it stands.
    pub(super) at: Span,
    /// Its steps.
    pub(super) steps: &'a [(Span, Step)],
    /// Its rules.
    pub(super) rules: &'a [Written],
    /// Whether it has a world.
    pub(super) world: bool,
}

/// What to do about a case that lacks a world.
pub(super) const WORLD: &str = "write `world = \"default\"` in the case or at the top of the file";

/// Notes everything that is wrong with a case.
pub(super) fn lint(draft: &Draft<'_>, source: &mut Source<'_>) {
    let asks: Vec<&Ask> =
        draft.steps.iter().filter_map(|(_, step)| if let Step::Ask(ask) = step { Some(ask) } else { None }).collect();
    if asks.is_empty() {
        source.fault(draft.at.clone(), "the case asks nothing");
        return;
    }
    for (span, _) in draft.steps.iter().filter(|(_, step)| !draft.world && matches!(step, Step::Write(..))) {
        source.fault_with(span.clone(), "a case without a world has no files to change", WORLD);
    }
    for written in draft.rules {
        let spoken_of = match written.rule.step {
            None => asks.as_slice(),
            Some(step) => match step.checked_sub(1).and_then(|i| asks.get(i..=i)) {
                Some(ask) => ask,
                None => {
                    let calls = if asks.len() == 1 { "one call".to_owned() } else { format!("{} calls", asks.len()) };
                    let text = format!("there is no step {step}: the case asks {calls}, counted from 1");
                    source.fault(written.step.clone().unwrap_or_default(), text);
                    continue;
                }
            },
        };
        for (checks, spans) in written.rule.either.iter().zip(&written.facets) {
            for (check, span) in checks.iter().zip(spans) {
                facet(check, span, spoken_of, draft.world, source);
                form(check, span, source);
            }
        }
    }
}

/// Whether the calls have the facet.
fn facet(check: &Check, span: &Span, asks: &[&Ask], world: bool, source: &mut Source<'_>) {
    match &check.facet {
        Facet::Answer(name) => {
            let without = |ask: &&&Ask| !has_facet(ask, name);
            let Some(ask) = asks.iter().find(without) else { return };
            if asks.iter().all(|ask| without(&ask)) {
                source.unknown(span.clone(), &format!("facet of {}", ask.name()), name, &facets(ask));
            } else {
                let text = format!("the rule speaks about every call, and {} has no facet `{name}`", ask.name());
                source.fault_with(span.clone(), text, "say which call is meant, counted from 1: `step = 1`");
            }
        }
        Facet::Wire(column) => {
            let known: Vec<_> = Facet::WIRE.iter().map(|(name, _)| *name).collect();
            if !known.contains(&column.as_str()) {
                source.unknown(span.clone(), "column of the wire", column, &known);
            } else if !world {
                source.fault_with(span.clone(), "a case without a world has no nameserver that sees queries", WORLD);
            }
        }
        _ => {}
    }
}

/// The facets of a call's answer: those of the call, or the names that its arguments give.
fn facets(ask: &Ask) -> Vec<&str> {
    match Ask::facets(ask.name()).unwrap_or_default() {
        [] => ask.labels(),
        fixed => fixed.iter().map(|(name, _)| *name).collect(),
    }
}

fn has_facet(ask: &Ask, name: &str) -> bool {
    match Ask::facets(ask.name()).unwrap_or_default() {
        [] => ask.labels().contains(&name),
        fixed => fixed.iter().any(|(known, _)| *known == name),
    }
}

/// Whether the form of a test can ever suit the facet.
fn form(check: &Check, span: &Span, source: &mut Source<'_>) {
    let name = check.facet.to_string();
    let number = match &check.facet {
        Facet::Elapsed => true,
        Facet::Wire(column) if column == "count" => true,
        Facet::Answer(_) => return,
        _ => false,
    };
    let word = matches!(check.facet, Facet::Failure | Facet::Errno);
    let fault = match &check.test {
        Test::Within(_) if number => None,
        _ if check.facet == Facet::Elapsed => Some("it is a time: test it with `min`, `max` or both"),
        Test::Within(_) if word => Some("it is a name, not a number"),
        Test::Within(_) => Some("it is a list; to count its elements write `count = { min = … }`"),
        Test::Count(_)
        | Test::Distinct(_)
        | Test::Set(_)
        | Test::Begins(_)
        | Test::Order(_)
        | Test::Has(_)
        | Test::Lacks(_)
            if number || word =>
        {
            Some("it is a single value, not a list")
        }
        Test::Is(value) | Test::Not(value) if (number || word) && value.is_array() => {
            Some("it is a single value, not a list; for one of several write `any`")
        }
        Test::Is(value) | Test::Not(value) if word && !value.is_string() => Some("it is a name between quotes"),
        Test::Is(value) | Test::Not(value) if number && !value.is_number() => Some("it is a number"),
        _ => None,
    };
    if let Some(fault) = fault {
        return source.fault(span.clone(), format!("`{name}` can never be so: {fault}"));
    }
    let values = match &check.test {
        Test::Is(value) | Test::Not(value) => std::slice::from_ref(value),
        Test::Any(values) | Test::Only(values) => values,
        _ => &[],
    };
    for name in values.iter().filter_map(Value::as_str).filter(|name| word && failure::unknown(name)) {
        source.unknown_word(
            span.clone(),
            "failure",
            name,
            &failure::known(),
            "see getaddrinfo(3), gethostbyname(3), errno(3)",
        );
    }
}
