//! There and back: getnameinfo(3) writes a socket address as text, and getaddrinfo(3) reads that text.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::ffi::constant::list;
use super::ffi::unset;
use super::getaddrinfo::Getaddrinfo;
use super::getnameinfo::Getnameinfo;
use super::{Call, Constant, Link, NameinfoFlag, NoAnswer, Text};

/// The arguments of getnameinfo; getaddrinfo gets the texts that it wrote, the family of the address, and SOCK_STREAM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundTrip {
    /// The address.
    pub address: IpAddr,
    /// The port, in host order.
    #[serde(default, skip_serializing_if = "unset")]
    pub port: u16,
    /// `sin6_scope_id`, or a link whose index it is.
    #[serde(default, skip_serializing_if = "unset")]
    pub scope_id: Option<Link>,
    /// The flags of getnameinfo.
    #[serde(default, skip_serializing_if = "unset")]
    pub flags: Vec<Constant<NameinfoFlag>>,
}

/// The texts in between, and what getaddrinfo made of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The host as getnameinfo wrote it.
    pub host: String,
    /// The service as getnameinfo wrote it.
    pub service: String,
    /// The addresses that getaddrinfo gave, in order.
    pub addresses: Vec<String>,
    /// Their ports, in host order.
    pub ports: Vec<u16>,
    /// Their scope ids.
    pub scope_ids: Vec<u32>,
}

impl RoundTrip {
    fn there(&self) -> Getnameinfo {
        Getnameinfo {
            address: self.address,
            port: self.port,
            flowinfo: 0,
            scope_id: self.scope_id.clone(),
            family: None,
            salen: None,
            hostlen: None,
            servlen: None,
            flags: self.flags.clone(),
            null_host: false,
            null_serv: false,
        }
    }

    fn back(&self, host: &str, service: &str) -> Getaddrinfo {
        let family = if self.address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
        Getaddrinfo {
            node: Some(Text::from(host)),
            service: Some(Text::from(service)),
            flags: Vec::new(),
            family: Constant::of(family.into()),
            socktype: Constant::of(libc::SOCK_STREAM.into()),
            protocol: Constant::default(),
            hints: true,
            stale: Vec::new(),
            split: 0,
            bytes: false,
        }
    }
}

impl Call for RoundTrip {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("host", "the host as getnameinfo wrote it"),
        ("service", "the service as getnameinfo wrote it"),
        ("addresses", "the addresses that getaddrinfo gave for them"),
        ("ports", "the ports that getaddrinfo gave"),
        ("scope_ids", "the scope ids that getaddrinfo gave"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let names = self.there().perform()?;
        let (host, service) = (names.host.unwrap_or_default(), names.service.unwrap_or_default());
        let entries = self.back(&host, &service).perform()?.entries;
        Ok(Answer {
            addresses: entries.iter().filter_map(|entry| entry.address.clone()).collect(),
            ports: entries.iter().filter_map(|entry| entry.port).collect(),
            scope_ids: entries.iter().filter_map(|entry| entry.scope_id).collect(),
            host,
            service,
        })
    }

    fn written(&self) -> String {
        let scope = self.scope_id.as_ref().map(|link| format!("%{link}")).unwrap_or_default();
        format!("{{{}{scope}, {}}}, {}", self.address, self.port, list(&self.flags))
    }

    fn objection(&self) -> Option<String> {
        self.there().objection()
    }
}
