//! Systems without namespaces: the same interface, which says that no sandbox can be made.

use std::convert::Infallible;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::{Bound, Diagnosis, Error, Exit, Finding, Glance, Main, Program};
use crate::world::{self, World};

/// This process in the place of a program. There is none to stand in for on this system.
#[derive(Debug)]
pub struct StandIn {
    never: Infallible,
}

impl StandIn {
    /// Prepares nothing.
    ///
    /// # Errors
    /// Always [`Error::Unsupported`].
    pub fn new() -> Result<Self, Error> {
        Err(Error::Unsupported(reason()))
    }
}

/// A container whose own files are swapped. There is none on this system.
#[derive(Debug)]
pub struct InPlace {
    never: Infallible,
}

impl InPlace {
    /// Opens nothing.
    ///
    /// # Errors
    /// Always [`Error::Unsupported`].
    pub fn open() -> Result<(Self, Vec<String>), Error> {
        Err(Error::Unsupported(reason()))
    }

    /// Finds nothing to put back.
    ///
    /// # Errors
    /// Never.
    pub fn recover() -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    /// The name of this host.
    #[must_use]
    pub fn hostname(&self) -> &str {
        match self.never {}
    }

    /// Whether `lo` has the address of IPv6.
    #[must_use]
    pub fn has_ipv6(&self) -> bool {
        match self.never {}
    }

    /// What the world has that cannot be had in place.
    #[must_use]
    pub fn lacks(&self, _world: &World) -> Option<String> {
        match self.never {}
    }

    /// Why a file cannot be had in place.
    #[must_use]
    pub fn refuses(&self, _name: &str, _file: Option<&world::File>) -> Option<String> {
        match self.never {}
    }

    /// Makes the world stand in place of this system's own.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn build(self: &Arc<Self>, _world: &World, _program: Program) -> Result<Tenant, Error> {
        match self.never {}
    }

    /// Puts everything back.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn restore(&self) -> Result<(), Error> {
        match self.never {}
    }
}

/// A program in a world in place. There is none on this system.
#[derive(Debug)]
pub struct Tenant {
    never: Infallible,
}

impl Tenant {
    /// The nameserver sockets.
    pub fn take_bound(&mut self) -> Vec<Bound> {
        match self.never {}
    }

    /// Lets the program start.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn release(&mut self) -> Result<[File; 3], Error> {
        match self.never {}
    }

    /// Replaces a file of /etc.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn write(&mut self, _name: &str, _file: Option<&world::File>) -> Result<(), Error> {
        match self.never {}
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn wait(&mut self, _within: Duration) -> Result<Option<Exit>, Error> {
        match self.never {}
    }

    /// Ends it.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn close(self) -> Result<(), Error> {
        match self.never {}
    }
}

/// What makes sandboxes cost the same however large this process becomes. There are none on this system.
#[derive(Debug)]
#[must_use = "they end when this is dropped"]
pub struct Spawner(());

impl Spawner {
    /// The argument that makes a program a spawner.
    pub const ARGUMENT: &str = "spawner";

    /// Starts nothing.
    pub fn start(_count: usize, _program: &Path) -> Self {
        Self(())
    }

    /// Does nothing.
    pub fn serve(_main: Main) {}
}

/// A world with a program inside. None can be made on this system.
#[derive(Debug)]
pub struct Sandbox {
    never: Infallible,
}

/// The way into a sandbox. There is none on this system.
#[derive(Clone, Debug)]
pub struct Door {
    never: Infallible,
}

impl Door {
    /// Makes `command` start its program inside.
    pub fn enter<K: Send + Sync + 'static>(&self, _command: &mut Command, _held: Option<OwnedFd>, _with: K) {
        match self.never {}
    }
}

/// A program that is being watched. There is none on this system.
#[derive(Debug)]
pub struct Watch {
    never: Infallible,
}

impl Watch {
    /// What the program has looked at.
    #[must_use]
    pub fn finish(self) -> Vec<Glance> {
        match self.never {}
    }
}

impl Sandbox {
    /// Makes no sandbox.
    ///
    /// # Errors
    /// Always [`Error::Unsupported`].
    pub fn build(_world: &World, _program: &Program) -> Result<Self, Error> {
        Err(Error::Unsupported(reason()))
    }

    /// The way in.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn door(&self) -> Result<Door, Error> {
        match self.never {}
    }

    /// The nameserver sockets.
    pub fn take_bound(&mut self) -> Vec<Bound> {
        match self.never {}
    }

    /// The program's standard input.
    pub fn take_stdin(&mut self) -> Option<File> {
        match self.never {}
    }

    /// The program's standard output.
    pub fn take_stdout(&mut self) -> Option<File> {
        match self.never {}
    }

    /// The program's standard error.
    pub fn take_stderr(&mut self) -> Option<File> {
        match self.never {}
    }

    /// Watches the program.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn watch(&mut self) -> Result<Watch, Error> {
        match self.never {}
    }

    /// Lets the program start.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn release(&mut self) -> Result<(), Error> {
        match self.never {}
    }

    /// Replaces a file of /etc.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn write(&mut self, _name: &str, _file: Option<&world::File>) -> Result<(), Error> {
        match self.never {}
    }

    /// Sends a signal to the program.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn signal(&mut self, _signal: i32) -> Result<(), Error> {
        match self.never {}
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn wait(&mut self, _timeout: Option<Duration>) -> Result<Option<Exit>, Error> {
        match self.never {}
    }

    /// Waits for the program's end in its place.
    ///
    /// # Errors
    /// Never comes to be.
    pub fn stand_in(&mut self, stand_in: &StandIn) -> Result<Exit, Error> {
        match stand_in.never {}
    }

    /// Kills everything inside.
    pub fn kill(&mut self) -> Exit {
        match self.never {}
    }
}

/// Says that no sandbox can be made here.
#[must_use]
pub fn doctor() -> Diagnosis {
    let remedy = Some("run it on Linux; cases that need no world run here too".to_owned());
    Diagnosis { findings: vec![Finding::bad("operating system", reason(), remedy)], usable: false }
}

fn reason() -> String {
    if cfg!(netdbspec_no_sandbox) {
        "this program was built without the sandbox".to_owned()
    } else {
        format!("it is made of Linux namespaces, and this is {}", std::env::consts::OS)
    }
}
