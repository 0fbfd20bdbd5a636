//! One case: each of its rules, and all of a level together, against wrong outcomes.

use std::collections::BTreeMap;

use super::reasons::{Reasons, form};
use super::recorded::{Done, blank};
use super::{Fault, Proof};
use crate::case::Case;
use crate::outcome::{Outcome, Reply};
use crate::verdict::mutate::{Place, keeps, mutants, right};
use crate::verdict::{Check, Facet, Level, Rule, Test};

/// What rules speak of, and their checks of it, each with its form.
type Spoken<'r> = BTreeMap<(Place, String), (Facet, Vec<(&'static str, &'r Check)>)>;

/// Tries one case.
pub(super) fn run(case: &Case, done: &[Done], reasons: &Reasons, proof: &mut Proof) {
    proof.cases += 1;
    let mut trial = Trial { case, done, reasons, proof, unused: case.survives.keys().cloned().collect() };
    let mut speaking = false;
    let mut groups: BTreeMap<(Level, &str), Vec<&Rule>> = BTreeMap::new();
    for (nth, rule) in case.rules.iter().enumerate() {
        if matches!(rule.level, Level::May | Level::Unspecified) {
            continue;
        }
        trial.proof.rules += 1;
        groups.entry((rule.level, &rule.whose)).or_default().push(rule);
        trial.alone(rule);
        speaking |= trial.speaks(nth, rule);
    }
    if !speaking && !groups.is_empty() && !done.is_empty() {
        let text = "none of its rules speaks of anything that an outcome on record holds: \
                    say what has to come, with `either` where the clause allows several things";
        trial.fault(text.to_owned());
    }
    for ((level, _), rules) in groups {
        trial.together(level, &rules);
    }
    for stale in std::mem::take(&mut trial.unused) {
        trial.fault(format!("`survives` excuses `{stale}`, and no such wrong outcome needs it"));
    }
}

struct Trial<'t> {
    case: &'t Case,
    done: &'t [Done],
    reasons: &'t Reasons,
    proof: &'t mut Proof,
    /// The excuses of the case that were not needed yet.
    unused: Vec<String>,
}

impl Trial<'_> {
    fn fault(&mut self, text: String) {
        self.proof.faults.push(Fault { case: Some(self.case.id.clone()), text });
    }

    /// A right outcome for rules: a recorded one, else one that was made, and whether it was.
    fn right(&self, rules: &[&Rule]) -> Option<(Outcome, bool)> {
        let recorded = self.done.iter().map(|done| &done.outcome);
        if let Some(outcome) = recorded.clone().find(|outcome| rules.iter().all(|rule| keeps(rule, outcome))) {
            return Some((outcome.clone(), false));
        }
        let blank = blank(self.case);
        let made = recorded.chain([&blank]).find_map(|outcome| right(rules, outcome));
        made.map(|outcome| (outcome, true))
    }

    /// Some wrong outcome has to break the rule.
    fn alone(&mut self, rule: &Rule) {
        let Some((outcome, made)) = self.right(&[rule]) else {
            return self.fault(format!("no outcome was found that keeps {}", named(rule)));
        };
        self.proof.made += usize::from(made);
        for ((place, _), (facet, checks)) in spoken(&[rule], &outcome) {
            let checks: Vec<&Check> = checks.iter().map(|(_, check)| *check).collect();
            for mutant in mutants(&outcome, place, &facet, &checks) {
                self.proof.outcomes += 1;
                // That the subject is lost breaks all rules alike: it proves nothing.
                if mutant.kind != crate::verdict::mutate::Kind::Lost && !keeps(rule, &mutant.outcome) {
                    return;
                }
            }
        }
        self.fault(format!("no wrong outcome breaks {}", named(rule)));
    }

    /// Every wrong outcome has to break one of a level's rules, unless there is a reason.
    fn together(&mut self, level: Level, rules: &[&Rule]) {
        let Some((outcome, _)) = self.right(rules) else {
            if rules.len() > 1 {
                self.fault(format!("no outcome was found that keeps all {level} rules at once"));
            }
            return;
        };
        let mut told = Vec::new();
        for ((place, name), (facet, checks)) in spoken(rules, &outcome) {
            let plain: Vec<&Check> = checks.iter().map(|(_, check)| *check).collect();
            for mutant in mutants(&outcome, place, &facet, &plain) {
                self.proof.outcomes += 1;
                if mutant.outcome == outcome || rules.iter().any(|rule| !keeps(rule, &mutant.outcome)) {
                    continue;
                }
                let mut forms: Vec<&'static str> = checks.iter().map(|(form, _)| *form).collect();
                forms.sort_unstable();
                forms.dedup();
                if forms.iter().all(|form| self.reasons.excuse(form, mutant.kind)) {
                    for form in forms {
                        let survivors = self.proof.passed.entry((level, form, mutant.kind)).or_default();
                        survivors.count += 1;
                        survivors.cases.entry(self.case.id.clone()).or_default().insert(name.clone());
                    }
                    continue;
                }
                let key = format!("{name}: {}", mutant.kind);
                if let Some(reason) = self.case.survives.get(&key) {
                    self.unused.retain(|unused| *unused != key);
                    let excused = (self.case.id.clone(), key, reason.clone());
                    if !self.proof.excused.contains(&excused) {
                        self.proof.excused.push(excused);
                    }
                    continue;
                }
                let text = if mutant.text.is_empty() { String::new() } else { format!(" ({})", mutant.text) };
                if !told.contains(&key) {
                    self.fault(format!("no {level} rule notices `{key}`{text}, tested with {}", forms.join(", ")));
                    told.push(key);
                }
            }
        }
    }

    /// Whether the rule is broken on record, or kept by an outcome in which there is anything that it speaks of.
    fn speaks(&mut self, nth: usize, rule: &Rule) -> bool {
        let held =
            |held: &'static str| self.done.iter().filter(move |done| done.held.get(nth).is_some_and(|was| was == held));
        if held("broken").next().is_some() || held("kept").any(|done| speaks(rule, &done.outcome)) {
            return true;
        }
        if rule.level != Level::Documented && !self.done.is_empty() && held("kept").next().is_none() {
            self.fault(format!("no subject on record is ever held to {}", named(rule)));
        }
        // Another implementation's manual: none of its outcomes is on record.
        rule.level == Level::Documented && held("kept").next().is_none()
    }
}

/// A rule in words.
fn named(rule: &Rule) -> String {
    let step = rule.step.map(|step| format!(" of call {step}")).unwrap_or_default();
    let checks = rule.either.iter().map(|checks| {
        let checks = checks.iter().map(|check| format!("{} {}", check.facet, check.test.words()));
        checks.collect::<Vec<_>>().join(" and ")
    });
    format!("`{} {}`{step}: {}", rule.level, rule.clause, checks.collect::<Vec<_>>().join(" or "))
}

/// What rules speak of, in an outcome of so many calls.
fn spoken<'r>(rules: &[&'r Rule], outcome: &Outcome) -> Spoken<'r> {
    let mut spoken = Spoken::new();
    for rule in rules {
        let calls = (0..outcome.asked.len()).filter(|call| rule.step.is_none_or(|step| step == call + 1));
        for call in calls {
            for check in rule.either.iter().flatten() {
                let wire = matches!(check.facet, Facet::Wire(_));
                // Queries are the same for every call of a rule without a step.
                let place = match (wire, rule.step) {
                    (true, None) => Place { call: 0, step: None },
                    (true, step) => Place { call, step },
                    (false, _) => Place { call, step: None },
                };
                let form = if rule.either.len() > 1 { Reasons::EITHER } else { form(&check.test) };
                let (_, checks) =
                    spoken.entry((place, check.facet.to_string())).or_insert_with(|| (check.facet.clone(), Vec::new()));
                if !checks.iter().any(|(_, known)| std::ptr::eq(*known, check)) {
                    checks.push((form, check));
                }
            }
        }
    }
    spoken
}

/// Whether an outcome that keeps the rule has anything that it speaks of.
fn speaks(rule: &Rule, outcome: &Outcome) -> bool {
    let calls = outcome.asked.iter().enumerate().filter(|(call, _)| rule.step.is_none_or(|step| step == call + 1));
    calls.into_iter().any(|(call, asked)| {
        rule.either.iter().flatten().any(|check| {
            let forbids = matches!(check.test, Test::Not(_) | Test::Lacks(_));
            match (&check.facet, &asked.reply) {
                (Facet::Answer(name), Reply::Answer(table)) => {
                    table.get(name).is_some_and(|value| !value.is_null()) || check.test == Test::Absent
                }
                (Facet::Answer(_), _) => false,
                (Facet::Wire(column), _) if column != "count" => {
                    let place = Place { call, step: rule.step };
                    !place.wire(outcome).is_empty() || !(forbids || matches!(check.test, Test::Distinct(_)))
                }
                _ => true,
            }
        })
    })
}
