//! Processes that are copied for each sandbox in place of this one. To copy a process takes time for every page that it has,
//! then and at the copy's end, and this process takes a fault for each page that it writes to next; a run that has loaded its
//! cases has ten thousand pages, a spawner, which has just been executed, a hundred.
//!
//! What a spawner copies is a child of this process all the same (CLONE_PARENT), so a sandbox made here and one made there
//! differ in nothing. All spawners read from one socket; whoever is free takes the next request: the plan in a file in
//! memory, and the descriptors that belong inside. They end when this process closes its end.
//!
//! A program that is a spawner's own ([`Program::own`](crate::sandbox::Program::own)) is not executed: a copy of a process
//! that has been executed and has done nothing yet is what execve(2) would make, without the time that takes.
#![expect(unsafe_code, reason = "maps a plan, and changes the environment")]

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
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketFlags, SocketType, socketpair,
};
use rustix::pipe::{PipeFlags, pipe_with};

use super::channel::above_streams;
use super::child::Inner;
use super::image::Image;
use super::packet::{Kind, MOST_FDS, Packet};
use super::plan::Plan;
use super::{build, files, idmap, sys};
use crate::sandbox::Main;

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
            if rustix::fs::openat(CWD, c"/dev/null", OFlags::RDWR, Mode::empty()).is_err() {
                return;
            }
        }
        let mut rehearsed = false;
        while let Ok(Some(fds)) = receive(&requests) {
            if let Ok(fds) = <[OwnedFd; 7]>::try_from(fds) {
                spawn(fds, main, &mut rehearsed);
            }
        }
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        if self.0.is_empty() {
            return;
        }
        *NEAR.write().unwrap_or_else(PoisonError::into_inner) = None;
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

/// The descriptors of the next request; `None` at the end.
fn receive(requests: &OwnedFd) -> Result<Option<Vec<OwnedFd>>, Errno> {
    let mut head = [0; 64];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
    let mut sent_along = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::io::retry_on_intr(|| {
        let mut parts = [IoSliceMut::new(&mut head)];
        rustix::net::recvmsg(requests, &mut parts, &mut sent_along, RecvFlags::CMSG_CLOEXEC)
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
    Ok(Some(fds))
}

/// Copies this process into new namespaces, for one sandbox.
fn spawn([memory, here, control, gate, stdin, stdout, stderr]: [OwnedFd; 7], main: Main, rehearsed: &mut bool) {
    let stdio = Some([stdin, stdout, stderr]);
    let mut inner = Inner { control, gate, stdio, umask: AtomicU32::new(0), mapped: None, main: None };
    let made = Mapped::new(memory.as_fd()).and_then(|mapped| {
        let plan: Plan<'_> = postcard::from_bytes(mapped.bytes()).map_err(|_| Errno::PROTO)?;
        if plan.image.own {
            inner.main = Some(main);
            if !std::mem::replace(rehearsed, true) {
                rehearse(main, &plan.image);
            }
        }
        rustix::process::fchdir(&here)?;
        let (told, tell) = pipe_with(PipeFlags::CLOEXEC)?;
        inner.mapped = Some(told);
        let (pid, user_namespace) = build::copy(libc::CLONE_PARENT, &plan, &inner)?;
        let ids = if user_namespace { idmap::write(pid, plan.image.identity) } else { Ok(()) };
        Ok((pid, user_namespace, ids, tell))
    });
    let word = Packet::new(Kind::Started);
    let (word, tell) = match made {
        Ok((pid, user_namespace, ids, tell)) => {
            let wrong = ids.err().map_or(0, |(_, fault)| fault.raw_os_error().unwrap_or(libc::EIO));
            let word = Packet { a: pid.as_raw_nonzero().get(), b: wrong, c: user_namespace.into(), ..word };
            (word, Some(tell).filter(|_| wrong == 0))
        }
        Err(errno) => (Packet { b: errno.raw_os_error(), ..word }, None),
    };
    _ = word.send(inner.control.as_fd(), &[], &[]);
    if let Some(tell) = tell {
        _ = rustix::io::write(&tell, &[0]);
    }
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

    fn bytes(&self) -> &[u8] {
        // SAFETY: mapped for as long as this is there, and nobody writes to it any more.
        unsafe { std::slice::from_raw_parts(self.0.cast(), self.1) }
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
