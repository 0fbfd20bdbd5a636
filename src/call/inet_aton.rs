//! inet_aton(3): from numbers and dots to an IPv4 address.

use serde::{Deserialize, Serialize};

use super::ffi::inet::Address;
use super::ffi::{c, errno};
use super::{Call, NoAnswer, Text};

/// The arguments of inet_aton.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetAton {
    /// The text.
    pub text: Text,
}

impl Call for InetAton {
    type Answer = Address;
    const FACETS: &'static [(&'static str, &'static str)] = Address::FACETS;

    fn perform(&self) -> Result<Address, NoAnswer> {
        let text = self.text.for_c();
        let mut address = libc::in_addr { s_addr: 0 };
        // SAFETY: the text ends in NUL, and the address is there to be written.
        let called = errno::call(|| unsafe { c::inet_aton(text.as_ptr().cast(), &raw mut address) });
        if called.result == 0 {
            return Err(errno::no_address(called.errno).into());
        }
        Ok(address.into())
    }

    fn written(&self) -> String {
        self.text.to_string()
    }
}
