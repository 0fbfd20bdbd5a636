//! A world with a subject in it, and the stub server that serves it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::trouble::{all_told, told};
use crate::outcome::Query;
use crate::sandbox::{self, Bound, Exit, Program, Root, Sandbox, Stdio};
use crate::server::{Listener, Server, Service, Zones};
use crate::subject::{self, Ended, Session, Subject, Trouble};
use crate::world::World;

/// A world with a subject in it.
pub(super) struct Place {
    pub(super) sandbox: Sandbox,
    pub(super) service: Service,
}

impl Place {
    /// Builds the world around the subject, which gets `variables` beside its own. It does not run yet.
    ///
    /// # Errors
    /// What stands in the way, in words.
    pub(super) fn build(
        subject: &Subject,
        variables: BTreeMap<OsString, OsString>,
        world: &World,
        server: &Server,
    ) -> Result<Self, String> {
        let zones = Zones::read(world).map_err(|problems| all_told(&problems))?;
        let mut env = subject.env();
        env.extend(variables);
        let identity = match subject.identity() {
            subject::Identity::Root => sandbox::Identity::Root,
        };
        let root = subject.home().map(|home| Root { folder: home.folder.clone(), files: home.files.clone() });
        // Where a subject outside any world is started too: it may have arguments that are paths.
        let here = std::env::current_dir().ok().filter(|_| root.is_none());
        let cwd = here.unwrap_or_else(|| PathBuf::from("/"));
        let program = Program { argv: subject.argv(), env, cwd, stdio: Stdio::Pipes, identity, root, confined: true };
        let mut sandbox = Sandbox::build(world, &program).map_err(|error| told(&error))?;
        let service =
            server.serve(world, Arc::new(zones), listeners(sandbox.take_bound())).map_err(|error| told(&error))?;
        Ok(Self { sandbox, service })
    }

    /// Lets the subject run, and opens the conversation with it.
    ///
    /// # Errors
    /// What stands in the way, in words.
    pub(super) fn open(&mut self) -> Result<Session, String> {
        self.sandbox.release().map_err(|error| told(&error))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (self.sandbox.take_stdin(), self.sandbox.take_stdout(), self.sandbox.take_stderr())
        else {
            return Err("the sandbox gave no pipes to its program".to_owned());
        };
        Session::open(stdin, stdout, stderr).map_err(|trouble| told(&trouble))
    }

    /// Waits at most so long for the subject to end.
    ///
    /// # Errors
    /// When the sandbox does not say.
    pub(super) fn wait(&mut self, within: Duration) -> Result<Option<Ended>, Trouble> {
        let exit = self.sandbox.wait(Some(within)).map_err(|error| Trouble::Waiting(error.into()))?;
        Ok(exit.map(|exit| match exit {
            Exit::Status(status) => Ended::Status(status),
            Exit::Signal(signal) => Ended::Signal(signal),
        }))
    }

    /// Takes the world down, and gives the queries that were seen in it.
    ///
    /// # Errors
    /// When the server fails to end.
    pub(super) fn close(self) -> Result<Vec<Query>, String> {
        drop(self.sandbox);
        self.service.stop().map_err(|error| told(&error))
    }
}

/// The sockets that a sandbox has bound, as the server takes them.
pub(crate) fn listeners(bound: Vec<Bound>) -> Vec<Listener> {
    let listener = |Bound { address, udp, tcp, others, raw }| Listener { address, udp, tcp, others, raw };
    bound.into_iter().map(listener).collect()
}
