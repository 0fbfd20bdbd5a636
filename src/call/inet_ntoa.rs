//! inet_ntoa(3): from an IPv4 address to text.

use serde::{Deserialize, Serialize};

use super::ffi::text::read;
use super::ffi::{alone, c, unset};
use super::{Bytes, Call, NoAnswer};
use crate::outcome::Failure;

/// The arguments of inet_ntoa.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetNtoa {
    /// The four bytes of the address.
    pub bytes: Bytes,
    /// Another address, for a second call before the text of the first is read again.
    #[serde(default, skip_serializing_if = "unset")]
    pub then: Option<Bytes>,
}

/// What inet_ntoa gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// What the pointer to it leads to after the second call.
    #[serde(default, skip_serializing_if = "unset")]
    pub after: Option<String>,
}

impl Call for InetNtoa {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] =
        &[("text", "the address as text"), ("after", "with `then`: what its pointer leads to after the second call")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let (bytes, then) = (four(&self.bytes)?, self.then.as_ref().map(four).transpose()?);
        let _alone = alone();
        // SAFETY: the function takes any address.
        let pointer = unsafe { c::inet_ntoa(bytes) };
        // SAFETY: the text ends in NUL, and nobody else calls meanwhile.
        let text = unsafe { read(pointer) }.unwrap_or_default();
        let after = then.and_then(|then| {
            // SAFETY: the function takes any address.
            unsafe { c::inet_ntoa(then) };
            // SAFETY: the buffer is a static one, so the pointer stays valid (POSIX inet_ntoa).
            unsafe { read(pointer) }
        });
        Ok(Answer { text, after })
    }

    fn written(&self) -> String {
        match &self.then {
            None => format!("{{{}}}", self.bytes),
            Some(then) => format!("{{{}}}), then inet_ntoa({{{then}}}", self.bytes),
        }
    }

    fn objection(&self) -> Option<String> {
        let mut lengths = [Some(&self.bytes), self.then.as_ref()].into_iter().flatten().map(|bytes| bytes.0.len());
        lengths.find(|length| *length != 4).map(|length| format!("`bytes` are the 4 of an address, not {length}"))
    }
}

fn four(bytes: &Bytes) -> Result<libc::in_addr, Failure> {
    let bytes = bytes.0.as_slice().try_into().map_err(|_| Failure::named("EINVAL"))?;
    Ok(libc::in_addr { s_addr: u32::from_ne_bytes(bytes) })
}
