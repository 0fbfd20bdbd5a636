//! A case in words: what it asks for, what of its world matters to it, and its calls as code. For a person at a terminal
//! and for a page alike: plain text in parts, without layout.

use std::collections::BTreeMap;

use crate::case::{Case, Suite};
use crate::world::{World, Worlds};

/// What the suite says of a case that no record of a run holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CaseInfo {}

impl CaseInfo {
    /// What is to be said of a case. What its world shares with the world `usual` is left out.
    pub(crate) fn of(case: &Case, usual: Option<&World>) -> Self {
        _ = (case, usual);
        Self::default()
    }

    /// What is to be said of each case of a suite, by id.
    pub(crate) fn of_all(suite: &Suite, worlds: &Worlds) -> BTreeMap<String, Self> {
        let usual = worlds.get("default").map(AsRef::as_ref);
        suite.cases.iter().map(|case| (case.id.to_string(), Self::of(case, usual))).collect()
    }
}
