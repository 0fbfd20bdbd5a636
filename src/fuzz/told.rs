//! What an input has told a subject: the replies as they were sent, made once more, and its files. What a subject answers
//! beyond that, it has invented.

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Input;
use super::mutate::{SERVER, question};
use crate::case::Case;
use crate::fault::message::{name_end, word};
use crate::fault::{Apply, Exchange, Plan};
use crate::outcome::Query;
use crate::server::Zones;
use crate::world::{File, World};

/// All that was told.
pub(super) struct Told {
    /// The addresses of records that are what they should be, and of the hosts file.
    addresses: HashSet<IpAddr>,
    /// Every message that was sent.
    messages: Vec<Vec<u8>>,
    /// Names in lower case: the one asked for, and the files.
    texts: String,
    /// Whether the name stands for addresses by itself, or the files are so odd that this cannot be said.
    open: bool,
}

/// Where an address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From a record, or from a file.
    Told,
    /// From bytes of a reply that are no address.
    OtherBytes,
    /// From nothing that was sent.
    Nowhere,
}

impl Told {
    /// What the queries of these wires were answered with.
    pub(super) fn of<'q>(input: &Input, case: &Case, zones: &Zones, wires: impl Iterator<Item = &'q Query>) -> Self {
        let Some(world) = &case.world else { return Self::nothing() };
        let own = world.records.as_ref().and_then(|_| Zones::read(world).ok());
        let messages = messages(world, own.as_ref().unwrap_or(zones), wires);
        let mut told = Self { messages, ..Self::nothing() };
        for message in &told.messages {
            addresses(message, &mut told.addresses);
        }
        for name in ["hosts", "resolv.conf"] {
            let Some(File::Text(text)) = world.files.get(name) else { continue };
            told.texts.push_str(&text.to_ascii_lowercase());
            for line in text.lines().filter(|_| name == "hosts") {
                let first = line.split_whitespace().next().unwrap_or_default();
                match first.split('%').next().unwrap_or_default().parse() {
                    Ok(address) => _ = told.addresses.insert(address),
                    // What inet_aton makes of it is its own business.
                    Err(_) => told.open |= first.starts_with(|c: char| c.is_ascii_digit()),
                }
            }
        }
        told.texts.push_str(&world.hostname);
        let asked = input.arguments.get("address").and_then(toml::Value::as_str);
        told.addresses.extend(asked.and_then(|address| address.parse::<IpAddr>().ok()));
        if let Some(name) = input.name() {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let special =
                ["localhost", &world.hostname].iter().any(|own| name == **own || name.ends_with(".localhost"));
            told.open |= special || name.contains(':') || name.starts_with(|c: char| c.is_ascii_digit());
            told.texts.push_str(&name);
        }
        told
    }

    fn nothing() -> Self {
        Self { addresses: HashSet::new(), messages: Vec::new(), texts: String::new(), open: false }
    }

    /// Where an address comes from that a subject has answered.
    pub(super) fn origin(&self, address: IpAddr) -> Origin {
        // One may have been told, and its other form been answered.
        let other = match address {
            IpAddr::V6(address) => address.to_ipv4_mapped().map(IpAddr::V4),
            IpAddr::V4(address) => Some(address.to_ipv6_mapped().into()),
        };
        let origin = |address: IpAddr| {
            let bytes = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            if self.open || self.addresses.contains(&address) {
                Origin::Told
            } else if self.messages.iter().any(|message| message.windows(bytes.len()).any(|window| window == bytes)) {
                Origin::OtherBytes
            } else {
                Origin::Nowhere
            }
        };
        match (origin(address), other) {
            (Origin::Nowhere, Some(other)) => origin(other),
            (found, _) => found,
        }
    }

    /// Whether each label of a name was told somewhere. Escapes are each implementation's own.
    pub(super) fn has_name(&self, name: &str) -> bool {
        let told = |label: &str| {
            self.texts.contains(label)
                || self.messages.iter().any(|message| {
                    message.windows(label.len()).any(|window| window.eq_ignore_ascii_case(label.as_bytes()))
                })
        };
        let name = name.to_ascii_lowercase();
        let numeric = name.split('%').next().is_some_and(|name| name.parse::<IpAddr>().is_ok());
        let escaped = name.contains(['\\', '\u{FFFD}']) || !name.is_ascii();
        numeric || escaped || name.split('.').all(|label| label.is_empty() || told(label))
    }
}

/// The messages that a world's nameserver sends for these queries: each kind of query is looked up and run through the faults
/// once more. Which of several equal queries it was, the faults of an input do not ask.
fn messages<'q>(world: &World, zones: &Zones, wires: impl Iterator<Item = &'q Query>) -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let mut messages = Vec::new();
    for query in wires {
        let edns = query.edns.is_some();
        let name = query.name.to_ascii_lowercase();
        if !seen.insert((name.clone(), query.qtype.clone(), query.transport, edns)) {
            continue;
        }
        let Some(asked) = question(&query.name, &query.qtype, edns) else { continue };
        let exchange = Exchange {
            query: &asked,
            name: &name,
            qtype: &query.qtype,
            transport: query.transport,
            server: SERVER,
            edns,
            previous: None,
        };
        let mut plan = Plan::reply(zones.answer(&asked, query.transport, SERVER));
        messages.extend(plan.sends.iter().map(|send| send.bytes.clone()));
        let faults = world.nameservers.iter().flat_map(|nameserver| &nameserver.faults);
        faults.filter(|fault| fault.on.matches(&exchange)).for_each(|fault| fault.kind.apply(&exchange, &mut plan));
        messages.extend(plan.sends.into_iter().map(|send| send.bytes));
    }
    messages
}

/// The addresses of a message's records, as far as it can be walked, whatever its counts say.
fn addresses(message: &[u8], into: &mut HashSet<IpAddr>) {
    let mut walk = || {
        let mut at = 12;
        for _ in 0..word(message, 4)? {
            at = name_end(message, at)? + 4;
        }
        loop {
            let fixed = name_end(message, at)?;
            let data = message.get(fixed + 10..fixed + 10 + usize::from(word(message, fixed + 8)?))?;
            match (word(message, fixed)?, data.len()) {
                (1, 4) => _ = <[u8; 4]>::try_from(data).map(|data| into.insert(Ipv4Addr::from(data).into())),
                (28, 16) => _ = <[u8; 16]>::try_from(data).map(|data| into.insert(Ipv6Addr::from(data).into())),
                _ => {}
            }
            at = fixed + 10 + data.len();
        }
    };
    let _: Option<()> = walk();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_by_a_record_made_of_other_bytes_or_invented() {
        let message =
            b"\0\0\x81\x80\0\x01\0\x01\0\0\0\0\x01a\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x05\0\x04\xc0\0\x02\x01";
        let mut told = Told { messages: vec![message.to_vec()], texts: "box".to_owned(), ..Told::nothing() };
        addresses(message, &mut told.addresses);
        for (address, origin) in [
            ("192.0.2.1", Origin::Told),
            ("::ffff:192.0.2.1", Origin::Told),
            ("0.4.192.0", Origin::OtherBytes),
            ("192.0.2.2", Origin::Nowhere),
            ("::1", Origin::Nowhere),
        ] {
            assert_eq!(told.origin(address.parse().unwrap()), origin, "{address}");
        }
        assert!(told.has_name("A.box") && told.has_name("192.0.2.9") && !told.has_name("a.c"));
    }
}
