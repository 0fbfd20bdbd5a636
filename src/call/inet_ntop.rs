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
    /// Whether to tell what came back and what became of the buffer, which held the byte a5 throughout. A call that failed
    /// is then answered as well.
    #[serde(default, skip_serializing_if = "unset")]
    pub dst: bool,
}

/// What inet_ntop gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The text.
    #[serde(default, skip_serializing_if = "unset")]
    pub text: Option<String>,
    /// What came back.
    #[serde(default, skip_serializing_if = "unset")]
    pub returned: Option<Returned>,
    /// The errno, where it did not stay 0.
    #[serde(default, skip_serializing_if = "unset")]
    pub errno: Option<String>,
    /// What is in the buffer.
    #[serde(default, skip_serializing_if = "unset")]
    pub dst: Option<Bytes>,
}

/// Pointers that may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Returned {
    /// A null pointer.
    #[serde(rename = "NULL")]
    Null,
    /// The buffer.
    #[serde(rename = "dst")]
    Dst,
    /// Neither.
    #[serde(rename = "elsewhere")]
    Elsewhere,
}

impl Call for InetNtop {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("text", "the address as text"),
        ("returned", "with `dst`: `dst` where the buffer came back, `NULL`, or `elsewhere`"),
        ("errno", "with `dst`: the errno, absent where it stayed 0"),
        ("dst", "with `dst`: what is in the buffer, which held the byte a5 throughout"),
    ];

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
        if called.result.is_null() && !self.dst {
            return Err(errno::failure(called.errno).into());
        }
        let returned = match called.result {
            pointer if pointer.is_null() => Returned::Null,
            pointer if std::ptr::eq(pointer, text.text_pointer()) => Returned::Dst,
            _ => Returned::Elsewhere,
        };
        Ok(Answer {
            text: if returned == Returned::Null { None } else { Some(text.text("the text")?) },
            returned: self.dst.then_some(returned),
            errno: errno::named(called.errno).filter(|_| self.dst),
            dst: self.dst.then(|| Bytes(text.bytes().to_vec())),
        })
    }

    fn written(&self) -> String {
        let text = if self.dst { "dst" } else { "text" };
        format!("{}, {{{}}}, {text}, {}", self.family, self.bytes, self.size.unwrap_or(ENOUGH))
    }
}
