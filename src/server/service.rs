//! One world being served: its sockets in the hands of the background thread, and its wire log.

use std::net::{IpAddr, TcpListener, UdpSocket};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

use super::nameserver::Nameserver;
use super::pulse::Pulse;
use super::query::Log;
use super::udp::Sockets;
use super::zone::Zones;
use super::{Error, Listener, missing, tcp, udp};
use crate::fault::{Fault, Kind, Source};
use crate::outcome::{Query, Transport};
use crate::world::World;

/// How long to wait for what is unread. Only a client that does not read its replies can hold its stream up so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Orders that hold up a loop until it has read all that lies in its sockets; it drops the order then.
pub(super) type Orders = broadcast::Receiver<mpsc::Sender<()>>;

/// One world being served. Stops when it is dropped.
#[derive(Debug)]
pub struct Service {
    log: Arc<Log>,
    orders: broadcast::Sender<mpsc::Sender<()>>,
    stop: watch::Sender<bool>,
    /// Its other end is dropped when all sockets are closed.
    done: mpsc::Receiver<()>,
}

impl Service {
    pub(super) fn start(
        runtime: &Handle,
        pulse: &Arc<Pulse>,
        world: &World,
        zones: Arc<Zones>,
        listeners: Vec<Listener>,
    ) -> Result<Self, Error> {
        // Sockets are registered with the runtime that this thread is in.
        let _entered = runtime.enter();
        let log = Arc::new(Log::new());
        let (stop, stopped) = watch::channel(false);
        let orders = broadcast::Sender::new(1);
        let mut seats = listeners.into_iter().map(Seat::new).collect::<Result<Vec<_>, _>>()?;
        let sockets = seats.iter().filter_map(|seat| Some((seat.address, seat.udp.clone()?)));
        let addresses = Arc::new(sockets.collect::<Vec<_>>());
        let mut loops = JoinSet::new();
        for seat in &mut seats {
            let described = world.nameservers.iter().find(|nameserver| nameserver.address == seat.address);
            let Some(described) = described else {
                return Err(Error::Stranger { address: seat.address, world: world.name.clone() });
            };
            let faults = &described.faults;
            let nameserver = Arc::new(Nameserver::new(seat.address, zones.clone(), faults, log.clone(), pulse.clone()));
            if let Some(asked) = seat.udp.clone() {
                let sockets =
                    Sockets { asked, addresses: addresses.clone(), ports: seat.others.clone(), raw: seat.raw.clone() };
                if let Some(source) = faults.iter().filter_map(source).find(|source| sockets.from(*source).is_none()) {
                    return Err(missing(seat.address, source));
                }
                loops.spawn_on(udp::serve(nameserver.clone(), sockets, orders.subscribe(), stopped.clone()), runtime);
            }
            if let Some(listener) = seat.tcp.take() {
                loops.spawn_on(tcp::serve(nameserver, listener, orders.subscribe(), stopped.clone()), runtime);
            }
        }
        let (closed, done) = mpsc::channel();
        let noted = log.clone();
        runtime.spawn(async move {
            while let Some(result) = loops.join_next().await {
                noted.ended(result);
            }
            drop((seats, addresses));
            drop(closed);
        });
        Ok(Self { log, orders, stop, done })
    }

    /// When it began to serve: the times of its queries are counted from here.
    #[must_use]
    pub fn begun(&self) -> Instant {
        self.log.start
    }

    /// How many queries have arrived so far, those included that lie unread in a socket.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.settle();
        self.log.len()
    }

    /// The queries that have arrived so far, in order of arrival, those included that lie unread in a socket.
    #[must_use]
    pub fn log(&self) -> Vec<Query> {
        self.settle();
        self.log.all()
    }

    /// Stops serving, and gives all queries that arrived: when it returns, all sockets of the world are closed. Messages
    /// that were to leave later are not sent.
    ///
    /// # Errors
    /// [`Error::Defect`] when a part of the server panicked: what this world's clients got then says nothing about them.
    pub fn stop(self) -> Result<Vec<Query>, Error> {
        self.settle();
        self.close();
        self.log.defect().map_or_else(|| Ok(self.log.all()), |said| Err(Error::Defect(said)))
    }

    /// Waits until all that has arrived is read.
    fn settle(&self) {
        let (order, carried_out) = mpsc::channel();
        // Nobody to hear it means that nobody reads any more.
        if self.orders.send(order).is_ok() {
            // Nothing is ever sent: this waits until every loop has dropped its order.
            let _ = carried_out.recv_timeout(PATIENCE);
        }
    }

    fn close(&self) {
        self.stop.send_replace(true);
        // Nothing is ever sent: this waits until the other end is dropped.
        let _ = self.done.recv();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.close();
    }
}

/// Where a fault sends from, if it says so.
fn source(fault: &Fault) -> Option<Source> {
    match &fault.kind {
        Kind::Forge(forge) => forge.source.map(Source::from),
        _ => None,
    }
}

/// A listener whose sockets the runtime knows.
struct Seat {
    address: IpAddr,
    udp: Option<Arc<tokio::net::UdpSocket>>,
    tcp: Option<tokio::net::TcpListener>,
    others: Arc<Vec<(u16, Arc<tokio::net::UdpSocket>)>>,
    raw: Option<Arc<socket2::Socket>>,
}

impl Seat {
    fn new(listener: Listener) -> Result<Self, Error> {
        let Listener { address, udp, tcp, others, raw } = listener;
        let failed = |transport| move |source| Error::Socket { address, transport, source };
        let datagrams = |socket: UdpSocket| {
            socket.set_nonblocking(true)?;
            tokio::net::UdpSocket::from_std(socket).map(Arc::new)
        };
        let streams = |listener: TcpListener| {
            listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(listener)
        };
        let others = others.into_iter().map(|socket| Ok((socket.local_addr()?.port(), datagrams(socket)?)));
        Ok(Self {
            address,
            raw: raw.map(|raw| Arc::new(raw.into())),
            others: Arc::new(others.collect::<Result<_, _>>().map_err(failed(Transport::Udp))?),
            udp: udp.map(datagrams).transpose().map_err(failed(Transport::Udp))?,
            tcp: tcp.map(streams).transpose().map_err(failed(Transport::Tcp))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_loop_is_no_silence() {
        let (log, runtime) = (Log::new(), tokio::runtime::Builder::new_current_thread().build().unwrap());
        runtime.block_on(async {
            let stopped = tokio::spawn(std::future::pending());
            stopped.abort();
            log.ended(tokio::spawn(async {}).await);
            log.ended(stopped.await);
            assert_eq!(log.defect(), None);
            log.ended(tokio::spawn(async { panic!("no such zone") }).await);
        });
        assert!(log.defect().is_some_and(|said| said.contains("no such zone")));
    }
}
