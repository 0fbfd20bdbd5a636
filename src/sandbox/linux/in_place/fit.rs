//! What a world has that cannot be had without namespaces: links, addresses of nameservers off the loopback, settings.

use std::fs;
use std::net::IpAddr;

use super::super::plan::DAEMONS;
use crate::world::{File, World};

/// Whether `lo` has ::1.
pub(super) fn has_ipv6() -> bool {
    let list = fs::read_to_string("/proc/self/net/if_inet6").unwrap_or_default();
    list.lines().any(|line| line.starts_with("00000000000000000000000000000001 "))
}

/// The daemons that would answer for a resolver through a UNIX socket.
pub(super) fn daemons() -> Vec<String> {
    listening(&fs::read_to_string("/proc/self/net/unix").unwrap_or_default())
}

fn listening(sockets: &str) -> Vec<String> {
    let paths = sockets.lines().filter_map(|line| line.split_whitespace().nth(7));
    let mut found: Vec<String> =
        paths.filter(|path| DAEMONS.iter().any(|daemon| path.starts_with(daemon))).map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

/// Why the first thing of the world that cannot be had cannot.
pub(super) fn lacks(world: &World, ipv6: bool) -> Option<String> {
    if let Some(link) = world.links.first() {
        return Some(format!("no link `{}` can be made", link.name));
    }
    if !world.labels.is_empty() {
        return Some("no address labels can be set".to_owned());
    }
    if !world.sources.is_empty() {
        return Some("the source addresses that are presumed are not sure".to_owned());
    }
    if let Some(setting) = world.sysctls.keys().next() {
        return Some(format!("the setting {setting} cannot be written"));
    }
    if world.mtu.is_some() {
        return Some("lo keeps its MTU".to_owned());
    }
    let unfit = world.nameservers.iter().find_map(|server| off_loopback(server.address, ipv6));
    unfit.or_else(|| world.files.iter().find_map(|(name, file)| named_nameserver(name, Some(file), ipv6)))
}

/// A nameserver in a resolv.conf that is not on the loopback: a query to it would leave the container.
pub(super) fn named_nameserver(name: &str, file: Option<&File>, ipv6: bool) -> Option<String> {
    let Some(File::Text(text)) = file.filter(|_| name == "resolv.conf") else { return None };
    // As generous as any reader of the file: an address in a spelling of its own is not looked into.
    let mut words = text.lines().map(str::split_whitespace).filter_map(|mut words| {
        words.next().filter(|key| key.eq_ignore_ascii_case("nameserver"))?;
        words.next()
    });
    words.find_map(|word| match word.parse() {
        Ok(address) => off_loopback(address, ipv6),
        Err(_) => Some(format!("the nameserver {word} is not plainly on the loopback")),
    })
}

fn off_loopback(address: IpAddr, ipv6: bool) -> Option<String> {
    match address {
        _ if !address.is_loopback() => Some(format!("the nameserver {address} is not on the loopback")),
        IpAddr::V6(_) if !ipv6 => Some(format!("the nameserver {address}: {NO_IPV6}")),
        _ => None,
    }
}

/// That there is no IPv6, and what to do about it.
pub(super) const NO_IPV6: &str = "there is no IPv6 (docker run --sysctl net.ipv6.conf.all.disable_ipv6=0)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Link, Nameserver};

    #[test]
    fn a_nameserver_off_the_loopback_is_never_asked() {
        let told = |text: &str| named_nameserver("resolv.conf", Some(&File::Text(text.to_owned())), false);
        for fine in
            ["", "nameserver 127.0.0.1\nnameserver\t127.0.0.53\n", "# nameserver 8.8.8.8\nsearch a\n", "nameserver"]
        {
            assert_eq!(told(fine), None, "{fine}");
        }
        for other in ["192.0.2.1", "0.0.0.0", "::1", "127.1", "fe80::1%lo", "1"] {
            assert!(told(&format!("  nameserver {other}\n")).is_some_and(|told| told.contains(other)), "{other}");
        }
        assert_eq!(named_nameserver("resolv.conf", Some(&File::Text("nameserver ::1\n".to_owned())), true), None);
        assert_eq!(named_nameserver("hosts", Some(&File::Text("nameserver 192.0.2.1\n".to_owned())), true), None);
    }

    #[test]
    fn a_world_with_a_link_cannot_be_had() {
        let mut world = World::bare("w");
        world.nameservers = vec![Nameserver::at([127, 0, 0, 2].into())];
        assert_eq!(lacks(&world, false), None);
        world.nameservers.push(Nameserver::at([192, 0, 2, 53].into()));
        assert!(lacks(&world, false).unwrap().contains("192.0.2.53"));
        world.links = vec![Link { name: "v0".to_owned(), peer: None, address: Vec::new(), peer_address: Vec::new() }];
        assert_eq!(lacks(&world, false).unwrap(), "no link `v0` can be made");
    }

    #[test]
    fn daemons_are_known_by_their_sockets() {
        let sockets = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0: 00000002 00000000 00010000 0001 01 1234 /run/nscd/socket\n\
            0: 00000002 00000000 00010000 0001 01 1235 @/tmp/x\n\
            0: 00000003 00000000 00000000 0001 03 1236\n";
        assert_eq!(listening(sockets), ["/run/nscd/socket"]);
    }
}
