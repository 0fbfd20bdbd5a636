//! A Python expression. No C library evaluates one: only Python-like subjects answer this call.

use serde::{Deserialize, Serialize};

use super::{Call, NoAnswer};

/// The arguments of python.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Python {
    /// The expression. `socket` is imported.
    pub code: String,
}

/// What the expression gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Its value, as repr shows it.
    pub value: String,
    /// The name of its type.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Call for Python {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] =
        &[("value", "the value, as repr shows it"), ("type", "the name of its type")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        Err(NoAnswer::Unsupported("only Python-like subjects evaluate Python".to_owned()))
    }

    fn written(&self) -> String {
        self.code.clone()
    }
}
