//! Packets in, through the sockets: the bytes as a datagram and as a stream of messages, for a nameserver that has the fault
//! which the first byte chooses.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, UdpSocket};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use netdbspec::server::{Listener, Server, Zones};
use netdbspec::world::World;

use super::look_ups;

const FAULTS: [&str; 24] = [
    "",
    "A:drop",
    "rcode=SERVFAIL",
    "tcp:truncate,keep=1,tcp=true",
    "duplicate=3",
    "header,id=\"previous\"",
    "header,questions=0,answers=9",
    "header,only=true",
    "answer,answer=\"www.example.test. 60 A 192.0.2.{}\",repeat=50",
    "answer,question=\"none\"",
    "bytes,cut=5",
    "bytes,hex=\"00\",then=true",
    "fuzz=7,how=\"flips\",length=5",
    "fuzz=7,how=\"grammar\",length=12",
    "edns=9,echo=true",
    "edns,strip=true",
    "damage,record=0,owner=\"pointer-loop\"",
    "damage,record=1,rdlength=9",
    "tcp:stream=close",
    "tcp:stream=reset",
    "tcp:stream=\"half-close\"",
    "tcp:stream,length=-1",
    "tcp:stream,gather=2",
    "accept=close",
];

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start().expect("a thread can be started"));

/// For each fault, a world with it.
static WORLDS: LazyLock<Vec<World>> = LazyLock::new(|| FAULTS.iter().map(|fault| world(fault)).collect());

static ZONES: LazyLock<Arc<Zones>> = LazyLock::new(|| Arc::new(Zones::read(&look_ups()).expect("they are correct")));

fn world(fault: &str) -> World {
    let mut world = look_ups();
    if !fault.is_empty() {
        world.add_fault(&fault.parse().unwrap_or_else(|why| panic!("{fault}: {why}"))).expect("it fits");
    }
    world
}

/// Serves the bytes.
pub fn run(input: &[u8]) {
    let Some((first, bytes)) = input.split_first() else { return };
    let world = &WORLDS[usize::from(*first) % WORLDS.len()];
    let listener = Listener::bind(([127, 0, 0, 1], 0).into()).expect("a port is free");
    let address = listener.bound().expect("it is bound");
    let service = SERVER.serve(world, ZONES.clone(), vec![listener]).expect("it can be served");
    let client = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    client.send_to(bytes, address).expect("it fits into a datagram");
    let mut stream = TcpStream::connect(address).expect("it is listened to");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("it can be set");
    // A server that has closed the stream already takes no more, and may reset it.
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    if let Err(error) = stream.read_to_end(&mut Vec::new()) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    let queries = service.stop().expect("no part of the server panicked");
    queries.iter().for_each(|query| assert!(!query.line().is_empty()));
}
