//! Which source address the kernel chooses towards a destination. A resolver's order of addresses follows from it, so a
//! case that presumes another would blame the resolver for the kernel.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::packet::{Kind, Packet};
use crate::sandbox::error::describe;
use crate::world::{SourceAddress, World};

/// The port that is connected to: discard. A datagram socket sends nothing when it is connected.
const PORT: u16 = 9;

/// The child's part: connects a datagram socket as a resolver does, and hands it to the parent. Does not allocate.
pub(super) fn look(parent: BorrowedFd<'_>, index: usize, to: IpAddr) -> Result<(), Errno> {
    let index = i32::try_from(index).map_err(|_| Errno::OVERFLOW)?;
    let packet = Packet { a: index, ..Packet::new(Kind::Source) };
    match connected(to) {
        Ok(socket) => packet.send(parent, &[], &[socket.as_fd()]),
        Err(errno) => Packet { b: errno.raw_os_error(), ..packet }.send(parent, &[], &[]),
    }
}

fn connected(to: IpAddr) -> Result<OwnedFd, Errno> {
    let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = rustix::net::socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::connect(&socket, &SocketAddr::new(to, PORT))?;
    Ok(socket)
}

/// The parent's part: what the child's word says about a destination, if that is not what the world presumes.
pub(super) fn other(world: &World, packet: Packet, fds: Vec<OwnedFd>) -> Option<String> {
    let SourceAddress { to, from } = usize::try_from(packet.a).ok().and_then(|index| world.sources.get(index))?;
    let chosen = fds.into_iter().next().and_then(|socket| UdpSocket::from(socket).local_addr().ok()).map(|at| at.ip());
    let found = match chosen {
        found if found == *from => return None,
        Some(found) => format!("{to} is reached from {found}"),
        None => format!("{to} is not reached at all ({})", describe(packet.b)),
    };
    Some(match from {
        Some(from) => format!("{found}, not from {from}"),
        None => format!("{found}, and is presumed to be unreachable"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::channel::{Channel, Incoming};
    use super::*;

    fn told(to: [u8; 4], from: Option<[u8; 4]>) -> Option<String> {
        let mut world = World::bare("w");
        world.sources = vec![SourceAddress { to: to.into(), from: from.map(IpAddr::from) }];
        let (near, far) = Channel::pair().unwrap();
        look(far.as_fd(), 0, to.into()).unwrap();
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
