//! getprotobynumber(3): a protocol by number.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::{alone, errno};
use super::{Call, Constant, NoAnswer, Protocol, Protoent};

/// The arguments of getprotobynumber.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getprotobynumber {
    /// The number, in host order.
    pub number: Constant<Protocol>,
}

impl Call for Getprotobynumber {
    type Answer = Protoent;
    const FACETS: &'static [(&'static str, &'static str)] = Protoent::FACETS;

    fn perform(&self) -> Result<Protoent, NoAnswer> {
        let number = self.number.int()?;
        let _alone = alone();
        // SAFETY: any number may be asked for.
        let called = errno::call(|| unsafe { libc::getprotobynumber(number) });
        // SAFETY: this is the result of that call, and nobody else calls meanwhile.
        Ok(unsafe { Protoent::read(called.result) }?)
    }

    fn facet(answer: &Protoent, name: &str) -> Option<Value> {
        answer.facet(name)
    }

    fn written(&self) -> String {
        self.number.to_string()
    }
}
