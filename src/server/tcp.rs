//! The streams of one nameserver address (RFC 1035 §4.2.2, RFC 7766): several queries on one stream, each answered when
//! its reply is due, whatever the order. A stream is closed when the client has closed its side and has all its replies.

use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::due::Due;
use super::forward::Forwarded;
use super::nameserver::{Nameserver, Outside, Taken, Task};
use super::service::{Order, Orders};
use crate::fault::{Accept, End, Neglect, Send, Stream};
use crate::outcome::{Sent, Transport};

/// How long to wait after a stream could not be accepted.
const PAUSE: Duration = Duration::from_millis(10);

/// How often a stream is read at once where a count waits for it. A client that goes on writing must not hold it up.
const MOST: usize = 4096;

/// The bytes that are read from a stream at once.
const PIECE: usize = 4096;

/// How long to wait between the pieces of a message, so that they are read one by one.
const PIECES: Duration = Duration::from_millis(1);

/// What is asked outside for the queries of one stream.
type Asked = JoinSet<(Box<Outside>, Forwarded)>;

/// What waits to go out on a stream.
enum Item {
    Frame { number: usize, sent: Sent, bytes: Vec<u8>, stream: Stream },
    End(End),
}

/// Accepts streams and serves them until `stop` is true or its sender is gone.
pub(super) async fn serve(
    nameserver: Arc<Nameserver>,
    listener: TcpListener,
    mut orders: Orders,
    mut stop: watch::Receiver<bool>,
) {
    if let Some(full) = nameserver.full()
        && !wait(&nameserver, &full, &mut orders, &mut stop).await
    {
        return;
    }
    let mut streams = JoinSet::new();
    let taken = |stream, source, further: &Orders, order| {
        let (nameserver, orders) = (nameserver.clone(), further.resubscribe());
        let neglected = nameserver.accept();
        let stop = stop.clone();
        async move {
            let Some(accept) = neglected else { return converse(nameserver, stream, source, orders, order).await };
            drop(order);
            if let Some(orders) = neglect(&nameserver, &stream, &accept, orders, stop).await {
                converse(nameserver, stream, source, orders, None).await;
            }
        }
    };
    let mut stop = stop.clone();
    loop {
        tokio::select! {
            biased;
            _ = stop.changed() => break,
            Some(result) = streams.join_next() => nameserver.log.ended(result),
            Ok(order) = orders.recv() => {
                // The runtime knows only what it heard last; the system is asked itself.
                while let Ok((socket, source)) = SockRef::from(&listener).accept() {
                    let stream = socket.set_nonblocking(true).and_then(|()| TcpStream::from_std(socket.into()));
                    if let (Ok(stream), Some(source)) = (stream, source.as_socket()) {
                        streams.spawn(taken(stream, source, &orders, Some(order.clone())));
                    }
                }
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, source)) => drop(streams.spawn(taken(stream, source, &orders, None))),
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
    streams.abort_all();
    while let Some(result) = streams.join_next().await {
        nameserver.log.ended(result);
    }
}

/// Waits for the query that `accept` waits for, then as long as it says. Nothing is read meanwhile. False: the world stops.
async fn wait(nameserver: &Nameserver, accept: &Accept, orders: &mut Orders, stop: &mut watch::Receiver<bool>) -> bool {
    let mut additions = nameserver.log.additions();
    let mut due = None;
    loop {
        if due.is_none() && accept.until.as_ref().is_none_or(|until| nameserver.log.has(until)) {
            due = Some(Instant::now() + Duration::from_millis(accept.ms));
        }
        tokio::select! {
            biased;
            _ = stop.changed() => return false,
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => return true,
            Ok(_order) = orders.recv() => {}
            Ok(()) = additions.changed(), if due.is_none() => {}
        }
    }
}

/// Leaves a stream alone, as `accept` says. Gives back the orders where it is to be served after all.
async fn neglect(
    nameserver: &Nameserver,
    stream: &TcpStream,
    accept: &Accept,
    mut orders: Orders,
    mut stop: watch::Receiver<bool>,
) -> Option<Orders> {
    match accept.how {
        Neglect::Unread => {
            drop(orders);
            std::future::pending().await
        }
        Neglect::Late => wait(nameserver, accept, &mut orders, &mut stop).await.then_some(orders),
        Neglect::Reset => {
            drop(orders);
            let _: io::Result<()> = stream.readable().await;
            tokio::time::sleep(Duration::from_millis(accept.ms)).await;
            let _: io::Result<()> = SockRef::from(stream).set_linger(Some(Duration::ZERO));
            None
        }
        Neglect::Close | Neglect::Full => None,
    }
}

/// One stream from its first query to its end.
async fn converse(
    nameserver: Arc<Nameserver>,
    mut stream: TcpStream,
    source: SocketAddr,
    mut orders: Orders,
    mut order: Option<Order>,
) {
    // A reply that waits for the acknowledgement of the one before it would look like a late one.
    let _ = stream.set_nodelay(true);
    // Queries that came in one piece are read in one go, so that none lies unread when the first ends the stream.
    let mut buffer = Vec::with_capacity(PIECE);
    let (mut due, mut asked) = (Due::default(), Asked::new());
    let mut out = Out::default();
    let mut open = true;
    loop {
        while let Some((planned, item)) = due.take() {
            match item {
                Item::Frame { number, sent, bytes, stream: how } => {
                    if out.send(&nameserver, &mut stream, (number, sent), planned, &bytes, how).await.is_err() {
                        return;
                    }
                }
                Item::End(End::Close) => {
                    open = false;
                    (due, asked) = (Due::default(), Asked::new());
                }
                Item::End(End::Reset) => {
                    let _: io::Result<()> = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                    return;
                }
                Item::End(End::HalfClose) => {
                    out.closed = true;
                    let _: io::Result<()> = stream.shutdown().await;
                    continue;
                }
            }
        }
        if !open && due.is_empty() && asked.is_empty() {
            break;
        }
        let next = due.next();
        tokio::select! {
            biased;
            () = std::future::ready(()), if order.is_some() => {}
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
            () = due.addition(), if due.holds() => due.release(&nameserver.log),
            Some(came) = asked.join_next(), if !asked.is_empty() => match came {
                Ok((outside, came)) => put(&mut due, &nameserver, nameserver.decide(*outside, came)),
                Err(error) => nameserver.log.ended(Err(error)),
            },
            Ok(given) = orders.recv() => order = Some(given),
            read = stream.read_buf(&mut buffer), if open => open = read.is_ok_and(|length| length > 0),
        }
        for _ in 0..MOST {
            if order.is_none() || !open || !has_unread(&stream) {
                break;
            }
            open = stream.read_buf(&mut buffer).await.is_ok_and(|length| length > 0);
        }
        while let Some(message) = next_message(&mut buffer) {
            match nameserver.take(&message, Transport::Tcp, source) {
                Taken::Task(task) => put(&mut due, &nameserver, task),
                Taken::Outside(outside) => drop(asked.spawn(outside.ask())),
            }
        }
        order = None;
    }
    let _: io::Result<()> = stream.shutdown().await;
}

/// Puts what is to be sent for a query, and the end of its stream, in their places.
fn put(due: &mut Due<Item>, nameserver: &Nameserver, task: Task) {
    let (arrived, how) = (Instant::from_std(task.arrived), task.stream);
    let mut ends = (task.ends, None);
    for (Send { bytes, after, until, .. }, sent) in task.sends {
        ends = (after, until.clone());
        let bytes = how.framed(bytes);
        due.add(arrived, after, until, Item::Frame { number: task.number, sent, bytes, stream: how });
    }
    if let Some(end) = how.end {
        due.add(arrived, ends.0, ends.1, Item::End(end));
    }
    due.release(&nameserver.log);
}

/// The sending side of a stream.
#[derive(Default)]
struct Out {
    /// Frames that wait for others to go out with, and the numbers of their queries with what is to be noted of them.
    gathered: Vec<u8>,
    notes: Vec<(usize, Sent)>,
    /// When the last frame had gone out: the one after it could not go before.
    free: Option<Instant>,
    /// Nothing can be sent any more.
    closed: bool,
}

impl Out {
    async fn send(
        &mut self,
        nameserver: &Nameserver,
        stream: &mut TcpStream,
        note: (usize, Sent),
        planned: Instant,
        frame: &[u8],
        how: Stream,
    ) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        self.gathered.extend_from_slice(frame);
        self.notes.push(note);
        if self.notes.len() < how.gather {
            return Ok(());
        }
        // Frames that waited for this one are not late.
        let planned = self.free.map_or(planned, |free| planned.max(free));
        let frames = std::mem::take(&mut self.gathered);
        let mut result = Ok(());
        for piece in frames.chunks(if how.split == 0 { frames.len().max(1) } else { how.split }) {
            result = stream.write_all(piece).await;
            if result.is_err() {
                break;
            }
            if how.split > 0 {
                tokio::time::sleep(PIECES).await;
            }
        }
        let now = Instant::now();
        let planned = if how.split > 0 { now } else { planned };
        self.free = Some(now);
        let lost = result.as_ref().err().map(io::Error::kind);
        let mut notes = std::mem::take(&mut self.notes);
        notes.iter().for_each(|(number, _)| nameserver.log.late(*number, now.saturating_duration_since(planned)));
        if let Some((number, sent)) = notes.pop() {
            nameserver.sent(number, now.into_std(), sent, result);
        }
        if lost.is_none() {
            notes.into_iter().for_each(|(number, sent)| nameserver.log.sent(number, now.into_std(), sent));
        }
        lost.map_or(Ok(()), |kind| Err(kind.into()))
    }
}

/// Whether the system holds bytes for the stream.
fn has_unread(stream: &TcpStream) -> bool {
    SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]).is_ok_and(|length| length > 0)
}

/// Takes the next whole message out of what has been read.
fn next_message(buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let (length, rest) = buffer.split_first_chunk()?;
    let message = rest.get(..usize::from(u16::from_be_bytes(*length)))?.to_vec();
    drop(buffer.drain(..2 + message.len()));
    Some(message)
}
