//! The bytes of a socket address, as this platform's C structures lay them out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use serde::{Deserialize, Serialize};

use super::ffi::sockaddr::Sockaddr;
use super::ffi::{errno, unset};
use super::{Bytes, Call, Constant, Family, Link, NoAnswer, Text};

/// The arguments of sockaddr_pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SockaddrPack {
    /// The family: AF_INET, AF_INET6 or AF_UNIX.
    pub family: Constant<Family>,
    /// The address; the wildcard address where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub address: Option<IpAddr>,
    /// The port, in host order.
    #[serde(default, skip_serializing_if = "unset")]
    pub port: u16,
    /// `sin6_flowinfo`, in host order.
    #[serde(default, skip_serializing_if = "unset")]
    pub flowinfo: u32,
    /// `sin6_scope_id`, or a link whose index it is.
    #[serde(default, skip_serializing_if = "unset")]
    pub scope_id: Option<Link>,
    /// A path in the file system.
    #[serde(default, skip_serializing_if = "unset")]
    pub path: Option<Text>,
    /// A name of the abstract namespace, without its leading NUL.
    #[serde(default, rename = "abstract", skip_serializing_if = "unset")]
    pub abstract_name: Option<Text>,
}

/// What sockaddr_pack gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The bytes, as they lie in memory.
    pub bytes: Bytes,
    /// The length that goes with them to bind and connect.
    pub length: u32,
}

impl Call for SockaddrPack {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] =
        &[("bytes", "the bytes, as they lie in memory"), ("length", "the length that goes with them")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let scope_id = self.scope_id.as_ref().map_or(Ok(0), Link::index)?;
        let packed = match (self.family.int()?, self.address) {
            (libc::AF_INET, None) => Sockaddr::inet(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), self.port)),
            (libc::AF_INET, Some(address @ IpAddr::V4(_))) => Sockaddr::inet(SocketAddr::new(address, self.port)),
            (libc::AF_INET6, address @ (None | Some(IpAddr::V6(_)))) => {
                let address = if let Some(IpAddr::V6(address)) = address { address } else { Ipv6Addr::UNSPECIFIED };
                Sockaddr::inet(SocketAddrV6::new(address, self.port, self.flowinfo, scope_id).into())
            }
            (libc::AF_UNIX, None) => match (&self.path, &self.abstract_name) {
                (Some(path), _) => Sockaddr::pathname(path.as_bytes()),
                (None, Some(name)) => Sockaddr::abstract_name(name.as_bytes()),
                (None, None) => Sockaddr::unnamed(),
            },
            _ => return Err(errno::failure(libc::EAFNOSUPPORT).into()),
        };
        if packed.length() as usize > size_of::<libc::sockaddr_un>() {
            return Err(errno::failure(libc::ENAMETOOLONG).into());
        }
        Ok(Answer { bytes: Bytes(packed.bytes().to_vec()), length: packed.length() })
    }

    fn written(&self) -> String {
        let mut members = vec![self.family.to_string()];
        members.extend(self.address.map(|address| address.to_string()));
        members.extend((self.port != 0).then(|| self.port.to_string()));
        members.extend((self.flowinfo != 0).then(|| format!("flowinfo {:#x}", self.flowinfo)));
        members.extend(self.scope_id.as_ref().map(|link| format!("scope_id {link}")));
        members.extend(self.path.as_ref().map(Text::to_string));
        members.extend(self.abstract_name.as_ref().map(|name| format!("abstract {name}")));
        members.join(", ")
    }

    fn objection(&self) -> Option<String> {
        let unix = self.path.is_some() || self.abstract_name.is_some();
        let inet = self.address.is_some() || self.port != 0 || self.flowinfo != 0 || self.scope_id.is_some();
        if self.path.is_some() && self.abstract_name.is_some() {
            return Some("give either `path` or `abstract`".to_owned());
        }
        let fits = match (self.family.value().and_then(|family| i32::try_from(family).ok()), self.address) {
            (Some(libc::AF_INET), address) => {
                !unix && self.flowinfo == 0 && self.scope_id.is_none() && !address.is_some_and(|it| it.is_ipv6())
            }
            (Some(libc::AF_INET6), address) => !unix && !address.is_some_and(|it| it.is_ipv4()),
            (Some(libc::AF_UNIX), _) => !inet,
            _ => return Some(format!("{} is packed by nobody: AF_INET, AF_INET6 and AF_UNIX are", self.family)),
        };
        (!fits).then(|| format!("an address of {} has no such members", self.family))
    }
}
