//! The sockets of a nameserver.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;

use super::Error;
use crate::outcome::Transport;

/// How many ports are tried until one is free for both transports.
const TRIALS: usize = 64;

/// A nameserver whose sockets are bound, to any address and port. Listeners of one `address` are one nameserver with
/// several doors: the same zones, the same faults, and one count of the queries that come in.
#[derive(Debug)]
pub struct Listener {
    /// The nameserver, by the address that the world gives it. Its sockets may be bound elsewhere.
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

impl Listener {
    /// Binds a datagram and a stream socket to this address and port; to port 0: to one that is free for both. The
    /// nameserver's address is the same, until `address` is given another.
    ///
    /// # Errors
    /// [`Error::Bind`] when the system refuses a socket.
    pub fn bind(at: SocketAddr) -> Result<Self, Error> {
        // A port that is free for datagrams alone stays taken until the search is over, and so is not found twice.
        let mut taken = Vec::new();
        loop {
            let failed = |transport| move |source| Error::Bind { address: at, transport, source };
            let udp = UdpSocket::bind(at).map_err(failed(Transport::Udp))?;
            let here = udp.local_addr().map_err(failed(Transport::Udp))?;
            match TcpListener::bind(here) {
                Ok(tcp) => {
                    let (udp, tcp, others) = (Some(udp), Some(tcp), Vec::new());
                    return Ok(Self { address: at.ip(), udp, tcp, others, raw: None });
                }
                Err(error) if at.port() == 0 && error.kind() == io::ErrorKind::AddrInUse && taken.len() < TRIALS => {
                    taken.push(udp);
                }
                Err(error) => return Err(failed(Transport::Tcp)(error)),
            }
        }
    }

    /// Where its sockets are bound.
    #[must_use]
    pub fn bound(&self) -> Option<SocketAddr> {
        let udp = self.udp.as_ref().and_then(|socket| socket.local_addr().ok());
        udp.or_else(|| self.tcp.as_ref().and_then(|listener| listener.local_addr().ok()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn one_port_is_bound_for_both_transports() {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::bind(free).unwrap();
        let bound = listener.bound().unwrap();
        assert_eq!(listener.tcp.as_ref().unwrap().local_addr().unwrap(), bound);
        assert_eq!((listener.address, bound.ip()), (free.ip(), free.ip()));
        assert_ne!(bound.port(), 0);
        let error = Listener::bind(bound).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen on {bound} for udp"));
        assert_eq!(error.hint().unwrap(), "another program listens there: end it, or choose another port");
        let taken = TcpListener::bind(free).unwrap();
        let bound = taken.local_addr().unwrap();
        let error = Listener::bind(bound).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen on {bound} for tcp"));
    }

    #[test]
    fn what_the_system_refuses_has_a_remedy() {
        let hint = |source: io::ErrorKind, address: IpAddr| {
            let address = SocketAddr::from((address, 53));
            Error::Bind { address, transport: Transport::Udp, source: source.into() }.hint()
        };
        let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
        assert!(hint(io::ErrorKind::PermissionDenied, v4).unwrap().contains("such as 5353"));
        assert!(hint(io::ErrorKind::AddrNotAvailable, v4).unwrap().contains("give one that it has"));
        assert!(hint(io::ErrorKind::Unsupported, v6).unwrap().contains("give an IPv4 address"));
        assert_eq!(hint(io::ErrorKind::Unsupported, v4), None);
    }
}
