//! The copies that a spawner makes of itself: one for each request, made in advance.
#![expect(unsafe_code, reason = "maps a plan, and changes the environment")]

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;
use std::sync::atomic::AtomicU32;

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::Pid;

use super::child::Inner;
use super::image::Image;
use super::packet::{Kind, Packet};
use super::plan::Plan;
use super::spawner::receive;
use super::{build, child, idmap, sys};
use crate::sandbox::{Identity, Main};

/// A spawner's copies.
pub(super) struct Copies {
    main: Main,
    rehearsed: bool,
    reserve: Option<Reserve>,
    /// Those that nobody had a use for.
    left: Vec<Pid>,
}

impl Copies {
    /// None yet. `main` is what a program does that is the spawner's own.
    pub(super) fn new(main: Main) -> Self {
        Self { main, rehearsed: false, reserve: None, left: Vec::new() }
    }

    /// Provides one for a request, and then one in reserve that is like it.
    pub(super) fn provide(&mut self, fds: [OwnedFd; 7]) {
        let [memory, _, control, ..] = &fds;
        let provided = Mapped::new(memory.as_fd()).and_then(|mapped| {
            let plan = mapped.plan()?;
            if plan.image.own && !std::mem::replace(&mut self.rehearsed, true) {
                rehearse(self.main, &plan.image);
                // Whatever it has set.
                sys::default_signal_actions();
            }
            let like = (plan.image.identity, plan.foreign);
            self.hand_over(like, &fds).map(|()| like)
        });
        match provided {
            Ok(like) => {
                // The next copy is to have none of them.
                drop(fds);
                self.reserve = Reserve::new(like, self.main).ok();
            }
            Err(errno) => {
                let word = Packet { b: errno.raw_os_error(), ..Packet::new(Kind::Started) };
                _ = word.send(control.as_fd(), &[], &[]);
            }
        }
    }

    /// Hands a request over to the copy in reserve, or to a new one.
    fn hand_over(&mut self, (identity, foreign): (Identity, bool), fds: &[OwnedFd; 7]) -> Result<(), Errno> {
        if let Some(reserve) = self.reserve.take() {
            let fits = reserve.identity == identity && (reserve.user_namespace || !foreign);
            if fits && reserve.take(fds).is_ok() {
                return Ok(());
            }
            self.left.push(reserve.pid);
        }
        Reserve::new((identity, foreign), self.main)?.take(fds)
    }

    /// Ends the one in reserve. Gives all that nobody had a use for: they are the parent's to wait for.
    pub(super) fn end(mut self) -> Vec<Pid> {
        self.left.extend(self.reserve.map(|reserve| reserve.pid));
        self.left
    }
}

/// A copy of this process in new namespaces, which waits for a request and ends without one.
struct Reserve {
    pid: Pid,
    user_namespace: bool,
    identity: Identity,
    /// Why its ids are not mapped.
    wrong: Option<Errno>,
    hand: OwnedFd,
}

impl Reserve {
    fn new((identity, foreign): (Identity, bool), main: Main) -> Result<Self, Errno> {
        let (hand, inside) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        let (pid, user_namespace) = build::copy(libc::CLONE_PARENT, foreign, || stand_by(&inside, main))?;
        let mapped = if user_namespace { idmap::write(pid, identity) } else { Ok(()) };
        let errno = |fault: std::io::Error| Errno::from_raw_os_error(fault.raw_os_error().unwrap_or(libc::EIO));
        Ok(Self { pid, user_namespace, identity, wrong: mapped.err().map(|(_, fault)| errno(fault)), hand })
    }

    /// Hands a request over to it: it says so to the parent, or that its ids are not mapped.
    fn take(&self, fds: &[OwnedFd; 7]) -> Result<(), Errno> {
        let wrong = self.wrong.map_or(0, Errno::raw_os_error);
        let (a, c) = (self.pid.as_raw_nonzero().get(), self.user_namespace.into());
        let word = Packet { a, b: wrong, c, ..Packet::new(Kind::Started) };
        word.send(self.hand.as_fd(), &[], &fds.each_ref().map(AsFd::as_fd))
    }
}

/// Waits for a request in new namespaces, and builds what it asks for.
fn stand_by(hand: &OwnedFd, main: Main) {
    sys::close_all_but(&mut [0, 1, 2, hand.as_raw_fd()]);
    let Ok(Some((word, fds))) = receive(hand) else { return };
    sys::close(hand.as_raw_fd());
    let Ok([memory, here, control, gate, stdin, stdout, stderr]) = <[OwnedFd; 7]>::try_from(fds) else { return };
    // Whatever comes now, the parent has a number to wait for.
    if word.send(control.as_fd(), &[], &[]).is_err() || word.b != 0 {
        return;
    }
    let Ok(mapped) = Mapped::new(memory.as_fd()) else { return };
    let Ok(plan) = mapped.plan() else { return };
    if rustix::process::fchdir(&here).is_err() {
        return;
    }
    drop((memory, here));
    let main = plan.image.own.then_some(main);
    let stdio = Some([stdin, stdout, stderr]);
    child::run(&plan, &Inner { control, gate, stdio, umask: AtomicU32::new(0), by_spawner: true, main })
}

/// Does what a program does that is asked nothing: its input has ended already. What it sets up, its locale above all, is set
/// up for its copies too, which do the same in their own environments.
fn rehearse(main: Main, image: &Image) {
    // SAFETY: this process has one thread.
    unsafe { sys::set_environment(Some(&image.env)) };
    main(image.argv.strings());
    // SAFETY: as above.
    unsafe { sys::set_environment(None) };
}

/// A plan in memory that was written by the parent.
struct Mapped(*mut std::ffi::c_void, usize);

impl Mapped {
    fn new(memory: BorrowedFd<'_>) -> Result<Self, Errno> {
        let length = usize::try_from(rustix::fs::fstat(memory)?.st_size).map_err(|_| Errno::OVERFLOW)?;
        // SAFETY: a new mapping, at a place that the system chooses.
        let at = unsafe { rustix::mm::mmap(ptr::null_mut(), length, ProtFlags::READ, MapFlags::PRIVATE, memory, 0) }?;
        Ok(Self(at, length))
    }

    fn plan(&self) -> Result<Plan<'_>, Errno> {
        // SAFETY: mapped for as long as this is there, and nobody writes to it any more.
        let bytes = unsafe { std::slice::from_raw_parts(self.0.cast::<u8>(), self.1) };
        postcard::from_bytes(bytes).map_err(|_| Errno::PROTO)
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: nothing borrows from it any more.
        _ = unsafe { rustix::mm::munmap(self.0, self.1) };
    }
}
