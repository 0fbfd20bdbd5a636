//! The streams of one nameserver address (RFC 1035 §4.2.2, RFC 7766): several queries on one stream, each answered when
//! its reply is due, whatever the order. A stream is closed when the client has closed its side and has all its replies.

use std::collections::BTreeMap;
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::nameserver::Nameserver;
use super::service::Orders;
use crate::outcome::Transport;

/// How long to wait after a stream could not be accepted.
const PAUSE: Duration = Duration::from_millis(10);

/// How often a stream is read at once where a count waits for it. A client that goes on writing must not hold it up.
const MOST: usize = 4096;

/// Holds up whoever counts the queries, until it is dropped.
type Order = mpsc::Sender<()>;

/// Accepts streams and serves them until `stop` is true or its sender is gone.
pub(super) async fn serve(
    nameserver: Arc<Nameserver>,
    listener: TcpListener,
    mut orders: Orders,
    mut stop: watch::Receiver<bool>,
) {
    let mut streams = JoinSet::new();
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
                        let further = orders.resubscribe();
                        streams.spawn(converse(nameserver.clone(), stream, source, further, Some(order.clone())));
                    }
                }
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, source)) => {
                    streams.spawn(converse(nameserver.clone(), stream, source, orders.resubscribe(), None));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
    streams.abort_all();
    while let Some(result) = streams.join_next().await {
        nameserver.log.ended(result);
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
    let mut buffer = Vec::new();
    // By the time they are due, then in order of arrival.
    let mut waiting: BTreeMap<(Instant, u64), (usize, Vec<u8>)> = BTreeMap::new();
    let mut count = 0;
    let mut open = true;
    loop {
        while let Some(first) = waiting.first_entry().filter(|first| first.key().0 <= Instant::now()) {
            let ((due, _), (number, frame)) = first.remove_entry();
            let result = stream.write_all(&frame).await;
            let lost = result.is_err();
            nameserver.sent(number, due.into_std(), result);
            if lost {
                return;
            }
        }
        if !open && waiting.is_empty() {
            break;
        }
        let due = waiting.first_key_value().map(|((due, _), _)| *due);
        tokio::select! {
            biased;
            () = std::future::ready(()), if order.is_some() => {}
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            Ok(given) = orders.recv() => order = Some(given),
            read = stream.read_buf(&mut buffer), if open => open = read.is_ok_and(|length| length > 0),
        }
        for _ in 0..MOST {
            if order.is_none() || !open || !has_unread(&stream) {
                break;
            }
            open = stream.read_buf(&mut buffer).await.is_ok_and(|length| length > 0);
        }
        while let Some(message) = next(&mut buffer) {
            let task = nameserver.take(&message, Transport::Tcp, source);
            for message in task.sends {
                count += 1;
                // A time past all times never comes.
                let Some(due) = Instant::from_std(task.arrived).checked_add(message.after) else { continue };
                waiting.insert((due, count), (task.number, framed(message.bytes)));
            }
        }
        order = None;
    }
    let _: io::Result<()> = stream.shutdown().await;
}

/// Whether the system holds bytes for the stream.
fn has_unread(stream: &TcpStream) -> bool {
    SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]).is_ok_and(|length| length > 0)
}

/// Takes the next whole message out of what has been read.
fn next(buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let (length, rest) = buffer.split_first_chunk()?;
    let message = rest.get(..usize::from(u16::from_be_bytes(*length)))?.to_vec();
    drop(buffer.drain(..2 + message.len()));
    Some(message)
}

/// The message with its length before it. What a length of 16 bits cannot tell is cut off.
fn framed(mut message: Vec<u8>) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    message.truncate(usize::from(length));
    [&length.to_be_bytes()[..], &message].concat()
}
