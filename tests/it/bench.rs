//! A world served on free ports of the loopback link, and what a client needs to speak to it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use netdbspec::server::{Listener, Server, Service, Zones};
use netdbspec::world::{Nameserver, World};

use crate::zones::{nameservers, said, world, zone};

pub(crate) const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(crate) const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// An address of the loopback link for one test of this process, so that a port which it frees goes to nobody else.
pub(crate) fn own_address(test: u8) -> IpAddr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    if cfg!(target_os = "linux") { [127, test, high, low].into() } else { V4 }
}

/// Whether it comes true. A process that another test is starting right now holds copies of all sockets of this one for a
/// moment, which is why it may take a few looks to see that one is closed.
pub(crate) fn comes_true(mut is_true: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if is_true() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

/// How long to wait for what has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const ZONE: &str = "@ 300 SOA ns hostmaster 1 1h 10m 1d 60
www 300 A 192.0.2.1
    300 A 192.0.2.2
WwW 300 AAAA 2001:db8::1
alias 300 CNAME www
";

/// One world, served on free ports.
pub(crate) struct Bench {
    pub(crate) service: Service,
    pub(crate) udp: Vec<SocketAddr>,
    pub(crate) tcp: Vec<SocketAddr>,
    /// A further port of the first nameserver.
    pub(crate) other: SocketAddr,
}

/// A world with one zone, one missing name and these nameservers.
pub(crate) fn made(written: &str) -> World {
    let mut world = world(vec![zone("example.test.", "example.test.zone", ZONE)]);
    world.nxdomain = vec!["nosuchname".to_owned()];
    world.nameservers = nameservers(written);
    world
}

pub(crate) fn read(world: &World) -> Arc<Zones> {
    Arc::new(Zones::read(world).unwrap_or_else(|problems| panic!("{}", said(&problems))))
}

/// Sockets for every nameserver of the world, on free ports.
pub(crate) fn listeners(world: &World) -> Vec<Listener> {
    let listener = |nameserver: &Nameserver| {
        let address = nameserver.address;
        Listener {
            address,
            udp: nameserver.udp.then(|| UdpSocket::bind((address, 0)).unwrap()),
            tcp: nameserver.tcp.then(|| TcpListener::bind((address, 0)).unwrap()),
            others: vec![UdpSocket::bind((address, 0)).unwrap()],
            raw: None,
        }
    };
    world.nameservers.iter().map(listener).collect()
}

impl Bench {
    pub(crate) fn new(server: &Server, nameservers: &str) -> Self {
        let mut world = made(nameservers);
        let listeners = listeners(&world);
        let other = listeners[0].others[0].local_addr().unwrap();
        // The port is known only now.
        for fault in &mut world.nameservers[0].faults {
            if let netdbspec::fault::Kind::Forge(forge) = &mut fault.kind
                && let Some(netdbspec::fault::ForgedSource::Port(port)) = &mut forge.source
            {
                *port = other.port();
            }
        }
        let udp = listeners.iter().filter_map(|listener| Some(listener.udp.as_ref()?.local_addr().unwrap())).collect();
        let tcp = listeners.iter().filter_map(|listener| Some(listener.tcp.as_ref()?.local_addr().unwrap())).collect();
        Self { service: server.serve(&world, read(&world), listeners).unwrap(), udp, tcp, other }
    }

    pub(crate) fn client(&self) -> UdpSocket {
        client(self.udp[0])
    }

    pub(crate) fn stream(&self) -> TcpStream {
        let stream = TcpStream::connect(self.tcp[0]).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// The wire log in lines: `udp A www.example.test.: NOERROR 2`.
    pub(crate) fn lines(self) -> Vec<String> {
        self.service.stop().unwrap().iter().map(|query| format!("{}: {}", query.line(), query.reply)).collect()
    }
}

/// A socket that speaks to this address only.
pub(crate) fn client(server: SocketAddr) -> UdpSocket {
    let socket = unconnected(server.ip());
    socket.connect(server).unwrap();
    socket
}

pub(crate) fn unconnected(address: IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// A query of class IN with RD set, in example.test.
pub(crate) fn query(id: u16, name: &str, qtype: u16) -> Vec<u8> {
    let mut message = [&id.to_be_bytes()[..], b"\x01\0\0\x01\0\0\0\0\0\0"].concat();
    for label in name.split('.').chain(["example", "test"]) {
        message.push(u8::try_from(label.len()).unwrap());
        message.extend_from_slice(label.as_bytes());
    }
    [&message[..], &[0], &qtype.to_be_bytes(), &[0, 1]].concat()
}

pub(crate) fn receive(socket: &UdpSocket) -> Vec<u8> {
    let mut buffer = [0; 65_535];
    let length = socket.recv(&mut buffer).unwrap();
    buffer[..length].to_vec()
}

pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    [&u16::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

pub(crate) fn receive_frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut message = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut message).unwrap();
    message
}

pub(crate) fn id(message: &[u8]) -> u16 {
    u16::from_be_bytes([message[0], message[1]])
}

/// The response code and the number of answer records.
pub(crate) fn code(message: &[u8]) -> (u8, u8) {
    (message[3] & 0xF, message[7])
}
