//! Whether links, addresses, routes and labels can exist, each looked at by itself.

use std::net::IpAddr;

use super::{Address, AddressLabel, Link, Route, SourceAddress};

/// # Errors
/// Why no link can have this address.
pub(crate) fn address(address: &Address) -> Result<(), String> {
    let bits = bits(address.ip);
    if address.prefix > bits {
        return Err(format!("the prefix of {} is {} bits long: it has at most {bits}", address.ip, address.prefix));
    }
    if address.home && address.ip.is_ipv4() {
        return Err(format!("{} cannot be a home address: only IPv6 has them", address.ip));
    }
    Ok(())
}

/// Why there can be no such link.
pub(crate) fn link(link: &Link) -> Vec<String> {
    let names = [Some(&link.name), link.peer.as_ref()];
    let mut faults: Vec<_> = names.into_iter().flatten().filter_map(|name| link_name(name).err()).collect();
    let addresses = link.address.iter().chain(&link.peer_address);
    faults.extend(addresses.filter_map(|each| address(each).err()));
    if link.peer.as_ref() == Some(&link.name) {
        faults.push(format!("`{}` cannot be its own other end", link.name));
    }
    faults
}

/// Why there can be no such route, whatever the world's links are.
pub(crate) fn route(route: &Route) -> Vec<String> {
    let mut faults = Vec::new();
    match prefix(&route.to) {
        Ok((to, _)) => {
            for (key, address) in [("via", route.via), ("src", route.src)] {
                if let Some(address) = address.filter(|address| address.is_ipv4() != to.is_ipv4()) {
                    faults.push(format!("`{key}` is {address}, of another family than `to`, {}", route.to));
                }
            }
        }
        Err(why) => faults.push(format!("`to`: {why}")),
    }
    match (&route.dev, route.unreachable) {
        (None, false) => faults.push("a route leads to a link: `dev` is missing, or `unreachable = true`".to_owned()),
        (Some(dev), true) => faults.push(format!("an unreachable route leads to no link, and this one to `{dev}`")),
        _ => {}
    }
    faults
}

/// # Errors
/// Why there can be no such label.
pub(crate) fn label(label: &AddressLabel) -> Result<(), String> {
    match prefix(&label.prefix)? {
        (IpAddr::V6(_), _) => Ok(()),
        (IpAddr::V4(address), length) => {
            Err(format!("labels are for IPv6 prefixes: write ::ffff:{address}/{} for IPv4 ones", 96 + length))
        }
    }
}

/// The source address `from` towards the destination `to`, which may have a zone; or the word "unreachable".
///
/// # Errors
/// Why there can be no such source.
pub(crate) fn source(to: &str, from: &str) -> Result<SourceAddress, String> {
    let address = |text: &str| text.parse::<IpAddr>().map_err(|_| format!("`{text}` is no IP address"));
    let (ip, zone) = to.split_once('%').map_or((to, None), |(ip, zone)| (ip, Some(zone.to_owned())));
    let to = address(ip)?;
    if let (Some(zone), false) = (&zone, matches!(to, IpAddr::V6(to) if to.is_unicast_link_local())) {
        return Err(format!("{to} is not link-local, and so not of a zone `{zone}`"));
    }
    let from = match from {
        "unreachable" => None,
        from => Some(address(from).map_err(|why| format!("{why}; a destination without source is \"unreachable\""))?),
    };
    match from.filter(|from| from.is_ipv4() != to.is_ipv4()) {
        Some(from) => Err(format!("the source towards {to} cannot be {from}, of another family")),
        None => Ok(SourceAddress { to, zone, from }),
    }
}

/// An ADDRESS/LENGTH.
///
/// # Errors
/// Why it is none.
pub(crate) fn prefix(text: &str) -> Result<(IpAddr, u8), String> {
    let Some((address, length)) = text.split_once('/') else {
        return Err(format!("`{text}` is no ADDRESS/LENGTH: it has no `/`"));
    };
    let address: IpAddr = address.parse().map_err(|_| format!("`{text}` does not begin with an IP address"))?;
    match length.parse() {
        Ok(length) if length <= bits(address) => Ok((address, length)),
        _ => Err(format!("`{text}` does not end with a length from 0 to {}", bits(address))),
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// A name that the kernel takes for a link (dev_valid_name in its source).
fn link_name(name: &str) -> Result<(), String> {
    let taken = |c: char| c == '/' || c == ':' || c.is_whitespace() || c.is_control();
    if name.is_empty() || name.len() > 15 {
        Err(format!("the link name `{name}` has {} bytes: 1 to 15 are possible", name.len()))
    } else if matches!(name, "." | "..") || name.contains(taken) {
        Err(format!("the link name `{name}` has a letter that link names cannot have"))
    } else if name == "lo" {
        Err("`lo` is there already: its addresses go under the key `lo`".to_owned())
    } else {
        Ok(())
    }
}
