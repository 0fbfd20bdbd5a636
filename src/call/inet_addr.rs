//! inet_addr(3): from numbers and dots to an IPv4 address, or (in_addr_t)-1, which is 255.255.255.255 as well.

use serde::{Deserialize, Serialize};

use super::ffi::inet::Address;
use super::ffi::{c, errno};
use super::{Call, NoAnswer, Text};

/// The arguments of inet_addr.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetAddr {
    /// The text.
    pub text: Text,
}

impl Call for InetAddr {
    type Answer = Address;
    const FACETS: &'static [(&'static str, &'static str)] = Address::FACETS;

    fn perform(&self) -> Result<Address, NoAnswer> {
        let text = self.text.for_c();
        // SAFETY: the text ends in NUL.
        let called = errno::call(|| unsafe { c::inet_addr(text.as_ptr().cast()) });
        if called.result == libc::INADDR_NONE {
            return Err(errno::no_address(called.errno).into());
        }
        Ok(libc::in_addr { s_addr: called.result }.into())
    }

    fn written(&self) -> String {
        self.text.to_string()
    }
}
