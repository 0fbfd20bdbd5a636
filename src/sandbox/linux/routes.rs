//! The netlink messages for addresses, routes and address labels.

use std::net::IpAddr;

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST};
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressMessage, AddressScope, CacheInfo};
use netlink_packet_route::addrlabel::{AddrLabelAttribute, AddrLabelMessage};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::links::{Indexes, message, request};
use super::step::Message;
use crate::world::{Address, AddressLabel, Route};

/// Gives a link an address, which may be used at once (no duplicate address detection) unless it is to be tentative.
///
/// # Errors
/// What no link can have.
pub(super) fn address(address: &Address, index: u32, name: &str) -> Result<Message, String> {
    let what = format!("add the address {}/{} to the link `{name}`", address.ip, address.prefix);
    check_prefix(address.ip, address.prefix).map_err(|fault| format!("{what}: {fault}"))?;
    if address.home && address.ip.is_ipv4() {
        return Err(format!("{what}: only an IPv6 address can be a home address"));
    }
    let mut sent = AddressMessage::default();
    sent.header.family = family(address.ip);
    sent.header.prefix_len = address.prefix;
    sent.header.index = index;
    sent.header.scope = if address.ip.is_loopback() { AddressScope::Host } else { AddressScope::Universe };
    sent.attributes = vec![AddressAttribute::Address(address.ip), AddressAttribute::Local(address.ip)];
    let mut flags = AddressFlags::empty();
    if address.ip.is_ipv6() && !address.tentative {
        flags |= AddressFlags::Nodad;
    }
    if address.home {
        flags |= AddressFlags::Homeaddress;
    }
    if !flags.is_empty() {
        sent.attributes.push(AddressAttribute::Flags(flags));
    }
    if address.deprecated {
        let mut lifetimes = CacheInfo::default();
        lifetimes.ifa_valid = u32::MAX;
        sent.attributes.push(AddressAttribute::CacheInfo(lifetimes));
    }
    let sent = message(RouteNetlinkMessage::NewAddress(sent), NLM_F_CREATE | NLM_F_EXCL, what);
    Ok(Message { ipv6: address.ip.is_ipv6(), ..sent })
}

/// Asks for the way of packets to an address.
pub(super) fn way(to: IpAddr) -> Message {
    let mut sent = RouteMessage::default();
    sent.header.address_family = family(to);
    sent.header.destination_prefix_length = if to.is_ipv4() { 32 } else { 128 };
    sent.attributes.push(RouteAttribute::Destination(RouteAddress::from(to)));
    let what = format!("wait until packets to {to} stay here");
    Message { ipv6: to.is_ipv6(), ..request(RouteNetlinkMessage::GetRoute(sent), NLM_F_REQUEST, what) }
}

/// Adds a route.
///
/// # Errors
/// What no route can be.
pub(super) fn route(route: &Route, indexes: &Indexes) -> Result<Message, String> {
    let what = format!("add the route to {}", route.to);
    let wrong = |fault: String| format!("{what}: {fault}");
    let (to, prefix) = parse_prefix(&route.to).map_err(wrong)?;
    if [route.via, route.src].iter().flatten().any(|ip| ip.is_ipv4() != to.is_ipv4()) {
        return Err(wrong("`via` and `src` must be of the destination's family".to_owned()));
    }
    let mut sent = RouteMessage::default();
    sent.header.address_family = family(to);
    sent.header.destination_prefix_length = prefix;
    sent.header.table = RouteHeader::RT_TABLE_MAIN;
    sent.header.protocol = RouteProtocol::Boot;
    sent.header.kind = if route.unreachable { RouteType::Unreachable } else { RouteType::Unicast };
    let direct = to.is_ipv4() && route.via.is_none() && !route.unreachable;
    sent.header.scope = if direct { RouteScope::Link } else { RouteScope::Universe };
    if prefix > 0 {
        sent.attributes.push(RouteAttribute::Destination(RouteAddress::from(to)));
    }
    match &route.dev {
        Some(dev) => sent.attributes.push(RouteAttribute::Oif(indexes.of(dev).map_err(wrong)?)),
        None if route.unreachable || route.via.is_some() => {}
        None => return Err(wrong("it needs `dev`, `via` or `unreachable`".to_owned())),
    }
    sent.attributes.extend(route.via.map(|via| RouteAttribute::Gateway(RouteAddress::from(via))));
    sent.attributes.extend(route.src.map(|src| RouteAttribute::PrefSource(RouteAddress::from(src))));
    let sent = message(RouteNetlinkMessage::NewRoute(sent), NLM_F_CREATE | NLM_F_EXCL, what);
    Ok(Message { ipv6: to.is_ipv6(), ..sent })
}

/// Sets a row of the label table. The kernel's own rows may be replaced.
///
/// # Errors
/// What no row can be.
pub(super) fn label(label: &AddressLabel) -> Result<Message, String> {
    let what = format!("label the prefix {} with {}", label.prefix, label.label);
    let (ip, prefix) = parse_prefix(&label.prefix).map_err(|fault| format!("{what}: {fault}"))?;
    let IpAddr::V6(_) = ip else {
        return Err(format!("{what}: write an IPv4 prefix as ::ffff:a.b.c.d/96+n"));
    };
    let mut sent = AddrLabelMessage::default();
    sent.header.family = AddressFamily::Inet6;
    sent.header.prefix_len = prefix;
    sent.attributes = vec![AddrLabelAttribute::Address(ip), AddrLabelAttribute::Label(label.label)];
    let sent = message(RouteNetlinkMessage::NewAddrLabel(sent), NLM_F_CREATE | NLM_F_REPLACE, what);
    Ok(Message { ipv6: true, ..sent })
}

fn parse_prefix(text: &str) -> Result<(IpAddr, u8), String> {
    let fault = || format!("`{text}` is not ADDRESS/PREFIX");
    let (ip, prefix) = text.split_once('/').ok_or_else(fault)?;
    let (ip, prefix) = (ip.parse().map_err(|_| fault())?, prefix.parse().map_err(|_| fault())?);
    check_prefix(ip, prefix).map(|()| (ip, prefix))
}

fn check_prefix(ip: IpAddr, prefix: u8) -> Result<(), String> {
    let longest = if ip.is_ipv4() { 32 } else { 128 };
    if prefix > longest { Err(format!("a prefix of {ip} has at most {longest} bits")) } else { Ok(()) }
}

fn family(ip: IpAddr) -> AddressFamily {
    if ip.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("192.0.2.0/24", Ok(("192.0.2.0", 24)))]
    #[case("::/0", Ok(("::", 0)))]
    #[case("::1/129", Err("at most 128 bits"))]
    #[case("1.2.3.4/33", Err("at most 32 bits"))]
    #[case("1.2.3.4", Err("not ADDRESS/PREFIX"))]
    #[case("default", Err("not ADDRESS/PREFIX"))]
    #[case("1.2.3.4/-1", Err("not ADDRESS/PREFIX"))]
    fn a_prefix_is_an_address_and_a_length(#[case] text: &str, #[case] expected: Result<(&str, u8), &str>) {
        match (parse_prefix(text), expected) {
            (Ok((ip, prefix)), Ok(expected)) => assert_eq!((ip.to_string().as_str(), prefix), expected),
            (Err(fault), Err(expected)) => assert!(fault.contains(expected), "{fault}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn what_the_kernel_could_not_take_is_refused_in_words() {
        let home =
            Address { ip: IpAddr::from([192, 0, 2, 1]), prefix: 24, deprecated: false, tentative: false, home: true };
        assert!(address(&home, 1, "lo").unwrap_err().contains("home address"));
        let four = AddressLabel { prefix: "192.0.2.0/24".to_owned(), label: 1 };
        assert!(label(&four).unwrap_err().contains("::ffff:a.b.c.d"));
    }
}
