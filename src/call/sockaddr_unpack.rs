//! What the bytes of a socket address say, by this platform's C structures.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::ffi::constant::canonical;
use super::ffi::errno;
use super::ffi::sockaddr::{Place, Sockaddr};
use super::{Bytes, Call, Constant, Family, NoAnswer};

/// The arguments of sockaddr_unpack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SockaddrUnpack {
    /// The bytes, as they lie in memory.
    pub bytes: Bytes,
}

/// What sockaddr_unpack gives: null for what the family has not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The family.
    #[serde(deserialize_with = "canonical")]
    pub family: Constant<Family>,
    /// The address.
    pub address: Option<String>,
    /// The port, in host order.
    pub port: Option<u16>,
    /// The flow information, in host order.
    pub flowinfo: Option<u32>,
    /// The scope id.
    pub scope_id: Option<u32>,
    /// The path, or the name in the abstract namespace.
    pub path: Option<String>,
    /// What kind of name an AF_UNIX socket has.
    pub kind: Option<Name>,
}

/// The kinds of names of AF_UNIX sockets (unix(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Name {
    /// A path in the file system.
    Pathname,
    /// A name in the abstract namespace.
    Abstract,
    /// None.
    Unnamed,
}

impl Call for SockaddrUnpack {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("family", "the family"),
        ("address", "the address"),
        ("port", "the port, in host order"),
        ("flowinfo", "the flow information, in host order"),
        ("scope_id", "the scope id"),
        ("path", "the path, or the name in the abstract namespace without its leading NUL"),
        ("kind", "`pathname`, `abstract` or `unnamed`"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let packed = Sockaddr::from_bytes(&self.bytes.0);
        let family = packed.family().ok_or_else(|| errno::failure(libc::EINVAL))?;
        let bare = Answer {
            family: Constant::of(family.into()),
            address: None,
            port: None,
            flowinfo: None,
            scope_id: None,
            path: None,
            kind: None,
        };
        let text = |bytes: Vec<u8>| Some(String::from_utf8_lossy(&bytes).into_owned());
        Ok(match packed.read() {
            Place::Inet(SocketAddr::V4(place)) => {
                Answer { address: Some(place.ip().to_string()), port: Some(place.port()), ..bare }
            }
            Place::Inet(SocketAddr::V6(place)) => Answer {
                address: Some(place.ip().to_string()),
                port: Some(place.port()),
                flowinfo: Some(place.flowinfo()),
                scope_id: Some(place.scope_id()),
                ..bare
            },
            Place::Pathname(path) => Answer { path: text(path), kind: Some(Name::Pathname), ..bare },
            Place::Abstract(name) => Answer { path: text(name), kind: Some(Name::Abstract), ..bare },
            Place::Unnamed => Answer { kind: Some(Name::Unnamed), ..bare },
            Place::Other if matches!(family, libc::AF_INET | libc::AF_INET6) => {
                return Err(errno::failure(libc::EINVAL).into());
            }
            Place::Other => bare,
        })
    }

    fn written(&self) -> String {
        format!("{{{}}}", self.bytes)
    }
}
