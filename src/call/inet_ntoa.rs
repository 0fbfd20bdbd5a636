//! inet_ntoa(3): from an IPv4 address to text.

use std::ffi::CStr;

use serde::{Deserialize, Serialize};

use super::ffi::{alone, c};
use super::{Bytes, Call, NoAnswer};
use crate::outcome::Failure;

/// The arguments of inet_ntoa.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetNtoa {
    /// The four bytes of the address.
    pub bytes: Bytes,
}

/// What inet_ntoa gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The text.
    pub text: String,
}

impl Call for InetNtoa {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[("text", "the address as text")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let bytes = self.bytes.0.as_slice().try_into().map_err(|_| Failure::named("EINVAL"))?;
        let _alone = alone();
        // SAFETY: the function takes any address; its text ends in NUL, and nobody else calls meanwhile.
        let text = unsafe { CStr::from_ptr(c::inet_ntoa(libc::in_addr { s_addr: u32::from_ne_bytes(bytes) })) };
        Ok(Answer { text: text.to_string_lossy().into_owned() })
    }

    fn written(&self) -> String {
        format!("{{{}}}", self.bytes)
    }

    fn objection(&self) -> Option<String> {
        (self.bytes.0.len() != 4).then(|| format!("`bytes` are the 4 of an address, not {}", self.bytes.0.len()))
    }
}
