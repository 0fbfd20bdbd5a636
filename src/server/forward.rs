//! What is outside the world, asked outside: passes a query on to real nameservers, and their reply back, each byte as it
//! came. A truncated reply is passed back as one: the client comes again over TCP, and so is passed on over TCP.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::fault::message::{HEADER, Question, word};
use crate::outcome::Transport;

/// How long all nameservers together may take: less than a stub resolver waits by default (RES_TIMEOUT, five seconds).
const PATIENCE: Duration = Duration::from_millis(4500);

/// How many nameservers are asked: as many as a stub resolver looks at (MAXNS).
const MOST: usize = 3;

/// The nameservers that this machine's own resolver asks: the first three `nameserver` lines of its /etc/resolv.conf. Where
/// there is none it is 127.0.0.1, as resolv.conf(5) says.
#[must_use]
pub fn machine_nameservers() -> Vec<SocketAddr> {
    nameservers_in(&fs::read_to_string("/etc/resolv.conf").unwrap_or_default())
}

/// The nameservers of a resolv.conf.
fn nameservers_in(text: &str) -> Vec<SocketAddr> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("nameserver")?.strip_prefix([' ', '\t']));
    let written = lines.filter_map(|rest| rest.split_whitespace().next());
    let mut found: Vec<_> = written.filter_map(address).take(MOST).collect();
    if found.is_empty() {
        found.push((Ipv4Addr::LOCALHOST, 53).into());
    }
    found
}

/// An address, of IPv6 perhaps with its zone (RFC 4007 §11): `fe80::1%eth0`.
fn address(text: &str) -> Option<SocketAddr> {
    let Some((host, zone)) = text.split_once('%') else {
        return text.parse::<IpAddr>().ok().map(|address| (address, 53).into());
    };
    let index = || fs::read_to_string(Path::new("/sys/class/net").join(zone).join("ifindex")).ok();
    let scope = zone.parse().ok().or_else(|| index()?.trim().parse().ok())?;
    Some(SocketAddrV6::new(host.parse().ok()?, 53, 0, scope).into())
}

/// What came back of a query.
#[derive(Debug)]
pub(super) struct Forwarded {
    /// The reply; nothing where no nameserver gave one.
    pub(super) reply: Option<Vec<u8>>,
    /// Who was asked, in words.
    pub(super) by: String,
}

/// Passes a query on to one nameserver after the other, until one replies.
pub(super) async fn forward(message: &[u8], transport: Transport, to: &[SocketAddr]) -> Forwarded {
    ask(message, transport, to, PATIENCE).await
}

async fn ask(message: &[u8], transport: Transport, to: &[SocketAddr], patience: Duration) -> Forwarded {
    let to = &to[..to.len().min(MOST)];
    let share = patience / u32::try_from(to.len()).unwrap_or(1).max(1);
    let mut failed = String::new();
    for server in to {
        let reply = async {
            match transport {
                Transport::Udp => over_udp(message, *server).await,
                Transport::Tcp => over_tcp(message, *server).await,
            }
        };
        let error = match timeout(share, reply).await {
            Ok(Ok(reply)) => {
                let after = if failed.is_empty() { String::new() } else { format!(" after {failed}") };
                return Forwarded { reply: Some(reply), by: format!("forwarded to {}{after}", shown(*server)) };
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no reply".to_owned(),
        };
        let comma = if failed.is_empty() { "" } else { ", " };
        failed.push_str(&format!("{comma}{}: {error}", shown(*server)));
    }
    Forwarded { reply: None, by: format!("forwarded to {failed}") }
}

async fn over_udp(message: &[u8], server: SocketAddr) -> io::Result<Vec<u8>> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // Each query has a port of its own, and a connected socket hears from nobody else (RFC 5452 §9).
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(message).await?;
    let mut buffer = vec![0; 65_535];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if replies_to(&buffer[..length], message) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}

async fn over_tcp(message: &[u8], server: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(message.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream.write_all(&[&length.to_be_bytes()[..], message].concat()).await?;
    let mut reply = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut reply).await?;
    if replies_to(&reply, message) { Ok(reply) } else { Err(io::Error::other("a reply to something else")) }
}

/// Whether a message is the reply to a query: its id, that it is a response, and its question (RFC 5452 §9.1). An error
/// may lack the question.
fn replies_to(reply: &[u8], query: &[u8]) -> bool {
    if reply.len() < HEADER || word(reply, 0) != word(query, 0) || reply[2] & 0x80 == 0 {
        return false;
    }
    match (Question::read(reply), Question::read(query)) {
        (Some(echoed), Some(asked)) => {
            (echoed.qtype, echoed.class) == (asked.qtype, asked.class) && echoed.wire.eq_ignore_ascii_case(&asked.wire)
        }
        _ => word(reply, 4) == Some(0) && reply[3] & 0xF != 0,
    }
}

/// A nameserver, with its port if that is not the usual one.
fn shown(server: SocketAddr) -> String {
    if server.port() == 53 { server.ip().to_string() } else { server.to_string() }
}

#[cfg(test)]
mod tests {
    use std::net;

    use super::*;

    const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\0\0\x01\0\x01";
    const REPLY: &[u8] = b"\x12\x34\x81\x80\0\x01\0\0\0\0\0\0\x03WwW\0\0\x01\0\x01";

    #[test]
    fn nameservers_are_read_as_a_resolver_reads_them() {
        let check = |text: &str| nameservers_in(text).iter().map(SocketAddr::to_string).collect::<Vec<_>>();
        assert_eq!(check(""), ["127.0.0.1:53"]);
        assert_eq!(check("search a\n#nameserver 192.0.2.9\nnameservers 192.0.2.9\nnameserver no\n"), ["127.0.0.1:53"]);
        let text = "nameserver 192.0.2.1\nnameserver\t2001:db8::1 # why\nnameserver fe80::1%7\nnameserver 192.0.2.4\n";
        assert_eq!(check(text), ["192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%7]:53"]);
    }

    #[test]
    fn only_a_reply_to_the_question_is_one() {
        assert!(replies_to(REPLY, QUERY));
        let spoiled = |at: usize, with: u8| {
            let mut reply = REPLY.to_vec();
            reply[at] = with;
            replies_to(&reply, QUERY)
        };
        for (at, with) in [(0, 1), (2, 1), (5, 0), (13, b'x'), (18, 28), (20, 3)] {
            assert!(!spoiled(at, with), "{at}");
        }
        assert!(replies_to(b"\x12\x34\x81\x81\0\0\0\0\0\0\0\0", QUERY));
        assert!(!replies_to(b"\x12\x34\x81\x81", QUERY));
    }

    fn run(servers: &[SocketAddr], transport: Transport, patience: Duration) -> Forwarded {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ask(QUERY, transport, servers, patience))
    }

    #[test]
    fn silence_and_refusal_lead_to_the_next_nameserver() {
        let bind = || net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let (silent, good) = (bind(), bind());
        // Nobody listens there: no test may.
        let gone = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let (silent_at, good_at) = (silent.local_addr().unwrap(), good.local_addr().unwrap());
        let answering = std::thread::spawn(move || {
            let (length, from) = good.recv_from(&mut [0; 512]).unwrap();
            assert_eq!(length, QUERY.len());
            // What is not the reply is not taken for it.
            good.send_to(&REPLY[..9], from).unwrap();
            good.send_to(REPLY, from).unwrap();
        });
        let came = run(&[gone, silent_at, good_at], Transport::Udp, Duration::from_secs(3));
        answering.join().unwrap();
        assert_eq!(came.reply.as_deref(), Some(REPLY));
        let refused = "Connection refused (os error 111)";
        if cfg!(target_os = "linux") {
            let after = format!("after {gone}: {refused}, {silent_at}: no reply");
            assert_eq!(came.by, format!("forwarded to {good_at} {after}"));
        }
        drop(silent);
        let came = run(&[gone], Transport::Tcp, PATIENCE);
        assert_eq!(came.reply, None);
        assert!(came.by.starts_with(&format!("forwarded to {gone}: ")), "{}", came.by);
    }
}
