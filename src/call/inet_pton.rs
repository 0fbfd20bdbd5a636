//! inet_pton(3): from text to the bytes of an address.

use serde::{Deserialize, Serialize};

use super::ffi::guard::Buffer;
use super::ffi::{c, errno, unset};
use super::{Bytes, Call, Constant, Family, NoAnswer, Text};

/// The arguments of inet_pton.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetPton {
    /// The family.
    pub family: Constant<Family>,
    /// The text.
    pub text: Text,
    /// Whether to tell what came back and what became of the buffer, which held the byte a5 throughout. A call that failed
    /// is then answered as well.
    #[serde(default, skip_serializing_if = "unset")]
    pub dst: bool,
}

/// What inet_pton gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The bytes, in network order.
    #[serde(default, skip_serializing_if = "unset")]
    pub bytes: Option<Bytes>,
    /// What came back.
    #[serde(default, skip_serializing_if = "unset")]
    pub returned: Option<i32>,
    /// The errno, where it did not stay 0.
    #[serde(default, skip_serializing_if = "unset")]
    pub errno: Option<String>,
    /// What is in the buffer.
    #[serde(default, skip_serializing_if = "unset")]
    pub dst: Option<Bytes>,
}

impl Call for InetPton {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("bytes", "the bytes of the address, in network order"),
        ("returned", "with `dst`: what came back"),
        ("errno", "with `dst`: the errno, absent where it stayed 0"),
        ("dst", "with `dst`: what is in the buffer, which held the byte a5 throughout"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let (family, text) = (self.family.int()?, self.text.for_c());
        // Only struct in_addr and struct in6_addr are ever written.
        let mut bytes = Buffer::new(if family == libc::AF_INET { 4 } else { 16 });
        // SAFETY: the text ends in NUL, and the buffer has room for the family's addresses.
        let called = errno::call(|| unsafe { c::inet_pton(family, text.as_ptr().cast(), bytes.pointer()) });
        bytes.intact("the address")?;
        let written = Some(Bytes(bytes.bytes().to_vec()));
        match called.result {
            returned if self.dst => Ok(Answer {
                bytes: written.clone().filter(|_| returned == 1),
                returned: Some(returned),
                errno: errno::named(called.errno),
                dst: written,
            }),
            1 => Ok(Answer { bytes: written, returned: None, errno: None, dst: None }),
            0 => Err(errno::no_address(called.errno).into()),
            _ => Err(errno::failure(called.errno).into()),
        }
    }

    fn written(&self) -> String {
        format!("{}, {}{}", self.family, self.text, if self.dst { ", dst" } else { "" })
    }
}
