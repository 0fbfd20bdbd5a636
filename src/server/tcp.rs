//! The streams of one nameserver address (RFC 1035 §4.2.2, RFC 7766): several queries on one stream, each answered when
//! its reply is due, whatever the order. A stream is closed when the client has closed its side and has all its replies.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::nameserver::Nameserver;
use crate::outcome::Transport;

/// How long to wait after a stream could not be accepted.
const PAUSE: Duration = Duration::from_millis(10);

/// Accepts streams and serves them until `stop` is true or its sender is gone.
pub(super) async fn serve(nameserver: Arc<Nameserver>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = stop.changed() => break,
            Some(_) = streams.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, source)) => drop(streams.spawn(converse(nameserver.clone(), stream, source))),
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
    streams.shutdown().await;
}

/// One stream from its first query to its end.
async fn converse(nameserver: Arc<Nameserver>, mut stream: TcpStream, source: SocketAddr) {
    // A reply that waits for the acknowledgement of the one before it would look like a late one.
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    // By the time they are due, then in order of arrival.
    let mut waiting: BTreeMap<(Instant, u64), (usize, Vec<u8>)> = BTreeMap::new();
    let mut count = 0;
    let mut open = true;
    while open || !waiting.is_empty() {
        while let Some(first) = waiting.first_entry().filter(|first| first.key().0 <= Instant::now()) {
            let ((due, _), (number, frame)) = first.remove_entry();
            let result = stream.write_all(&frame).await;
            let lost = result.is_err();
            nameserver.sent(number, due.into_std(), result);
            if lost {
                return;
            }
        }
        let due = waiting.first_key_value().map(|((due, _), _)| *due);
        tokio::select! {
            biased;
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            read = stream.read_buf(&mut buffer), if open => open = read.is_ok_and(|length| length > 0),
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
    }
    let _: io::Result<()> = stream.shutdown().await;
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
