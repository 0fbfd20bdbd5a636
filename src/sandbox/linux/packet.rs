//! What the parent and the reaper say to each other: packets of four numbers, and for some a name and a target.
//! Nothing here allocates, so that both sides may use it.

use std::ffi::CStr;
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};

/// The bytes of the four numbers.
const HEAD: usize = 16;

/// The longest packet: the numbers, a file name and the target of a link, each with its NUL.
pub(super) const LONGEST: usize = HEAD + 256 + 4096;

/// The most descriptors that go with one packet.
pub(super) const MOST_FDS: usize = 7;

/// What a packet is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Kind {
    /// To the child: the id maps are written, where there are any.
    Mapped = 1,
    /// From the child: step `a` failed with errno `b` and [`Note`] `c`.
    Failed,
    /// From the child: the sockets of nameserver `a`; the bits of `b` say which.
    Bound,
    /// From the child: the socket that it connected to destination `a`, or the errno `b` why it could not.
    Source,
    /// From the reaper: all is built. `a` and `b` are the errnos with which an overlay and a new /proc were refused.
    Ready,
    /// To the reaper: replace a file of /etc; `a` says by what.
    Write,
    /// To the reaper: send the program signal `a`, unless it has it already: `b` is one of [`To`].
    Signal,
    /// From the reaper: a `Write` or `Signal` was done, with errno `a`.
    Done,
    /// From the reaper: signal `a` has stopped the program; `b` is 1 where the terminal is with a process group inside.
    Stopped,
    /// From the reaper: the program goes on.
    Continued,
    /// From the reaper: the program exited with status `b`, or signal `b` killed it where `a` is 1.
    Ended,
    /// To a spawner: copy yourself, for the plan and the descriptors that come with the packet.
    Spawn,
    /// From a spawner: `a` is the copy's number, and `c` is 1 where it has a user namespace; without a copy `b` is the errno.
    Started,
    /// From a spawner at its end: nobody had a use for the copy with the number `a`, which ends.
    Left,
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::Mapped,
        Self::Failed,
        Self::Bound,
        Self::Source,
        Self::Ready,
        Self::Write,
        Self::Signal,
        Self::Done,
        Self::Stopped,
        Self::Continued,
        Self::Ended,
        Self::Spawn,
        Self::Started,
        Self::Left,
    ];
}

/// What an errno does not say about a failed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Note {
    /// Nothing more.
    None,
    /// The namespaces are still those of the parent.
    SameNamespaces,
    /// /etc is still what it was.
    EtcUncovered,
    /// No link inside has an IPv6 address.
    NoIpv6,
    /// The folder that is to be the root is still what it was.
    RootUncovered,
    /// A folder cannot be made read-only with all that is mounted below it.
    NoReadOnly,
    /// The machine's own files are still in reach.
    MachineInReach,
}

impl Note {
    /// The note of this number.
    pub(super) fn of(number: i32) -> Self {
        let all = [Self::SameNamespaces, Self::EtcUncovered, Self::NoIpv6];
        all.into_iter()
            .chain([Self::RootUncovered, Self::NoReadOnly, Self::MachineInReach])
            .find(|note| *note as i32 == number)
            .unwrap_or(Self::None)
    }
}

/// Whom a signal was sent to that is to be passed on: `b` of a [`Kind::Signal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum To {
    /// To the program, by the parent itself.
    Program,
    /// To the parent, or to its process group: the reaper finds out.
    Unknown,
    /// To the parent's process group, by the terminal.
    Group,
}

/// By what a file of /etc is replaced: `a` of a [`Kind::Write`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Replacement {
    /// By nothing.
    Nothing,
    /// By the contents of the descriptor that comes with the packet.
    Text,
    /// By a link to the target that follows the name.
    Link,
    /// By an empty folder.
    Folder,
    /// By an empty file that nobody may read.
    Unreadable,
}

impl Replacement {
    /// The replacement of this number.
    pub(super) fn of(number: i32) -> Option<Self> {
        let all = [Self::Nothing, Self::Text, Self::Link, Self::Folder, Self::Unreadable];
        all.into_iter().find(|kind| *kind as i32 == number)
    }
}

/// The four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) kind: Kind,
    pub(super) a: i32,
    pub(super) b: i32,
    pub(super) c: i32,
}

impl Packet {
    /// A packet of this kind, all numbers 0.
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, a: 0, b: 0, c: 0 }
    }

    /// Reads the numbers at the head of `bytes`, in the machine's byte order.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(i32::from_ne_bytes);
        let (kind, a, b, c) = (number(0)?, number(4)?, number(8)?, number(12)?);
        let kind = Kind::ALL.into_iter().find(|known| u32::try_from(kind) == Ok(*known as u32))?;
        Some(Self { kind, a, b, c })
    }

    /// Sends the packet with the strings of `names` and the descriptors of `fds`, at most [`MOST_FDS`].
    pub(super) fn send(self, to: BorrowedFd<'_>, names: &[&CStr], fds: &[BorrowedFd<'_>]) -> Result<(), Errno> {
        let numbers = [self.kind as i32, self.a, self.b, self.c];
        let mut head = [0; HEAD];
        for (place, number) in head.chunks_exact_mut(4).zip(numbers) {
            place.copy_from_slice(&number.to_ne_bytes());
        }
        let first = names.first().map_or(&[][..], |name| name.to_bytes_with_nul());
        let second = names.get(1).map_or(&[][..], |name| name.to_bytes_with_nul());
        let parts = [IoSlice::new(&head), IoSlice::new(first), IoSlice::new(second)];

        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(Errno::INVAL);
        }
        rustix::io::retry_on_intr(|| rustix::net::sendmsg(to, &parts, &mut control, SendFlags::NOSIGNAL)).map(|_| ())
    }
}

/// The strings that follow the numbers of a packet.
pub(super) fn names(packet: &[u8]) -> Option<(&CStr, Option<&CStr>)> {
    let rest = packet.get(HEAD..)?;
    let name = CStr::from_bytes_until_nul(rest).ok()?;
    let target = rest.get(name.count_bytes() + 1..).and_then(|rest| CStr::from_bytes_until_nul(rest).ok());
    Some((name, target))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, recv, socketpair};

    use super::*;

    #[test]
    fn a_packet_arrives_as_it_was_sent() {
        let (near, far) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        let sent = Packet { kind: Kind::Write, a: Replacement::Link as i32, b: -1, c: i32::MAX };
        sent.send(near.as_fd(), &[c"resolv.conf", c"/run/x"], &[]).unwrap();
        let mut buffer = [0; LONGEST];
        let (length, _) = recv(&far, &mut buffer[..], RecvFlags::empty()).unwrap();
        assert_eq!(Packet::parse(&buffer[..length]), Some(sent));
        assert_eq!(names(&buffer[..length]), Some((c"resolv.conf", Some(c"/run/x"))));
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        assert_eq!(Packet::parse(&[]), None);
        assert_eq!(Packet::parse(&[0; HEAD]), None);
        assert_eq!(Packet::parse(&[0xff; HEAD]), None);
        assert_eq!(names(&[0; 4]), None);
        assert_eq!(Replacement::of(9), None);
        assert_eq!(Note::of(-1), Note::None);
    }
}
