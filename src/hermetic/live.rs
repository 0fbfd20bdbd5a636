//! A world while it is served: what it answers can be looked at and changed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::error::{Error, unfit};
use super::world::{World, read_fault, zone};
use crate::fault::Fault;
use crate::outcome::Query;
use crate::sandbox::Sandbox;
use crate::server::{Listener, Server, Service, Zones};
use crate::world::{self, File};

/// What can be asked of a world that is served, from this process or, as a line of JSON, from a test inside.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Order {
    /// Tell the queries that have arrived since they were last forgotten.
    Queries,
    /// Forget them.
    Forget,
    /// Misbehave, besides as before.
    Fault(String),
    /// Misbehave no longer.
    Well,
    /// Serve further records.
    Record(String),
    /// Serve this zone.
    Zone {
        /// Its origin.
        origin: String,
        /// Its text.
        text: String,
    },
    /// Put a file of /etc in place, or take it away.
    File {
        /// Its name.
        name: String,
        /// What is in it.
        text: Option<String>,
    },
}

/// What comes of an [`Order`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reply {
    /// It is done.
    Done,
    /// The queries.
    Queries(Vec<Query>),
    /// It cannot be done, and why.
    Refused(String),
}

/// A world while it is served.
#[derive(Debug)]
pub(super) struct Live(Mutex<State>);

#[derive(Debug)]
struct State {
    described: world::World,
    /// Stopped before the server is.
    service: Service,
    sandbox: Option<Sandbox>,
    /// How many queries are to be told no more.
    forgotten: usize,
    _server: Server,
}

impl Live {
    /// Serves a world on these sockets.
    pub(super) fn serve(world: World, sandbox: Option<Sandbox>, listeners: Vec<Listener>) -> Result<Self, Error> {
        let zones = Arc::new(world.zones()?);
        let described = world.described;
        let server = Server::start()?;
        let service = server.serve(&described, zones, listeners)?;
        Ok(Self(Mutex::new(State { described, service, sandbox, forgotten: 0, _server: server })))
    }

    /// Does what is asked.
    pub(super) fn obey(&self, order: Order) -> Reply {
        let done = match order {
            Order::Queries => return Reply::Queries(self.state().queries()),
            Order::Forget => {
                let mut state = self.state();
                state.forgotten = state.service.queries();
                Ok(())
            }
            Order::Fault(text) => read_fault(&text)
                .and_then(|fault| self.state().faults(|world| world.add_fault(&fault).map_err(|error| unfit(&error)))),
            Order::Well => self.state().faults(|world| {
                world.nameservers.iter_mut().for_each(|server| server.faults.clear());
                Ok(())
            }),
            Order::Record(text) => self.state().zones(|world| world.add_records(&text)),
            Order::Zone { origin, text } => self.state().zones(|world| world.add_zone(zone(&origin, &text))),
            Order::File { name, text } => self.state().file(&name, text),
        };
        done.map_or_else(Reply::Refused, |()| Reply::Done)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked while holding it left nothing half done: a change is made to a copy first.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn queries(&self) -> Vec<Query> {
        self.service.log().split_off(self.forgotten)
    }

    fn faults(&mut self, change: impl FnOnce(&mut world::World) -> Result<(), String>) -> Result<(), String> {
        let mut described = self.described.clone();
        change(&mut described)?;
        let all = described.nameservers.iter().flat_map(|server| {
            server.faults.iter().cloned().map(|mut fault| {
                fault.on.server = Some(server.address);
                fault
            })
        });
        let all: Vec<Fault> = all.collect();
        self.service.set_faults(&all).map_err(|error| Error::from(error).to_string())?;
        self.described = described;
        Ok(())
    }

    fn zones(&mut self, change: impl FnOnce(&mut world::World)) -> Result<(), String> {
        let mut described = self.described.clone();
        change(&mut described);
        let zones = Zones::read(&described).map_err(|problems| Error::problems(&problems).to_string())?;
        self.service.set_zones(Arc::new(zones));
        self.described = described;
        Ok(())
    }

    fn file(&mut self, name: &str, text: Option<String>) -> Result<(), String> {
        let Some(sandbox) = &mut self.sandbox else {
            return Err(format!("putting /etc/{name} in place: a stub server alone has no files"));
        };
        let file = text.map(File::Text);
        let mut described = self.described.clone();
        described.put(name, file.clone()).map_err(|error| unfit(&error))?;
        sandbox.write(name, file.as_ref()).map_err(|error| Error::from(error).to_string())?;
        self.described = described;
        Ok(())
    }
}
