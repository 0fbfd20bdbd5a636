//! stub

use super::{Rule, Verdict};
use crate::outcome::Outcome;

/// Looks up a facet of an answer: the call's name, the answer, the facet's name.
pub type FacetOf<'a> = &'a dyn Fn(&str, &serde_json::Value, &str) -> Option<serde_json::Value>;

/// Holds an outcome against rules. `implements` names the implementations whose manuals bind the subject.
#[must_use]
pub fn judge(_rules: &[Rule], _outcome: &Outcome, _implements: &[String], _facet: FacetOf<'_>) -> Vec<Verdict> {
    Vec::new()
}
