//! The datagrams of one nameserver address: receives them, and sends what was decided when it is due and from where.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, Socket};
use tokio::net::UdpSocket;
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

/// How long to wait after a socket failed, so that one that keeps failing does not take the whole machine.
const PAUSE: Duration = Duration::from_millis(10);

/// The sockets that messages can leave from.
#[derive(Clone, Debug)]
pub(super) struct Sockets {
    /// The socket that the nameserver listens on.
    pub(super) asked: Arc<UdpSocket>,
    /// Those of all nameserver addresses of the world.
    pub(super) addresses: Arc<Vec<(IpAddr, Arc<UdpSocket>)>>,
    /// The further ones of this address, by port.
    pub(super) ports: Arc<Vec<(u16, Arc<UdpSocket>)>>,
    /// What sends packets with their headers, where the world has a fault that does.
    pub(super) raw: Option<Arc<Socket>>,
}

impl Sockets {
    /// The socket to send from; nothing where there is none.
    pub(super) fn from(&self, source: Source) -> Option<&Arc<UdpSocket>> {
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
        let (SocketAddr::V4(from), SocketAddr::V4(to)) = (self.asked.local_addr()?, to) else {
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

/// Takes a query.
fn take(queue: &mut Due<Waiting>, asked: &mut Asked, nameserver: &Nameserver, message: &[u8], to: SocketAddr) {
    match nameserver.take(message, Transport::Udp, to) {
        Taken::Task(task) => put(queue, nameserver, task, to),
        Taken::Outside(outside) => drop(asked.spawn(async move {
            let (outside, came) = outside.ask().await;
            (outside, came, to)
        })),
    }
}

/// Puts what is to be sent for a query in its place.
fn put(queue: &mut Due<Waiting>, nameserver: &Nameserver, task: Task, to: SocketAddr) {
    for (Send { bytes, after, source, until, way }, sent) in task.sends {
        let waiting = Waiting { number: task.number, sent, bytes, source, way, to };
        queue.add(Instant::from_std(task.arrived), after, until, waiting);
    }
    queue.release(&nameserver.log);
}

/// Serves datagrams until `stop` is true or its sender is gone.
pub(super) async fn serve(
    nameserver: Arc<Nameserver>,
    sockets: Sockets,
    mut orders: Orders,
    mut stop: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; LONGEST];
    let (mut queue, mut asked) = (Due::default(), Asked::new());
    let mut additions = nameserver.log.additions();
    loop {
        while let Some((due, datagram)) = queue.take() {
            let result = send(&sockets, &datagram).await;
            nameserver.sent(datagram.number, due.into_std(), datagram.sent, result);
        }
        let due = queue.next();
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            Ok(()) = additions.changed(), if queue.holds() => queue.release(&nameserver.log),
            Some(came) = asked.join_next(), if !asked.is_empty() => match came {
                Ok((outside, came, to)) => put(&mut queue, &nameserver, nameserver.decide(*outside, came), to),
                Err(error) => nameserver.log.ended(Err(error)),
            },
            Ok(_order) = orders.recv() => {
                for _ in 0..MOST {
                    if !has_unread(&sockets.asked) {
                        break;
                    }
                    if let Ok((length, source)) = sockets.asked.recv_from(&mut buffer).await {
                        take(&mut queue, &mut asked, &nameserver, &buffer[..length], source);
                    }
                }
            }
            received = sockets.asked.recv_from(&mut buffer) => match received {
                Ok((length, source)) => take(&mut queue, &mut asked, &nameserver, &buffer[..length], source),
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

/// Whether the system holds a datagram for the socket. It is asked itself: the runtime knows only what it heard last.
fn has_unread(socket: &UdpSocket) -> bool {
    SockRef::from(socket).peek(&mut []).is_ok()
}

async fn send(sockets: &Sockets, message: &Waiting) -> io::Result<()> {
    if message.way != Way::Plain {
        return sockets.send_packets(message.way, &message.bytes, message.to);
    }
    let socket = sockets.from(message.source).ok_or(io::ErrorKind::AddrNotAvailable)?;
    socket.send_to(&message.bytes, message.to).await.map(|_| ())
}
