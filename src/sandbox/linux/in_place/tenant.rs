//! A program in a world whose files stand in /etc itself. With it ends whatever it has started.
#![expect(unsafe_code, reason = "prepares the forked child")]

use std::collections::HashSet;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions};
use rustix::thread::CapabilitySet;

use super::super::{program, sys};
use super::{InPlace, lost};
use crate::sandbox::{Bound, Error, Exit, Program};
use crate::world;

/// How often the processes that a subject has left are looked for before they are given up on.
const SWEEPS: usize = 1000;

/// A world with a program in it. Dropping it kills the program, and whatever it has started, and puts all files back.
#[derive(Debug)]
pub struct Tenant {
    here: Arc<InPlace>,
    bound: Vec<Bound>,
    /// Until it is released.
    held: Option<Held>,
    child: Option<Child>,
    exit: Option<Exit>,
    /// The children of this process that were there before.
    before: HashSet<i32>,
}

/// The program before it runs.
#[derive(Debug)]
struct Held {
    program: Program,
    lost: CapabilitySet,
}

impl Tenant {
    pub(super) fn new(here: Arc<InPlace>, bound: Vec<Bound>, program: Program, lost: CapabilitySet) -> Self {
        let held = Some(Held { program, lost });
        Self { here, bound, held, child: None, exit: None, before: children() }
    }

    /// The nameserver sockets, in the order of the world's nameservers; empty the second time.
    pub fn take_bound(&mut self) -> Vec<Bound> {
        std::mem::take(&mut self.bound)
    }

    /// Lets the program start, and gives the other ends of its standard streams: input, output, error.
    ///
    /// # Errors
    /// When it cannot be started, or has been already.
    pub fn release(&mut self) -> Result<[File; 3], Error> {
        let Some(Held { program, lost }) = self.held.take() else {
            return Err(Error::Ended { doing: "starting the program a second time".to_owned() });
        };
        let Some((name, arguments)) = program.argv.split_first() else {
            return Err(Error::Program { program: "".into(), what: "it has no name".to_owned() });
        };
        let pipe = || std::io::pipe().map_err(|error| super::system("making pipes for the program", &error));
        let ((stdin, our_stdin), (our_stdout, stdout), (our_stderr, stderr)) = (pipe()?, pipe()?, pipe()?);
        let mut command = Command::new(name);
        command.args(arguments).env_clear().envs(&program.env).current_dir(&program.cwd);
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        // SAFETY: what is called makes system calls only.
        unsafe {
            sys::before_exec(&mut command, move || {
                rustix::process::setsid()?;
                rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
                program::no_core_file()?;
                program::drop_capabilities(lost)?;
                sys::let_signals_through();
                sys::close_on_exec();
                Ok(())
            });
        }
        let child = command
            .spawn()
            .map_err(|error| Error::Exec { program: name.clone(), errno: error.raw_os_error().unwrap_or(libc::EIO) })?;
        self.child = Some(child);
        Ok([OwnedFd::from(our_stdin), our_stdout.into(), our_stderr.into()].map(File::from))
    }

    /// Replaces a file of /etc by a new one, or takes it away, while the program runs.
    ///
    /// # Errors
    /// When the file cannot be replaced.
    pub fn write(&mut self, name: &str, file: Option<&world::File>) -> Result<(), Error> {
        self.here.swap(name, file)
    }

    /// Waits until the program has ended; `None` when the time was up before.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn wait(&mut self, within: Duration) -> Result<Option<Exit>, Error> {
        let begun = Instant::now();
        while self.exit.is_none() {
            let Some(child) = &mut self.child else { return Ok(None) };
            let status = child.try_wait().map_err(|error| super::system("waiting for the program", &error))?;
            self.exit = status.map(|status| {
                status.signal().map_or_else(|| Exit::Status(status.code().unwrap_or_default()), Exit::Signal)
            });
            let left = within.saturating_sub(begun.elapsed());
            if self.exit.is_none() && left.is_zero() {
                return Ok(None);
            }
            if self.exit.is_none() {
                sleep(left.min(Duration::from_millis(1)));
            }
        }
        Ok(self.exit)
    }

    /// Kills the program and whatever it has started, and puts all files back.
    ///
    /// # Errors
    /// When something of it stays.
    pub fn close(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        let swept = self.sweep();
        let back = self.here.vacate();
        swept.and(back)
    }

    /// Kills all descendants that are new. Those that lose their parent become children of this process, a subreaper.
    fn sweep(&mut self) -> Result<(), Error> {
        if let Some(child) = &mut self.child {
            // Both fail only where it has ended already.
            _ = child.kill();
            _ = child.wait();
        }
        for _ in 0..SWEEPS {
            let new: Vec<Pid> = children().difference(&self.before).filter_map(|pid| Pid::from_raw(*pid)).collect();
            if new.is_empty() {
                return Ok(());
            }
            for pid in &new {
                _ = rustix::process::kill_process(*pid, Signal::KILL);
            }
            for pid in new {
                _ = rustix::io::retry_on_intr(|| rustix::process::waitpid(Some(pid), WaitOptions::empty()));
            }
        }
        Err(lost("ending the subject", "it makes processes faster than they can be killed"))
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // Where it fails the next swap does as well, and says why.
        _ = self.end();
    }
}

/// The children of this process, whichever of its threads has made them.
fn children() -> HashSet<i32> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let pids = |list: String| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>();
    lists.flat_map(pids).collect()
}
