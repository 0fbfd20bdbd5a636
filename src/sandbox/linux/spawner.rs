//! Processes that are copied for each sandbox in place of this one. To copy a process takes time for every page that it has,
//! then and at the copy's end, and this process takes a fault for each page that it writes to next; a run that has loaded its
//! cases has ten thousand pages, a spawner, which has just been executed, a hundred.
//!
//! What a spawner copies is a child of this process all the same (CLONE_PARENT), so a sandbox made here and one made there
//! differ in nothing. All spawners read from one socket; whoever is free takes the next request: the plan in a file in
//! memory, and the descriptors that belong inside. They end when this process closes its end.
//!
//! A spawner keeps one copy in reserve ([`reserve`](super::reserve)): its namespaces are made while the case before is still being asked.
//!
//! A program that is a spawner's own ([`Program::own`](crate::sandbox::Program::own)) is not executed: a copy of a process
//! that has been executed and has done nothing yet is what execve(2) would make, without the time that takes.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Arc, PoisonError, RwLock};

use rustix::fs::{CWD, MemfdFlags, Mode, OFlags};
use rustix::io::{Errno, IoSliceMut};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, Shutdown, SocketFlags, SocketType, socketpair,
};
use rustix::process::{Pid, WaitOptions};

use super::channel::above_streams;
use super::child::Inner;
use super::packet::{Kind, MOST_FDS, Packet};
use super::plan::Plan;
use super::reserve::Copies;
use super::{files, sys};
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
            match rustix::fs::openat(CWD, c"/dev/null", OFlags::RDWR, Mode::empty()) {
                Ok(stream) => std::mem::forget(stream),
                Err(_) => return,
            }
        }
        let mut copies = Copies::new(main);
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
pub(super) fn receive(from: &OwnedFd) -> Result<Option<(Packet, Vec<OwnedFd>)>, Errno> {
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
