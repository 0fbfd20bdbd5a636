//! The stub DNS server alone, in this process.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;

use super::error::Error;
use super::live::Live;
use super::net::Net;
use super::world::World;
use crate::server::Listener;
use crate::world::Nameserver;

/// The nameservers of a world, in this process, each on a free port of the loopback link: for a resolver that takes the address of
/// a nameserver. Files of /etc, links and routes play no part. It needs no sandbox, and works on every Unix.
///
/// All that [`Net`] has, it has. It stops when it is dropped.
///
/// ```
/// use std::net::UdpSocket;
///
/// use netdbspec::hermetic::{Stub, World};
///
/// let stub = Stub::start(&World::new().record("www.example. 60 A 192.0.2.1"))?;
/// // What a resolver sends that is told to ask `stub.addr()`: A www.example., id 1, recursion desired.
/// let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
/// socket.connect(stub.addr()).unwrap();
/// socket.send(b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x03www\x07example\0\0\x01\0\x01").unwrap();
/// let mut reply = [0; 512];
/// let length = socket.recv(&mut reply).unwrap();
/// assert!(reply[..length].ends_with(&[192, 0, 2, 1]));
/// assert_eq!(stub.queries(), ["udp A www.example."]);
/// # Ok::<(), netdbspec::hermetic::Error>(())
/// ```
#[derive(Debug)]
pub struct Stub {
    net: Net,
    addresses: Vec<SocketAddr>,
}

impl Stub {
    /// Serves the world.
    ///
    /// # Errors
    /// What is wrong with the world, or why no socket could be bound.
    pub fn start(world: &World) -> Result<Self, Error> {
        let mut world = world.clone();
        if world.described.nameservers.is_empty() {
            world.described.nameservers.push(Nameserver::at(Ipv4Addr::LOCALHOST.into()));
        }
        let mut addresses = Vec::new();
        let mut listeners = Vec::new();
        for server in &world.described.nameservers {
            let loopback: IpAddr = match server.address {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            };
            let listener = Listener::bind(SocketAddr::new(loopback, 0))?;
            addresses.extend(listener.bound());
            listeners.push(Listener { address: server.address, ..listener });
        }
        let live = Live::serve(world, None, listeners)?;
        Ok(Self { net: Net::near(Arc::new(live)), addresses })
    }

    /// Where the first nameserver listens, for datagrams and streams.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addresses.first().copied().unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Where the nameservers listen, in the order of the world's.
    #[must_use]
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

impl Deref for Stub {
    type Target = Net;

    fn deref(&self) -> &Net {
        &self.net
    }
}
