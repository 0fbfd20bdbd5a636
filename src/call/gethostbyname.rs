//! gethostbyname(3): from a name to its IPv4 addresses.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::{alone, c, errno};
use super::{Call, Hostent, NoAnswer, Text};

/// The arguments of gethostbyname.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gethostbyname {
    /// The name.
    pub name: Text,
}

impl Call for Gethostbyname {
    type Answer = Hostent;
    const FACETS: &'static [(&'static str, &'static str)] = Hostent::FACETS;

    fn perform(&self) -> Result<Hostent, NoAnswer> {
        let name = self.name.for_c();
        let _alone = alone();
        // SAFETY: the name ends in NUL.
        let called = errno::call(|| unsafe { c::gethostbyname(name.as_ptr().cast()) });
        // SAFETY: this is the result of that call, and nobody else calls meanwhile.
        Ok(unsafe { Hostent::read(&called) }?)
    }

    fn facet(answer: &Hostent, name: &str) -> Option<Value> {
        answer.facet(name)
    }

    fn written(&self) -> String {
        self.name.to_string()
    }
}
