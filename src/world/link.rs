//! Links, addresses, routes and address labels of a world.

use std::net::IpAddr;

use serde::Deserialize;

/// A link besides `lo`: one end of a veth pair whose other end lies idle in the same world. It is up.
///
/// ```toml
/// [[link]]
/// name = "v0"
/// address = [{ ip = "192.0.2.10", prefix = 24 }, { ip = "2001:db8::10", prefix = 64 }]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The link's name, at most 15 bytes.
    pub name: String,
    /// The name of the pair's other end, where a case speaks of it.
    pub peer: Option<String>,
    /// Its addresses. No link-local address is made by itself.
    #[serde(default)]
    pub address: Vec<Address>,
    /// The addresses of the other end.
    #[serde(default)]
    pub peer_address: Vec<Address>,
}

/// An address of a link.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// The length of its prefix in bits.
    pub prefix: u8,
    /// Its preferred lifetime is over.
    #[serde(default)]
    pub deprecated: bool,
    /// Duplicate address detection is made for it, and until that ends, for a second or two, it cannot be used.
    #[serde(default)]
    pub tentative: bool,
    /// It is a home address (IFA_F_HOMEADDRESS).
    #[serde(default)]
    pub home: bool,
}

/// A route.
///
/// ```toml
/// route = [{ to = "::/0", dev = "v0" }, { to = "2001:db8:dead::/48", unreachable = true }]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The destination as ADDRESS/PREFIX; `0.0.0.0/0` and `::/0` are the default routes.
    pub to: String,
    /// The link it leads to; left out only for an unreachable one.
    pub dev: Option<String>,
    /// The router, where there is one.
    pub via: Option<IpAddr>,
    /// The preferred source address (RTA_PREFSRC).
    pub src: Option<IpAddr>,
    /// Packets to it are refused with "no route to host".
    #[serde(default)]
    pub unreachable: bool,
}

/// A row of the kernel's label table for IPv6 source selection (RFC 6724 §2.1).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressLabel {
    /// The prefix as ADDRESS/LENGTH.
    pub prefix: String,
    /// Its label.
    pub label: u32,
}

/// A source address that the kernel must choose, so that what a resolver makes of it can be judged.
///
/// ```toml
/// source = { "2001:db8:1::1" = "2001:db8:1::2", "fe80::1%v0" = "fe80::2", "2001:db8:dead::1" = "unreachable" }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceAddress {
    /// The destination.
    pub to: IpAddr,
    /// The link that a link-local destination is on, where that is told.
    pub zone: Option<String>,
    /// The address that a socket connected to it has; `None`: connecting one fails.
    pub from: Option<IpAddr>,
}

impl SourceAddress {
    /// The destination as it is written.
    #[must_use]
    pub fn destination(&self) -> String {
        self.zone.as_ref().map_or_else(|| self.to.to_string(), |zone| format!("{}%{zone}", self.to))
    }
}
