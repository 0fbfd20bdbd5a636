//! The datagrams of one nameserver address: receives them, and sends what was decided when it is due and from where.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::nameserver::Nameserver;
use crate::fault::Source;
use crate::outcome::Transport;

/// The longest datagram there is.
const LONGEST: usize = 65_535;

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

/// Serves datagrams until `stop` is true or its sender is gone.
pub(super) async fn serve(nameserver: Arc<Nameserver>, sockets: Sockets, mut stop: watch::Receiver<bool>) {
    let mut buffer = vec![0; LONGEST];
    // By the time they are due, then in order of arrival.
    let mut waiting: BTreeMap<(Instant, u64), Waiting> = BTreeMap::new();
    let mut count = 0;
    loop {
        while let Some(first) = waiting.first_entry().filter(|first| first.key().0 <= Instant::now()) {
            let ((due, _), datagram) = first.remove_entry();
            let result = send(&sockets, &datagram).await;
            nameserver.sent(datagram.number, due.into_std(), result);
        }
        let due = waiting.first_key_value().map(|((due, _), _)| *due);
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            received = sockets.asked.recv_from(&mut buffer) => match received {
                Ok((length, source)) => {
                    let task = nameserver.take(&buffer[..length], Transport::Udp, source);
                    for message in task.sends {
                        count += 1;
                        // A time past all times never comes.
                let Some(due) = Instant::from_std(task.arrived).checked_add(message.after) else { continue };
                        let number = task.number;
                        let datagram = Waiting { number, bytes: message.bytes, source: message.source, to: source };
                        waiting.insert((due, count), datagram);
                    }
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

async fn send(sockets: &Sockets, datagram: &Waiting) -> io::Result<()> {
    let socket = sockets.from(datagram.source).ok_or(io::ErrorKind::AddrNotAvailable)?;
    socket.send_to(&datagram.bytes, datagram.to).await.map(|_| ())
}
