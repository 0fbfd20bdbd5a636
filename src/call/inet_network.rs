//! inet_network(3): from numbers and dots to a network number, or (in_addr_t)-1.

use serde::{Deserialize, Serialize};

use super::ffi::inet::Number;
use super::ffi::{c, errno};
use super::{Call, NoAnswer, Text};

/// The arguments of inet_network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetNetwork {
    /// The text.
    pub text: Text,
}

impl Call for InetNetwork {
    type Answer = Number;
    const FACETS: &'static [(&'static str, &'static str)] = Number::FACETS;

    fn perform(&self) -> Result<Number, NoAnswer> {
        let text = self.text.for_c();
        // SAFETY: the text ends in NUL.
        let called = errno::call(|| unsafe { c::inet_network(text.as_ptr().cast()) });
        if called.result == libc::INADDR_NONE {
            return Err(errno::no_address(called.errno).into());
        }
        Ok(Number { number: called.result })
    }

    fn written(&self) -> String {
        self.text.to_string()
    }
}
