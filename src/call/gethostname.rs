//! gethostname(2): the name of this machine.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Call;
use crate::outcome::Failure;

/// The arguments of gethostname: none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gethostname {}

/// What gethostname gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The name.
    pub name: String,
}

impl Call for Gethostname {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[("name", "the machine's name")];

    fn perform(&self) -> Result<Answer, Failure> {
        let mut buffer = [0_u8; 256];
        // SAFETY: the buffer is as long as said, and one byte longer than the longest host name.
        let failed = unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) } != 0;
        if failed {
            return Err(Failure::named("EINVAL"));
        }
        let name = buffer.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(Answer { name: String::from_utf8_lossy(name).into_owned() })
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        (name == "name").then(|| answer.name.clone().into())
    }
}
