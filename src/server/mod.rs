//! The stub DNS server: answers from a world's zones on sockets that it is given, misbehaves as the world's faults say,
//! and notes every query. It binds nothing and knows no sandbox. One background thread serves any number of worlds.

mod answer;
mod due;
mod encode;
mod lookup;
mod nameserver;
mod pulse;
mod query;
mod raw;
mod service;
mod tcp;
mod udp;
mod zone;

pub use answer::Handler;
pub use service::Service;
pub use zone::Zones;

use std::io;
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use pulse::Pulse;

use crate::fault::Source;
use crate::outcome::Transport;
use crate::world::World;

/// A nameserver address whose sockets are bound.
#[derive(Debug)]
pub struct Listener {
    /// The address, as the world names it.
    pub address: IpAddr,
    /// Its datagram socket.
    pub udp: Option<UdpSocket>,
    /// Its listening stream socket.
    pub tcp: Option<TcpListener>,
    /// Further datagram sockets of the address, one for each of the nameserver's `other_ports`. Nothing is received on
    /// them; faults send from them.
    pub others: Vec<UdpSocket>,
    /// A raw socket that takes whole packets of IPv4, where a fault sends such.
    pub raw: Option<OwnedFd>,
}

/// Why a world cannot be served. [`Error::hint`] says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The background thread could not be started.
    #[error("cannot start the server's thread")]
    Thread(#[source] io::Error),
    /// A task of the background thread panicked, so that queries were left without an answer. Holds what it said.
    #[error("this is a defect of netdbspec: the stub DNS server {0}")]
    Defect(String),
    /// A socket could not be handed to the background thread.
    #[error("cannot serve {transport} on {address}")]
    Socket {
        /// The nameserver address.
        address: IpAddr,
        /// What the socket is for.
        transport: Transport,
        /// What happened.
        source: io::Error,
    },
    /// A listener is for an address that is no nameserver of the world.
    #[error("cannot serve {address}: world `{world}` has no such nameserver")]
    Stranger {
        /// The address.
        address: IpAddr,
        /// The world.
        world: String,
    },
    /// A fault sends from where the world has no socket.
    #[error("a fault of nameserver {address} sends from {wanted}, where the world has no datagram socket")]
    Source {
        /// The nameserver address.
        address: IpAddr,
        /// The address or port to send from.
        wanted: String,
        /// What to do about it.
        hint: &'static str,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Stranger { .. } => "add it to the `nameserver` list of the world",
            Self::Source { hint, .. } => hint,
            Self::Thread(_) | Self::Defect(_) | Self::Socket { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

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
        Service::start(&self.handle, &self.pulse, world, zones, listeners)
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

/// What a world has to have for a fault to send from there.
fn missing(address: IpAddr, source: Source) -> Error {
    let (wanted, hint) = match source {
        Source::Asked => ("its own port".to_owned(), "let the nameserver listen for datagrams"),
        Source::Address(other) => (other.to_string(), "add that address to the `nameserver` list of the world"),
        Source::Port(port) => (format!("port {port}"), "add the port to the nameserver's `other_ports`"),
    };
    Error::Source { address, wanted, hint }
}
