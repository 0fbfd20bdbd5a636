//! Replies by mutation: the right one, with bytes of it flipped, cut, doubled or put elsewhere.

use std::net::{IpAddr, Ipv4Addr};

use toml::Table;

use crate::fault::random::Random;
use crate::outcome::Transport;
use crate::server::Zones;

/// Where the nameserver of all inputs listens.
pub(super) const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What the nameserver would say rightly; nothing where the name cannot be asked for.
pub(super) fn right(zones: &Zones, name: &str, qtype: &str, transport: Transport, edns: bool) -> Option<Vec<u8>> {
    let request = question(name, qtype, edns)?;
    Some(zones.answer(&request, transport, SERVER)).filter(|reply| !reply.is_empty())
}

/// A query, with the id 0.
pub(super) fn question(name: &str, qtype: &str, edns: bool) -> Option<Vec<u8>> {
    let number = match qtype {
        "A" => 1_u16,
        "AAAA" => 28,
        "CNAME" => 5,
        "PTR" => 12,
        _ => return None,
    };
    let mut query = vec![0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, u8::from(edns)];
    query.extend(wire(name)?);
    query.extend(number.to_be_bytes());
    query.extend([0, 1]);
    if edns {
        query.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    }
    Some(query)
}

/// An absolute name in the form of RFC 1035 §3.1, where it can be one.
fn wire(name: &str) -> Option<Vec<u8>> {
    let mut labels = vec![Vec::new()];
    let mut bytes = name.strip_suffix('.')?.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'.' => labels.push(Vec::new()),
            b'\\' => {
                let next = bytes.next()?;
                let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
                let escaped = match digit(next) {
                    Some(hundreds) => 100 * hundreds + 10 * digit(bytes.next()?)? + digit(bytes.next()?)?,
                    None => u32::from(next),
                };
                labels.last_mut()?.push(u8::try_from(escaped).ok()?);
            }
            byte => labels.last_mut()?.push(byte),
        }
    }
    if labels == [Vec::<u8>::new()] {
        return Some(vec![0]);
    }
    let mut wire = Vec::new();
    for label in labels {
        wire.push(u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?);
        wire.extend(label);
    }
    wire.push(0);
    (wire.len() <= 255).then_some(wire)
}

/// A fault that sends a mutated reply.
pub(super) fn reply(zones: &Zones, name: &str, qtype: &str, random: &mut Random) -> Option<Table> {
    let mut bytes = right(zones, name, qtype, Transport::Udp, false)?;
    for _ in 0..1 + random.below(3) {
        mutate(&mut bytes, random);
    }
    Some(fault(&bytes))
}

/// The fault that sends these bytes.
pub(super) fn fault(bytes: &[u8]) -> Table {
    let hex = Table::from_iter([("hex".to_owned(), hex::encode(bytes).into())]);
    Table::from_iter([("bytes".to_owned(), hex.into())])
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    // The id is the query's, whatever stands there.
    let place = |random: &mut Random, length: usize| 2 + random.below(length.saturating_sub(2));
    let at = place(random, bytes.len());
    match random.below(12) {
        0 | 1 => bytes.get_mut(at).into_iter().for_each(|byte| *byte = random.byte()),
        2 | 3 => bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << random.below(8)),
        4 => bytes.get_mut(at).into_iter().for_each(|byte| *byte = random.one(&[0, 1, 0x3F, 0x40, 0x80, 0xC0, 0xFF])),
        5 => bytes.truncate(at),
        6 => {
            let more: Vec<u8> = (0..1 + random.below(20)).map(|_| random.byte()).collect();
            drop(bytes.splice(at..at, more));
        }
        7 => drop(bytes.drain(at..(at + 1 + random.below(8)).min(bytes.len()))),
        8 => {
            let end = (at + random.below(40)).min(bytes.len());
            let (piece, to) = (bytes[at.min(end)..end].to_vec(), place(random, bytes.len()));
            drop(bytes.splice(to.min(bytes.len())..to.min(bytes.len()), piece));
        }
        // A pointer to somewhere.
        9 | 10 => {
            let to = [0xC0 | random.byte() & 1, random.byte()];
            bytes.iter_mut().skip(at).zip(to).for_each(|(byte, new)| *byte = new);
        }
        // A count of the header.
        _ => bytes.iter_mut().skip(4 + random.below(8)).take(1).for_each(|byte| *byte = random.one(&[0, 1, 2, 9, 255])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_bytes() {
        assert_eq!(wire("a.bc."), Some(b"\x01a\x02bc\0".to_vec()));
        assert_eq!(wire(r"a\.b\000."), Some(b"\x04a.b\0\0".to_vec()));
        assert_eq!(wire("."), Some(vec![0]));
        for name in ["a", "a..b.", r"a\300.", &format!("{}.", "x".repeat(64))] {
            assert_eq!(wire(name), None, "{name}");
        }
    }
}
