//! `struct hostent`: what gethostbyname, gethostbyname2 and gethostbyaddr answer.

use std::ffi::c_char;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::constant::{Constant, Family, told};
use super::errno::{Called, h_failure};
use super::text::{pointers, read, texts};
use super::walk::Entry;
use crate::outcome::Failure;

/// A host, as the gethostby… functions give it. A runtime's own call may tell only a part of it; what it does not tell is
/// `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hostent {
    /// The official name (`h_name`).
    pub name: Option<String>,
    /// Its other names (`h_aliases`), in order.
    pub aliases: Option<Vec<String>>,
    /// The family of the addresses (`h_addrtype`).
    #[serde(default, deserialize_with = "told")]
    pub family: Option<Constant<Family>>,
    /// The length of one address in bytes (`h_length`).
    pub length: Option<i64>,
    /// The addresses (`h_addr_list`), in order; in hexadecimal where the length is not that of the family.
    pub addresses: Option<Vec<String>>,
}

impl Hostent {
    /// A facet, null where it was not told.
    pub(crate) fn facet(&self, name: &str) -> Option<Value> {
        serde_json::to_value(self).ok()?.get(name).cloned()
    }

    /// What rules can look at.
    pub(crate) const FACETS: &'static [(&'static str, &'static str)] = &[
        ("name", "the official name"),
        ("aliases", "its other names, in order"),
        ("family", "`AF_INET` or `AF_INET6`"),
        ("length", "the length of one address in bytes"),
        ("addresses", "the addresses, in order"),
    ];

    /// The answer of a gethostby… function.
    ///
    /// # Errors
    /// For a null pointer: what h_errno stands for.
    ///
    /// # Safety
    /// The result is null, or leads to what such a function gives, and no other call was made since.
    pub(crate) unsafe fn read(called: &Called<*mut libc::hostent>) -> Result<Self, Failure> {
        // SAFETY: the caller says so.
        let Some(host) = (unsafe { called.result.as_ref() }) else {
            return Err(h_failure(called.h_errno, called.errno));
        };
        let length = usize::try_from(host.h_length).unwrap_or_default();
        // SAFETY: the caller says so; each address is as long as the structure says.
        let addresses =
            unsafe { pointers(host.h_addr_list).into_iter().map(|at| bytes(at, length)).collect::<Vec<_>>() };
        Ok(Self {
            // SAFETY: the caller says so.
            name: unsafe { read(host.h_name) },
            // SAFETY: the caller says so.
            aliases: Some(unsafe { texts(host.h_aliases) }),
            family: Some(Constant::of(host.h_addrtype.into())),
            length: Some(host.h_length.into()),
            addresses: Some(addresses.iter().map(|address| written(host.h_addrtype, address)).collect()),
        })
    }

    /// The host as a line of hosts(5) has it: `192.0.2.7 host.example host`.
    pub(crate) fn line(&self) -> String {
        let mut line = self.addresses.iter().flatten().cloned().collect::<Vec<_>>().join(",");
        for name in self.name.iter().chain(self.aliases.iter().flatten()) {
            line.push(' ');
            line.push_str(name);
        }
        line
    }
}

/// # Safety
/// `length` bytes can be read there.
unsafe fn bytes<'a>(address: *const c_char, length: usize) -> &'a [u8] {
    // SAFETY: the caller says so.
    unsafe { std::slice::from_raw_parts(address.cast(), length) }
}

fn written(family: libc::c_int, address: &[u8]) -> String {
    match family {
        libc::AF_INET => <[u8; 4]>::try_from(address).ok().map(|octets| Ipv4Addr::from(octets).to_string()),
        libc::AF_INET6 => <[u8; 16]>::try_from(address).ok().map(|octets| Ipv6Addr::from(octets).to_string()),
        _ => None,
    }
    .unwrap_or_else(|| hex::encode(address))
}

impl Entry for Hostent {
    type C = libc::hostent;
    const LIST: &'static [(&'static str, &'static str)] = &[
        ("names", "the official name of each host"),
        ("aliases", "the list of other names of each host"),
        ("families", "the family of each host's addresses"),
        ("addresses", "the addresses of all hosts, in order"),
        ("entries", "each host in short: `192.0.2.7 host.example host`"),
        ("count", "how many hosts there are"),
    ];

    unsafe fn copy(host: *const libc::hostent) -> Result<Self, Failure> {
        // SAFETY: the caller says so; nothing is written through the pointer.
        unsafe { Self::read(&Called { result: host.cast_mut(), errno: 0, h_errno: 0 }) }
    }

    fn list(entries: &[Self], name: &str) -> Option<Value> {
        let count = entries.len();
        let entries = entries.iter();
        Some(match name {
            "names" => entries.map(|entry| entry.name.clone()).collect(),
            "aliases" => entries.map(|entry| entry.aliases.clone()).collect(),
            "families" => entries.map(|entry| serde_json::to_value(&entry.family).unwrap_or_default()).collect(),
            "addresses" => entries.flat_map(|entry| entry.addresses.clone().unwrap_or_default()).collect(),
            "entries" => entries.map(Self::line).collect(),
            "count" => count.into(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::Hostent;
    use crate::call::ffi::errno::Called;

    #[test]
    fn a_host_is_read_with_its_lists() {
        let mut addresses = [ptr::null_mut(), ptr::null_mut()];
        let (mut four, mut six) = ([192, 0, 2, 1_u8], [0_u8; 16]);
        let mut check = |family, address: &mut [u8], expected: &str| {
            addresses[0] = address.as_mut_ptr().cast();
            let mut aliases = [c"www".as_ptr().cast_mut(), c"w".as_ptr().cast_mut(), ptr::null_mut()];
            let mut host = libc::hostent {
                h_name: c"host.test".as_ptr().cast_mut(),
                h_aliases: aliases.as_mut_ptr(),
                h_addrtype: family,
                h_length: i32::try_from(address.len()).unwrap(),
                h_addr_list: addresses.as_mut_ptr(),
            };
            // SAFETY: the structure above is whole.
            let read = unsafe { Hostent::read(&Called { result: &raw mut host, errno: 0, h_errno: 0 }) }.unwrap();
            assert_eq!(
                (read.name.as_deref(), read.aliases.as_ref().unwrap().join(" ").as_str()),
                (Some("host.test"), "www w")
            );
            assert_eq!(read.addresses.as_ref().unwrap(), &[expected]);
            assert_eq!(read.line(), format!("{expected} host.test www w"));
        };
        check(libc::AF_INET, &mut four, "192.0.2.1");
        check(libc::AF_INET6, &mut six, "::");
        check(99, &mut four, "c0000201");
        check(libc::AF_INET6, &mut four, "c0000201");
    }

    #[test]
    fn a_null_pointer_is_the_failure_that_h_errno_names() {
        // SAFETY: a null pointer.
        let read = unsafe { Hostent::read(&Called { result: ptr::null_mut(), errno: 0, h_errno: 4 }) };
        assert_eq!(read.unwrap_err().name, "NO_DATA");
    }
}
