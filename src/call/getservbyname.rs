//! getservbyname(3): a service by name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::text::{or_null, pointer};
use super::ffi::{alone, errno, unset};
use super::{Call, NoAnswer, Servent, Text};

/// The arguments of getservbyname.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getservbyname {
    /// The name.
    pub name: Text,
    /// The protocol by name; a null pointer, which matches any, where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub protocol: Option<Text>,
}

impl Call for Getservbyname {
    type Answer = Servent;
    const FACETS: &'static [(&'static str, &'static str)] = Servent::FACETS;

    fn perform(&self) -> Result<Servent, NoAnswer> {
        let (name, protocol) = (self.name.for_c(), self.protocol.as_ref().map(Text::for_c));
        let _alone = alone();
        // SAFETY: the texts end in NUL.
        let called = errno::call(|| unsafe { libc::getservbyname(name.as_ptr().cast(), pointer(protocol.as_deref())) });
        // SAFETY: this is the result of that call, and nobody else calls meanwhile.
        Ok(unsafe { Servent::read(called.result) }?)
    }

    fn facet(answer: &Servent, name: &str) -> Option<Value> {
        answer.facet(name)
    }

    fn written(&self) -> String {
        format!("{}, {}", self.name, or_null(self.protocol.as_ref()))
    }
}
