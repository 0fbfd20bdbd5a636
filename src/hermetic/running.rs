//! Programs inside a world, as std's `Command` starts them.

use std::env;
use std::ffi::OsStr;
use std::io::{PipeReader, Read, pipe};
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::process::Command;
use std::sync::Arc;

use super::error::Error;
use super::live::{Live, Order, Reply};
use super::net::Net;
use super::world::World;
use crate::sandbox::{Bound, Door, Identity, Program, Sandbox, Stdio};
use crate::server::Listener;

/// Whether a variable of this name steers a resolver. A program inside a world does not inherit it.
pub(crate) fn steers(name: &str) -> bool {
    ["HOSTALIASES", "LOCALDOMAIN", "NIS_PATH", "RES_OPTIONS"].contains(&name) || name.starts_with("RESOLV_")
}

impl World {
    /// Builds the world and serves it, for any number of programs.
    ///
    /// # Errors
    /// What is wrong with the world, or why no sandbox can be made here and what to do about it.
    pub fn start(&self) -> Result<Running, Error> {
        self.check()?;
        // Nothing is executed: the sandbox holds the door open.
        let program = Program {
            argv: vec!["held".into()],
            env: [].into(),
            cwd: "/".into(),
            stdio: Stdio::Pipes,
            identity: Identity::Own,
            root: None,
            confined: false,
            own: false,
        };
        let mut sandbox = Sandbox::build(&self.described, &program)?;
        let door = sandbox.door()?;
        let listener = |Bound { address, udp, tcp, others, raw }| Listener { address, udp, tcp, others, raw };
        let listeners = sandbox.take_bound().into_iter().map(listener).collect();
        let live = Arc::new(Live::serve(self.clone(), Some(sandbox), listeners)?);
        Ok(Running { net: Net::near(live.clone()), live, door })
    }

    /// One program in a world of its own: std's [`Command`], which starts it inside.
    ///
    /// The world is there as long as the command, or what was started by it; [`World::start`] is for those who want to look at
    /// the queries. [`Running::command`] says what is otherwise than outside.
    ///
    /// ```no_run
    /// use netdbspec::hermetic::World;
    ///
    /// let world = World::new().record("www.example. A 192.0.2.1");
    /// let output = world.command("getent")?.args(["hosts", "www.example"]).output().unwrap();
    /// assert!(output.stdout.starts_with(b"192.0.2.1 "));
    /// # Ok::<(), netdbspec::hermetic::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`World::start`].
    pub fn command(&self, program: impl AsRef<OsStr>) -> Result<Command, Error> {
        let running = self.start()?;
        let (ended, held) = pipe().map_err(Error::system("making a pipe"))?;
        let mut command = cleared(program);
        let door = running.door.clone();
        door.enter(&mut command, Some(held.into()), Lasting(Some((running, ended))));
        Ok(command)
    }
}

/// A world that is built and served. Programs can be run in it; when it is dropped, it kills those that still run.
///
/// All that [`Net`] has, it has.
///
/// ```no_run
/// use netdbspec::hermetic::World;
///
/// let world = World::new().record("www.example. A 192.0.2.1").start()?;
/// let output = world.command("getent").args(["ahostsv4", "www.example"]).output().unwrap();
/// assert!(output.status.success());
/// assert_eq!(world.queries(), ["udp A www.example."]);
///
/// world.fault("rcode=SERVFAIL");
/// assert!(!world.command("getent").args(["hosts", "www.example"]).status().unwrap().success());
/// # Ok::<(), netdbspec::hermetic::Error>(())
/// ```
#[derive(Debug)]
pub struct Running {
    net: Net,
    live: Arc<Live>,
    door: Door,
}

impl Running {
    /// std's [`Command`], which starts the program inside: with its arguments, pipes, environment and working directory as
    /// outside, and for whatever else takes such a command (`tokio::process::Command::from`, `assert_cmd`).
    ///
    /// - The program sees the world's /etc, network and host name. It has the user's own id, and
    ///   capabilities only where that is root's.
    /// - Variables that steer a resolver (`RES_OPTIONS`, `LOCALDOMAIN` …) are not inherited.
    /// - The child that std knows stands outside for the program: it passes on signals that are sent to it and ends as the
    ///   program does. Killing it kills the program.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        self.command_holding(program, None)
    }

    /// The same; the child has this open until it ends.
    pub(super) fn command_holding(&self, program: impl AsRef<OsStr>, held: Option<OwnedFd>) -> Command {
        let mut command = cleared(program);
        self.door.enter(&mut command, held, ());
        command
    }

    /// Does what the process inside asks for.
    pub(super) fn obey(&self, order: Order) -> Reply {
        self.live.obey(order)
    }
}

impl Deref for Running {
    type Target = Net;

    fn deref(&self) -> &Net {
        &self.net
    }
}

/// A command without the variables that steer a resolver.
fn cleared(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(steers)) {
        command.env_remove(name);
    }
    command
}

/// A world that lasts as long as the programs in it: each holds the other end of the pipe.
struct Lasting(Option<(Running, PipeReader)>);

impl Drop for Lasting {
    fn drop(&mut self) {
        let Some((running, mut ended)) = self.0.take() else { return };
        // Where no thread can be had, the world ends now, and the programs with it.
        _ = std::thread::Builder::new().name("world".to_owned()).spawn(move || {
            _ = ended.read(&mut [0]);
            drop(running);
        });
    }
}
