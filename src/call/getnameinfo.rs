//! getnameinfo(3): from a socket address to a host and a service.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::ptr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::constant::list;
use super::ffi::guard::Buffer;
use super::ffi::sockaddr::Sockaddr;
use super::ffi::{addrinfo, c, errno, unset};
use super::{Call, Constant, Family, Link, NameinfoFlag, NoAnswer};

/// The arguments of getnameinfo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getnameinfo {
    /// The address. It decides which structure is packed.
    pub address: IpAddr,
    /// The port, in host order.
    #[serde(default, skip_serializing_if = "unset")]
    pub port: u16,
    /// `sin6_flowinfo`, in host order.
    #[serde(default, skip_serializing_if = "unset")]
    pub flowinfo: u32,
    /// `sin6_scope_id`, or a link whose index it is.
    #[serde(default, skip_serializing_if = "unset")]
    pub scope_id: Option<Link>,
    /// Another family, written over that of the address.
    #[serde(default, skip_serializing_if = "unset")]
    pub family: Option<Constant<Family>>,
    /// Another length than the structure's own.
    #[serde(default, skip_serializing_if = "unset")]
    pub salen: Option<u32>,
    /// The size of the buffer for the host; 1025 where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub hostlen: Option<u16>,
    /// The size of the buffer for the service; 32 where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub servlen: Option<u16>,
    /// The flags.
    #[serde(default, skip_serializing_if = "unset")]
    pub flags: Vec<Constant<NameinfoFlag>>,
    /// A null pointer for the host's buffer.
    #[serde(default, skip_serializing_if = "unset")]
    pub null_host: bool,
    /// A null pointer for the service's buffer.
    #[serde(default, skip_serializing_if = "unset")]
    pub null_serv: bool,
}

/// What getnameinfo gives. A runtime's own call may tell only a part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The host, where it was asked for and told.
    pub host: Option<String>,
    /// The service, where it was asked for and told.
    pub service: Option<String>,
}

impl Getnameinfo {
    /// The size of each buffer; without one, none is announced.
    fn sizes(&self) -> (u16, u16) {
        let size = |length: Option<u16>, null, usual| length.unwrap_or(if null { 0 } else { usual });
        (size(self.hostlen, self.null_host, 1025), size(self.servlen, self.null_serv, 32))
    }

    fn packed(&self) -> Result<Sockaddr, NoAnswer> {
        let scope_id = self.scope_id.as_ref().map_or(Ok(0), Link::index)?;
        let mut address = Sockaddr::inet(match self.address {
            IpAddr::V4(address) => SocketAddr::new(address.into(), self.port),
            IpAddr::V6(address) => SocketAddrV6::new(address, self.port, self.flowinfo, scope_id).into(),
        });
        if let Some(family) = &self.family {
            address.set_family(family.int()?);
        }
        Ok(address)
    }
}

impl Call for Getnameinfo {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] =
        &[("host", "the host, where one was asked for"), ("service", "the service, where one was asked for")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let (hostlen, servlen) = self.sizes();
        let (address, flags) = (self.packed()?, Constant::union(&self.flags)?);
        let salen = self.salen.unwrap_or_else(|| address.length());
        let (mut host, mut service) = (Buffer::new(hostlen.into()), Buffer::new(servlen.into()));
        // SAFETY: ROOM bytes can be read of the address, and no `salen` is larger; each buffer is as large as said.
        let called = errno::call(|| unsafe {
            c::getnameinfo(
                address.pointer(),
                salen,
                if self.null_host { ptr::null_mut() } else { host.text_pointer() },
                hostlen.into(),
                if self.null_serv { ptr::null_mut() } else { service.text_pointer() },
                servlen.into(),
                flags,
            )
        });
        host.intact("the host")?;
        service.intact("the service")?;
        if called.result != 0 {
            return Err(addrinfo::failure(called.result, called.errno).into());
        }
        let read =
            |buffer: &Buffer, null: bool, size: u16, what| (!null && size > 0).then(|| buffer.text(what)).transpose();
        Ok(Answer {
            host: read(&host, self.null_host, hostlen, "the host")?,
            service: read(&service, self.null_serv, servlen, "the service")?,
        })
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        serde_json::to_value(answer).ok()?.get(name).cloned()
    }

    fn written(&self) -> String {
        let scope = self.scope_id.as_ref().map(|link| format!("%{link}")).unwrap_or_default();
        let family = self.family.as_ref().map(|family| format!("{family}, ")).unwrap_or_default();
        let flowinfo = if unset(&self.flowinfo) { String::new() } else { format!(", flowinfo {:#x}", self.flowinfo) };
        let salen = self.salen.map(|salen| format!(", {salen}")).unwrap_or_default();
        let (hostlen, servlen) = self.sizes();
        let buffer = |null, what, size| if null { format!("NULL, {size}") } else { format!("{what}[{size}]") };
        format!(
            "{{{family}{}{scope}, {}{flowinfo}}}{salen}, {}, {}, {}",
            self.address,
            self.port,
            buffer(self.null_host, "host", hostlen),
            buffer(self.null_serv, "serv", servlen),
            list(&self.flags),
        )
    }

    fn objection(&self) -> Option<String> {
        if self.salen.is_some_and(|salen| salen as usize > Sockaddr::ROOM) {
            return Some(format!("`salen` is at most {}, the size of struct sockaddr_storage", Sockaddr::ROOM));
        }
        (self.address.is_ipv4() && (self.flowinfo != 0 || self.scope_id.is_some()))
            .then(|| "an IPv4 address has no flowinfo and no scope_id".to_owned())
    }
}
