//! The parent's end of the control socket.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::{Errno, IoSliceMut};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketFlags, SocketType, socketpair, sockopt,
};

use super::packet::{self, MOST_FDS, Packet};
use super::sys;

/// How long the other side may take for one answer. It has only system calls to make.
const PATIENCE: Duration = Duration::from_secs(60);

/// The parent's end. The reaper ends when it closes, so no other process may ever hold it.
#[derive(Debug)]
pub(super) struct Channel(pub(super) OwnedFd);

/// What came through the channel.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A packet and the descriptors that came with it.
    Packet(Packet, Vec<OwnedFd>),
    /// The other end is gone.
    Closed,
    /// Nothing in time.
    Nothing,
}

impl Channel {
    /// Makes a channel and the other end.
    pub(super) fn pair() -> Result<(Self, OwnedFd), Errno> {
        let (near, far) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        sockopt::set_socket_timeout(&near, sockopt::Timeout::Recv, Some(PATIENCE))?;
        Ok((Self(above_streams(near)?), above_streams(far)?))
    }

    /// Sends a packet.
    pub(super) fn send(&self, packet: Packet, names: &[&CStr], fds: &[BorrowedFd<'_>]) -> Result<(), Errno> {
        packet.send(self.0.as_fd(), names, fds)
    }

    /// Waits for one packet, for at most [`PATIENCE`].
    pub(super) fn recv(&self) -> Result<Incoming, Errno> {
        let mut buffer = [0_u8; packet::LONGEST];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
        let mut sent_along = RecvAncillaryBuffer::new(&mut space);
        let length = loop {
            let mut parts = [IoSliceMut::new(&mut buffer)];
            match rustix::net::recvmsg(&self.0, &mut parts, &mut sent_along, RecvFlags::CMSG_CLOEXEC) {
                Ok(received) => break received.bytes,
                // The other end closed with a request unread; what it had sent before still comes.
                Err(Errno::INTR | Errno::CONNRESET) => {}
                Err(Errno::AGAIN) => return Ok(Incoming::Nothing),
                Err(errno) => return Err(errno),
            }
        };
        if length == 0 {
            return Ok(Incoming::Closed);
        }
        let mut fds = Vec::new();
        for message in sent_along.drain() {
            if let RecvAncillaryMessage::ScmRights(passed) = message {
                fds.extend(passed);
            }
        }
        let packet = Packet::parse(buffer.get(..length).unwrap_or_default()).ok_or(Errno::PROTO)?;
        Ok(Incoming::Packet(packet, fds))
    }

    /// Whether this process, if it is stopped, goes on when there is something to receive.
    pub(super) fn continue_when_told(&self, on: bool) {
        sys::continue_when_readable(self.0.as_fd(), on);
    }

    /// Waits until there is something to receive, or the other end is gone. `false`: the time was up.
    pub(super) fn wait(&self, timeout: Option<Duration>) -> Result<bool, Errno> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            match rustix::event::poll(&mut [PollFd::new(&self.0, PollFlags::IN)], left.as_ref()) {
                Ok(0) => return Ok(false),
                Ok(_) => return Ok(true),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
}

/// The descriptor itself, or a copy above the three standard streams, which a program must not find it under.
pub(super) fn above_streams(fd: OwnedFd) -> Result<OwnedFd, Errno> {
    use std::os::fd::AsRawFd;
    if fd.as_raw_fd() > 2 { Ok(fd) } else { rustix::io::fcntl_dupfd_cloexec(&fd, 3) }
}

/// Sockets of a nameserver.
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) udp: Option<UdpSocket>,
    pub(super) tcp: Option<TcpListener>,
    /// For datagrams from another port.
    pub(super) other: Option<UdpSocket>,
    pub(super) raw: Option<OwnedFd>,
}

/// Sorts the sockets of a nameserver by the bits that say which they are.
pub(super) fn sockets(bits: i32, fds: Vec<OwnedFd>) -> Sockets {
    let mut fds = fds.into_iter();
    let mut next = |bit: i32| if bits & (1 << bit) == 0 { None } else { fds.next() };
    Sockets {
        udp: next(0).map(UdpSocket::from),
        tcp: next(1).map(TcpListener::from),
        other: next(2).map(UdpSocket::from),
        raw: next(3),
    }
}
