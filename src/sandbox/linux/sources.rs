//! Which source address the kernel chooses towards a destination. A resolver's order of addresses follows from it, so a
//! case that presumes another would blame the resolver for the kernel.

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::links::Indexes;
use super::packet::{Kind, Packet};
use crate::sandbox::error::describe;
use crate::world::{SourceAddress, World};

/// The port that is connected to: discard. A datagram socket sends nothing when it is connected.
const PORT: u16 = 9;

/// The address that is connected to, with the number of its zone.
///
/// # Errors
/// When there is no such link.
pub(super) fn destination(one: &SourceAddress, indexes: &Indexes) -> Result<SocketAddr, String> {
    let mut to = SocketAddr::new(one.to, PORT);
    if let (SocketAddr::V6(to), Some(zone)) = (&mut to, &one.zone) {
        to.set_scope_id(indexes.of(zone)?);
    }
    Ok(to)
}

/// The child's part: connects a datagram socket as a resolver does, and hands it to the parent. Does not allocate.
pub(super) fn look(parent: BorrowedFd<'_>, index: usize, to: SocketAddr) -> Result<(), Errno> {
    let index = i32::try_from(index).map_err(|_| Errno::OVERFLOW)?;
    let packet = Packet { a: index, ..Packet::new(Kind::Source) };
    match connected(to) {
        Ok(socket) => packet.send(parent, &[], &[socket.as_fd()]),
        Err(errno) => Packet { b: errno.raw_os_error(), ..packet }.send(parent, &[], &[]),
    }
}

fn connected(to: SocketAddr) -> Result<OwnedFd, Errno> {
    let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = rustix::net::socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::connect(&socket, &to)?;
    Ok(socket)
}

/// The parent's part: what the child's word says about a destination, if that is not what the world presumes.
pub(super) fn other(world: &World, packet: Packet, fds: Vec<OwnedFd>) -> Option<String> {
    let one = usize::try_from(packet.a).ok().and_then(|index| world.sources.get(index))?;
    let chosen = fds.into_iter().next().and_then(|socket| UdpSocket::from(socket).local_addr().ok()).map(|at| at.ip());
    let found = match chosen {
        found if found == one.from => return None,
        Some(found) => format!("{} is reached from {found}", one.destination()),
        None => format!("{} is not reached at all ({})", one.destination(), describe(packet.b)),
    };
    Some(match one.from {
        Some(from) => format!("{found}, not from {from}"),
        None => format!("{found}, and is presumed to be unreachable"),
    })
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::super::channel::{Channel, Incoming};
    use super::*;

    fn told(to: [u8; 4], from: Option<[u8; 4]>) -> Option<String> {
        let mut world = World::bare("w");
        world.sources = vec![SourceAddress { to: to.into(), zone: None, from: from.map(IpAddr::from) }];
        let (near, far) = Channel::pair().unwrap();
        look(far.as_fd(), 0, SocketAddr::from((to, PORT))).unwrap();
        let Incoming::Packet(packet, fds) = near.recv().unwrap() else { panic!("no packet") };
        other(&world, packet, fds)
    }

    #[test]
    fn only_another_source_is_told() {
        assert_eq!(told([127, 0, 0, 1], Some([127, 0, 0, 1])), None);
        assert_eq!(
            told([127, 0, 0, 1], Some([127, 0, 0, 2])).unwrap(),
            "127.0.0.1 is reached from 127.0.0.1, not from 127.0.0.2"
        );
        assert_eq!(
            told([127, 0, 0, 1], None).unwrap(),
            "127.0.0.1 is reached from 127.0.0.1, and is presumed to be unreachable"
        );
        // A datagram socket is refused the broadcast address.
        assert_eq!(told([255, 255, 255, 255], None), None);
        assert!(
            told([255, 255, 255, 255], Some([127, 0, 0, 1])).unwrap().starts_with("255.255.255.255 is not reached")
        );
    }
}
