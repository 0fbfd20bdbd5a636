//! `struct servent`: what getservbyname, getservbyport and getservent answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::text::{read, texts};
use super::walk::Entry;
use crate::outcome::Failure;

/// A service. A runtime's own call may tell only a part of it; what it does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Servent {
    /// The official name (`s_name`).
    pub name: Option<String>,
    /// Its other names (`s_aliases`), in order.
    pub aliases: Option<Vec<String>>,
    /// The port (`s_port`), in host order.
    pub port: Option<u16>,
    /// The protocol (`s_proto`).
    pub protocol: Option<String>,
}

impl Servent {
    /// A facet, null where it was not told.
    pub(crate) fn facet(&self, name: &str) -> Option<Value> {
        serde_json::to_value(self).ok()?.get(name).cloned()
    }

    /// What rules can look at.
    pub(crate) const FACETS: &'static [(&'static str, &'static str)] = &[
        ("name", "the official name"),
        ("aliases", "its other names, in order"),
        ("port", "the port, in host order"),
        ("protocol", "the protocol by name"),
    ];

    /// The service that a getserv… function gave.
    ///
    /// # Errors
    /// [`Failure::NOT_FOUND`] for a null pointer.
    ///
    /// # Safety
    /// The pointer is null, or leads to what such a function gives, and no other call was made since.
    pub(crate) unsafe fn read(service: *const libc::servent) -> Result<Self, Failure> {
        // SAFETY: the caller says so.
        let service = unsafe { service.as_ref() }.ok_or_else(|| Failure::named(Failure::NOT_FOUND))?;
        Ok(Self {
            // SAFETY: the caller says so.
            name: unsafe { read(service.s_name) },
            // SAFETY: the caller says so.
            aliases: Some(unsafe { texts(service.s_aliases) }),
            // An int that holds 16 bits in network order (POSIX <netdb.h>).
            port: Some(u16::from_be(service.s_port as u16)),
            // SAFETY: the caller says so.
            protocol: unsafe { read(service.s_proto) },
        })
    }

    /// The service as a line of services(5) has it: `http 80/tcp www`.
    pub(crate) fn line(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        let port = self.port.map(|port| port.to_string()).unwrap_or_default();
        let mut line = format!("{name} {port}/{}", self.protocol.as_deref().unwrap_or_default());
        for alias in self.aliases.iter().flatten() {
            line.push(' ');
            line.push_str(alias);
        }
        line
    }
}

impl Entry for Servent {
    type C = libc::servent;
    const LIST: &'static [(&'static str, &'static str)] = &[
        ("names", "the official name of each service"),
        ("ports", "the port of each service, in host order"),
        ("protocols", "the protocol of each service, by name"),
        ("aliases", "the list of other names of each service"),
        ("entries", "each service in short: `http 80/tcp www`"),
        ("count", "how many services there are"),
    ];

    unsafe fn copy(service: *const libc::servent) -> Result<Self, Failure> {
        // SAFETY: the caller says so.
        unsafe { Self::read(service) }
    }

    fn list(entries: &[Self], name: &str) -> Option<Value> {
        let count = entries.len();
        let entries = entries.iter();
        Some(match name {
            "names" => entries.map(|entry| entry.name.clone()).collect(),
            "ports" => entries.map(|entry| entry.port).collect(),
            "protocols" => entries.map(|entry| entry.protocol.clone()).collect(),
            "aliases" => entries.map(|entry| entry.aliases.clone()).collect(),
            "entries" => entries.map(Self::line).collect(),
            "count" => count.into(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::Servent;

    #[test]
    fn a_service_is_read_with_its_port_in_host_order() {
        let mut aliases = [c"www".as_ptr().cast_mut(), ptr::null_mut()];
        let service = libc::servent {
            s_name: c"http".as_ptr().cast_mut(),
            s_aliases: aliases.as_mut_ptr(),
            s_port: i32::from(80_u16.to_be()),
            s_proto: c"tcp".as_ptr().cast_mut(),
        };
        // SAFETY: the structure above is whole.
        let read = unsafe { Servent::read(&raw const service) }.unwrap();
        assert_eq!(read.line(), "http 80/tcp www");
        // SAFETY: a null pointer.
        assert_eq!(unsafe { Servent::read(ptr::null()) }.unwrap_err().name, "NOT_FOUND");
    }
}
