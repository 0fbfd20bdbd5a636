//! The stub server alone, for resolvers that take the address of a nameserver.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};

use netdbspec::hermetic::{Stub, World};
use netdbspec::world::Nameserver;

use super::ip;

/// What is left of the ways to misbehave in a message: A www.example., id 1, recursion desired.
const QUERY: &[u8] = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x03www\x07example\0\0\x01\0\x01";

fn ask(stub: &Stub) -> Vec<u8> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(stub.addr()).unwrap();
    socket.send(QUERY).unwrap();
    let mut reply = [0; 512];
    let length = socket.recv(&mut reply).unwrap();
    reply[..length].to_vec()
}

fn rcode(reply: &[u8]) -> u8 {
    reply[3] & 0xf
}

#[test]
fn it_answers_on_a_free_port_over_both_transports() {
    let stub = Stub::start(&World::new().record("www.example. A 192.0.2.1")).unwrap();
    assert!(stub.addr().ip().is_loopback() && stub.addr().port() != 53);
    assert!(ask(&stub).ends_with(&[192, 0, 2, 1]));
    let mut stream = TcpStream::connect(stub.addr()).unwrap();
    stream.write_all(&[0, u8::try_from(QUERY.len()).unwrap()]).unwrap();
    stream.write_all(QUERY).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut reply).unwrap();
    assert!(reply.ends_with(&[192, 0, 2, 1]));
    assert_eq!(stub.queries(), ["udp A www.example.", "tcp A www.example."]);
}

#[test]
fn it_changes_while_it_serves() {
    let stub = Stub::start(&World::new().record("www.example. A 192.0.2.1").fault("rcode=SERVFAIL")).unwrap();
    assert_eq!(rcode(&ask(&stub)), 2);
    stub.well();
    assert_eq!(rcode(&ask(&stub)), 0);
    stub.fault("nth=2:rcode=REFUSED");
    assert_eq!([rcode(&ask(&stub)), rcode(&ask(&stub))], [0, 5]);
    stub.well();
    stub.zone("example.", "@ SOA @ @ 2 1 1 1 1\n");
    stub.record("ftp.example. A 192.0.2.2");
    stub.forget();
    assert!(ask(&stub).ends_with(&[192, 0, 2, 1]));
    assert_eq!(stub.log()[0].reply, "NOERROR 1");
}

#[test]
#[should_panic(expected = "a stub server alone has no files")]
fn it_has_no_files() {
    Stub::start(&World::new()).unwrap().file("hosts", "192.0.2.1 www.example\n");
}

#[test]
fn each_nameserver_has_an_address_of_its_own() {
    let mut described = netdbspec::world::World::bare("two");
    described.nameservers = ["10.96.0.10", "2001:db8::53"].map(|server| Nameserver::at(ip(server))).into();
    let world = World::from(described).record("www.example. A 192.0.2.1").fault("@10.96.0.10:rcode=SERVFAIL");
    let stub = Stub::start(&world).unwrap();
    let [first, second] = stub.addrs() else { panic!("two nameservers: {:?}", stub.addrs()) };
    assert!(first.is_ipv4() && second.is_ipv6() && *first == stub.addr());
    assert_eq!(rcode(&ask(&stub)), 2);
    assert_eq!(stub.log()[0].server, ip("10.96.0.10"));
}
