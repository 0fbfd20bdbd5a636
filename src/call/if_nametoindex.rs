//! if_nametoindex(3): the index of a link by its name.

use serde::{Deserialize, Serialize};

use super::ffi::errno;
use super::{Call, NoAnswer, Text};

/// The arguments of if_nametoindex.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IfNametoindex {
    /// The name.
    pub name: Text,
}

/// What if_nametoindex gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The index.
    pub index: u32,
}

impl Call for IfNametoindex {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[("index", "the index of the link")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let name = self.name.for_c();
        // SAFETY: the name ends in NUL.
        let called = errno::call(|| unsafe { libc::if_nametoindex(name.as_ptr().cast()) });
        if called.result == 0 { Err(errno::failure(called.errno).into()) } else { Ok(Answer { index: called.result }) }
    }

    fn written(&self) -> String {
        self.name.to_string()
    }
}
