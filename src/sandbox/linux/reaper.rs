//! Process 1 inside: reaps what ends, does what the parent asks, and ends when the program or the parent does. With it
//! the kernel kills everything that is left inside. Nothing here allocates.

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::{Errno, IoSliceMut};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};
use rustix::process::{Pid, WaitOptions};

use super::packet::{self, Kind, Packet, Replacement, To};
use super::signals::Signals;
use super::{files, sys};

/// Says that all is built, and looks after the program `main` until the end.
pub(super) fn run(control: BorrowedFd<'_>, etc: BorrowedFd<'_>, main: Pid, ready: Packet) -> ! {
    let Ok(ends) = sys::child_ends() else { sys::exit(1) };
    sys::close_all_but(&mut [control.as_raw_fd(), etc.as_raw_fd(), ends.as_raw_fd()]);
    if ready.send(control, &[], &[]).is_err() {
        sys::exit(1);
    }
    loop {
        let mut polled = [PollFd::new(&control, PollFlags::IN), PollFd::new(&ends, PollFlags::IN)];
        match rustix::event::poll(&mut polled, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => sys::exit(1),
        }
        let [asked, ended] = polled.map(|polled| !polled.revents().is_empty());
        if ended {
            _ = rustix::io::read(&ends, &mut [0_u8; 1024][..]);
            reap(control, main);
        }
        if asked {
            answer(control, etc, main);
        }
    }
}

/// Reaps all that has ended. When the program is among it, says how it ended, and ends. Says too when it was stopped, and when it goes on.
fn reap(control: BorrowedFd<'_>, main: Pid) {
    let looked_for = WaitOptions::NOHANG | WaitOptions::UNTRACED | WaitOptions::CONTINUED;
    while let Ok(Some((pid, status))) = rustix::process::wait(looked_for) {
        if pid != main {
            continue;
        }
        let mut packet = Packet::new(Kind::Ended);
        match (status.exit_status(), status.terminating_signal()) {
            (Some(status), _) => packet.b = status,
            (None, Some(signal)) => (packet.a, packet.b) = (1, signal),
            (None, None) => {
                let change = match status.stopping_signal() {
                    Some(signal) => Packet { a: signal, b: has_terminal().into(), ..Packet::new(Kind::Stopped) },
                    None => Packet::new(Kind::Continued),
                };
                _ = change.send(control, &[], &[]);
                continue;
            }
        }
        _ = packet.send(control, &[], &[]);
        sys::exit(0);
    }
}

/// Whether the program has got a signal of the parent's: because it was sent to their process group. This process is in it too,
/// and all signals are held back from it; but two that come at once count as one.
fn has_reached(main: Pid, signal: i32, to: i32) -> bool {
    let taken = to != To::Program as i32 && Signals::of(&[signal]).take();
    (taken || to == To::Group as i32) && sys::process_group(Some(main)) == sys::process_group(None)
}

/// Whether the terminal is with a process group inside. Another has no number here.
fn has_terminal() -> bool {
    let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let terminal = rustix::fs::openat(CWD, c"/dev/tty", flags, Mode::empty());
    terminal.and_then(rustix::termios::tcgetpgrp).is_ok()
}

/// Does what the parent asks for. Ends when the parent is gone.
fn answer(control: BorrowedFd<'_>, etc: BorrowedFd<'_>, main: Pid) {
    let mut buffer = [0_u8; packet::LONGEST];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut sent_along = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    let received = rustix::net::recvmsg(control, &mut [IoSliceMut::new(&mut buffer)], &mut sent_along, flags);
    let length = match received {
        Ok(received) if received.bytes > 0 => received.bytes,
        Err(Errno::AGAIN | Errno::INTR) => return,
        Ok(_) | Err(_) => sys::exit(0),
    };
    let mut text: Option<OwnedFd> = None;
    for message in sent_along.drain() {
        if let RecvAncillaryMessage::ScmRights(mut fds) = message {
            text = fds.next();
        }
    }
    let bytes = buffer.get(..length).unwrap_or_default();
    let done = match Packet::parse(bytes) {
        Some(Packet { kind: Kind::Signal, a: signal, b: to, .. }) if has_reached(main, signal, to) => Ok(()),
        Some(Packet { kind: Kind::Signal, a: signal, .. }) => sys::kill(main, signal),
        Some(Packet { kind: Kind::Write, a: by, .. }) => match (Replacement::of(by), packet::names(bytes)) {
            (Some(by), Some((name, target))) => files::replace(etc, name, by, target, text.as_ref()),
            _ => Err(Errno::INVAL),
        },
        _ => Err(Errno::INVAL),
    };
    let mut packet = Packet::new(Kind::Done);
    packet.a = done.err().map_or(0, Errno::raw_os_error);
    _ = packet.send(control, &[], &[]);
}
