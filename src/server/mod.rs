//! The stub DNS server: answers from a world's zones on sockets that it is given, misbehaves as the world's faults say,
//! and notes every query. It knows no sandbox. One background thread serves any number of worlds.
//!
//! On a free port of the loopback link, in this very process, for a resolver that takes a nameserver's address:
//!
//! ```
//! use std::sync::Arc;
//!
//! use netdbspec::server::{Listener, Server, Zones};
//! use netdbspec::world::{Nameserver, World, Zone};
//!
//! let text = "@ 60 SOA ns hostmaster 1 1h 10m 1d 60\nwww 60 A 192.0.2.1\n".to_owned();
//! let mut world = World::bare("mine");
//! world.zones.push(Zone { origin: "example.".to_owned(), path: "example.zone".to_owned(), line: 1, text });
//! world.nameservers.push(Nameserver::at([127, 0, 0, 1].into()));
//! let zones = Zones::read(&world).expect("the zone is correct");
//!
//! let listener = Listener::bind(([127, 0, 0, 1], 0).into())?;
//! let address = listener.bound().expect("it is bound");
//! let server = Server::start()?;
//! let service = server.serve(&world, Arc::new(zones), vec![listener])?;
//! println!("ask {address}");
//! assert_eq!(service.stop()?.len(), 0);
//! # Ok::<(), netdbspec::server::Error>(())
//! ```

mod answer;
mod asked;
mod current;
mod due;
mod encode;
mod error;
mod forward;
mod listener;
mod log;
mod lookup;
mod nameserver;
mod pulse;
mod query;
mod raw;
mod service;
mod tcp;
mod udp;
mod watcher;
mod zone;

pub use answer::Handler;
pub use error::Error;
pub use forward::machine_nameservers;
pub use listener::Listener;
pub use service::Service;
pub use watcher::Watch;
pub use zone::Zones;

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use pulse::Pulse;

use crate::world::World;

/// The server: a background thread that serves worlds until this value is dropped.
#[derive(Debug)]
pub struct Server {
    handle: Handle,
    pulse: Arc<Pulse>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts the background thread.
    ///
    /// # Errors
    /// When the system refuses a thread or what it waits with (epoll).
    pub fn start() -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let handle = runtime.handle().clone();
        let pulse = Arc::new(Pulse::new());
        drop(runtime.spawn(pulse::beat(pulse.clone())));
        let (stop, stopped) = oneshot::channel();
        let body = move || drop(runtime.block_on(stopped));
        let thread = std::thread::Builder::new().name("nameservers".to_owned()).spawn(body).map_err(Error::Thread)?;
        Ok(Self { handle, pulse, stop: Some(stop), thread: Some(thread) })
    }

    /// Serves a world on these sockets, from now on and until the service is stopped.
    ///
    /// # Errors
    /// When a listener does not belong to the world, a fault sends from where there is no socket, or a socket cannot be used.
    pub fn serve(&self, world: &World, zones: Arc<Zones>, listeners: Vec<Listener>) -> Result<Service, Error> {
        Service::start(&self.handle, &self.pulse, world, zones, listeners, None)
    }

    /// The same, and tells `watch` of each query as soon as it is decided what becomes of it: in the order of decision,
    /// which is that of arrival but for queries that are passed on ([`Service::set_fall_through`]). The reply may not have
    /// left yet, nor is it known whether it can. `watch` is called on a thread of its own, and so may take its time: the
    /// server does not wait for it. When the service has stopped, it has been told of all queries.
    ///
    /// # Errors
    /// As [`serve`](Self::serve), and when there can be no further thread.
    pub fn serve_watched(
        &self,
        world: &World,
        zones: Arc<Zones>,
        listeners: Vec<Listener>,
        watch: Watch,
    ) -> Result<Service, Error> {
        Service::start(&self.handle, &self.pulse, world, zones, listeners, Some(watch))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported where it happened.
            let _ = thread.join();
        }
    }
}
