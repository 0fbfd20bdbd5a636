//! gethostbyname2(3): from a name to its addresses of one family.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::{alone, c, errno};
use super::{Call, Constant, Family, Hostent, NoAnswer, Text};

/// The arguments of gethostbyname2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gethostbyname2 {
    /// The name.
    pub name: Text,
    /// The family of the addresses that are wanted.
    pub family: Constant<Family>,
}

impl Call for Gethostbyname2 {
    type Answer = Hostent;
    const FACETS: &'static [(&'static str, &'static str)] = Hostent::FACETS;

    fn perform(&self) -> Result<Hostent, NoAnswer> {
        let name = self.name.for_c();
        let family = self.family.int()?;
        let _alone = alone();
        // SAFETY: the name ends in NUL.
        let called = errno::call(|| unsafe { c::gethostbyname2(name.as_ptr().cast(), family) });
        // SAFETY: this is the result of that call, and nobody else calls meanwhile.
        Ok(unsafe { Hostent::read(&called) }?)
    }

    fn facet(answer: &Hostent, name: &str) -> Option<Value> {
        answer.facet(name)
    }

    fn written(&self) -> String {
        format!("{}, {}", self.name, self.family)
    }
}
