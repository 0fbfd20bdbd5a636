//! inet(3): what the calls that read and write IPv4 addresses have in common.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::text::Bytes;

/// An IPv4 address that a function of inet(3) gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The address.
    pub address: Ipv4Addr,
    /// Its bytes, as they lie in memory.
    pub bytes: Bytes,
}

impl Address {
    /// What rules can look at.
    pub(crate) const FACETS: &'static [(&'static str, &'static str)] =
        &[("address", "the address"), ("bytes", "its bytes, as they lie in memory")];
}

impl From<libc::in_addr> for Address {
    fn from(address: libc::in_addr) -> Self {
        // s_addr is in network order, so its bytes stand as they lie.
        let bytes = address.s_addr.to_ne_bytes();
        Self { address: Ipv4Addr::from(bytes), bytes: Bytes(bytes.to_vec()) }
    }
}

/// A number that a function of inet(3) gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// The number, in host order.
    pub number: u32,
}

impl Number {
    /// What rules can look at.
    pub(crate) const FACETS: &'static [(&'static str, &'static str)] = &[("number", "the number, in host order")];
}

/// An address as C has it.
pub(crate) fn in_addr(address: Ipv4Addr) -> libc::in_addr {
    libc::in_addr { s_addr: u32::from_ne_bytes(address.octets()) }
}

#[cfg(test)]
mod tests {
    use super::{Address, in_addr};

    #[test]
    fn an_address_lies_in_network_order() {
        let address = Address::from(in_addr("10.1.2.3".parse().unwrap()));
        assert_eq!((address.address.to_string(), address.bytes.to_string()), ("10.1.2.3".into(), "0a010203".into()));
    }
}
