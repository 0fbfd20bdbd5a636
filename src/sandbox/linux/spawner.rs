//! Processes that are copied for each sandbox in place of this one. To copy a process takes time for every page that it has,
//! then and at the copy's end, and this process takes a fault for each page that it writes to next; a run that has loaded its
//! cases has ten thousand pages, a spawner, which has just been executed, a hundred.
//!
//! What a spawner copies is a child of this process all the same (CLONE_PARENT), so a sandbox made here and one made there
//! differ in nothing. All spawners read from one socket; whoever is free takes the next request: the plan in a file in
//! memory, and the descriptors that belong inside. They end when this process closes its end.
//!
//! A spawner keeps one copy in reserve ([`Reserve`]): its namespaces are made while the case before is still being asked.
//!
//! A program that is a spawner's own ([`Program::own`](crate::sandbox::Program::own)) is not executed: a copy of a process
//! that has been executed and has done nothing yet is what execve(2) would make, without the time that takes.
#![expect(unsafe_code, reason = "maps a plan, changes the environment, and copies this process")]

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command};
use std::ptr;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, PoisonError, RwLock};

use rustix::fs::{CWD, MemfdFlags, Mode, OFlags};
use rustix::io::{Errno, IoSliceMut};
use rustix::mm::{MapFlags, ProtFlags};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, Shutdown, SocketFlags, SocketType, socketpair,
};
use rustix::process::{Pid, WaitOptions};

use super::channel::above_streams;
use super::child::Inner;
use super::image::Image;
use super::packet::{Kind, MOST_FDS, Packet};
use super::plan::Plan;
use super::{build, child, files, idmap, sys};
use crate::sandbox::{Identity, Main};

/// This process's end of the socket of its spawners, while there are any.
static NEAR: RwLock<Option<Arc<OwnedFd>>> = RwLock::new(None);

/// Small processes that make this process's sandboxes: with them a sandbox costs the same however large this process becomes.
/// Without them all works, only slower.
#[derive(Debug)]
#[must_use = "they end when this is dropped"]
pub struct Spawner(Vec<Child>);

impl Spawner {
    /// The argument that makes a program a spawner: it calls [`Spawner::serve`] then.
    pub const ARGUMENT: &str = "spawner";

    /// Starts so many of a program that knows [`Spawner::ARGUMENT`], to be used by all sandboxes that this process builds while
    /// they are there. None where there are some already, or the program cannot be executed.
    pub fn start(count: usize, program: &Path) -> Self {
        let mut shared = NEAR.write().unwrap_or_else(PoisonError::into_inner);
        let mut started = Self(Vec::new());
        let pair = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None);
        let Ok((Ok(near), far)) = pair.map(|(near, far)| (above_streams(near), far)) else { return started };
        if shared.is_some() {
            return started;
        }
        for _ in 0..count {
            let Ok(far) = far.try_clone() else { break };
            // It gets the environment of each program that it is.
            let spawner = Command::new(program).arg(Self::ARGUMENT).env_clear().stdin(far).spawn();
            started.0.extend(spawner);
        }
        if !started.0.is_empty() {
            *shared = Some(Arc::new(near));
        }
        started
    }

    /// Is a spawner, to its end. `main` is what a program does that is [`Program::own`](crate::sandbox::Program::own), given
    /// its arguments; it returns its exit status. To be called in a process that has done nothing else.
    pub fn serve(main: Main) {
        // Until the parent closes its end: a signal to the process group is not meant for this.
        std::mem::forget(sys::SignalsHeld::new());
        let Ok(requests) = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3) else { return };
        sys::close_all_but(&mut [requests.as_raw_fd()]);
        sys::default_signal_actions();
        _ = rustix::thread::set_name(c"netdbspec-spawn");
        // Nothing opened later may get the numbers of the standard streams.
        for _ in 0..3 {
            match rustix::fs::openat(CWD, c"/dev/null", OFlags::RDWR, Mode::empty()) {
                Ok(stream) => std::mem::forget(stream),
                Err(_) => return,
            }
        }
        let mut copies = Copies { main, rehearsed: false, reserve: None, left: Vec::new() };
        while let Ok(Some((_, fds))) = receive(&requests) {
            if let Ok(fds) = <[OwnedFd; 7]>::try_from(fds) {
                copies.provide(fds);
            }
        }
        for pid in copies.end() {
            _ = Packet { a: pid.as_raw_nonzero().get(), ..Packet::new(Kind::Left) }.send(requests.as_fd(), &[], &[]);
        }
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        if self.0.is_empty() {
            return;
        }
        let near = NEAR.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(near) = near {
            _ = rustix::net::shutdown(&near, Shutdown::Write);
            // Until the last of them has closed its end.
            while let Ok(Some((packet, _))) = receive(&near) {
                if let (Kind::Left, Some(left)) = (packet.kind, Pid::from_raw(packet.a)) {
                    let options = WaitOptions::from_bits_retain(libc::__WALL.cast_unsigned());
                    _ = rustix::io::retry_on_intr(|| rustix::process::waitpid(Some(left), options));
                }
            }
        }
        for spawner in &mut self.0 {
            _ = spawner.wait();
        }
    }
}

/// Has a spawner copy itself into new namespaces. `false`: there is none. Its word of it comes through `inner`'s control
/// socket, before those of the copy.
pub(super) fn request(plan: &Plan<'_>, inner: &Inner) -> Result<bool, Errno> {
    let near = NEAR.read().unwrap_or_else(PoisonError::into_inner).clone();
    let (Some(near), Some([stdin, stdout, stderr])) = (near, &inner.stdio) else { return Ok(false) };
    let written = postcard::to_allocvec(plan).map_err(|_| Errno::INVAL)?;
    let memory = rustix::fs::memfd_create(c"netdbspec", MemfdFlags::CLOEXEC)?;
    files::write_all(&memory, &written)?;
    let here = rustix::fs::openat(CWD, c".", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let sent = [&memory, &here, &inner.control, &inner.gate, stdin, stdout, stderr].map(AsFd::as_fd);
    match Packet::new(Kind::Spawn).send(near.as_fd(), &[], &sent) {
        // All have ended, by whatever.
        Err(Errno::PIPE | Errno::CONNRESET) => Ok(false),
        sent => sent.map(|()| true),
    }
}

/// The next packet and its descriptors; `None` at the end.
fn receive(from: &OwnedFd) -> Result<Option<(Packet, Vec<OwnedFd>)>, Errno> {
    let mut head = [0; 64];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
    let mut sent_along = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::io::retry_on_intr(|| {
        let mut parts = [IoSliceMut::new(&mut head)];
        rustix::net::recvmsg(from, &mut parts, &mut sent_along, RecvFlags::CMSG_CLOEXEC)
    })?;
    if received.bytes == 0 {
        return Ok(None);
    }
    let mut fds = Vec::new();
    for message in sent_along.drain() {
        if let RecvAncillaryMessage::ScmRights(passed) = message {
            fds.extend(passed);
        }
    }
    let packet = head.get(..received.bytes).and_then(Packet::parse).ok_or(Errno::PROTO)?;
    Ok(Some((packet, fds)))
}

/// A spawner's copies.
struct Copies {
    main: Main,
    rehearsed: bool,
    reserve: Option<Reserve>,
    /// Those that nobody had a use for.
    left: Vec<Pid>,
}

impl Copies {
    /// Provides one for a request, and then one in reserve that is like it.
    fn provide(&mut self, fds: [OwnedFd; 7]) {
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
    fn end(mut self) -> Vec<Pid> {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::SocketAddr;

    use super::super::step::Step;
    use super::*;
    use crate::sandbox::{Identity, Program, Stdio};
    use crate::world::SourceAddress;

    #[test]
    fn a_plan_arrives_as_it_was_sent() {
        let mut world =
            crate::world::load(&crate::tree::Tree::fixtures().below("worlds")).unwrap()["linked"].as_ref().clone();
        let to = "fe80::2".parse().unwrap();
        world.sources.push(SourceAddress { to, zone: Some("lo".to_owned()), from: None });
        let program = Program {
            argv: vec!["true".into()],
            env: BTreeMap::from([("A".into(), "b".into())]),
            cwd: "/".into(),
            stdio: Stdio::Pipes,
            identity: Identity::Root,
            root: None,
            confined: true,
            own: false,
        };
        let sent = postcard::to_allocvec(&Plan::new(&world, &program).unwrap()).unwrap();
        let arrived: Plan<'_> = postcard::from_bytes(&sent).unwrap();
        assert_eq!(postcard::to_allocvec(&arrived).unwrap(), sent);
        let to = arrived.steps.iter().find_map(|step| match step {
            Step::Source { to: SocketAddr::V6(to), .. } if to.scope_id() != 0 => Some(to.scope_id()),
            _ => None,
        });
        assert_eq!(to, Some(1));
    }
}
