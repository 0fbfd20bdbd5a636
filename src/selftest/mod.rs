//! Proof that cases can fail: every rule is handed wrong outcomes, each made from a right one, and has to break.
//!
//! What lets wrong outcomes pass is told with its reason: the form of a test (`set` demands no order), or what a case says
//! itself under `survives`. Needs no subject and no sandbox: right outcomes are read back from snapshots, or made from the
//! rules.

mod one;
mod reasons;
mod recorded;

pub use reasons::{Reasons, Unreadable};

use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, CaseId};
use crate::snapshot;
use crate::tree::Tree;
use crate::verdict::Level;
use crate::verdict::mutate::Kind;

/// What a test let pass, by the level of its rule, its form, and what was wrong.
pub type Passed = BTreeMap<(Level, &'static str, Kind), Survivors>;

/// Wrong outcomes that no rule of their case noticed.
#[derive(Clone, Debug, Default)]
pub struct Survivors {
    /// How many.
    pub count: usize,
    /// The cases, and of each the facets.
    pub cases: BTreeMap<CaseId, BTreeSet<String>>,
}

/// Something that a case's author has to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The case; none where it is about all of them.
    pub case: Option<CaseId>,
    /// What is wrong.
    pub text: String,
}

/// What a self-test came to.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// How many cases were tried.
    pub cases: usize,
    /// How many rules that are judged they have.
    pub rules: usize,
    /// How many wrong outcomes they were handed.
    pub outcomes: usize,
    /// For how many rules no recorded outcome keeps them, so that a right one was made.
    pub made: usize,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What passed, for a reason that goes with the form of a test.
    pub passed: Passed,
    /// What passed for a reason of the case's own.
    pub excused: Vec<(CaseId, String, String)>,
}

/// Tries cases. `whole`: they are the whole suite, so that a reason that none of them needs is a fault.
///
/// # Errors
/// When a snapshot cannot be read.
pub fn run(cases: &[&Case], snapshots: &Tree, reasons: &Reasons, whole: bool) -> Result<Proof, snapshot::Error> {
    let mut topics: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        topics.entry(case.id.topic()).or_default().push(case);
    }
    let mut proof = Proof::default();
    for (topic, cases) in topics {
        let on_record = snapshot::all(snapshots, topic)?;
        for case in cases {
            one::run(case, &recorded::outcomes(case, &on_record, &mut proof), reasons, &mut proof);
        }
    }
    if whole {
        let needed = |form: &&str| proof.passed.keys().any(|(_, passed, _)| passed == form);
        let text = |form| format!("{}: no case needs a reason for `{form}`", Reasons::FILE);
        let stale = reasons.forms().filter(|form| !needed(form)).map(|form| Fault { case: None, text: text(form) });
        let stale: Vec<Fault> = stale.collect();
        proof.faults.extend(stale);
    }
    Ok(proof)
}
