//! getaddrinfo(3): from a node and a service to socket addresses.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::ffi::addrinfo::{Found, Hints, Stale, look_up};
use super::ffi::constant::{canonical, list, told};
use super::ffi::sockaddr::Place;
use super::ffi::text::or_null;
use super::ffi::unset;
use super::{AddrinfoFlag, Bytes, Call, Constant, Family, NoAnswer, Protocol, Socktype, Text};

/// The arguments of getaddrinfo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getaddrinfo {
    /// The node; a null pointer where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub node: Option<Text>,
    /// The service; a null pointer where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub service: Option<Text>,
    /// `ai_flags`.
    #[serde(default, skip_serializing_if = "unset")]
    pub flags: Vec<Constant<AddrinfoFlag>>,
    /// `ai_family`; AF_UNSPEC where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub family: Constant<Family>,
    /// `ai_socktype`; 0 where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub socktype: Constant<Socktype>,
    /// `ai_protocol`; 0 where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub protocol: Constant<Protocol>,
    /// Whether there are hints at all; `false` is a null pointer for them.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub hints: bool,
    /// Members of the hints that hold something though they should be zero or null.
    #[serde(default, skip_serializing_if = "unset")]
    pub stale: Vec<Stale>,
    /// How many entries are freed at once, the last ones first; the whole list where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub split: usize,
    /// Whether the answer has the bytes of the socket addresses too.
    #[serde(default, skip_serializing_if = "unset")]
    pub bytes: bool,
}

fn yes() -> bool {
    true
}

fn is_yes(hints: &bool) -> bool {
    *hints
}

/// What getaddrinfo gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The list, in order.
    pub entries: Vec<Entry>,
}

/// One entry of the list. A runtime's own call may tell only a part of it; what it does not tell is `None`. One that has
/// no socket types gives each address once, whatever their number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// `ai_family`.
    #[serde(deserialize_with = "canonical")]
    pub family: Constant<Family>,
    /// `ai_socktype`.
    #[serde(default, deserialize_with = "told")]
    pub socktype: Option<Constant<Socktype>>,
    /// `ai_protocol`.
    #[serde(default, deserialize_with = "told")]
    pub protocol: Option<Constant<Protocol>>,
    /// The address; null where it is none of the Internet.
    #[serde(deserialize_with = "canonical_address")]
    pub address: Option<String>,
    /// The port, in host order.
    pub port: Option<u16>,
    /// `sin6_flowinfo`, in host order; 0 for AF_INET.
    pub flowinfo: Option<u32>,
    /// `sin6_scope_id`; 0 for AF_INET.
    pub scope_id: Option<u32>,
    /// `ai_addrlen`.
    pub addrlen: Option<u32>,
    /// `ai_canonname`, where it is not null.
    pub canonname: Option<String>,
    /// The bytes of the socket address as they lie in memory, where they were asked for.
    #[serde(default, skip_serializing_if = "unset")]
    pub bytes: Option<Bytes>,
}

impl Getaddrinfo {
    /// Asks, and keeps the addresses as C gave them.
    ///
    /// # Errors
    /// As for [`Call::perform`].
    pub(super) fn found(&self) -> Result<Vec<Found>, NoAnswer> {
        let hints = Hints {
            flags: Constant::union(&self.flags)?,
            family: self.family.int()?,
            socktype: self.socktype.int()?,
            protocol: self.protocol.int()?,
            stale: self.stale.clone(),
        };
        Ok(look_up(self.node.as_ref(), self.service.as_ref(), self.hints.then_some(&hints), self.split)?)
    }

    fn has_members(&self) -> bool {
        !(unset(&self.flags)
            && unset(&self.family)
            && unset(&self.socktype)
            && unset(&self.protocol)
            && unset(&self.stale))
    }
}

impl Call for Getaddrinfo {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("addresses", "the address of each entry"),
        ("families", "the family of each entry: `AF_INET6`"),
        ("socktypes", "the socket type of each entry: `SOCK_STREAM`"),
        ("protocols", "the protocol of each entry: `IPPROTO_TCP`, or 0"),
        ("ports", "the port of each entry, in host order"),
        ("flowinfos", "the flow information of each entry, in host order"),
        ("scope_ids", "the scope id of each entry"),
        ("addrlens", "the length of each entry's socket address"),
        ("canonnames", "the canonical name of each entry, or null"),
        ("canonname", "the canonical name of the first entry"),
        ("sockets", "each entry in short: `192.0.2.1 80 SOCK_STREAM IPPROTO_TCP`"),
        ("unique", "the addresses, each once, by first appearance"),
        ("count", "how many entries there are"),
        ("bytes", "the bytes of each entry's socket address, where `bytes` asks for them"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let entry = |found: Found| {
            let bytes = found.address.filter(|_| self.bytes).map(|address| Bytes(address.bytes().to_vec()));
            Entry { bytes, ..Entry::from(found) }
        };
        Ok(Answer { entries: self.found()?.into_iter().map(entry).collect() })
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        let entries = answer.entries.iter();
        Some(match name {
            // Without socket types nobody knows how many entries there would be.
            "addresses" | "families" | "count" if answer.entries.iter().any(|entry| entry.socktype.is_none()) => {
                Value::Null
            }
            "addresses" => entries.map(|entry| entry.address.clone()).collect(),
            "families" => entries.map(|entry| json(&entry.family)).collect(),
            "socktypes" => each(entries.map(|entry| entry.socktype.as_ref().map(json))),
            "protocols" => each(entries.map(|entry| entry.protocol.as_ref().map(json))),
            "ports" => each(entries.map(|entry| entry.port)),
            "flowinfos" => each(entries.map(|entry| entry.flowinfo)),
            "scope_ids" => each(entries.map(|entry| entry.scope_id)),
            "addrlens" => each(entries.map(|entry| entry.addrlen)),
            "canonnames" => entries.map(|entry| entry.canonname.clone()).collect(),
            "canonname" => answer.entries.first()?.canonname.clone()?.into(),
            "sockets" => each(entries.map(Entry::short)),
            "unique" => {
                let mut unique: Vec<&str> = Vec::new();
                for address in entries.filter_map(|entry| entry.address.as_deref()) {
                    if !unique.contains(&address) {
                        unique.push(address);
                    }
                }
                unique.into()
            }
            "count" => answer.entries.len().into(),
            "bytes" => {
                entries.map(|entry| entry.bytes.as_ref().map(Bytes::to_string)).collect::<Option<Vec<_>>>()?.into()
            }
            _ => return None,
        })
    }

    fn written(&self) -> String {
        let mut hints = Vec::new();
        if !unset(&self.family) {
            hints.push(self.family.to_string());
        }
        if !unset(&self.socktype) {
            hints.push(self.socktype.to_string());
        }
        if !unset(&self.protocol) {
            hints.push(self.protocol.to_string());
        }
        if !unset(&self.flags) {
            hints.push(list(&self.flags));
        }
        hints.extend(self.stale.iter().map(|member| format!("{} stale", json(member).as_str().unwrap_or_default())));
        let hints = if self.hints { format!("{{{}}}", hints.join(", ")) } else { "NULL".to_owned() };
        let freed = if self.split == 0 { String::new() } else { format!(", freed by {}", self.split) };
        format!("{}, {}, {hints}{freed}", or_null(self.node.as_ref()), or_null(self.service.as_ref()))
    }

    fn objection(&self) -> Option<String> {
        (!self.hints && self.has_members()).then(|| {
            "without hints (`hints = false`) there are no flags, family, socktype, protocol or stale members".to_owned()
        })
    }
}

impl From<Found> for Entry {
    fn from(found: Found) -> Self {
        let place = match found.address.map(|address| address.read()) {
            Some(Place::Inet(place)) => Some(place),
            _ => None,
        };
        let (flowinfo, scope_id) = match place {
            Some(SocketAddr::V6(place)) => (place.flowinfo(), place.scope_id()),
            _ => (0, 0),
        };
        Self {
            family: Constant::of(found.family.into()),
            socktype: Some(Constant::of(found.socktype.into())),
            protocol: Some(Constant::of(found.protocol.into())),
            address: place.map(|place| place.ip().to_string()),
            port: Some(place.map_or(0, |place| place.port())),
            flowinfo: Some(flowinfo),
            scope_id: Some(scope_id),
            addrlen: Some(found.addrlen),
            canonname: found.canonname,
            bytes: None,
        }
    }
}

impl Entry {
    fn short(&self) -> Option<String> {
        let address = self.address.as_deref().unwrap_or("?");
        Some(format!("{address} {} {} {}", self.port?, self.socktype.as_ref()?, self.protocol.as_ref()?))
    }
}

/// Reads an address of an answer: what is one is written as this program writes it, so that all subjects print alike.
fn canonical_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let address = Option::<String>::deserialize(deserializer)?;
    Ok(address.map(|text| text.parse::<IpAddr>().map_or(text, |address| address.to_string())))
}

/// What each entry holds; null where one does not tell it.
fn each<V: Into<Value>>(values: impl Iterator<Item = Option<V>>) -> Value {
    values.collect::<Option<Vec<_>>>().map_or(Value::Null, Value::from)
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
