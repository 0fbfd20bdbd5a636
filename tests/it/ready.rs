//! Replies that the stub sends without more ado: what it would say anyhow, never that of other zones, another nameserver or
//! another transport, and the log tells of them what it tells of any other.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use netdbspec::fault::Fault;
use netdbspec::outcome::{Query, Transport};
use netdbspec::server::Server;
use netdbspec::world::World;

use crate::bench::{Bench, V4, V6, client, code, framed, id, made, query, read, receive, receive_frame};
use crate::zones::zone;

const TWO: &str = "[[nameserver]]\naddress = '127.0.0.1'\n[[nameserver]]\naddress = '::1'\nzones = []\n";

/// The reply to a query that is asked three times, each with an id of its own.
fn asked(socket: &UdpSocket, message: &[u8]) -> Vec<u8> {
    let replies = [1_u16, 2, 3].map(|number| {
        let message = [&number.to_be_bytes(), &message[2..]].concat();
        socket.send(&message).unwrap();
        let mut reply = receive(socket);
        assert_eq!(id(&reply), number, "{message:02x?}");
        reply.drain(..2);
        reply
    });
    assert!(replies[0] == replies[1] && replies[1] == replies[2], "{message:02x?}");
    replies[0].clone()
}

/// The message with an OPT record that offers this size, and with the DO bit or without.
fn with_edns(message: &[u8], size: u16, dnssec_ok: bool) -> Vec<u8> {
    let [high, low] = size.to_be_bytes();
    let mut message = [message, &[0, 0, 41, high, low, 0, 0, if dnssec_ok { 0x80 } else { 0 }, 0, 0, 0]].concat();
    message[11] += 1;
    message
}

/// Questions that differ in one thing each.
fn messages() -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for name in ["www", "wWw", "alias", "gone", "Gone", "many", "a.wild", "b.wild", "A.wild"] {
        for qtype in [1, 28, 15, 255] {
            let plain = query(0, name, qtype);
            for size in [512, 600, 1232, 4096] {
                messages.push(with_edns(&plain, size, false));
            }
            messages.push(with_edns(&plain, 1232, true));
            // Without recursion, with CD, as another opcode, in another class, with a byte too many, cut short.
            for (at, byte) in [(2, 0), (3, 0x10), (2, 0x10), (plain.len() - 1, 3)] {
                let mut other = plain.clone();
                other[at] = byte;
                messages.push(other);
            }
            messages.push([&plain[..], b"x"].concat());
            messages.push(plain[..plain.len() - 1].to_vec());
            messages.push(plain);
        }
    }
    let mut outside = query(0, "www", 1);
    outside[23] = b'x';
    messages.extend([outside, query(0, &["n".repeat(60).as_str(); 3].join("."), 1)]);
    messages
}

/// A world with a wildcard, and a name whose addresses fit into no small datagram.
fn large(nameservers: &str) -> World {
    let mut world = made(nameservers);
    let mut text = "@ 300 SOA ns hostmaster 1 1h 10m 1d 60\nwww 300 A 192.0.2.1\nalias 300 CNAME www\n".to_owned();
    text.push_str("*.wild 300 A 192.0.2.2\n");
    (0..70).for_each(|number| text.push_str(&format!("many 300 A 198.51.100.{number}\n")));
    world.zones = vec![zone("example.test.", "large.zone", &text)].into();
    world
}

#[test]
fn what_is_said_at_once_is_the_right_reply() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, TWO);
    let zones = read(&large(TWO));
    bench.service.set_zones(zones.clone());
    for (server, at) in [(V4, bench.udp[0]), (V6, bench.udp[1])] {
        let socket = client(at);
        for message in messages() {
            let right = zones.answer(&message, Transport::Udp, server);
            assert_eq!(asked(&socket, &message), right[2..], "{message:02x?}");
        }
    }
    // Another nameserver of the same world has no zones, and so says something else.
    let refused = bench.udp.iter().map(|at| code(&[&[0; 2][..], &asked(&client(*at), &query(0, "www", 1))].concat()).0);
    assert_eq!(refused.collect::<Vec<_>>(), [0, 5]);
}

#[test]
fn a_stream_gets_whole_what_datagrams_got_cut_short() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, TWO);
    bench.service.set_zones(read(&large(TWO)));
    let (socket, mut stream) = (bench.client(), bench.stream());
    let many = query(0, "many", 1);
    for _ in 0..2 {
        let cut = asked(&socket, &many);
        assert_eq!((cut[0] & 2, cut[5]), (2, 0));
        stream.write_all(&framed(&many)).unwrap();
        let whole = receive_frame(&mut stream);
        assert_eq!((whole[2] & 2, code(&whole)), (0, (0, 70)));
        let wide = asked(&socket, &with_edns(&many, 4096, false));
        assert_eq!((wide[0] & 2, wide[5]), (0, 70));
    }
}

#[test]
fn other_zones_faults_and_outsides_count_from_the_next_query_on() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\n");
    let socket = bench.client();
    let codes = |name: &str| code(&[&[0; 2][..], &asked(&socket, &query(0, name, 1))].concat());
    let (few, many) = (read(&made(TWO)), read(&large(TWO)));
    let fault: Fault = toml::from_str("on = { name = 'www.example.test.' }\nrcode = { code = 'SERVFAIL' }").unwrap();
    for _ in 0..3 {
        assert_eq!((codes("www"), codes("gone"), codes("a.wild")), ((0, 2), (3, 0), (3, 0)));
        bench.service.set_zones(many.clone());
        assert_eq!((codes("www"), codes("gone"), codes("a.wild")), ((0, 1), (3, 0), (0, 1)));
        bench.service.set_faults(std::slice::from_ref(&fault)).unwrap();
        assert_eq!((codes("www").0, codes("a.wild")), (2, (0, 1)));
        bench.service.set_zones(few.clone());
        assert_eq!((codes("www").0, codes("a.wild")), (2, (3, 0)));
        bench.service.set_faults(&[]).unwrap();
    }
    let mut outer = query(0, "www", 1);
    outer[23] = b'x';
    let refused = asked(&socket, &outer);
    assert_eq!(refused[1] & 0xF, 5);
    // Nobody listens there: no test may.
    bench.service.set_fall_through(vec![SocketAddr::from((V4, 1))]);
    assert_eq!(asked(&socket, &outer)[1] & 0xF, 2);
    bench.service.set_fall_through(Vec::new());
    assert_eq!(asked(&socket, &outer), refused);
}

/// All of a query but for what differs from run to run.
fn noted(query: &Query) -> Query {
    let sent = query.sent.iter().flatten().cloned().map(|mut sent| {
        assert!(sent.at >= query.at);
        sent.at = Duration::ZERO;
        sent
    });
    let source = SocketAddr::new(query.source.ip(), 1);
    Query { at: Duration::ZERO, late: Duration::ZERO, source, sent: Some(sent.collect()), ..query.clone() }
}

#[test]
fn the_log_tells_the_same_of_them_as_of_others() {
    let server = Server::start().unwrap();
    let logs = ["", "fault = [{ on = { name = 'never.test.' }, drop = {} }]\n"].map(|faults| {
        let bench = Bench::new(&server, &format!("[[nameserver]]\naddress = '127.0.0.1'\n{faults}"));
        bench.service.set_zones(read(&large(TWO)));
        let socket = bench.client();
        messages().iter().for_each(|message| drop(asked(&socket, message)));
        let log = bench.service.log();
        assert!(log.is_sorted_by_key(|query| query.at));
        assert!(log.iter().all(|query| query.source == socket.local_addr().unwrap()));
        log.iter().map(noted).collect::<Vec<_>>()
    });
    let [at_once, decided] = logs;
    assert_eq!(at_once.len(), messages().len() * 3);
    assert_eq!(at_once, decided);
}

#[test]
fn a_log_that_keeps_few_counts_all() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\n");
    bench.service.keep(2);
    let socket = bench.client();
    for name in ["www", "alias", "gone"] {
        asked(&socket, &query(0, name, 1));
    }
    assert_eq!(bench.service.queries(), 9);
    assert_eq!(bench.lines(), ["udp A gone.example.test.: NXDOMAIN"; 2]);
}
