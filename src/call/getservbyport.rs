//! getservbyport(3): a service by port.

use std::ffi::c_int;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::text::{or_null, pointer};
use super::ffi::{alone, errno, unset};
use super::{Call, NoAnswer, Servent, Text};

/// The arguments of getservbyport.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getservbyport {
    /// The port, in host order. C takes it in network order; a number that is no port goes to C as it stands.
    pub port: i32,
    /// The protocol by name; a null pointer, which matches any, where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub protocol: Option<Text>,
}

impl Getservbyport {
    fn for_c(&self) -> c_int {
        u16::try_from(self.port).map_or(self.port, |port| c_int::from(port.to_be()))
    }
}

impl Call for Getservbyport {
    type Answer = Servent;
    const FACETS: &'static [(&'static str, &'static str)] = Servent::FACETS;

    fn perform(&self) -> Result<Servent, NoAnswer> {
        let protocol = self.protocol.as_ref().map(Text::for_c);
        let _alone = alone();
        // SAFETY: the text ends in NUL or is a null pointer.
        let called = errno::call(|| unsafe { libc::getservbyport(self.for_c(), pointer(protocol.as_deref())) });
        // SAFETY: this is the result of that call, and nobody else calls meanwhile.
        Ok(unsafe { Servent::read(called.result) }?)
    }

    fn facet(answer: &Servent, name: &str) -> Option<Value> {
        answer.facet(name)
    }

    fn written(&self) -> String {
        match u16::try_from(self.port) {
            Ok(port) => format!("htons({port}), {}", or_null(self.protocol.as_ref())),
            Err(_) => format!("{}, {}", self.port, or_null(self.protocol.as_ref())),
        }
    }
}
