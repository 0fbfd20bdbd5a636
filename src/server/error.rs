//! What can stand in the way of serving a world.

use std::io;
use std::net::{IpAddr, SocketAddr};

use crate::fault::Source;
use crate::outcome::Transport;

/// Why a world cannot be served. [`Error::hint`] says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A background thread could not be started.
    #[error("cannot start the server's thread")]
    Thread(#[source] io::Error),
    /// A task of the background thread panicked, so that queries were left without an answer. Holds what it said.
    #[error("this is a defect of netdbspec: the stub DNS server {0}")]
    Defect(String),
    /// A socket could not be bound.
    #[error("cannot listen on {address} for {transport}")]
    Bind {
        /// The address and port.
        address: SocketAddr,
        /// What the socket is for.
        transport: Transport,
        /// What happened.
        source: io::Error,
    },
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
    /// A fault needs what a nameserver has only if the fault is there before its sockets are bound.
    #[error("the fault `{fault}` of nameserver {address} came too late: {lacking}")]
    Late {
        /// The nameserver address.
        address: IpAddr,
        /// The kind of the fault.
        fault: &'static str,
        /// What is not there.
        lacking: &'static str,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Stranger { .. } => "add it to the `nameserver` list of the world",
            Self::Source { hint, .. } => hint,
            Self::Late { .. } => "write it into the world, and enter that world in a sandbox",
            Self::Bind { source, address, .. } => match source.kind() {
                io::ErrorKind::AddrInUse => "another program listens there: end it, or choose another port",
                io::ErrorKind::PermissionDenied => {
                    "the system keeps ports below 1024 to privileged programs: choose one above, such as 5353"
                }
                io::ErrorKind::AddrNotAvailable => "no link of this machine has that address: give one that it has",
                _ if address.is_ipv6() => "if this machine has no IPv6, give an IPv4 address",
                _ => return None,
            },
            Self::Thread(_) | Self::Defect(_) | Self::Socket { .. } => return None,
        };
        Some(hint.to_owned())
    }

    /// The world lacks what a fault sends from.
    pub(super) fn of_source(address: IpAddr, source: Source) -> Self {
        let (wanted, hint) = match source {
            Source::Asked => ("its own port".to_owned(), "let the nameserver listen for datagrams"),
            Source::Address(other) => (other.to_string(), "add that address to the `nameserver` list of the world"),
            Source::Port(port) => (format!("port {port}"), "add the port to the nameserver's `other_ports`"),
        };
        Self::Source { address, wanted, hint }
    }
}
