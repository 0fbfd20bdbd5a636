//! getprotobyname(3): a protocol by name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::{alone, errno};
use super::{Call, NoAnswer, Protoent, Text};

/// The arguments of getprotobyname.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getprotobyname {
    /// The name.
    pub name: Text,
}

impl Call for Getprotobyname {
    type Answer = Protoent;
    const FACETS: &'static [(&'static str, &'static str)] = Protoent::FACETS;

    fn perform(&self) -> Result<Protoent, NoAnswer> {
        let name = self.name.for_c();
        let _alone = alone();
        // SAFETY: the name ends in NUL.
        let called = errno::call(|| unsafe { libc::getprotobyname(name.as_ptr().cast()) });
        // SAFETY: this is the result of that call, and nobody else calls meanwhile.
        Ok(unsafe { Protoent::read(called.result) }?)
    }

    fn facet(answer: &Protoent, name: &str) -> Option<Value> {
        answer.facet(name)
    }

    fn written(&self) -> String {
        self.name.to_string()
    }
}
