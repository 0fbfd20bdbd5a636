//! The arguments of the operations of a socket script.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::call::ffi::unset;
use crate::call::{AddrinfoFlag, Constant, Family, Link, Protocol, SocketOption, Socktype, Text};

/// The arguments of `socket`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Make {
    /// The new socket's label.
    #[serde(rename = "as")]
    pub label: String,
    /// The family.
    pub family: Constant<Family>,
    /// The type.
    pub socktype: Constant<Socktype>,
    /// The protocol; 0 where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub protocol: Constant<Protocol>,
    /// Whether it is made in a network namespace of its own.
    #[serde(default, skip_serializing_if = "unset")]
    pub elsewhere: bool,
}

/// The arguments of `socketpair`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakePair {
    /// The labels of the two new sockets.
    #[serde(rename = "as")]
    pub labels: [String; 2],
    /// The family.
    pub family: Constant<Family>,
    /// The type.
    pub socktype: Constant<Socktype>,
    /// The protocol; 0 where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub protocol: Constant<Protocol>,
    /// The facet that records whether a call that fails leaves its vector alone.
    #[serde(default, skip_serializing_if = "unset")]
    pub vector: Option<String>,
}

/// The arguments of `bind`, `connect` and `sendto`: an address, `path`, `abstract`, `to` or `first_of`, or none of them for
/// the wildcard address of the socket's family. `to` with `address` takes the port alone from the other socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// The socket.
    pub on: String,
    /// The text of `sendto`.
    #[serde(default, skip_serializing_if = "unset")]
    pub text: Option<Text>,
    /// The address. It decides the family, whatever the socket's own.
    #[serde(default, skip_serializing_if = "unset")]
    pub address: Option<IpAddr>,
    /// The port, in host order.
    #[serde(default, skip_serializing_if = "unset")]
    pub port: u16,
    /// `sin6_flowinfo`.
    #[serde(default, skip_serializing_if = "unset")]
    pub flowinfo: u32,
    /// `sin6_scope_id`, or a link whose index it is.
    #[serde(default, skip_serializing_if = "unset")]
    pub scope_id: Option<Link>,
    /// A path; `$TMP/…` lies in the call's scratch folder.
    #[serde(default, skip_serializing_if = "unset")]
    pub path: Option<Text>,
    /// So many bytes the path has, filled up with `x`.
    #[serde(default, skip_serializing_if = "unset")]
    pub filled: Option<u32>,
    /// A name of the abstract namespace, without its leading NUL.
    #[serde(default, rename = "abstract", skip_serializing_if = "unset")]
    pub abstract_name: Option<Text>,
    /// Another socket, whose local address is meant, or the `from` of a `recvfrom`.
    #[serde(default, skip_serializing_if = "unset")]
    pub to: Option<String>,
    /// A `resolve`, whose first address is meant.
    #[serde(default, skip_serializing_if = "unset")]
    pub first_of: Option<String>,
    /// Another family, written over that of the address.
    #[serde(default, skip_serializing_if = "unset")]
    pub family: Option<Constant<Family>>,
    /// Another length than the address's own.
    #[serde(default, skip_serializing_if = "unset")]
    pub length: Option<u32>,
    /// The facet that records what came of it.
    #[serde(default, rename = "as", skip_serializing_if = "unset")]
    pub label: Option<String>,
}

/// The arguments of `connect_any`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectAny {
    /// The label of the socket that it makes.
    pub on: String,
    /// The `resolve` whose addresses are tried in order.
    pub from: String,
    /// The facet that records the address that worked.
    #[serde(default, rename = "as", skip_serializing_if = "unset")]
    pub label: Option<String>,
}

/// The arguments of `resolve`: those of getaddrinfo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// Its label.
    #[serde(rename = "as")]
    pub label: String,
    /// The node; a null pointer where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub node: Option<Text>,
    /// The service; a null pointer where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub service: Option<Text>,
    /// `ai_flags`.
    #[serde(default, skip_serializing_if = "unset")]
    pub flags: Vec<Constant<AddrinfoFlag>>,
    /// `ai_family`.
    #[serde(default, skip_serializing_if = "unset")]
    pub family: Constant<Family>,
    /// `ai_socktype`.
    #[serde(default, skip_serializing_if = "unset")]
    pub socktype: Constant<Socktype>,
    /// `ai_protocol`.
    #[serde(default, skip_serializing_if = "unset")]
    pub protocol: Constant<Protocol>,
}

/// The arguments of `listen`, `shutdown` and `close`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct On {
    /// The socket.
    pub on: String,
    /// The facet that records what came of it.
    #[serde(default, rename = "as", skip_serializing_if = "unset")]
    pub label: Option<String>,
}

/// The arguments of `socket_each`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketEach {
    /// The `resolve` whose entries are meant.
    pub from: String,
    /// Whether each socket is bound to the address of its entry.
    #[serde(default, skip_serializing_if = "unset")]
    pub bind: bool,
    /// The facet that records what came of each.
    #[serde(rename = "as")]
    pub label: String,
}

/// The arguments of `accept`, `recv`, `getsockname` and `getpeername`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The socket.
    pub on: String,
    /// What it makes, and the facet that records what came of it.
    #[serde(rename = "as")]
    pub label: String,
}

/// The arguments of `send`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// The socket.
    pub on: String,
    /// The text.
    pub text: Text,
    /// The facet that records what came of it.
    #[serde(default, rename = "as", skip_serializing_if = "unset")]
    pub label: Option<String>,
}

/// The arguments of `recvfrom`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recvfrom {
    /// The socket.
    pub on: String,
    /// The facet that records the text.
    #[serde(rename = "as")]
    pub label: String,
    /// The facet that records the peer's address; a later `to` may name it.
    pub from: String,
}

/// The arguments of `setsockopt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setsockopt {
    /// The socket.
    pub on: String,
    /// The option.
    pub option: Constant<SocketOption>,
    /// Its new value.
    pub value: i32,
    /// The facet that records what came of it.
    #[serde(default, rename = "as", skip_serializing_if = "unset")]
    pub label: Option<String>,
}

/// The arguments of `getsockopt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getsockopt {
    /// The socket.
    pub on: String,
    /// The option.
    pub option: Constant<SocketOption>,
    /// The facet that records its value.
    #[serde(rename = "as")]
    pub label: String,
}

/// The arguments of `join`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The socket.
    pub on: String,
    /// The group.
    pub group: IpAddr,
    /// The link; the kernel chooses one where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub interface: Option<Link>,
    /// The facet that records what came of it.
    #[serde(default, rename = "as", skip_serializing_if = "unset")]
    pub label: Option<String>,
}
