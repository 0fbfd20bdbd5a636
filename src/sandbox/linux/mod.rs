//! Sandboxes made of Linux namespaces, without root and without a helper program.
//!
//! The parent prepares everything ([`plan`]) and copies itself into new namespaces ([`sys::clone`]). The copy
//! ([`child`]) takes the steps of the plan, one system call after another, forks the program ([`program`]), which waits
//! at a gate, and stays behind as process 1 ([`reaper`]). Its life hangs on the parent's end of a socket ([`channel`]):
//! whatever ends the parent closes it, the reaper ends, and with it the kernel ends everything inside.

mod build;
mod channel;
mod child;
mod confine;
mod doctor;
mod enter;
mod etc;
mod files;
mod idmap;
mod image;
mod in_place;
mod links;
mod network;
mod packet;
mod places;
mod plan;
mod program;
mod ptrace;
mod reaper;
mod reserve;
mod root;
mod routes;
mod settings;
mod signals;
mod sources;
mod spawner;
mod stand_in;
mod step;
mod sys;
mod watch;

pub use doctor::doctor;
pub use enter::Door;
pub use in_place::{InPlace, Tenant};
pub use spawner::Spawner;
pub use stand_in::StandIn;
pub use watch::Watch;

use std::ffi::{CStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::fs::MemfdFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use rustix::process::{Pid, Signal, WaitOptions};
use rustix::thread::CapabilitySet;

use self::channel::{Channel, Incoming};
use self::packet::{Kind, Packet, Replacement};
use self::program::Stage;
use self::stand_in::Stopped;
use super::{Bound, Error, Exit, Program};
use crate::world::{self, World};

/// A world with a program inside. Dropping it kills everything inside and waits until it is gone.
#[derive(Debug)]
pub struct Sandbox {
    control: Channel,
    /// Process 1 inside, until it is reaped.
    reaper: Option<Pid>,
    /// The program's gate, until it is released.
    gate: Option<OwnedFd>,
    /// The same afterwards, where it has not been seen yet whether the program could begin.
    begun: Option<OwnedFd>,
    /// Whether nothing has to be executed.
    own: bool,
    /// Whether the program stops at each path for a tracer.
    watched: bool,
    bound: Vec<Bound>,
    streams: [Option<File>; 3],
    name: OsString,
    exit: Option<Exit>,
    /// What has stopped the program, until somebody has looked.
    stopped: Option<Stopped>,
    facts: Facts,
    /// The capabilities that programs inside lose.
    lost: CapabilitySet,
}

/// What the building has shown about this machine.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    /// Whether there is a user namespace.
    user_namespace: bool,
    /// The errno with which an overlay over /etc was refused.
    overlay: Option<i32>,
    /// The errno with which a new /proc was refused.
    proc: Option<i32>,
}

impl Sandbox {
    /// Builds `world` and puts `program` into it, held at a gate until [`Sandbox::release`]. When this returns, files,
    /// links and nameserver sockets are in place. Settings are written after links, addresses and routes, and before the
    /// nameserver sockets are bound.
    ///
    /// # Errors
    /// What stands in the way, with the step, the setting behind it and the remedy.
    pub fn build(world: &World, program: &Program) -> Result<Self, Error> {
        build::build(world, program)
    }

    /// The nameserver sockets, in the order of the world's nameservers; empty the second time.
    pub fn take_bound(&mut self) -> Vec<Bound> {
        std::mem::take(&mut self.bound)
    }

    /// The end of the program's standard input, where it is a pipe; once.
    pub fn take_stdin(&mut self) -> Option<File> {
        self.streams[0].take()
    }

    /// The end of the program's standard output, where it is a pipe; once.
    pub fn take_stdout(&mut self) -> Option<File> {
        self.streams[1].take()
    }

    /// The end of the program's standard error, where it is a pipe; once.
    pub fn take_stderr(&mut self) -> Option<File> {
        self.streams[2].take()
    }

    /// Watches which paths the program, and whatever it starts, looks at, and which destinations it connects to. Before
    /// [`Sandbox::release`].
    ///
    /// # Errors
    /// When this machine does not let its processes be traced. The program can be released all the same.
    pub fn watch(&mut self) -> Result<Watch, Error> {
        let (Some(reaper), Some(_)) = (self.reaper, &self.gate) else {
            return Err(Error::Ended { doing: "watching the program's files".to_owned() });
        };
        let watch = Watch::begin(reaper)?;
        self.watched = true;
        Ok(watch)
    }

    /// Lets the program start. The second time it does nothing.
    ///
    /// # Errors
    /// [`Error::Exec`] when it cannot be executed. One that is not executed is not waited for: [`Sandbox::wait`] says then
    /// what has kept it from beginning.
    pub fn release(&mut self) -> Result<(), Error> {
        let Some(gate) = self.gate.take() else { return Ok(()) };
        // A program that was killed at the gate has ended like any other: that is for `wait` to say.
        let word = if self.watched { program::GO_WATCHED } else { program::GO };
        _ = rustix::net::send(&gate, &[word], SendFlags::NOSIGNAL);
        if self.own && !self.watched {
            self.begun = Some(gate);
            return Ok(());
        }
        self.has_begun(&gate)
    }

    /// What the program says at the gate before it begins.
    fn has_begun(&self, gate: &OwnedFd) -> Result<(), Error> {
        let mut report = [0_u8; 8];
        let length = match rustix::io::retry_on_intr(|| rustix::net::recv(gate, &mut report[..], RecvFlags::empty())) {
            Ok((length, _)) => length,
            Err(Errno::CONNRESET) => 0,
            Err(Errno::AGAIN) => return Err(lost("starting the program", "execve(2) did not return in time")),
            Err(errno) => return Err(system("starting the program", errno)),
        };
        match Stage::read(&report[..length]) {
            None => Ok(()),
            Some((Stage::Execute, errno)) => Err(Error::Exec { program: self.name.clone(), errno }),
            Some((stage, errno)) => Err(system(stage.words(), Errno::from_raw_os_error(errno))),
        }
    }

    /// Replaces a file of the /etc inside by a new one, or takes it away, while the program runs.
    ///
    /// # Errors
    /// When the name leads out of /etc, the file cannot be replaced or the program has ended.
    pub fn write(&mut self, name: &str, file: Option<&world::File>) -> Result<(), Error> {
        let doing = format!("replacing /etc/{name} inside the sandbox");
        let refused = |errno: i32| Error::Write { file: name.to_owned(), errno };
        let path = plan::file_name(name).map_err(|_| refused(libc::EINVAL))?;
        let (mut target, mut text) = (c"".to_owned(), None);
        let by = match file {
            None => Replacement::Nothing,
            Some(world::File::Folder) => Replacement::Folder,
            Some(world::File::Unreadable) => Replacement::Unreadable,
            Some(world::File::Link(to)) => {
                target = plan::link_target(name, to).map_err(|_| refused(libc::EINVAL))?;
                Replacement::Link
            }
            Some(world::File::Text(contents)) => {
                let memory = rustix::fs::memfd_create(c"netdbspec", MemfdFlags::CLOEXEC);
                let memory = memory.map_err(|errno| system(&doing, errno))?;
                files::write_all(&memory, contents.as_bytes()).map_err(|errno| system(&doing, errno))?;
                text = Some(memory);
                Replacement::Text
            }
        };
        let packet = Packet { a: by as i32, ..Packet::new(Kind::Write) };
        let text: Vec<_> = text.iter().map(AsFd::as_fd).collect();
        self.ask(packet, &[&path, &target], &text, &doing)?.map_or(Ok(()), |errno| Err(refused(errno)))
    }

    /// Sends the program a signal; not its children. A program that is still held at the gate gets it then.
    ///
    /// # Errors
    /// When there is no such signal or the program has ended.
    pub fn signal(&mut self, signal: i32) -> Result<(), Error> {
        let packet = Packet { a: signal, ..Packet::new(Kind::Signal) };
        let refused = self.ask(packet, &[], &[], &format!("sending the signal {signal} to the program"))?;
        refused.map_or(Ok(()), |errno| Err(Error::Signal { signal, errno }))
    }

    /// Waits until the program has ended, and with it everything inside; `None` when the time was up before.
    ///
    /// # Errors
    /// When the sandbox is gone without a word of the program's end, or the program could not begin.
    pub fn wait(&mut self, timeout: Option<Duration>) -> Result<Option<Exit>, Error> {
        const DOING: &str = "waiting for the program";
        while self.exit.is_none() {
            if !self.control.wait(timeout).map_err(|errno| system(DOING, errno))? {
                return Ok(None);
            }
            match self.control.recv().map_err(|errno| system(DOING, errno))? {
                Incoming::Packet(packet, _) => self.note(packet),
                Incoming::Nothing => {}
                Incoming::Closed => {
                    self.reap();
                    return Err(lost(DOING, "the sandbox ended without a word"));
                }
            }
        }
        self.begun.take().map_or(Ok(()), |gate| self.has_begun(&gate))?;
        Ok(self.exit)
    }

    /// Kills everything inside and waits until it is gone. Says how the program ended, if it had before.
    pub fn kill(&mut self) -> Exit {
        if let Some(reaper) = self.reaper {
            _ = rustix::process::kill_process(reaper, Signal::KILL);
            self.reap();
        }
        while let (None, Ok(Incoming::Packet(packet, _))) = (self.exit, self.control.recv()) {
            self.note(packet);
        }
        *self.exit.get_or_insert(Exit::Signal(libc::SIGKILL))
    }

    /// Has the reaper do something. Gives the errno with which that failed.
    fn ask(
        &mut self,
        packet: Packet,
        names: &[&CStr],
        fds: &[BorrowedFd<'_>],
        doing: &str,
    ) -> Result<Option<i32>, Error> {
        match self.control.send(packet, names, fds) {
            // A reaper that is gone has said why before.
            Ok(()) | Err(Errno::PIPE | Errno::CONNRESET) => {}
            Err(errno) => return Err(system(doing, errno)),
        }
        while self.exit.is_none() {
            match self.control.recv().map_err(|errno| system(doing, errno))? {
                Incoming::Packet(Packet { kind: Kind::Done, a: errno, .. }, _) => {
                    return Ok(Some(errno).filter(|errno| *errno != 0));
                }
                Incoming::Packet(packet, _) => self.note(packet),
                Incoming::Nothing => return Err(lost(doing, "the sandbox did not answer in time")),
                Incoming::Closed => {
                    self.reap();
                    return Err(lost(doing, "the sandbox ended without a word"));
                }
            }
        }
        Err(Error::Ended { doing: doing.to_owned() })
    }

    /// Takes note of the program's end, that it was stopped, or that it goes on.
    fn note(&mut self, packet: Packet) {
        match packet.kind {
            Kind::Stopped => self.stopped = Some(Stopped { by: packet.a, has_terminal: packet.b == 1 }),
            Kind::Continued => self.stopped = None,
            Kind::Ended => {
                self.exit = Some(if packet.a == 0 { Exit::Status(packet.b) } else { Exit::Signal(packet.b) });
                self.reap();
            }
            _ => {}
        }
    }

    /// Waits for the end of process 1 inside, which comes after that of everything else inside.
    fn reap(&mut self) {
        if let Some(reaper) = self.reaper.take() {
            let options = WaitOptions::from_bits_retain(libc::__WALL.cast_unsigned());
            _ = rustix::io::retry_on_intr(|| rustix::process::waitpid(Some(reaper), options));
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.kill();
    }
}

fn system(doing: &str, errno: Errno) -> Error {
    Error::System { doing: doing.to_owned(), errno: errno.raw_os_error() }
}

fn lost(doing: &str, what: &str) -> Error {
    Error::Lost { doing: doing.to_owned(), what: what.to_owned() }
}
