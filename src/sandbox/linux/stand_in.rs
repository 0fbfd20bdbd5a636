//! This process in the place of a program inside, for whoever started it: a shell, a terminal, `make`, `timeout`.
//!
//! The program stands in the process group of this process, so what a terminal sends the group reaches it by itself. What
//! is sent to this process alone is passed on: the reaper, which is in that group too, can tell the one from the other. When
//! the program is stopped, this process stops itself the same way, so that a shell sees its job stopped.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Pid;
use rustix::termios::{tcgetpgrp, tcsetpgrp};

use super::channel::Incoming;
use super::packet::{Kind, Packet, To};
use super::signals::Signals;
use super::{Sandbox, lost, sys, system};
use crate::sandbox::{Error, Exit};

/// What messages say that this is about.
const DOING: &str = "standing in for the program";

/// The signals that are this process's own business: those that it raises itself by a fault, and those that tell of its
/// children, its pipes and its use of the terminal.
const OWN: [i32; 12] = [
    libc::SIGKILL,
    libc::SIGSTOP,
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGSYS,
    libc::SIGCHLD,
    libc::SIGPIPE,
    libc::SIGTTIN,
    libc::SIGTTOU,
];

/// What has stopped a program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopped {
    pub(super) by: i32,
    /// Whether a process group inside had the terminal.
    pub(super) has_terminal: bool,
}

/// This process in the place of a program: from now on it keeps the signals that it gets for the program.
///
/// To be made before there are other threads, so that theirs are held back too.
#[derive(Debug)]
pub struct StandIn {
    /// Where the signals are read.
    signals: File,
    terminal: Option<Terminal>,
}

impl StandIn {
    /// Holds back this thread's signals, and those of the threads that it starts.
    ///
    /// # Errors
    /// When the system has no descriptor left to read them from.
    pub fn new() -> Result<Self, Error> {
        let kept = Signals::all_but(&OWN);
        let signals = kept.descriptor().map_err(|errno| system(DOING, errno))?;
        kept.hold();
        // With it held back, this process may write to the terminal whoever has it.
        Signals::of(&[libc::SIGTTOU]).hold();
        Ok(Self { signals: signals.into(), terminal: Terminal::own() })
    }

    /// The next signal that has arrived, and whom it was sent to.
    fn next(&self) -> Result<Option<(i32, To)>, Errno> {
        // struct signalfd_siginfo, which begins with the signal's number, an error number and the code of its origin.
        let mut told = [0_u8; size_of::<libc::signalfd_siginfo>()];
        match (&self.signals).read_exact(&mut told) {
            Ok(()) => {
                let number = |at: usize| told.get(at..at + 4)?.try_into().ok().map(i32::from_ne_bytes);
                let to = if number(8) == Some(libc::SI_KERNEL) { To::Group } else { To::Unknown };
                Ok(number(0).map(|signal| (signal, to)))
            }
            Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(fault) => Err(fault.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error)),
        }
    }
}

impl Sandbox {
    /// Waits until the program has ended, as its stand-in: passes on the signals that this process gets, stops and goes on
    /// as the program does, lets go of standard input and output, and leaves the terminal with this process.
    ///
    /// # Errors
    /// When the sandbox is gone without a word of the program's end.
    pub fn stand_in(&mut self, stand_in: &StandIn) -> Result<Exit, Error> {
        let_go_of_streams();
        let ended = self.attend(stand_in);
        if let Some(terminal) = &stand_in.terminal {
            terminal.take_back_from_the_dead();
        }
        ended
    }

    fn attend(&mut self, stand_in: &StandIn) -> Result<Exit, Error> {
        let failed = |errno| system(DOING, errno);
        loop {
            if let Some(exit) = self.exit {
                return Ok(exit);
            }
            if let Some(stopped) = self.stopped.take() {
                self.stop(stand_in, stopped)?;
            }
            let mut polled =
                [PollFd::new(&self.control.0, PollFlags::IN), PollFd::new(&stand_in.signals, PollFlags::IN)];
            match rustix::event::poll(&mut polled, None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(failed(errno)),
            }
            let [told, signalled] = polled.map(|polled| !polled.revents().is_empty());
            if told {
                match self.control.recv().map_err(failed)? {
                    Incoming::Packet(packet, _) => self.note(packet),
                    Incoming::Nothing => {}
                    Incoming::Closed => {
                        self.reap();
                        return Err(lost(DOING, "the sandbox ended without a word"));
                    }
                }
            }
            while let Some((signal, to)) = if signalled { stand_in.next().map_err(failed)? } else { None } {
                self.pass_on(signal, to)?;
            }
        }
    }

    /// Sends the program a signal that was sent to this process, unless it has it already.
    fn pass_on(&mut self, signal: i32, to: To) -> Result<(), Error> {
        let packet = Packet { a: signal, b: to as i32, ..Packet::new(Kind::Signal) };
        match self.ask(packet, &[], &[], &format!("passing on the signal {signal}")) {
            // A program that may not be signalled any more, such as one that is another user's by now, is none of ours.
            Ok(_) | Err(Error::Ended { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Stops this process as the program was stopped, until somebody lets it go on.
    fn stop(&mut self, stand_in: &StandIn, stopped: Stopped) -> Result<(), Error> {
        let terminal = stand_in.terminal.as_ref().filter(|_| stopped.has_terminal);
        let theirs = terminal.and_then(Terminal::take);
        self.control.continue_when_told(true);
        let has_news = self.control.wait(Some(Duration::ZERO)).map_err(|errno| system(DOING, errno))?;
        if !has_news {
            Signals::of(&[stopped.by]).let_through();
            // Comes back when this process goes on, or at once where nothing may stop it: in a group that nobody looks after.
            _ = sys::kill(rustix::process::getpid(), stopped.by);
            Signals::of(&[stopped.by]).hold();
        }
        self.control.continue_when_told(false);
        if let (Some(terminal), Some(theirs)) = (terminal, theirs) {
            terminal.give(theirs);
        }
        if has_news || Signals::pending().contains(libc::SIGCONT) {
            Ok(())
        } else {
            self.pass_on(libc::SIGCONT, To::Program)
        }
    }
}

/// Standard input and output are the program's: who is at their other end must see it when the program closes them.
fn let_go_of_streams() {
    if let Ok(nothing) = File::options().read(true).write(true).open("/dev/null") {
        // Where this fails they stay open until the program has ended.
        _ = rustix::stdio::dup2_stdin(&nothing);
        _ = rustix::stdio::dup2_stdout(&nothing);
    }
}

/// Whether a program in this process's place has the terminal to itself: this process leads the process group that has it,
/// and uses it for all streams, so that no other program of the group needs it. Such a program gets a group of its own,
/// with a number inside: interactive shells give the terminal back to the group that had it before them.
pub(super) fn at_a_terminal() -> bool {
    let leads = Terminal::own().is_some_and(|terminal| terminal.own == rustix::process::getpid());
    let streams = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    leads && streams.into_iter().all(rustix::termios::isatty)
}

/// The terminal of this process, which was with its process group at the beginning.
#[derive(Debug)]
struct Terminal {
    terminal: OwnedFd,
    /// The process group of this process.
    own: Pid,
}

impl Terminal {
    fn own() -> Option<Self> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = rustix::fs::openat(CWD, c"/dev/tty", flags, Mode::empty()).ok()?;
        // In a world in a world the group may be one from outside, which has no number here.
        let own = sys::process_group(None)?;
        (tcgetpgrp(&terminal) == Ok(own)).then_some(Self { terminal, own })
    }

    /// Takes the terminal from the process group that has it, and says which.
    fn take(&self) -> Option<Pid> {
        let theirs = tcgetpgrp(self.terminal.as_fd()).ok().filter(|group| *group != self.own)?;
        tcsetpgrp(&self.terminal, self.own).is_ok().then_some(theirs)
    }

    /// Gives the terminal back to a process group, where it was given to this process.
    fn give(&self, theirs: Pid) {
        if tcgetpgrp(&self.terminal) == Ok(self.own) {
            _ = tcsetpgrp(&self.terminal, theirs);
        }
    }

    /// Takes the terminal from a process group that is gone, as a shell that leaves does for the one it was started from.
    fn take_back_from_the_dead(&self) {
        let group = tcgetpgrp(&self.terminal);
        if group.is_ok_and(|group| rustix::process::test_kill_process_group(group) == Err(Errno::SRCH)) {
            _ = tcsetpgrp(&self.terminal, self.own);
        }
    }
}
