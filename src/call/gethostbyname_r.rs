//! gethostbyname_r(3) and gethostbyname2_r(3): from a name to its addresses, in a buffer of the caller's.

use std::mem::MaybeUninit;
use std::ptr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::errno::{self, Called};
use super::ffi::guard::Buffer;
use super::ffi::{c, unset};
use super::{Call, Constant, Family, Hostent, NoAnswer, Text};
use crate::outcome::Failure;

/// The arguments of gethostbyname_r, and with a family those of gethostbyname2_r.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GethostbynameR {
    /// The name.
    pub name: Text,
    /// The family of the addresses that are wanted; IPv4 addresses where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub family: Option<Constant<Family>>,
    /// The size of the buffer.
    pub buflen: u32,
}

/// The largest buffer that may be asked for.
const ROOM: u32 = 1 << 20;

impl Call for GethostbynameR {
    type Answer = Hostent;
    const FACETS: &'static [(&'static str, &'static str)] = Hostent::FACETS;

    fn perform(&self) -> Result<Hostent, NoAnswer> {
        let name = self.name.for_c();
        let family = self.family.as_ref().map(Constant::int).transpose()?;
        let (mut buffer, size) = (Buffer::new(self.buflen as usize), self.buflen as usize);
        let (mut host, mut h_errno) = (MaybeUninit::<libc::hostent>::zeroed(), 0);
        // Nothing that the call may leave there: it has to write a null pointer, or where the host is.
        let mut result = ptr::dangling_mut();
        // SAFETY: the name ends in NUL, and the buffer is as large as said.
        let called = errno::call(|| unsafe {
            let (name, to) = (name.as_ptr().cast(), host.as_mut_ptr());
            let (buffer, result, h_errno) = (buffer.text_pointer(), &raw mut result, &raw mut h_errno);
            match family {
                None => c::gethostbyname_r(name, to, buffer, size, result, h_errno),
                Some(family) => c::gethostbyname2_r(name, family, to, buffer, size, result, h_errno),
            }
        });
        buffer.intact("the buffer")?;
        if result.is_null() && called.result == libc::ERANGE {
            return Err(errno::failure(libc::ERANGE).into());
        }
        if !result.is_null() && (called.result != 0 || result != host.as_mut_ptr()) {
            let text = format!("{} was returned, and the result is not a null pointer", errno::name(called.result));
            return Err(Failure { text, ..Failure::named("RESULT_NOT_NULL") }.into());
        }
        // SAFETY: a null pointer, or that of the structure, which was filled in and points into the buffer.
        Ok(unsafe { Hostent::read(&Called { result, errno: called.result, h_errno }) }?)
    }

    fn facet(answer: &Hostent, name: &str) -> Option<Value> {
        answer.facet(name)
    }

    fn written(&self) -> String {
        let family = self.family.as_ref().map(|family| format!(", {family}")).unwrap_or_default();
        format!("{}{family}, buf[{}]", self.name, self.buflen)
    }

    fn objection(&self) -> Option<String> {
        (self.buflen > ROOM).then(|| format!("`buflen` is at most {ROOM}"))
    }
}
