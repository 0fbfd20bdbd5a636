//! The datagrams of one nameserver address: receives them, and sends what was decided when it is due and from where.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::nameserver::Nameserver;
use super::service::Orders;
use crate::fault::Source;
use crate::outcome::Transport;

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
}

/// A datagram that waits for its time.
struct Waiting {
    number: usize,
    bytes: Vec<u8>,
    source: Source,
    to: SocketAddr,
}

/// The datagrams of one nameserver address that wait, by the time they are due, then in order of arrival.
#[derive(Default)]
struct Queue {
    waiting: BTreeMap<(Instant, u64), Waiting>,
    count: u64,
}

impl Queue {
    /// Takes a query, and puts what is to be sent for it in its place.
    fn take(&mut self, nameserver: &Nameserver, message: &[u8], to: SocketAddr) {
        let task = nameserver.take(message, Transport::Udp, to);
        for message in task.sends {
            self.count += 1;
            // A time past all times never comes.
            let Some(due) = Instant::from_std(task.arrived).checked_add(message.after) else { continue };
            let datagram = Waiting { number: task.number, bytes: message.bytes, source: message.source, to };
            self.waiting.insert((due, self.count), datagram);
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
    let mut queue = Queue::default();
    loop {
        while let Some(first) = queue.waiting.first_entry().filter(|first| first.key().0 <= Instant::now()) {
            let ((due, _), datagram) = first.remove_entry();
            let result = send(&sockets, &datagram).await;
            nameserver.sent(datagram.number, due.into_std(), result);
        }
        let due = queue.waiting.first_key_value().map(|((due, _), _)| *due);
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            Ok(_order) = orders.recv() => {
                for _ in 0..MOST {
                    if !has_unread(&sockets.asked) {
                        break;
                    }
                    if let Ok((length, source)) = sockets.asked.recv_from(&mut buffer).await {
                        queue.take(&nameserver, &buffer[..length], source);
                    }
                }
            }
            received = sockets.asked.recv_from(&mut buffer) => match received {
                Ok((length, source)) => queue.take(&nameserver, &buffer[..length], source),
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

/// Whether the system holds a datagram for the socket. It is asked itself: the runtime knows only what it heard last.
fn has_unread(socket: &UdpSocket) -> bool {
    SockRef::from(socket).peek(&mut []).is_ok()
}

async fn send(sockets: &Sockets, datagram: &Waiting) -> io::Result<()> {
    let socket = sockets.from(datagram.source).ok_or(io::ErrorKind::AddrNotAvailable)?;
    socket.send_to(&datagram.bytes, datagram.to).await.map(|_| ())
}
