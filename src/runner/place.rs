//! A world with a subject in it, and the stub server that serves it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::trouble::{all_told, told};
use crate::outcome::Query;
use crate::sandbox::{self, Bound, Exit, InPlace, Program, Root, Sandbox, Stdio, Tenant, Watch};
use crate::server::{Listener, Server, Service, Zones};
use crate::subject::{self, Ended, Session, Subject, Trouble};
use crate::world::{File, World};

/// A world with a subject in it.
pub(super) struct Place {
    inside: Inside,
    pub(super) service: Service,
}

/// Where the world is.
enum Inside {
    /// In namespaces of its own.
    Sandbox(Sandbox),
    /// In place of this container's own files.
    InPlace(Tenant),
}

impl Place {
    /// Builds the world around the subject, which gets `variables` beside its own; in namespaces, unless it is to be in
    /// place. It does not run yet.
    ///
    /// # Errors
    /// What stands in the way, in words.
    pub(super) fn build(
        subject: &Subject,
        variables: BTreeMap<OsString, OsString>,
        world: &World,
        server: &Server,
        in_place: Option<&Arc<InPlace>>,
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
        let (argv, own) = (subject.argv(), subject.is_own());
        let program = Program { argv, env, cwd, stdio: Stdio::Pipes, identity, root, confined: true, own };
        let built = match in_place {
            None => Sandbox::build(world, &program).map(Inside::Sandbox),
            Some(here) => here.build(world, program).map(Inside::InPlace),
        };
        let mut inside = built.map_err(|error| told(&error))?;
        let bound = match &mut inside {
            Inside::Sandbox(sandbox) => sandbox.take_bound(),
            Inside::InPlace(tenant) => tenant.take_bound(),
        };
        let service = server.serve(world, Arc::new(zones), listeners(bound)).map_err(|error| told(&error))?;
        Ok(Self { inside, service })
    }

    /// Lets the subject run, and opens the conversation with it.
    ///
    /// # Errors
    /// What stands in the way, in words.
    pub(super) fn open(&mut self) -> Result<Session, String> {
        let sandbox = match &mut self.inside {
            Inside::Sandbox(sandbox) => sandbox,
            Inside::InPlace(tenant) => {
                let [stdin, stdout, stderr] = tenant.release().map_err(|error| told(&error))?;
                return Session::open(stdin, stdout, stderr).map_err(|trouble| told(&trouble));
            }
        };
        sandbox.release().map_err(|error| told(&error))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (sandbox.take_stdin(), sandbox.take_stdout(), sandbox.take_stderr())
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
        let exit = match &mut self.inside {
            Inside::Sandbox(sandbox) => sandbox.wait(Some(within)),
            Inside::InPlace(tenant) => tenant.wait(within),
        };
        let exit = exit.map_err(|error| Trouble::Waiting(error.into()))?;
        Ok(exit.map(|exit| match exit {
            Exit::Status(status) => Ended::Status(status),
            Exit::Signal(signal) => Ended::Signal(signal),
        }))
    }

    /// Replaces a file of the world's /etc, or takes it away.
    ///
    /// # Errors
    /// When that cannot be.
    pub(super) fn write(&mut self, name: &str, file: Option<&File>) -> Result<(), sandbox::Error> {
        match &mut self.inside {
            Inside::Sandbox(sandbox) => sandbox.write(name, file),
            Inside::InPlace(tenant) => tenant.write(name, file),
        }
    }

    /// Watches what the subject looks at; before it runs.
    ///
    /// # Errors
    /// When nothing can be watched here.
    pub(super) fn watch(&mut self) -> Result<Watch, sandbox::Error> {
        match &mut self.inside {
            Inside::Sandbox(sandbox) => sandbox.watch(),
            Inside::InPlace(_) => Err(sandbox::Error::Unsupported("nothing is watched in place".to_owned())),
        }
    }

    /// Takes the world down, and gives the queries that were seen in it.
    ///
    /// # Errors
    /// When something of it stays, or the server fails to end.
    pub(super) fn close(self) -> Result<Vec<Query>, String> {
        let closed = match self.inside {
            Inside::Sandbox(sandbox) => {
                drop(sandbox);
                Ok(())
            }
            Inside::InPlace(tenant) => tenant.close().map_err(|error| told(&error)),
        };
        let wire = self.service.stop().map_err(|error| told(&error))?;
        closed.map(|()| wire)
    }
}

/// The sockets that a sandbox has bound, as the server takes them.
pub(crate) fn listeners(bound: Vec<Bound>) -> Vec<Listener> {
    let listener = |Bound { address, udp, tcp, others, raw }| Listener { address, udp, tcp, others, raw };
    bound.into_iter().map(listener).collect()
}
