//! The order of the addresses: the source that the kernel chose towards each, as the subject saw it, and the rule of RFC 6724
//! that put one before the next, where that is certain.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Seen;
use crate::sandbox::{Glance, Look};
use crate::world::{Address, World};

/// One address of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The address.
    pub address: String,
    /// The ports, where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// The source address that the kernel chose when the subject tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<IpAddr>,
    /// The subject tried, and there is no way to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreachable: bool,
    /// Why it stands before the next, where that is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_next: Option<String>,
}

/// Adds to the addresses, which are in order, what the subject found out about them.
pub(super) fn explain(seen: &Seen<'_>, glances: &[(Duration, Glance)], found: &mut [Found]) {
    let tried = |address: IpAddr| {
        // A nameserver may be among the addresses: what goes to its port is a query.
        glances.iter().filter(|(at, _)| *at >= seen.begun).find_map(|(_, glance)| match glance.look {
            Look::Connect { to, from } if to.ip().to_canonical() == address && to.port() != 53 => {
                Some((from.map(|from| from.to_canonical()), glance.errno != 0))
            }
            _ => None,
        })
    };
    for one in found.iter_mut() {
        let Some((source, failed)) = one.address.parse().ok().and_then(tried) else { continue };
        (one.source, one.unreachable) = (source, failed);
    }
    let usual = !seen.world.files.contains_key("gai.conf") && !marked(seen.world);
    let reasons: Vec<_> = found.windows(2).map(|pair| reason(&pair[0], &pair[1]).filter(|_| usual)).collect();
    for (one, reason) in found.iter_mut().zip(reasons) {
        one.before_next = reason;
    }
}

/// Whether the world has addresses that rule 3 or 4 looks at, or labels of its own.
fn marked(world: &World) -> bool {
    let of_links = world.links.iter().flat_map(|link| link.address.iter().chain(&link.peer_address));
    let marked = |address: &Address| address.deprecated || address.home || address.tentative;
    !world.labels.is_empty() || world.lo.iter().chain(of_links).any(marked)
}

/// The rule of RFC 6724 §6 that puts `one` before `next`. None where both are alike to the rules that need no more than the
/// addresses, or where the rules want it the other way round: then something else has decided.
fn reason(one: &Found, next: &Found) -> Option<String> {
    let traits = |found: &Found| {
        let to = mapped(found.address.parse().ok()?);
        let from = found.source.map(mapped);
        if from.is_none() && !found.unreachable {
            return None;
        }
        Some((to, from))
    };
    let ((one, from), (next, next_from)) = (traits(one)?, traits(next)?);
    // Each gives whether `one` comes first and whether `next` does.
    let rules: [(&str, bool, bool); 5] = [
        ("rule 1: the other cannot be reached", from.is_some(), next_from.is_some()),
        (
            "rule 2: its source has the same scope",
            Some(scope(one)) == from.map(scope),
            Some(scope(next)) == next_from.map(scope),
        ),
        (
            "rule 5: its source has the same label",
            Some(policy(one).1) == from.map(|from| policy(from).1),
            Some(policy(next).1) == next_from.map(|from| policy(from).1),
        ),
        ("rule 6: it has the higher precedence", policy(one).0 > policy(next).0, policy(next).0 > policy(one).0),
        ("rule 8: it has the smaller scope", scope(one) < scope(next), scope(next) < scope(one)),
    ];
    let (rule, first, _) = rules.into_iter().find(|(_, first, second)| first != second)?;
    first.then(|| format!("RFC 6724 {rule}"))
}

fn mapped(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// RFC 6724 §3.1 and §3.2: link-local, site-local or global.
fn scope(address: Ipv6Addr) -> u8 {
    let link_local = match address.to_ipv4_mapped() {
        Some(address) => address.is_link_local() || address.is_loopback(),
        None => address.is_unicast_link_local() || address.is_loopback(),
    };
    match () {
        () if address.is_multicast() => address.octets()[1] & 0xf,
        () if link_local => 0x2,
        () if address.segments()[0] & 0xffc0 == 0xfec0 => 0x5,
        () => 0xe,
    }
}

/// Precedence and label by the default policy table (RFC 6724 §2.1).
fn policy(address: Ipv6Addr) -> (u8, u8) {
    const TABLE: [(Ipv6Addr, u8, u8, u8); 9] = [
        (Ipv6Addr::LOCALHOST, 128, 50, 0),
        (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 35, 4),
        (Ipv6Addr::UNSPECIFIED, 96, 1, 3),
        (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, 5, 5),
        (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 30, 2),
        (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16, 1, 12),
        (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, 1, 11),
        (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, 3, 13),
        (Ipv6Addr::UNSPECIFIED, 0, 40, 1),
    ];
    let covers = |prefix: Ipv6Addr, length: u8| {
        let differs = u128::from(prefix) ^ u128::from(address);
        length == 0 || differs >> (128 - length) == 0
    };
    let row = TABLE.into_iter().find(|(prefix, length, ..)| covers(*prefix, *length));
    row.map_or((40, 1), |(_, _, precedence, label)| (precedence, label))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(address: &str, source: &str) -> Found {
        let source = source.parse().ok();
        Found {
            address: address.to_owned(),
            ports: Vec::new(),
            unreachable: source.is_none(),
            source,
            before_next: None,
        }
    }

    #[test]
    fn the_rule_that_decides_is_named_and_no_other() {
        let why = |one: (&str, &str), next: (&str, &str)| {
            reason(&found(one.0, one.1), &found(next.0, next.1)).unwrap_or_default()
        };
        let (v4, v6) = (("192.0.2.1", "192.0.2.10"), ("2001:db8::1", "2001:db8::10"));
        assert_eq!(why(v6, v4), "RFC 6724 rule 6: it has the higher precedence");
        // The other way round, and with nothing between them but the longest prefix.
        assert_eq!((why(v4, v6), why(v4, ("192.0.2.2", "192.0.2.10"))), (String::new(), String::new()));
        assert_eq!(why(v4, ("2001:db8::1", "none")), "RFC 6724 rule 1: the other cannot be reached");
        assert_eq!(why(v4, ("2001:db8::1", "fe80::1")), "RFC 6724 rule 2: its source has the same scope");
        assert_eq!(why(v4, ("2001:db8::1", "2002::1")), "RFC 6724 rule 5: its source has the same label");
        assert_eq!(why(("::1", "::1"), v6), "RFC 6724 rule 6: it has the higher precedence");
    }

    #[test]
    fn nobody_guesses_for_an_address_that_was_not_tried() {
        let untried = Found { unreachable: false, ..found("192.0.2.1", "") };
        assert_eq!(reason(&found("2001:db8::1", "2001:db8::10"), &untried), None);
    }
}
