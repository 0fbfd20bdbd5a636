//! The server on real sockets of the loopback link: what it sends, when, from where, and what it notes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use netdbspec::outcome::{Query, Transport};
use netdbspec::server::{Error, Listener, Server};

use crate::bench::{
    Bench, V4, V6, client, code, comes_true, framed, id, listeners, made, own_address, query, read, receive,
    receive_frame, unconnected,
};

#[test]
fn both_families_and_both_transports_are_served() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\n[[nameserver]]\naddress = '::1'\n");
    for (index, address) in [V4, V6].into_iter().enumerate() {
        let asked = query(7, "www", 1);
        let socket = client(bench.udp[index]);
        socket.send(&asked).unwrap();
        let reply = receive(&socket);
        assert_eq!((id(&reply), code(&reply)), (7, (0, 2)));
        let mut stream = TcpStream::connect(bench.tcp[index]).unwrap();
        stream.write_all(&framed(&asked)).unwrap();
        assert_eq!(receive_frame(&mut stream), reply);
        let noted: Vec<_> =
            bench.service.log()[index * 2..].iter().map(|query| (query.server, query.transport)).collect();
        assert_eq!(noted, [(address, Transport::Udp), (address, Transport::Tcp)]);
        assert_eq!(bench.service.log()[index * 2].source, socket.local_addr().unwrap());
    }
    assert_eq!(bench.service.queries(), 4);
    assert_eq!(bench.lines()[..2], ["udp A www.example.test.: NOERROR 2", "tcp A www.example.test.: NOERROR 2"]);
}

#[test]
fn what_comes_of_each_query_is_noted() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\n");
    let socket = bench.client();
    let mut outside = query(5, "www", 1);
    outside[23] = b'x';
    let missing = b"\0\x06\x01\0\0\x01\0\0\0\0\0\0\x03www\x0anosuchname\0\0\x01\0\x01".to_vec();
    let queries = [
        query(1, "Alias", 1),
        query(2, "www", 15),
        query(3, "gone", 28),
        outside,
        missing,
        b"\0\x07\x01\0\0\x01\0\0\0\0\0\0\x03ww".to_vec(),
    ];
    for query in &queries {
        socket.send(query).unwrap();
        assert_eq!(id(&receive(&socket)), id(query));
    }
    // Neither gets a reply; the query after them does.
    for query in [&b"\0\x08\x81\0\0\0\0\0\0\0\0\0"[..], b"\0", &query(9, "www", 1)] {
        socket.send(query).unwrap();
    }
    assert_eq!(id(&receive(&socket)), 9);
    let log = bench.service.stop().unwrap();
    let lines: Vec<_> = log.iter().map(|query| format!("{}: {}", query.line(), query.reply)).collect();
    assert_eq!(
        lines,
        [
            "udp A Alias.example.test.: NOERROR 3",
            "udp MX www.example.test.: NOERROR 0",
            "udp AAAA gone.example.test.: NXDOMAIN",
            "udp A www.examplx.test.: REFUSED (outside all zones)",
            "udp A www.nosuchname.: NXDOMAIN",
            "udp ? ?: FORMERR",
            "udp ? ?: no reply",
            "udp ? ?: no reply",
            "udp A www.example.test.: NOERROR 2",
        ]
    );
    let noted: Vec<_> = log.iter().filter(|query| query.outside).map(|query| query.id).collect();
    assert_eq!(noted, [5]);
    assert!(log.is_sorted_by_key(|query| query.at));
    let sent = log.iter().map(|query| query.sent.as_ref().map(Vec::len));
    assert_eq!(sent.collect::<Vec<_>>(), [1, 1, 1, 1, 1, 1, 0, 0, 1].map(Some));
    assert_eq!(
        (&log[0].flags[..], &log[6].flags[..]),
        (&["RD".to_owned()][..], &["QR".to_owned(), "RD".to_owned()][..])
    );
}

#[test]
fn a_zone_that_only_others_serve_is_not_outside() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\nzones = []\n");
    let socket = bench.client();
    socket.send(&query(1, "www", 1)).unwrap();
    assert_eq!(code(&receive(&socket)), (5, 0));
    let log = bench.service.stop().unwrap();
    assert_eq!((log[0].outside, &*log[0].reply), (false, "REFUSED"));
}

#[test]
fn several_queries_share_a_stream_and_a_late_reply_holds_up_no_other() {
    let server = Server::start().unwrap();
    let fault = "fault = [{ on = { type = 'AAAA' }, delay = { ms = 150 } }]";
    let bench = Bench::new(&server, &format!("[[nameserver]]\naddress = '127.0.0.1'\n{fault}\n"));
    let mut stream = bench.stream();
    let together = [framed(&query(1, "www", 28)), framed(&query(2, "www", 1)), framed(&query(3, "www", 15))].concat();
    let begun = Instant::now();
    stream.write_all(&together).unwrap();
    // The client is done with asking, and still gets all its replies before the stream ends.
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!([(); 3].map(|()| id(&receive_frame(&mut stream))), [2, 3, 1]);
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    let log = bench.service.stop().unwrap();
    assert_eq!((&*log[0].line(), &*log[0].reply), ("tcp AAAA www.example.test.", "NOERROR 1; delay 150ms"));
    let sent: Vec<_> = log.iter().map(|query| &query.sent.as_ref().unwrap()[0]).collect();
    assert!(sent[0].at >= log[0].at + Duration::from_millis(150) && sent[0].at >= sent[1].at.max(sent[2].at));
    assert_eq!((&*sent[0].reply, sent[0].is_stray()), ("NOERROR 1", false));
}

#[test]
fn a_query_may_come_one_byte_at_a_time() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\n");
    let mut stream = bench.stream();
    stream.set_nodelay(true).unwrap();
    for _ in 0..2 {
        for byte in framed(&query(1, "www", 1)) {
            stream.write_all(&[byte]).unwrap();
        }
        assert_eq!(code(&receive_frame(&mut stream)), (0, 2));
    }
}

#[test]
fn a_stream_with_a_silent_query_stays_open() {
    let server = Server::start().unwrap();
    let fault = "fault = [{ on = { nth = [1] }, drop = {} }]";
    let bench = Bench::new(&server, &format!("[[nameserver]]\naddress = '127.0.0.1'\n{fault}\n"));
    let mut stream = bench.stream();
    for number in [1, 2] {
        stream.write_all(&framed(&query(number, "www", 1))).unwrap();
    }
    assert_eq!(id(&receive_frame(&mut stream)), 2);
    assert_eq!(bench.lines(), ["tcp A www.example.test.: drop", "tcp A www.example.test.: NOERROR 2"]);
}

#[test]
fn each_nameserver_counts_for_itself() {
    let server = Server::start().unwrap();
    let fault = "fault = [{ on = { type = 'A', nth = [2] }, rcode = { code = 'SERVFAIL' } }]";
    let nameservers =
        format!("[[nameserver]]\naddress = '127.0.0.1'\n{fault}\n[[nameserver]]\naddress = '::1'\n{fault}\n");
    let bench = Bench::new(&server, &nameservers);
    for address in &bench.udp {
        let socket = client(*address);
        let codes = [1, 28, 1, 1].map(|qtype| {
            socket.send(&query(1, "www", qtype)).unwrap();
            code(&receive(&socket)).0
        });
        assert_eq!(codes, [0, 0, 2, 0]);
    }
    assert_eq!(bench.lines()[2], "udp A www.example.test.: NOERROR 2; rcode SERVFAIL");
}

#[test]
fn forged_replies_come_first_and_from_where_they_should() {
    let server = Server::start().unwrap();
    let nameservers = "
        [[nameserver]]
        address = '127.0.0.1'
        other_ports = [5353]
        fault = [
            { on = { type = 'A' }, forge = { source = { port = 5353 }, id = 1, address = '192.0.2.66', then = true } },
            { on = { type = 'A' }, forge = { source = { address = '127.0.0.2' }, then = true, then_ms = 50 } },
        ]
        [[nameserver]]
        address = '127.0.0.2'
    ";
    let bench = Bench::new(&server, nameservers);
    let socket = unconnected(V4);
    let begun = Instant::now();
    socket.send_to(&query(7, "www", 1), bench.udp[0]).unwrap();
    let mut buffer = [0; 512];
    let came = [(); 3].map(|()| {
        let (length, source) = socket.recv_from(&mut buffer).unwrap();
        (source, id(&buffer[..length]), buffer[7])
    });
    assert_eq!(came, [(bench.other, 8, 1), (bench.udp[1], 7, 2), (bench.udp[0], 7, 2)]);
    assert!(begun.elapsed() >= Duration::from_millis(50));
    assert_eq!(bench.lines(), ["udp A www.example.test.: NOERROR 2; forge id address source; forge source"]);
}

#[test]
fn any_bytes_can_be_sent_and_none_at_all() {
    let server = Server::start().unwrap();
    let fault = "fault = [{ bytes = { hex = '', then = true } }, { bytes = { hex = '0000ff', then = true } }]";
    let bench = Bench::new(&server, &format!("[[nameserver]]\naddress = '127.0.0.1'\n{fault}\n"));
    let socket = bench.client();
    socket.send(&query(0x1234, "www", 1)).unwrap();
    assert_eq!([receive(&socket), receive(&socket)], [vec![], vec![0x12, 0x34, 0xff]]);
    assert_eq!(code(&receive(&socket)), (0, 2));
    let mut stream = bench.stream();
    stream.write_all(&framed(&query(0x1234, "www", 1))).unwrap();
    assert_eq!([receive_frame(&mut stream), receive_frame(&mut stream)], [vec![], vec![0x12, 0x34, 0xff]]);
}

#[test]
fn truncation_leads_to_the_whole_answer_over_tcp() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\nfault = [{ truncate = {} }]\n");
    let socket = bench.client();
    socket.send(&query(1, "www", 1)).unwrap();
    let reply = receive(&socket);
    assert_eq!((reply[2] & 2, code(&reply)), (2, (0, 0)));
    let mut stream = bench.stream();
    stream.write_all(&framed(&query(1, "www", 1))).unwrap();
    let reply = receive_frame(&mut stream);
    assert_eq!((reply[2] & 2, code(&reply)), (0, (0, 2)));
    assert_eq!(bench.lines(), ["udp A www.example.test.: NOERROR 2; truncate", "tcp A www.example.test.: NOERROR 2"]);
}

#[test]
fn what_could_not_be_sent_is_noted() {
    let server = Server::start().unwrap();
    let fault = format!("fault = [{{ bytes = {{ hex = '{}', then = true }} }}]", "00".repeat(65_520));
    let bench = Bench::new(&server, &format!("[[nameserver]]\naddress = '127.0.0.1'\n{fault}\n"));
    let socket = bench.client();
    socket.send(&query(1, "www", 1)).unwrap();
    assert_eq!(code(&receive(&socket)), (0, 2));
    let lines = bench.lines();
    assert!(lines[0].starts_with("udp A www.example.test.: NOERROR 2; bytes 65520; not sent: "), "{lines:?}");
}

#[test]
fn all_sockets_are_closed_when_the_service_has_stopped() {
    let server = Server::start().unwrap();
    let fault = "fault = [{ on = { type = 'AAAA' }, delay = { ms = 3600000 } }]";
    let bench = Bench::new(&server, &format!("[[nameserver]]\naddress = '{}'\n{fault}\n", own_address(83)));
    let (udp, tcp, other) = (bench.udp[0], bench.tcp[0], bench.other);
    let socket = bench.client();
    let mut stream = bench.stream();
    for qtype in [28, 1] {
        socket.send(&query(1, "www", qtype)).unwrap();
        stream.write_all(&framed(&query(1, "www", qtype))).unwrap();
    }
    // The first of each waits for an hour.
    assert_eq!((code(&receive(&socket)), code(&receive_frame(&mut stream))), ((0, 2), (0, 2)));
    assert_eq!(bench.service.stop().unwrap().len(), 4);
    assert!(stream.read(&mut [0]).map_or(true, |length| length == 0));
    assert!(comes_true(|| UdpSocket::bind(udp).is_ok() && UdpSocket::bind(other).is_ok()));
    assert!(comes_true(|| TcpStream::connect(tcp).is_err()));
}

#[test]
fn one_server_serves_many_worlds_at_once() {
    let server = Server::start().unwrap();
    let benches: Vec<_> = (0..20).map(|_| Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\n")).collect();
    let sockets: Vec<_> = benches.iter().map(Bench::client).collect();
    for (number, socket) in (0..).zip(&sockets) {
        socket.send(&query(number, "www", 1)).unwrap();
    }
    for (number, (socket, bench)) in (0..).zip(sockets.iter().zip(benches)) {
        assert_eq!(id(&receive(socket)), number);
        let ids: Vec<_> = bench.service.stop().unwrap().iter().map(|query: &Query| query.id).collect();
        assert_eq!(ids, [number]);
    }
}

#[test]
fn what_lies_unread_is_counted() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\n");
    let (socket, mut stream) = (bench.client(), bench.stream());
    for round in 1..=100 {
        // Nobody waits for a reply: the count itself has to find them.
        socket.send(&query(round, "www", 1)).unwrap();
        socket.send(&query(round, "gone", 1)).unwrap();
        stream.write_all(&framed(&query(round, "www", 1))).unwrap();
        let mut fresh = bench.stream();
        fresh.write_all(&framed(&query(round, "www", 1))).unwrap();
        drop(fresh);
        assert_eq!(bench.service.queries(), usize::from(round) * 4);
    }
    socket.send(&query(0, "www", 1)).unwrap();
    let log = bench.service.stop().unwrap();
    assert_eq!((log.len(), log.last().map(|query| query.id)), (401, Some(0)));
}

#[test]
fn half_a_query_is_none_yet_and_holds_no_count_up() {
    let server = Server::start().unwrap();
    let fault = "fault = [{ drop = {} }]";
    let bench = Bench::new(&server, &format!("[[nameserver]]\naddress = '127.0.0.1'\n{fault}\n"));
    let mut half = bench.stream();
    half.write_all(&framed(&query(1, "www", 1))[..9]).unwrap();
    let socket = bench.client();
    socket.send(&query(2, "www", 1)).unwrap();
    assert_eq!(bench.service.queries(), 1);
    half.write_all(&framed(&query(1, "www", 1))[9..]).unwrap();
    assert_eq!(bench.service.queries(), 2);
}

#[test]
fn a_service_outlives_its_server_without_harm() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, &format!("[[nameserver]]\naddress = '{}'\n", own_address(84)));
    let (socket, udp) = (bench.client(), bench.udp[0]);
    socket.send(&query(1, "www", 1)).unwrap();
    receive(&socket);
    drop(server);
    assert!(comes_true(|| UdpSocket::bind(udp).is_ok()));
    assert_eq!(bench.service.stop().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_served_is_refused() {
    let server = Server::start().unwrap();
    let refused = |nameservers: &str, changed: fn(&mut Vec<Listener>)| -> Error {
        let world = made(nameservers);
        let mut listeners = listeners(&world);
        changed(&mut listeners);
        server.serve(&world, read(&world), listeners).unwrap_err()
    };
    let error = refused("[[nameserver]]\naddress = '127.0.0.1'\n", |listeners| listeners[0].address = V6);
    assert_eq!(error.to_string(), "cannot serve ::1: world `made-up` has no such nameserver");
    assert_eq!(error.hint().unwrap(), "add it to the `nameserver` list of the world");
    let forge = "[[nameserver]]\naddress = '127.0.0.1'\nfault = [{ forge = { source = { port = 1 } } }]";
    let error = refused(forge, |_| {});
    insta::assert_snapshot!(error, @"a fault of nameserver 127.0.0.1 sends from port 1, where the world has no datagram socket");
    assert_eq!(error.hint().unwrap(), "add the port to the nameserver's `other_ports`");
    let forge = "[[nameserver]]\naddress = '127.0.0.1'\nfault = [{ forge = { source = { address = '192.0.2.9' } } }]";
    let error = refused(forge, |_| {});
    insta::assert_snapshot!(error, @"a fault of nameserver 127.0.0.1 sends from 192.0.2.9, where the world has no datagram socket");
    assert_eq!(error.hint().unwrap(), "add that address to the `nameserver` list of the world");
}
