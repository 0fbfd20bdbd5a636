//! hstrerror(3): what values of h_errno are called in words.

use serde::{Deserialize, Serialize};

use super::ffi::text::read;
use super::{Call, Constant, HostError, NoAnswer};

/// The arguments of hstrerror: several values, each for a call of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hstrerror {
    /// The values of h_errno.
    pub codes: Vec<Constant<HostError>>,
}

/// What hstrerror gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The text for each value, in order; null for a null pointer.
    pub texts: Vec<Option<String>>,
}

impl Call for Hstrerror {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[("texts", "the text for each value, in order")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let codes = self.codes.iter().map(Constant::int).collect::<Result<Vec<_>, _>>()?;
        // SAFETY: hstrerror takes any number and gives a text that nobody changes, or a null pointer.
        Ok(Answer { texts: codes.into_iter().map(|code| unsafe { read(libc::hstrerror(code)) }).collect() })
    }

    fn written(&self) -> String {
        self.codes.iter().map(Constant::to_string).collect::<Vec<_>>().join(", ")
    }
}
