//! Python's socket.getfqdn, over this C library: the first name of a host that has a dot.
//!
//! What Python's own gethostbyaddr does before it asks C is done here too: a name is resolved to one address first. Names
//! that are not ASCII go to C as they are; Python would encode them by IDNA.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use super::ffi::addrinfo::{Hints, look_up};
use super::ffi::sockaddr::Place;
use super::ffi::unset;
use super::gethostbyaddr::Gethostbyaddr;
use super::gethostname::Gethostname;
use super::{Call, Constant, Hostent, NoAnswer, Text};

/// The arguments of getfqdn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getfqdn {
    /// The name or address; this machine's own name where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub name: Option<Text>,
}

/// What getfqdn gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The name.
    pub name: String,
}

impl Call for Getfqdn {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] =
        &[("name", "the first name of the host with a dot, or its official name, or the name as it was given")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let given = String::from_utf8_lossy(self.name.as_ref().map_or(&[], Text::as_bytes));
        // What Python's str.strip takes away.
        let given = given.trim_matches(|char: char| char.is_whitespace() || ('\x1c'..='\x1f').contains(&char));
        let name = match given {
            "" | "0.0.0.0" | "::" => Gethostname {}.perform()?.name,
            given => given.to_owned(),
        };
        Ok(Answer { name: host(&name).map_or(name, qualified) })
    }

    fn written(&self) -> String {
        self.name.as_ref().map(Text::to_string).unwrap_or_default()
    }
}

/// The host of a name or address, as Python's gethostbyaddr finds it; `None` where it raises an error.
fn host(name: &str) -> Option<Hostent> {
    let address = address(name)?;
    let host = Gethostbyaddr::of(address).perform().ok()?;
    let family = if address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    (host.family.as_ref().and_then(Constant::value) == Some(family.into())).then_some(host)
}

/// The one address that Python takes for a name.
fn address(name: &str) -> Option<IpAddr> {
    match name {
        // The wildcard address of every family, which Python refuses because there are two.
        "" => return None,
        "<broadcast>" => return Some(Ipv4Addr::BROADCAST.into()),
        _ => {}
    }
    if let Ok(address) = name.parse() {
        return Some(address);
    }
    let found = look_up(Some(&Text::from(name)), None, Some(&Hints::default()), 0).ok()?;
    match found.first()?.address?.read() {
        Place::Inet(place) => Some(place.ip()),
        _ => None,
    }
}

/// The first of a host's names that has a dot; its official name where none has.
fn qualified(host: Hostent) -> String {
    let official = host.name.unwrap_or_default();
    let with_dot =
        std::iter::once(&official).chain(host.aliases.iter().flatten()).find(|name| name.contains('.')).cloned();
    with_dot.unwrap_or(official)
}

#[cfg(test)]
mod tests {
    use super::{Hostent, address, qualified};
    use crate::call::Constant;

    fn check(names: &[&str], expected: &str) {
        let mut names = names.iter().map(|name| (*name).to_owned());
        let host = Hostent {
            name: names.next(),
            aliases: Some(names.collect()),
            family: Some(Constant::of(2)),
            length: Some(4),
            addresses: Some(Vec::new()),
        };
        assert_eq!(qualified(host), expected);
    }

    #[test]
    fn the_first_name_with_a_dot_is_taken_and_else_the_official_one() {
        check(&["host.example", "host", "other.example"], "host.example");
        check(&["short", "alias", "full.example.org", "second.example.org"], "full.example.org");
        check(&["lonely", "alone"], "lonely");
    }

    #[test]
    fn an_address_needs_no_look_up() {
        for (name, expected) in [("192.0.2.1", Some("192.0.2.1")), ("2001:db8::1", Some("2001:db8::1")), ("", None)] {
            assert_eq!(address(name).map(|address| address.to_string()).as_deref(), expected);
        }
    }
}
