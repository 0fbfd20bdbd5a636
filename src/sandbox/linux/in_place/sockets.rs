//! The sockets of a world's nameservers, on the loopback of this very machine.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;

use socket2::{Domain, Protocol, Socket, Type};

use crate::fault::Fault;
use crate::sandbox::{Bound, Error};
use crate::world::{Nameserver, World};

/// The port of nameservers.
const PORT: u16 = 53;

/// How many connections may wait at a nameserver.
const BACKLOG: i32 = 128;

/// Binds the sockets of all nameservers.
pub(super) fn bind(world: &World) -> Result<Vec<Bound>, Error> {
    world.nameservers.iter().map(nameserver).collect()
}

fn nameserver(nameserver: &Nameserver) -> Result<Bound, Error> {
    let address = nameserver.address;
    let at = |port| SocketAddr::new(address, port);
    let named = |what: &str, port: u16, error: &io::Error| refused(address, what, port, error);
    let full = nameserver.faults.iter().any(Fault::fills_queue);
    let datagram = |port| bound(at(port), Type::DGRAM).map_err(|error| named("UDP", port, &error));
    let stream = || {
        let socket = bound(at(PORT), Type::STREAM)?;
        socket.listen(if full { 0 } else { BACKLOG })?;
        if full {
            // One connection has room. It stays in the queue when it is closed, and no further SYN gets an answer.
            Socket::new(Domain::for_address(at(PORT)), Type::STREAM, None)?.connect(&at(PORT).into())?;
        }
        Ok(socket)
    };
    let raw = || Socket::new(Domain::IPV4, Type::RAW.nonblocking(), Some(Protocol::from(libc::IPPROTO_RAW)));
    let makes_packets = nameserver.faults.iter().any(Fault::makes_packets);
    Ok(Bound {
        address,
        udp: nameserver.udp.then(|| datagram(PORT)).transpose()?.map(Into::into),
        tcp: nameserver.tcp.then(stream).transpose().map_err(|error| named("TCP", PORT, &error))?.map(Into::into),
        others: nameserver.other_ports.iter().map(|port| datagram(*port).map(Into::into)).collect::<Result<_, _>>()?,
        raw: makes_packets
            .then(raw)
            .transpose()
            .map_err(|error| named("a raw socket beside", PORT, &error))?
            .map(OwnedFd::from),
    })
}

fn bound(address: SocketAddr, kind: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind.nonblocking(), None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if kind == Type::STREAM {
        // Connections of the case before may be in TIME_WAIT.
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

fn refused(address: IpAddr, what: &str, port: u16, error: &io::Error) -> Error {
    let remedy = match error.raw_os_error() {
        Some(libc::EADDRINUSE) => Some("stop the server that listens there"),
        Some(libc::EACCES | libc::EPERM) => {
            Some("give the container the capabilities NET_BIND_SERVICE and NET_RAW, which it has by default")
        }
        _ => None,
    };
    Error::InPlace {
        what: format!("opening {what} port {port} of {address} for the stub server: {error}"),
        remedy: remedy.map(str::to_owned),
    }
}
