//! A socket of another network namespace.

use std::ffi::c_int;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use socket2::{Domain, Socket, Type};

use super::run::patient;
use crate::call::NoAnswer;
use crate::call::ffi::errno;

/// A socket of a network namespace that nothing else is in. The namespace is that of a process that hands the socket over and
/// ends; the socket keeps it alive. A user namespace comes with it: the one of this process gives no right to make others.
pub(super) fn elsewhere(family: c_int, socktype: c_int, protocol: c_int) -> Result<Socket, NoAnswer> {
    let lacking =
        |errno: i32| NoAnswer::Unsupported(format!("no network namespace can be made: {}", errno::name(errno)));
    let known = |error: std::io::Error| lacking(error.raw_os_error().unwrap_or(libc::EIO));
    let (near, far) = Socket::pair(Domain::UNIX, Type::SEQPACKET, None).map_err(known)?;
    // SAFETY: what the copy does are system calls, and it ends by one.
    let copy = errno::call(|| unsafe { libc::fork() });
    if copy.result == 0 {
        // SAFETY: neither looks at memory.
        let made = unsafe {
            match libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET) {
                0 => libc::socket(family, socktype, protocol),
                failed => failed,
            }
        };
        hand_over(&far, made, std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO));
        // SAFETY: this copy is not to go on in the code of its parent.
        unsafe { libc::_exit(0) };
    }
    if copy.result < 0 {
        return Err(lacking(copy.errno));
    }
    drop(far);
    let taken = take(&near);
    // SAFETY: the status is not asked for.
    unsafe { libc::waitpid(copy.result, std::ptr::null_mut(), 0) };
    patient(taken.map_err(lacking)?)
}

/// Sends a socket to the parent, or why there is none.
fn hand_over(to: &Socket, made: c_int, error: c_int) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut along = SendAncillaryBuffer::new(&mut space);
    // SAFETY: the socket was made here, and this process ends without looking at it again.
    let socket = (made >= 0).then(|| unsafe { OwnedFd::from_raw_fd(made) });
    let borrowed = socket.as_ref().map(|socket| [socket.as_fd()]);
    if let Some(borrowed) = &borrowed {
        along.push(SendAncillaryMessage::ScmRights(borrowed));
    }
    _ = rustix::net::sendmsg(to, &[IoSlice::new(&error.to_ne_bytes())], &mut along, SendFlags::empty());
}

fn take(from: &Socket) -> Result<Socket, i32> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut along = RecvAncillaryBuffer::new(&mut space);
    let mut error = [0; size_of::<c_int>()];
    rustix::net::recvmsg(from, &mut [IoSliceMut::new(&mut error)], &mut along, RecvFlags::CMSG_CLOEXEC)
        .map_err(rustix::io::Errno::raw_os_error)?;
    let sockets = along.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut sockets) => sockets.next(),
        _ => None,
    });
    sockets.last().map(Socket::from).ok_or_else(|| c_int::from_ne_bytes(error))
}
