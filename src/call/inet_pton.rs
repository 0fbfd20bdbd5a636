//! inet_pton(3): from text to the bytes of an address.

use serde::{Deserialize, Serialize};

use super::ffi::guard::Buffer;
use super::ffi::{c, errno};
use super::{Bytes, Call, Constant, Family, NoAnswer, Text};
use crate::outcome::Failure;

/// The arguments of inet_pton.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetPton {
    /// The family.
    pub family: Constant<Family>,
    /// The text.
    pub text: Text,
}

/// What inet_pton gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The bytes, in network order.
    pub bytes: Bytes,
}

impl Call for InetPton {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[("bytes", "the bytes of the address, in network order")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let (family, text) = (self.family.int()?, self.text.for_c());
        // Only struct in_addr and struct in6_addr are ever written.
        let mut bytes = Buffer::new(if family == libc::AF_INET { 4 } else { 16 });
        // SAFETY: the text ends in NUL, and the buffer has room for the family's addresses.
        let called = errno::call(|| unsafe { c::inet_pton(family, text.as_ptr().cast(), bytes.pointer()) });
        bytes.intact("the address")?;
        match called.result {
            1 => Ok(Answer { bytes: Bytes(bytes.bytes().to_vec()) }),
            0 => Err(Failure::named(Failure::NOT_AN_ADDRESS).into()),
            _ => Err(errno::failure(called.errno).into()),
        }
    }

    fn written(&self) -> String {
        format!("{}, {}", self.family, self.text)
    }
}
