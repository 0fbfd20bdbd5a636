//! gethostbyaddr(3): from an address to the names of its host.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::{alone, c, errno, unset};
use super::{Bytes, Call, Constant, Family, Hostent, NoAnswer};

/// The most bytes of an address.
const ROOM: usize = 128;

/// The arguments of gethostbyaddr: an address, or its bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gethostbyaddr {
    /// The address.
    #[serde(default, skip_serializing_if = "unset")]
    pub address: Option<IpAddr>,
    /// The bytes, where they are not those of an address.
    #[serde(default, skip_serializing_if = "unset")]
    pub bytes: Option<Bytes>,
    /// The length; that of the address or bytes where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub length: Option<u32>,
    /// The family; that of the address where it is left out, and for bytes AF_INET6 if there are 16, else AF_INET.
    #[serde(default, skip_serializing_if = "unset")]
    pub family: Option<Constant<Family>>,
}

impl Gethostbyaddr {
    /// The call for one address, with its own length and family.
    pub(super) fn of(address: IpAddr) -> Self {
        Self { address: Some(address), bytes: None, length: None, family: None }
    }

    fn bytes(&self) -> Vec<u8> {
        match (&self.bytes, self.address) {
            (Some(bytes), _) => bytes.0.clone(),
            (None, Some(IpAddr::V4(address))) => address.octets().to_vec(),
            (None, Some(IpAddr::V6(address))) => address.octets().to_vec(),
            (None, None) => Vec::new(),
        }
    }
}

impl Call for Gethostbyaddr {
    type Answer = Hostent;
    const FACETS: &'static [(&'static str, &'static str)] = Hostent::FACETS;

    fn perform(&self) -> Result<Hostent, NoAnswer> {
        let mut bytes = self.bytes();
        let length = self.length.unwrap_or(bytes.len() as u32);
        let family = match &self.family {
            Some(family) => family.int()?,
            None if bytes.len() == 16 => libc::AF_INET6,
            None => libc::AF_INET,
        };
        bytes.resize(ROOM, 0);
        let _alone = alone();
        // SAFETY: ROOM bytes can be read, and no `length` is larger.
        let called = errno::call(|| unsafe { c::gethostbyaddr(bytes.as_ptr().cast(), length, family) });
        // SAFETY: this is the result of that call, and nobody else calls meanwhile.
        Ok(unsafe { Hostent::read(&called) }?)
    }

    fn facet(answer: &Hostent, name: &str) -> Option<Value> {
        answer.facet(name)
    }

    fn written(&self) -> String {
        let what = match (&self.bytes, self.address) {
            (Some(bytes), _) => format!("{{{bytes}}}"),
            (None, address) => address.map(|address| address.to_string()).unwrap_or_default(),
        };
        let length = self.length.map(|length| format!(", {length}")).unwrap_or_default();
        let family = self.family.as_ref().map(|family| format!(", {family}")).unwrap_or_default();
        format!("{what}{length}{family}")
    }

    fn objection(&self) -> Option<String> {
        if self.address.is_some() == self.bytes.is_some() {
            return Some("give either `address` or `bytes`".to_owned());
        }
        let longest = self.length.map_or(0, |length| length as usize).max(self.bytes().len());
        (longest > ROOM).then(|| format!("an address has at most {ROOM} bytes"))
    }
}
