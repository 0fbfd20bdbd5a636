//! A subject as a plain child process, outside any sandbox: to learn who it is, and for cases without a world.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::protocol::Hello;
use super::{Ended, Session, Subject, Trouble};

/// A running subject. It is killed when this value is dropped, and with it what it started, unless that has left its process
/// group.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a subject in its own environment, and `env` besides, and opens the conversation with it.
    ///
    /// # Errors
    /// When its program cannot be started, or no pipes can be made.
    pub fn start(subject: &Subject, env: &BTreeMap<OsString, OsString>) -> Result<(Self, Session), Trouble> {
        if subject.home().is_some() {
            let source = io::Error::other("it lives in a root file system, and is run in a sandbox only");
            return Err(Trouble::Start { program: subject.program.display().to_string(), source });
        }
        let (stdin, questions) = io::pipe()?;
        let (replies, stdout) = io::pipe()?;
        let (said, stderr) = io::pipe()?;
        let child = Command::new(&subject.program)
            .args(&subject.arguments)
            .env_clear()
            .envs(subject.env())
            .envs(env)
            .stdin(stdin)
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .spawn()
            .map_err(|source| Trouble::Start { program: subject.program.display().to_string(), source })?;
        Ok((Self { child }, Session::open(questions, replies, said)?))
    }

    /// Waits at most so long for it to end; gives `None` when it still runs.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn wait(&mut self, within: Duration) -> Result<Option<Ended>, Trouble> {
        let started = Instant::now();
        loop {
            // Not reaped before the end of this value: its number, and that of its group, would be free for others.
            let seen = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            let status = rustix::process::waitid(WaitId::Pid(Pid::from_child(&self.child)), seen);
            let status = status.map_err(|error| Trouble::Waiting(error.into()))?;
            let left = within.saturating_sub(started.elapsed());
            if status.is_some() || left.is_zero() {
                return Ok(status.map(|status| {
                    let exited = || Ended::Status(status.exit_status().unwrap_or_default());
                    status.terminating_signal().map_or_else(exited, Ended::Signal)
                }));
            }
            sleep(left.min(Duration::from_millis(1)));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The group is still there, or its number at least: the child has not been reaped.
        let _ = rustix::process::kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Subject {
    /// Starts the subject outside any sandbox and asks it who it is.
    ///
    /// # Errors
    /// When it does not start, or is lost before it has said so.
    pub fn meet(&self, within: Duration) -> Result<Hello, Trouble> {
        let (mut process, mut session) = Process::start(self, &BTreeMap::new())?;
        session.hello(within, &mut |within| process.wait(within))
    }
}
