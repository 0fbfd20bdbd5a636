//! The server's faults that need a real socket: streams that end, pieces and packets, replies held until another query.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use netdbspec::server::Server;

use crate::bench::{Bench, code, framed, id, query, receive, receive_frame};

fn bench(server: &Server, faults: &str) -> Bench {
    Bench::new(server, &format!("[[nameserver]]\naddress = '127.0.0.1'\nfault = [{faults}]\n"))
}

/// A stream on which both questions have been asked at once.
fn asked(bench: &Bench) -> TcpStream {
    let mut stream = bench.stream();
    stream.write_all(&[framed(&query(1, "www", 1)), framed(&query(2, "www", 28))].concat()).unwrap();
    stream
}

#[test]
fn a_reply_waits_for_another_query_on_either_transport() {
    let server = Server::start().unwrap();
    let bench = bench(&server, "{ on = { type = 'A' }, delay = { until = { type = 'AAAA' } } }");
    let socket = bench.client();
    socket.send(&query(1, "www", 1)).unwrap();
    socket.send(&query(2, "www", 28)).unwrap();
    assert_eq!([(); 2].map(|()| id(&receive(&socket))), [2, 1]);
    // It has come already.
    socket.send(&query(3, "www", 1)).unwrap();
    assert_eq!(id(&receive(&socket)), 3);
    let mut stream = asked(&bench);
    assert_eq!([(); 2].map(|()| id(&receive_frame(&mut stream))), [1, 2]);
    assert_eq!(bench.lines()[0], "udp A www.example.test.: NOERROR 2; held");
}

#[test]
fn a_datagram_is_released_by_a_query_on_a_stream() {
    let server = Server::start().unwrap();
    let bench = bench(&server, "{ on = { transport = 'udp' }, delay = { until = { transport = 'tcp' } } }");
    let socket = bench.client();
    socket.send(&query(1, "www", 1)).unwrap();
    let mut stream = asked(&bench);
    assert_eq!((id(&receive(&socket)), id(&receive_frame(&mut stream))), (1, 1));
}

#[test]
fn replies_are_gathered_and_cut_into_pieces() {
    let server = Server::start().unwrap();
    let bench = bench(&server, "{ stream = { gather = 2, split = 7 } }");
    let mut stream = asked(&bench);
    assert_eq!([(); 2].map(|()| code(&receive_frame(&mut stream))), [(0, 2), (0, 1)]);
    assert_eq!(
        bench.lines(),
        ["tcp A www.example.test.: NOERROR 2; stream", "tcp AAAA www.example.test.: NOERROR 1; stream"]
    );
}

#[test]
fn a_stream_ends_as_told() {
    let server = Server::start().unwrap();
    let ends = |faults: &str| {
        let bench = bench(&server, faults);
        let (mut stream, mut read) = (asked(&bench), Vec::new());
        let end = stream.read_to_end(&mut read).map_err(|error| error.kind()).map(|_| read.len());
        (end, bench.lines().len())
    };
    let whole = 2 + 12 + 22 + 2 * 16;
    assert_eq!(ends("{ stream = { end = 'close' } }"), (Ok(whole), 2));
    assert_eq!(ends("{ stream = { end = 'half-close' } }"), (Ok(whole), 2));
    assert_eq!(ends("{ drop = {} }, { stream = { end = 'close' } }"), (Ok(0), 2));
    assert_eq!(ends("{ drop = {} }, { stream = { end = 'reset' } }"), (Err(ErrorKind::ConnectionReset), 2));
    assert_eq!(ends("{ accept = { how = 'reset' } }"), (Err(ErrorKind::ConnectionReset), 0));
}

#[test]
fn the_length_before_a_message_lies() {
    let server = Server::start().unwrap();
    let bench = bench(&server, "{ stream = { length = -3, end = 'close' } }");
    let mut stream = asked(&bench);
    let reply = receive_frame(&mut stream);
    assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap(), 3, "{reply:?}");
}

#[test]
fn a_stream_may_be_left_alone_once() {
    let server = Server::start().unwrap();
    let bench = bench(
        &server,
        "{ on = { nth = [1] }, accept = { how = 'unread' } }, { on = { nth = [2] }, accept = { how = 'late', ms = 20 } }",
    );
    let unread = asked(&bench);
    let mut late = asked(&bench);
    assert_eq!(id(&receive_frame(&mut late)), 1);
    unread.set_nonblocking(true).unwrap();
    assert_eq!((&unread).read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(bench.lines().len(), 2);
}
