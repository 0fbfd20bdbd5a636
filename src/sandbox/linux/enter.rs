//! A program of std's [`Command`] inside a sandbox: the child that std forks moves into the namespaces and forks once more,
//! since only what it forks is a process of the sandbox. The first of the two stays outside, stands for the program, and
//! ends as it does. Nothing in either allocates.
#![expect(unsafe_code, reason = "runs code in a forked child")]

use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::process::Command;
use std::sync::Arc;

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions};
use rustix::thread::{CapabilitySet, LinkNameSpaceType as Kind};

use super::{Sandbox, program, sys};
use crate::sandbox::Error;

/// The longest path (PATH_MAX).
const LONGEST: usize = 4096;

/// The namespaces of a sandbox. The user namespace comes first: it gives the right to enter the others.
const KINDS: [(&str, Kind); 6] = [
    ("user", Kind::User),
    ("mnt", Kind::Mount),
    ("net", Kind::Network),
    ("uts", Kind::HostNameAndNISDomainName),
    ("ipc", Kind::InterProcessCommunication),
    ("pid", Kind::ProcessID),
];

/// The way into a sandbox, for programs beside the one that it was built around.
#[derive(Clone, Debug)]
pub struct Door(Arc<Frame>);

#[derive(Debug)]
struct Frame {
    namespaces: Vec<(OwnedFd, Kind)>,
    /// The capabilities that programs inside lose.
    lost: CapabilitySet,
}

/// What a command keeps for as long as it is there. Dropped in this order.
struct Kept<K> {
    door: Door,
    held: Option<OwnedFd>,
    _with: K,
}

impl Sandbox {
    /// The way in. It leads nowhere once the sandbox has ended.
    ///
    /// # Errors
    /// When the namespaces cannot be opened.
    pub fn door(&self) -> Result<Door, Error> {
        let doing = "opening the namespaces of a sandbox";
        let reaper = self.reaper.ok_or_else(|| Error::Ended { doing: doing.to_owned() })?;
        let kinds = KINDS.into_iter().skip(usize::from(!self.facts.user_namespace));
        let open = |(name, kind)| {
            let path = format!("/proc/{}/ns/{name}", reaper.as_raw_nonzero());
            File::open(path).map(|file| (OwnedFd::from(file), kind))
        };
        let namespaces = kinds.map(open).collect::<Result<_, _>>().map_err(|fault| Error::System {
            doing: doing.to_owned(),
            errno: fault.raw_os_error().unwrap_or(libc::EIO),
        })?;
        Ok(Door(Arc::new(Frame { namespaces, lost: self.lost })))
    }
}

impl Door {
    /// Makes `command` start its program inside. Its working directory is entered again by its path. What the command
    /// inherits it hands on, as always.
    ///
    /// The child that std knows stands outside for the program: it passes on the signals that processes send it, and ends as
    /// the program does. The program ends with it, and with the sandbox. The child has `held` open until then; the command
    /// keeps `with` for as long as it is there itself.
    pub fn enter<K: Send + Sync + 'static>(&self, command: &mut Command, held: Option<OwnedFd>, with: K) {
        let kept = Kept { door: self.clone(), held, _with: with };
        // SAFETY: `pass` and what it calls make system calls only.
        unsafe { sys::before_exec(command, move || kept.pass()) };
    }
}

impl<K> Kept<K> {
    /// Comes back as a process inside.
    fn pass(&self) -> Result<(), Errno> {
        let mut path = [MaybeUninit::uninit(); LONGEST];
        let (folder, rest) = rustix::fs::readlinkat_raw(CWD, c"/proc/self/cwd", &mut path)?;
        if rest.is_empty() {
            return Err(Errno::NAMETOOLONG);
        }
        let Frame { namespaces, lost } = &*self.door.0;
        for (namespace, kind) in namespaces {
            rustix::thread::move_into_link_name_space(namespace.as_fd(), Some(*kind))?;
        }
        // The root of the mount namespace is the working directory now.
        rustix::process::chdir(&*folder)?;
        program::no_core_file()?;
        let signals = sys::SignalsHeld::new();
        // SAFETY: the copy goes on to what std does in a forked child before it executes the program.
        match unsafe { sys::fork(libc::SIGCHLD) }? {
            Some(program) => stand_for(program, self.held.as_ref().map(AsRawFd::as_raw_fd)),
            None => {
                drop(signals);
                program::drop_capabilities(*lost)?;
                rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
            }
        }
    }
}

/// Passes signals on to the program until it ends, and ends as it did.
fn stand_for(program: Pid, held: Option<RawFd>) -> ! {
    // Among the descriptors is the one whose closing tells std that the program was executed.
    match held {
        Some(held) => sys::close_all_but(&mut [held]),
        None => sys::close_all_but(&mut []),
    }
    sys::default_signal_actions();
    _ = rustix::thread::set_name(c"netdbspec-door");
    loop {
        // Before anything is waited for: to set the action of SIGCHLD has dropped one that was pending.
        if let Ok(Some((_, status))) = rustix::process::waitpid(Some(program), WaitOptions::NOHANG) {
            if let Some(signal) = status.terminating_signal() {
                end_by(signal);
            }
            if let Some(status) = status.exit_status() {
                sys::exit(status);
            }
        }
        match sys::next_signal() {
            // The kernel's own, such as those of a terminal, reach the program without this.
            Some((signal, true)) if signal != libc::SIGCHLD => _ = sys::kill(program, signal),
            _ => {}
        }
    }
}

/// Ends this process by a signal.
fn end_by(signal: i32) -> ! {
    sys::let_signals_through();
    _ = sys::kill(rustix::process::getpid(), signal);
    sys::exit(128 + signal)
}
