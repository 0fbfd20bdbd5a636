//! Links, addresses, routes, labels, settings and nameserver sockets, as a program meets them.

use std::net::{IpAddr, UdpSocket};

use netdbspec::sandbox::{Error, Sandbox};
use netdbspec::world::{AddressLabel, Route, SourceAddress, World};

use super::given::{address, build, deeper, depth, finish, link, nameserver, passes, says, sh, told, world};

/// The addresses of /proc/net/if_inet6: `address prefix flags link`.
fn addresses6(world: &World) -> Vec<String> {
    let said = says(world, "cat /proc/net/if_inet6");
    let mut rows: Vec<_> = said
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .map(|row| format!("{} {} {} {}", row[0], row[2], row[4], row[5]))
        .collect();
    rows.sort();
    rows
}

fn route(to: &str) -> Route {
    Route { to: to.to_owned(), dev: None, via: None, src: None, unreachable: false }
}

#[test]
fn without_links_there_is_lo_alone() {
    assert_eq!(addresses6(&world()), ["00000000000000000000000000000001 80 80 lo"]);
    assert_eq!(says(&world(), "ls /proc/sys/net/ipv4/conf"), "all\ndefault\nlo\n");
}

#[test]
fn addresses_of_lo() {
    let mut world = world();
    world.lo = ["192.0.2.10/24", "2001:db8::10/64"].map(address).to_vec();
    world.nameservers = vec![nameserver("192.0.2.10"), nameserver("2001:db8::10")];
    assert_eq!(
        addresses6(&world),
        ["00000000000000000000000000000001 80 80 lo", "20010db8000000000000000000000010 40 82 lo"]
    );
    let said = says(&world, "cat /proc/net/fib_trie");
    assert!(said.contains("192.0.2.10") && said.contains("127.0.0.1"), "{said}");
}

#[test]
fn a_pair_of_links() {
    let mut world = world();
    let mut v0 = link("v0", &["192.0.2.10/24", "2001:db8::10/64", "2001:db8::20/64", "2001:db8::30/64"]);
    v0.address[2].deprecated = true;
    v0.address[3].home = true;
    v0.peer_address = vec![address("2001:db8::1/64")];
    world.links = vec![v0, link("w0", &[])];
    world.links[1].peer = Some("other".to_owned());
    world.nameservers = vec![nameserver("192.0.2.10"), nameserver("2001:db8::10")];
    // IFA_F_PERMANENT 80, IFA_F_DEPRECATED 20, IFA_F_HOMEADDRESS 10, IFA_F_NODAD 02. No link-local address.
    assert_eq!(
        addresses6(&world),
        [
            "00000000000000000000000000000001 80 80 lo",
            "20010db8000000000000000000000001 40 82 v0p",
            "20010db8000000000000000000000010 40 82 v0",
            "20010db8000000000000000000000020 40 a2 v0",
            "20010db8000000000000000000000030 40 92 v0",
        ]
    );
    let said = says(&world, "ls /proc/sys/net/ipv4/conf; cat /proc/net/dev_mcast /proc/net/route");
    assert!(["all", "default", "lo", "other", "v0", "v0p", "w0"].iter().all(|name| said.contains(name)), "{said}");
    assert!(said.contains("101"), "the first link's index in {said}");
}

#[test]
fn a_link_local_nameserver_is_bound_at_its_link() {
    let mut world = world();
    world.links = vec![link("v0", &["fe80::53/64"])];
    world.nameservers = vec![nameserver("fe80::53")];
    let mut sandbox = build(&world, &sh("true"));
    let local = sandbox.take_bound()[0].udp.as_ref().unwrap().local_addr().unwrap();
    assert_eq!(local.to_string(), "[fe80::53%101]:53");
}

#[test]
fn routes_and_labels_choose_the_source() {
    if depth() > 0 {
        return sources();
    }
    let mut world = world();
    world.lo = ["192.0.2.9/32", "2001:db8:1::9/128"].map(address).to_vec();
    world.links = vec![link("v0", &["192.0.2.10/24", "2001:db8:2::10/64", "2001:db8:3::10/64"])];
    world.routes = vec![
        Route { dev: Some("v0".to_owned()), ..route("::/0") },
        Route { via: Some("192.0.2.1".parse().unwrap()), ..route("0.0.0.0/0") },
        Route { dev: Some("v0".to_owned()), src: Some("192.0.2.9".parse().unwrap()), ..route("198.51.100.0/24") },
        Route { dev: Some("v0".to_owned()), src: Some("2001:db8:1::9".parse().unwrap()), ..route("2001:db8:a::/48") },
        Route { unreachable: true, ..route("2001:db8:dead::/48") },
        Route { unreachable: true, ..route("203.0.113.0/24") },
    ];
    world.labels = vec![
        AddressLabel { prefix: "2001:db8:b::/48".to_owned(), label: 98 },
        AddressLabel { prefix: "2001:db8:3::/48".to_owned(), label: 98 },
        AddressLabel { prefix: "2001:db8:c::/48".to_owned(), label: 99 },
        AddressLabel { prefix: "2001:db8:2::/48".to_owned(), label: 99 },
    ];
    passes(&world, &deeper("sandbox::network::routes_and_labels_choose_the_source"));
}

fn sources() {
    let source = |to: &str| {
        let to: IpAddr = to.parse().unwrap();
        let socket = UdpSocket::bind((if to.is_ipv4() { "0.0.0.0" } else { "::" }, 0)).unwrap();
        socket
            .connect((to, 9))
            .map(|()| socket.local_addr().unwrap().ip().to_string())
            .map_err(|fault| fault.raw_os_error())
    };
    let address = |text: &str| Ok(text.to_owned());
    assert_eq!(source("192.0.2.200"), address("192.0.2.10"));
    assert_eq!(source("1.1.1.1"), address("192.0.2.10"));
    assert_eq!(source("198.51.100.1"), address("192.0.2.9"));
    assert_eq!(source("203.0.113.1"), Err(Some(libc::EHOSTUNREACH)));
    assert_eq!(source("2001:db8:a::1"), address("2001:db8:1::9"));
    assert_eq!(source("2001:db8:b::1"), address("2001:db8:3::10"));
    assert_eq!(source("2001:db8:c::1"), address("2001:db8:2::10"));
    assert_eq!(source("2001:db8:dead::1"), Err(Some(libc::EHOSTUNREACH)));
}

#[test]
fn another_source_than_presumed_is_no_world() {
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    let towards = |to: &str, from: Option<&str>| SourceAddress { to: address(to), zone: None, from: from.map(address) };
    let mut world = world();
    world.links = vec![link("v0", &["192.0.2.10/24", "2001:db8:1::10/64", "2001:db8:2::10/64", "fe80::10/64"])];
    world.routes = vec![Route { dev: Some("v0".to_owned()), ..route("::/0") }];
    world.sources = vec![
        towards("192.0.2.200", Some("192.0.2.10")),
        towards("198.51.100.1", None),
        towards("2001:db8:1::1", Some("2001:db8:1::10")),
        // Without a zone it leads nowhere.
        towards("fe80::1", None),
        SourceAddress { zone: Some("v0".to_owned()), ..towards("fe80::1", Some("fe80::10")) },
    ];
    assert_eq!(says(&world, "echo in"), "in\n");

    world.sources[0].from = None;
    world.sources[1].from = Some(address("192.0.2.10"));
    world.sources[2].from = Some(address("2001:db8:2::10"));
    let told = told(&Sandbox::build(&world, &sh("true")).unwrap_err());
    assert!(told.contains("192.0.2.200 is reached from 192.0.2.10, and is presumed to be unreachable; "), "{told}");
    assert!(told.contains("198.51.100.1 is not reached at all (ENETUNREACH"), "{told}");
    assert!(told.contains("), not from 192.0.2.10; 2001:db8:1::1 is reached from 2001:db8:1::10, not from "), "{told}");
    assert!(told.contains("says nothing about the subject"), "{told}");
}

#[test]
fn settings_hold_inside_only() {
    let outside = std::fs::read_to_string("/proc/sys/net/ipv4/ip_default_ttl").unwrap();
    let mut world = world();
    world.sysctls.insert("net/ipv4/ip_default_ttl".to_owned(), "77".to_owned());
    world.sysctls.insert("net/ipv6/bindv6only".to_owned(), "1".to_owned());
    assert_eq!(says(&world, "cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/net/ipv6/bindv6only"), "77\n1\n");
    assert_eq!(std::fs::read_to_string("/proc/sys/net/ipv4/ip_default_ttl").unwrap(), outside);
}

#[test]
fn a_setting_that_does_not_exist() {
    let mut world = world();
    world.sysctls.insert("net/no/such".to_owned(), "1".to_owned());
    let told = told(&Sandbox::build(&world, &sh("true")).unwrap_err());
    assert!(told.contains("write \"1\" to /proc/sys/net/no/such: ENOENT"), "{told}");
}

#[test]
fn a_nameserver_that_no_link_has() {
    for ip in ["192.0.2.53", "2001:db8::53"] {
        let mut world = world();
        world.nameservers = vec![nameserver(ip)];
        let told = told(&Sandbox::build(&world, &sh("true")).unwrap_err());
        assert!(
            told.contains(&format!("nameserver {ip}: EADDRNOTAVAIL")) && told.contains("give the address"),
            "{told}"
        );
    }
}

#[test]
fn ipv6_that_is_switched_off_is_named() {
    let mut world = world();
    world.sysctls.insert("net/ipv6/conf/all/disable_ipv6".to_owned(), "1".to_owned());
    assert_eq!(says(&world, "cat /proc/net/if_inet6"), "");
    world.nameservers = vec![nameserver("::1")];
    let error = Sandbox::build(&world, &sh("true")).unwrap_err();
    assert!(
        matches!(&error, Error::Step { because: Some(because), .. } if because == "IPv6 is disabled here"),
        "{error}"
    );
}

#[test]
fn what_a_program_sends_to_a_nameserver_arrives_outside() {
    if depth() > 0 {
        return ask();
    }
    let mut sandbox =
        build(&world(), &deeper("sandbox::network::what_a_program_sends_to_a_nameserver_arrives_outside"));
    let socket = sandbox.take_bound().remove(0).udp.unwrap();
    socket.set_nonblocking(false).unwrap();
    let answering = std::thread::spawn(move || {
        let mut query = [0; 16];
        let (length, from) = socket.recv_from(&mut query).unwrap();
        query[..length].make_ascii_uppercase();
        socket.send_to(&query[..length], from).unwrap();
    });
    let said = finish(&mut sandbox);
    assert!(said.stdout.contains("1 passed"), "{said:?}");
    answering.join().unwrap();
}

fn ask() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect("127.0.0.1:53").unwrap();
    socket.send(b"question").unwrap();
    let mut answer = [0; 16];
    let length = socket.recv(&mut answer).unwrap();
    assert_eq!(&answer[..length], b"QUESTION");
}
