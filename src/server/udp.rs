//! The datagrams of one nameserver address: receives them, and sends what was decided when it is due and from where.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use socket2::Socket;
use tokio::io::unix::AsyncFd;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::due::Due;
use super::forward::Forwarded;
use super::nameserver::{Nameserver, Outside, Taken, Task};
use super::raw;
use super::service::Orders;
use crate::fault::{Send, Source, Way};
use crate::outcome::{Sent, Transport};

/// The longest datagram there is.
const LONGEST: usize = 65_535;

/// How many datagrams are read at once where a count waits for them. More than a socket holds, unless a client goes on
/// sending all the time.
const MOST: usize = 4096;

/// How many datagrams are read at most until it is looked what else there is to do.
const BATCH: usize = 64;

/// How long to wait after a socket failed, so that one that keeps failing does not take the whole machine.
const PAUSE: Duration = Duration::from_millis(10);

/// A socket that wakes the thread by what arrives. tokio's own also wakes it when it can send again, which is once for each reply.
pub(super) type Datagrams = AsyncFd<UdpSocket>;

/// The sockets that messages can leave from.
#[derive(Clone, Debug)]
pub(super) struct Sockets {
    /// The socket that the nameserver listens on.
    pub(super) asked: Arc<Datagrams>,
    /// Those of all nameserver addresses of the world.
    pub(super) addresses: Arc<Vec<(IpAddr, Arc<Datagrams>)>>,
    /// The further ones of this address, by port.
    pub(super) ports: Arc<Vec<(u16, Arc<Datagrams>)>>,
    /// What sends packets with their headers, where the world has a fault that does.
    pub(super) raw: Option<Arc<Socket>>,
}

impl Sockets {
    /// The socket to send from; nothing where there is none.
    pub(super) fn from(&self, source: Source) -> Option<&Arc<Datagrams>> {
        match source {
            Source::Asked => Some(&self.asked),
            Source::Address(address) => {
                self.addresses.iter().find(|(own, _)| *own == address).map(|(_, socket)| socket)
            }
            Source::Port(port) => self.ports.iter().find(|(own, _)| *own == port).map(|(_, socket)| socket),
        }
    }

    fn send_packets(&self, way: Way, bytes: &[u8], to: SocketAddr) -> io::Result<()> {
        let raw = self.raw.as_ref().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let (SocketAddr::V4(from), SocketAddr::V4(to)) = (self.asked.get_ref().local_addr()?, to) else {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        };
        for packet in raw::packets(way, bytes, from, to) {
            raw.send_to(&packet, &SocketAddr::from((*to.ip(), 0)).into())?;
        }
        Ok(())
    }
}

/// A message that waits.
struct Waiting {
    number: usize,
    sent: Sent,
    bytes: Vec<u8>,
    source: Source,
    way: Way,
    to: SocketAddr,
}

/// What is asked outside, and where each reply goes to.
type Asked = JoinSet<(Box<Outside>, Forwarded, SocketAddr)>;

/// What is done at once.
struct Quick {
    nameserver: Arc<Nameserver>,
    socket: Arc<Datagrams>,
    /// The last reply.
    out: Vec<u8>,
}

impl Quick {
    /// Receives datagrams and replies to them, until one takes more than that: gives back that one.
    async fn receive(&mut self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let socket = self.socket.clone();
        'wait: loop {
            let mut ready = socket.readable().await?;
            for _ in 0..BATCH {
                match socket.get_ref().recv_from(buffer) {
                    Ok((length, from)) if self.reply(&buffer[..length], from) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready.clear_ready();
                        continue 'wait;
                    }
                    received => return received,
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// Replies where that is all that is to be done and the system takes it at once. False: nothing has been done.
    fn reply(&mut self, message: &[u8], from: SocketAddr) -> bool {
        let arrived = Instant::now().into_std();
        let Some(outside) = self.nameserver.ready(message, &mut self.out) else { return false };
        let sent = self.socket.get_ref().send_to(&self.out, from).is_ok();
        if sent {
            self.nameserver.replied(message, &self.out, outside, from, arrived);
        }
        sent
    }
}

/// What takes longer: faults, and names that are asked outside.
struct Slow {
    nameserver: Arc<Nameserver>,
    sockets: Sockets,
    queue: Due<Waiting>,
    asked: Asked,
}

impl Slow {
    /// Takes a query.
    fn take(&mut self, message: &[u8], from: SocketAddr) {
        match self.nameserver.take(message, Transport::Udp, from) {
            Taken::Task(task) => self.put(task, from),
            Taken::Outside(outside) => drop(self.asked.spawn(async move {
                let (outside, came) = outside.ask().await;
                (outside, came, from)
            })),
        }
    }

    /// Puts what is to be sent for a query in its place.
    fn put(&mut self, task: Task, to: SocketAddr) {
        for (Send { bytes, after, source, until, way }, sent) in task.sends {
            let waiting = Waiting { number: task.number, sent, bytes, source, way, to };
            self.queue.add(Instant::from_std(task.arrived), after, until, waiting);
        }
        self.queue.release(&self.nameserver.log);
    }

    /// Sends what is due.
    fn send(&mut self) {
        while let Some((due, datagram)) = self.queue.take() {
            let result = send(&self.sockets, &datagram);
            self.nameserver.sent(datagram.number, due.into_std(), datagram.sent, result);
        }
    }
}

/// Serves datagrams until `stop` is true or its sender is gone.
pub(super) async fn serve(
    nameserver: Arc<Nameserver>,
    sockets: Sockets,
    mut orders: Orders,
    mut stop: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; LONGEST];
    let socket = sockets.asked.clone();
    let mut quick = Quick { nameserver: nameserver.clone(), socket: socket.clone(), out: Vec::new() };
    let mut slow = Slow { nameserver: nameserver.clone(), sockets, queue: Due::default(), asked: Asked::new() };
    loop {
        slow.send();
        let due = slow.queue.next();
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            () = slow.queue.addition(), if slow.queue.holds() => slow.queue.release(&nameserver.log),
            Some(came) = slow.asked.join_next(), if !slow.asked.is_empty() => match came {
                Ok((outside, came, to)) => slow.put(nameserver.decide(*outside, came), to),
                Err(error) => nameserver.log.ended(Err(error)),
            },
            Ok(_order) = orders.recv() => {
                for _ in 0..MOST {
                    match socket.get_ref().recv_from(&mut buffer) {
                        Ok((length, from)) if quick.reply(&buffer[..length], from) => {}
                        Ok((length, from)) => slow.take(&buffer[..length], from),
                        Err(_) => break,
                    }
                }
            }
            received = quick.receive(&mut buffer) => match received {
                Ok((length, from)) => slow.take(&buffer[..length], from),
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

fn send(sockets: &Sockets, message: &Waiting) -> io::Result<()> {
    if message.way != Way::Plain {
        return sockets.send_packets(message.way, &message.bytes, message.to);
    }
    let socket = sockets.from(message.source).ok_or(io::ErrorKind::AddrNotAvailable)?;
    // Where the system has no room the datagram is lost, as it may be anywhere; the log tells.
    socket.get_ref().send_to(&message.bytes, message.to).map(drop)
}
