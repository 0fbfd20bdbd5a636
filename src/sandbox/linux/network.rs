//! The child's part of a world's network: netlink messages and nameserver sockets. Nothing here allocates.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use socket2::{Domain, Protocol, Socket, Type};

use super::packet::{Kind, Packet};
use super::step::{Message, Ports};

/// How many connections may wait at a nameserver.
const BACKLOG: i32 = 128;

/// How long an address is waited for.
const AT_MOST: Duration = Duration::from_secs(1);

/// A socket that speaks to the kernel's routing tables.
pub(super) struct Routing(OwnedFd);

impl Routing {
    pub(super) fn new() -> Result<Self, Errno> {
        // Protocol 0 of this family is NETLINK_ROUTE.
        rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None).map(Self)
    }

    /// Sends a message and waits for what the kernel makes of it.
    pub(super) fn send(&self, message: &Message) -> Result<(), Errno> {
        let (kind, body) = self.exchange(message)?;
        // The error of struct nlmsgerr: 0 or a negative errno.
        match (kind, i32::from_ne_bytes([body[0], body[1], body[2], body[3]])) {
            (netlink_packet_core::NLMSG_ERROR, 0) => Ok(()),
            (netlink_packet_core::NLMSG_ERROR, error) => Err(Errno::from_raw_os_error(error.saturating_neg())),
            _ => Err(Errno::PROTO),
        }
    }

    /// Waits until the kernel takes the address whose way is asked for as this network's own: it gives the local route of an IPv6
    /// address to a worker. Where it does not come to that, as on a link without a carrier, the address stays as it is.
    pub(super) fn await_local(&self, way: &Message) -> Result<(), Errno> {
        let begun = Instant::now();
        while begun.elapsed() < AT_MOST {
            // struct rtmsg has the type of the route at byte 7. No way at all is an error, and passes too.
            if let (libc::RTM_NEWROUTE, [_, _, _, _, _, _, _, libc::RTN_LOCAL]) = self.exchange(way)? {
                break;
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Sends a message. Gives the type of the answer, and the beginning of what stands behind its header, struct nlmsghdr.
    fn exchange(&self, message: &Message) -> Result<(u16, [u8; 8]), Errno> {
        rustix::net::send(&self.0, &message.bytes, SendFlags::empty())?;
        let mut answer = [0_u8; 4096];
        let (length, _) = rustix::net::recv(&self.0, &mut answer[..], RecvFlags::empty())?;
        let body = answer.get(16..24).and_then(|bytes| bytes.try_into().ok()).filter(|_| length >= 20);
        Ok((u16::from_ne_bytes([answer[4], answer[5]]), body.ok_or(Errno::PROTO)?))
    }
}

/// Binds the sockets of a nameserver and hands them to the parent.
pub(super) fn serve(parent: BorrowedFd<'_>, ports: &Ports<'_>) -> Result<(), Errno> {
    let udp = ports.udp.then(|| bound(ports.address, Type::DGRAM)).transpose()?;
    let tcp = ports.tcp.then(|| bound(ports.address, Type::STREAM)).transpose()?;
    if let Some(tcp) = &tcp {
        tcp.listen(if ports.full { 0 } else { BACKLOG }).map_err(errno)?;
    }
    if ports.full {
        // One connection has room. It stays in the queue when it is closed, and no further SYN gets an answer.
        Socket::new(Domain::for_address(ports.address), Type::STREAM, None)
            .and_then(|filler| filler.connect(&ports.address.into()))
            .map_err(errno)?;
    }
    hand_over(parent, ports.index, [udp.as_ref(), tcp.as_ref(), None, None])?;
    for port in &*ports.others {
        let mut address = ports.address;
        address.set_port(*port);
        let other = bound(address, Type::DGRAM)?;
        hand_over(parent, ports.index, [None, None, Some(&other), None])?;
    }
    if ports.raw {
        let raw = Socket::new(Domain::IPV4, Type::RAW.nonblocking(), Some(Protocol::from(libc::IPPROTO_RAW)));
        hand_over(parent, ports.index, [None, None, None, Some(&raw.map_err(errno)?)])?;
    }
    Ok(())
}

/// Sends sockets of the nameserver `index` to the parent: datagram, stream, datagram from another port, raw.
fn hand_over(parent: BorrowedFd<'_>, index: usize, sockets: [Option<&Socket>; 4]) -> Result<(), Errno> {
    let mut packet = Packet::new(Kind::Bound);
    packet.a = i32::try_from(index).map_err(|_| Errno::OVERFLOW)?;
    let mut fds = [parent; 4];
    let mut count = 0;
    for (bit, socket) in sockets.into_iter().enumerate() {
        if let (Some(socket), Some(place)) = (socket, fds.get_mut(count)) {
            *place = socket.as_fd();
            packet.b |= 1 << bit;
            count += 1;
        }
    }
    packet.send(parent, &[], fds.get(..count).unwrap_or_default())
}

fn bound(address: SocketAddr, kind: Type) -> Result<Socket, Errno> {
    let bind = || {
        let socket = Socket::new(Domain::for_address(address), kind.nonblocking(), None)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.bind(&address.into())?;
        Ok(socket)
    };
    bind().map_err(errno)
}

fn errno(error: io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}

/// Whether no link has an IPv6 address, not even `lo`: IPv6 is missing or switched off.
pub(super) fn lacks_ipv6() -> bool {
    let Ok(list) = rustix::fs::openat(CWD, c"/proc/self/net/if_inet6", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
    else {
        return true;
    };
    let mut first = [0_u8; 1];
    matches!(rustix::io::read(list, &mut first[..]), Ok(0) | Err(_))
}

#[cfg(test)]
mod tests {
    use super::super::channel::{self, Channel, Incoming, Sockets};
    use super::*;

    fn served(ports: &Ports<'_>, packets: usize) -> Vec<(Packet, Vec<OwnedFd>)> {
        let (near, far) = Channel::pair().unwrap();
        serve(far.as_fd(), ports).unwrap();
        let received = (0..packets).map(|_| match near.recv().unwrap() {
            Incoming::Packet(packet, fds) => (packet, fds),
            other => panic!("{other:?}"),
        });
        received.collect()
    }

    #[test]
    fn the_sockets_arrive_in_their_places() {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let ports =
            Ports { index: 3, address, udp: true, tcp: false, others: vec![0, 0].into(), raw: false, full: false };
        for ((packet, fds), expected) in served(&ports, 3).into_iter().zip([0b001, 0b100, 0b100]) {
            assert_eq!((packet.kind, packet.a, packet.b), (Kind::Bound, 3, expected));
            let Sockets { udp, tcp, other, .. } = channel::sockets(packet.b, fds);
            assert!(tcp.is_none() && udp.is_some() != other.is_some());
            assert_ne!(udp.or(other).unwrap().local_addr().unwrap().port(), 0);
        }

        let ports = Ports { index: 0, address, udp: false, tcp: true, others: vec![].into(), raw: false, full: false };
        let (packet, fds) = served(&ports, 1).remove(0);
        let Sockets { udp, tcp, other, .. } = channel::sockets(packet.b, fds);
        assert!(udp.is_none() && other.is_none() && tcp.unwrap().local_addr().unwrap().port() > 0);
    }
}
