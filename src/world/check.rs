//! Whether the parts of a world fit together: what no part can tell by itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::changes::Places;
use super::source::{Source, Span};
use super::{Address, World};
use crate::fault::{Fault, ForgedSource, Kind, On};

/// Notes what does not fit together in a world; `at` is where to point for what `places` do not tell.
pub(super) fn check(world: &World, places: &Places, at: &Span, source: &mut Source<'_>) {
    let place = |key, i| places.get(&(key, i)).cloned().unwrap_or_else(|| at.clone());
    let owners = match owners(world) {
        Ok(owners) => owners,
        Err((key, i, why)) => return source.fault(place(key, i), why),
    };
    nameservers(world, &owners, &place, source);
    for (i, route) in world.routes.iter().enumerate() {
        if let Some(dev) = route.dev.as_deref().filter(|dev| !has_link(world, dev)) {
            source.fault(
                place("route", i),
                format!("the route to {} leads to `{dev}`, and there is no such link", route.to),
            );
        }
        if let Some(src) = route.src.filter(|src| !src.is_loopback() && !owners.contains_key(src)) {
            source.fault(place("route", i), format!("`src` is {src}, which no link of the world has"));
        }
    }
    for (i, one) in world.sources.iter().enumerate() {
        if let Some(from) = one.from.filter(|from| !from.is_loopback() && !owners.contains_key(from)) {
            let why =
                format!("the source towards {} cannot be {from}, which no link of the world has", one.destination());
            source.fault(place("source", i), why);
        }
        if let Some(zone) = one.zone.as_deref().filter(|zone| !has_link(world, zone)) {
            source.fault(place("source", i), format!("the zone of {} is no link of the world: `{zone}`", one.to));
        }
    }
}

fn nameservers(
    world: &World,
    owners: &BTreeMap<IpAddr, &str>,
    place: &dyn Fn(&'static str, usize) -> Span,
    source: &mut Source<'_>,
) {
    for (i, nameserver) in world.nameservers.iter().enumerate() {
        let address = nameserver.address;
        let at = place("nameserver", i);
        if !address.is_loopback() && !owners.contains_key(&address) {
            let hint = "take an address of 127.0.0.0/8 or ::1, or give this one to `lo` or to a link";
            source.fault_with(at.clone(), format!("no link of the world has the nameserver's address {address}"), hint);
        }
        if world.nameservers[..i].iter().any(|before| before.address == address) {
            source.fault(at.clone(), format!("two nameservers have the address {address}"));
        }
        if !nameserver.udp && !nameserver.tcp {
            source.fault_with(at.clone(), format!("the nameserver {address} listens to nothing"), "leave it out");
        }
        for origin in nameserver.zones.iter().flatten() {
            if !world.zones.iter().any(|zone| zone.origin == *origin) {
                let known: Vec<_> = world.zones.iter().map(|zone| zone.origin.as_str()).collect();
                source.unknown(at.clone(), "zone", origin, &known);
            }
        }
        for fault in &nameserver.faults {
            for text in misplaced(fault, address, world) {
                source.fault(at.clone(), text);
            }
        }
    }
}

/// Why a fault cannot happen at the nameserver of this address.
pub(super) fn misplaced(fault: &Fault, address: IpAddr, world: &World) -> Vec<String> {
    let mut why = Vec::new();
    if let Some(server) = fault.on.server.filter(|server| *server != address) {
        why.push(format!("a fault of the server {server} can never happen at the nameserver {address}"));
    }
    let server = |address| world.nameservers.iter().find(|nameserver| nameserver.address == address);
    if fault.makes_packets() && !address.is_ipv4() {
        why.push(format!("packets of one's own making leave from IPv4 only, and the nameserver is {address}"));
    }
    if let Kind::Accept(_) = &fault.kind
        && (On { server: None, nth: None, ..fault.on.clone() }) != On::default()
    {
        why.push("`on` of `accept` has only `server` and `nth`: nothing is read yet".to_owned());
    }
    if let Kind::Forge(forge) = &fault.kind {
        match forge.source {
            Some(ForgedSource::Port(port))
                if !server(address).is_some_and(|server| server.other_ports.contains(&port)) =>
            {
                why.push(format!(
                    "a reply from port {port}, which is none of the `other_ports` of the nameserver {address}"
                ));
            }
            Some(ForgedSource::Address(from)) if server(from).is_none() => {
                why.push(format!("a reply from {from}, where the world has no nameserver"));
            }
            _ => {}
        }
    }
    why
}

/// Which link has which address.
fn owners(world: &World) -> Result<BTreeMap<IpAddr, &str>, (&'static str, usize, String)> {
    let mut owners = BTreeMap::new();
    let mut own = |key, i, link, addresses: &[Address]| {
        for address in addresses {
            if let Some(other) = owners.insert(address.ip, link) {
                return Err((key, i, format!("both `{other}` and `{link}` have the address {}", address.ip)));
            }
        }
        Ok(())
    };
    for (i, address) in world.lo.iter().enumerate() {
        own("lo", i, "lo", std::slice::from_ref(address))?;
    }
    let mut names = Vec::new();
    for (i, link) in world.links.iter().enumerate() {
        let peer = link.peer.as_deref();
        for name in [Some(link.name.as_str()), peer].into_iter().flatten() {
            if names.contains(&name) {
                return Err(("link", i, format!("two links have the name `{name}`")));
            }
            names.push(name);
        }
        own("link", i, &link.name, &link.address)?;
        own("link", i, peer.unwrap_or("the other end"), &link.peer_address)?;
    }
    Ok(owners)
}

fn has_link(world: &World, name: &str) -> bool {
    name == "lo" || world.links.iter().any(|link| link.name == name || link.peer.as_deref() == Some(name))
}
