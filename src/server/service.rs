//! One world being served: its sockets in the hands of the background thread, and its wire log.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::io::Interest;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

use super::current::Current;
use super::log::Log;
use super::nameserver::{Common, Nameserver};
use super::pulse::Pulse;
use super::udp::{Datagrams, Sockets};
use super::watcher::{Watch, Watcher};
use super::zone::Zones;
use super::{Error, Listener, tcp, udp};
use crate::fault::{Fault, Kind, Source};
use crate::outcome::{Query, Transport};
use crate::world::World;

/// How long to wait for what is unread. Only a client that does not read its replies can hold its stream up so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who waits until a loop has read all that lies in its sockets: each drops the order then, and the last wakes it.
#[derive(Debug)]
pub(super) struct Waiter(Thread);

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.unpark();
    }
}

/// An order to read all that lies in the sockets. There is no lock in it that whoever is woken would wait for.
pub(super) type Order = Arc<Waiter>;

/// Where a loop gets its orders.
pub(super) type Orders = broadcast::Receiver<Order>;

/// One world being served. What is served, how its nameservers misbehave and what they pass on can be replaced meanwhile;
/// a query gets what is in force when it is read. Stops when it is dropped.
#[derive(Debug)]
pub struct Service {
    common: Arc<Common>,
    doors: Vec<Door>,
    orders: broadcast::Sender<Order>,
    stop: watch::Sender<bool>,
    /// Its other end is dropped when all sockets are closed. Locked so that threads can share the service.
    done: Mutex<mpsc::Receiver<()>>,
    watcher: Option<Watcher>,
}

impl Service {
    pub(super) fn start(
        runtime: &Handle,
        pulse: &Arc<Pulse>,
        world: &World,
        zones: Arc<Zones>,
        listeners: Vec<Listener>,
        watch: Option<Watch>,
    ) -> Result<Self, Error> {
        // Sockets are registered with the runtime that this thread is in.
        let _entered = runtime.enter();
        let (watcher, decided) = watch.map(Watcher::start).transpose()?.unzip();
        let common = Arc::new(Common {
            log: Arc::new(Log::new(decided)),
            pulse: pulse.clone(),
            zones: Current::new(zones),
            fall_through: Current::new(Vec::new()),
        });
        let mut seats = listeners.into_iter().map(Seat::new).collect::<Result<Vec<_>, _>>()?;
        let sockets = seats.iter().filter_map(|seat| Some((seat.address, seat.udp.clone()?)));
        let addresses = Arc::new(sockets.collect::<Vec<_>>());
        let mut doors: Vec<Door> = Vec::new();
        for seat in &seats {
            let known = doors.iter().find(|door| door.nameserver.address == seat.address);
            let nameserver = known.map(|door| door.nameserver.clone());
            let nameserver = nameserver.unwrap_or_else(|| Arc::new(Nameserver::new(seat.address, &common)));
            doors.push(Door::new(nameserver, seat, &addresses));
        }
        let set = |door: &Door| {
            let faults = faults_of(world, door.nameserver.address)?;
            door.check(faults)?;
            door.nameserver.set_faults(faults);
            Ok(())
        };
        doors.iter().try_for_each(set)?;
        let (stop, stopped) = watch::channel(false);
        let orders = broadcast::Sender::new(1);
        let mut loops: Vec<Pin<Box<dyn Future<Output = ()> + Send>>> = Vec::new();
        for (seat, door) in seats.iter_mut().zip(&doors) {
            if let Some(asked) = seat.udp.clone() {
                let sockets =
                    Sockets { asked, addresses: addresses.clone(), ports: seat.others.clone(), raw: seat.raw.clone() };
                let nameserver = door.nameserver.clone();
                loops.push(Box::pin(udp::serve(nameserver, sockets, orders.subscribe(), stopped.clone())));
            }
            if let Some(listener) = seat.tcp.take() {
                let nameserver = door.nameserver.clone();
                loops.push(Box::pin(tcp::serve(nameserver, listener, orders.subscribe(), stopped.clone())));
            }
        }
        let (closed, done) = mpsc::channel();
        let noted = common.log.clone();
        // One task that starts the others: each that comes from outside wakes the thread.
        runtime.spawn(async move {
            let mut loops: JoinSet<()> = loops.into_iter().collect();
            while let Some(result) = loops.join_next().await {
                noted.ended(result);
            }
            drop((seats, addresses));
            drop(closed);
        });
        Ok(Self { common, doors, orders, stop, done: Mutex::new(done), watcher })
    }

    /// Serves these zones from now on.
    pub fn set_zones(&self, zones: Arc<Zones>) {
        self.common.zones.set(zones);
    }

    /// Has all nameservers misbehave like this from now on, and no longer as before: each by those of these faults whose
    /// `on.server` is its own address, or none. The counts of `nth` begin anew. What was decided before still happens: a
    /// late reply comes late.
    ///
    /// # Errors
    /// When a nameserver lacks what one of the faults takes: the socket it sends from, or what there can be only from the
    /// start. Nothing has changed then.
    pub fn set_faults(&self, faults: &[Fault]) -> Result<(), Error> {
        self.doors.iter().try_for_each(|door| door.check_late(faults))?;
        self.doors.iter().for_each(|door| door.nameserver.set_faults(faults));
        Ok(())
    }

    /// Serves this world from now on, as far as it is the server's: these zones, and each nameserver with the faults that
    /// the world gives it. The counts of `nth` begin anew. The sockets stay those of the start.
    ///
    /// # Errors
    /// When a nameserver that is served is not in the world, or lacks what one of its faults takes. Nothing has changed
    /// then.
    pub fn set_world(&self, world: &World, zones: Arc<Zones>) -> Result<(), Error> {
        let faults: Result<Vec<_>, _> =
            self.doors.iter().map(|door| faults_of(world, door.nameserver.address)).collect();
        let faults = faults?;
        self.doors.iter().zip(&faults).try_for_each(|(door, faults)| door.check_late(faults))?;
        self.doors.iter().zip(faults).for_each(|(door, faults)| door.nameserver.set_faults(faults));
        self.set_zones(zones);
        Ok(())
    }

    /// From now on queries for names that are outside all zones, and not among the world's missing names, are passed on to
    /// the first of these nameservers that replies, from this process's own network; to nobody if there are none. At most
    /// three are asked, and have 4.5 seconds together; if none replies, the reply is SERVFAIL. Theirs comes back as it is,
    /// but for what the faults make of it. Aliases that lead out of the zones are not followed outside.
    pub fn set_fall_through(&self, nameservers: Vec<SocketAddr>) {
        self.common.fall_through.set(nameservers);
    }

    /// When it began to serve: the times of its queries are counted from here.
    #[must_use]
    pub fn begun(&self) -> Instant {
        self.common.log.start
    }

    /// How many queries have arrived so far, those included that lie unread in a socket.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.settle();
        self.common.log.len()
    }

    /// The queries that have arrived so far, in order of arrival, those included that lie unread in a socket.
    #[must_use]
    pub fn log(&self) -> Vec<Query> {
        self.settle();
        self.common.log.all()
    }

    /// Forgets the queries so far, so that the log of a long service does not grow for ever. They are counted all the same,
    /// by [`queries`](Self::queries) and by the `nth` of faults; a fault that waits `until` one of them would wait on.
    pub fn forget(&self) {
        self.common.log.forget();
    }

    /// From now on keeps no more than so many queries in the log: forgets the oldest when more come, as
    /// [`forget`](Self::forget) does.
    pub fn keep(&self, most: usize) {
        self.common.log.keep(most);
    }

    /// Stops serving, and gives all queries that arrived: when it returns, all sockets of the world are closed. Messages
    /// that were to leave later are not sent.
    ///
    /// # Errors
    /// [`Error::Defect`] when a part of the server panicked: what this world's clients got then says nothing about them.
    pub fn stop(mut self) -> Result<Vec<Query>, Error> {
        self.settle();
        self.close();
        let log = &self.common.log;
        log.defect().map_or_else(|| Ok(log.all()), |said| Err(Error::Defect(said)))
    }

    /// Waits until all that has arrived is read.
    fn settle(&self) {
        let order = Arc::new(Waiter(thread::current()));
        let waiting = Arc::downgrade(&order);
        // Nobody to hear it means that nobody reads any more.
        if self.orders.send(order).is_err() {
            return;
        }
        let begun = Instant::now();
        while waiting.strong_count() > 0
            && let Some(left) = PATIENCE.checked_sub(begun.elapsed())
        {
            thread::park_timeout(left);
        }
    }

    fn close(&mut self) {
        self.stop.send_replace(true);
        // Nothing is ever sent: this waits until the other end is dropped.
        let _ = self.done.get_mut().unwrap_or_else(PoisonError::into_inner).recv();
        self.common.log.finish();
        if let Some(mut watcher) = self.watcher.take() {
            watcher.finish();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.close();
    }
}

/// The faults that a world gives to a nameserver.
fn faults_of(world: &World, address: IpAddr) -> Result<&[Fault], Error> {
    let described = world.nameservers.iter().find(|nameserver| nameserver.address == address);
    let faults = described.map(|nameserver| nameserver.faults.as_slice());
    faults.ok_or_else(|| Error::Stranger { address, world: world.name.clone() })
}

/// A listener that is served: a nameserver, and what it can send from there.
#[derive(Debug)]
struct Door {
    nameserver: Arc<Nameserver>,
    udp: bool,
    addresses: Vec<IpAddr>,
    ports: Vec<u16>,
    raw: bool,
}

impl Door {
    fn new(nameserver: Arc<Nameserver>, seat: &Seat, all: &[(IpAddr, Arc<Datagrams>)]) -> Self {
        let addresses = all.iter().map(|(address, _)| *address).collect();
        let ports = seat.others.iter().map(|(port, _)| *port).collect();
        Self { nameserver, udp: seat.udp.is_some(), addresses, ports, raw: seat.raw.is_some() }
    }

    /// Those of these faults that are for this nameserver.
    fn own<'f>(&self, faults: &'f [Fault]) -> impl Iterator<Item = &'f Fault> {
        let address = self.nameserver.address;
        faults.iter().filter(move |fault| fault.on.server.is_none_or(|server| server == address))
    }

    /// Whether there is all that the faults send from. A nameserver without datagrams never comes to send one.
    fn check(&self, faults: &[Fault]) -> Result<(), Error> {
        let lacks = |source: &Source| match source {
            Source::Asked => !self.udp,
            Source::Address(address) => !self.addresses.contains(address),
            Source::Port(port) => !self.ports.contains(port),
        };
        let found = self.own(faults).filter_map(source).find(lacks).filter(|_| self.udp);
        found.map_or(Ok(()), |source| Err(Error::of_source(self.nameserver.address, source)))
    }

    /// The same for faults that come after the sockets.
    fn check_late(&self, faults: &[Fault]) -> Result<(), Error> {
        self.check(faults)?;
        let late = self.own(faults).find_map(|fault| match () {
            () if fault.fills_queue() => Some((fault, "its queue of streams is open already")),
            () if fault.makes_packets() && self.udp && !self.raw => Some((fault, "it has no raw socket")),
            () => None,
        });
        late.map_or(Ok(()), |(fault, lacking)| {
            Err(Error::Late { address: self.nameserver.address, fault: fault.kind.name(), lacking })
        })
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
    udp: Option<Arc<Datagrams>>,
    tcp: Option<tokio::net::TcpListener>,
    others: Arc<Vec<(u16, Arc<Datagrams>)>>,
    raw: Option<Arc<socket2::Socket>>,
}

impl Seat {
    fn new(listener: Listener) -> Result<Self, Error> {
        let Listener { address, udp, tcp, others, raw } = listener;
        let failed = |transport| move |source| Error::Socket { address, transport, source };
        #[expect(
            deprecated,
            reason = "what came after it is unsafe, for types that change their descriptor: std's sockets do not"
        )]
        let datagrams = |socket: UdpSocket| {
            socket.set_nonblocking(true)?;
            Datagrams::with_interest(socket, Interest::READABLE).map(Arc::new)
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
        let (log, runtime) = (Log::new(None), tokio::runtime::Builder::new_current_thread().build().unwrap());
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
