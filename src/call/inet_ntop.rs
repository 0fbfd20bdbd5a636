//! inet_ntop(3): from the bytes of an address to text.

use serde::{Deserialize, Serialize};

use super::ffi::guard::Buffer;
use super::ffi::{c, errno, unset};
use super::{Bytes, Call, Constant, Family, NoAnswer};

/// INET6_ADDRSTRLEN: enough for every address.
const ENOUGH: u16 = 46;

/// The arguments of inet_ntop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetNtop {
    /// The family.
    pub family: Constant<Family>,
    /// The bytes of the address, in network order.
    pub bytes: Bytes,
    /// The size of the buffer; 46 where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub size: Option<u16>,
}

/// What inet_ntop gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The text.
    pub text: String,
}

impl Call for InetNtop {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[("text", "the address as text")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let (family, size) = (self.family.int()?, self.size.unwrap_or(ENOUGH));
        // C reads as many bytes as the family's addresses have, whatever was given.
        let mut bytes = self.bytes.0.clone();
        bytes.resize(bytes.len().max(16), 0);
        let mut text = Buffer::new(size.into());
        // SAFETY: at least 16 bytes can be read, and the buffer is as large as said.
        let called =
            errno::call(|| unsafe { c::inet_ntop(family, bytes.as_ptr().cast(), text.text_pointer(), size.into()) });
        text.intact("the text")?;
        if called.result.is_null() {
            return Err(errno::failure(called.errno).into());
        }
        Ok(Answer { text: text.text("the text")? })
    }

    fn written(&self) -> String {
        format!("{}, {{{}}}, text, {}", self.family, self.bytes, self.size.unwrap_or(ENOUGH))
    }
}
