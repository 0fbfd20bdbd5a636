//! gai_strerror(3): what an error of getaddrinfo is called in words.

use serde::{Deserialize, Serialize};

use super::ffi::addrinfo;
use super::{AddrinfoError, Call, Constant, NoAnswer};

/// The arguments of gai_strerror.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaiStrerror {
    /// The error.
    pub code: Constant<AddrinfoError>,
}

/// What gai_strerror gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The text.
    pub text: String,
}

impl Call for GaiStrerror {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[("text", "the error in words")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        Ok(Answer { text: addrinfo::text(self.code.int()?) })
    }

    fn written(&self) -> String {
        self.code.to_string()
    }
}
