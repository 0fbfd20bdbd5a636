//! Questions and answers of interfaces that go from a name to bare addresses and back.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};

use crate::call::{Constant, Getaddrinfo, Socktype};

/// What such an interface can be asked: a name, and which addresses are wanted.
pub(super) struct Question<'a> {
    pub(super) node: &'a str,
    pub(super) family: Family,
    socktype: &'a Constant<Socktype>,
}

/// The families that addresses have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Either,
    Inet,
    Inet6,
}

impl<'a> Question<'a> {
    /// The question of a call; the reason where such an interface has no way to ask it. The service is the caller's.
    pub(super) fn of(call: &'a Getaddrinfo) -> Result<Self, String> {
        let refused = [
            (!call.flags.is_empty(), "this interface takes no flags"),
            (call.protocol.value() != Some(0), "this interface takes no protocol"),
            (!call.stale.is_empty() || call.split != 0 || call.bytes, "this interface has no list of structures"),
            (!call.hints, "this interface has no hints that could be null"),
            (call.node.is_none(), "this interface has no null name"),
        ];
        if let Some((_, reason)) = refused.iter().find(|(refused, _)| *refused) {
            return Err((*reason).to_owned());
        }
        let node = call.node.as_ref().map(|node| str::from_utf8(node.as_bytes())).unwrap_or(Ok(""));
        let family = match call.family.name() {
            Some("AF_INET") => Family::Inet,
            Some("AF_INET6") => Family::Inet6,
            _ if call.family.value() == Some(0) => Family::Either,
            _ => return Err(format!("this interface has no addresses of the family {}", call.family)),
        };
        if call.socktype.value() != Some(0) && !matches!(call.socktype.name(), Some("SOCK_STREAM" | "SOCK_DGRAM")) {
            return Err(format!("this interface has no addresses for {}", call.socktype));
        }
        Ok(Self { node: node.map_err(|_| "a str holds UTF-8 alone".to_owned())?, family, socktype: &call.socktype })
    }

    /// The answer: each address once, and of each what the interface tells.
    pub(super) fn answer<T: Told>(&self, addresses: impl IntoIterator<Item = T>) -> Value {
        let mut seen: Vec<T> = Vec::new();
        for address in addresses {
            if !seen.contains(&address) {
                seen.push(address);
            }
        }
        let socktype = (self.socktype.value() != Some(0)).then_some(self.socktype);
        let entries: Vec<_> = seen.iter().map(|address| entry(address, socktype)).collect();
        json!({ "entries": entries })
    }
}

fn entry(address: &impl Told, socktype: Option<&Constant<Socktype>>) -> Value {
    let ip = address.ip();
    json!({
        "family": if ip.is_ipv4() { "AF_INET" } else { "AF_INET6" },
        "socktype": socktype,
        "protocol": null,
        "address": ip.to_string(),
        "port": address.port(),
        "flowinfo": address.flowinfo(),
        "scope_id": address.scope_id(),
        "addrlen": null,
        "canonname": null,
    })
}

/// What an address tells of itself; null for what its type has no room for.
pub(super) trait Told: PartialEq {
    fn ip(&self) -> IpAddr;
    fn port(&self) -> Option<u16> {
        None
    }
    fn flowinfo(&self) -> Option<u32> {
        None
    }
    fn scope_id(&self) -> Option<u32> {
        None
    }
}

impl Told for IpAddr {
    fn ip(&self) -> IpAddr {
        *self
    }
}

impl Told for SocketAddr {
    fn ip(&self) -> IpAddr {
        self.ip()
    }

    fn port(&self) -> Option<u16> {
        Some(self.port())
    }

    fn flowinfo(&self) -> Option<u32> {
        match self {
            Self::V4(_) => None,
            Self::V6(address) => Some(address.flowinfo()),
        }
    }

    fn scope_id(&self) -> Option<u32> {
        match self {
            Self::V4(_) => None,
            Self::V6(address) => Some(address.scope_id()),
        }
    }
}
