//! Those that are asked: the limit, the stub as its users get it, and a peer. All of them on free ports of 127.0.0.1.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long one may take to begin.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process that answers until this is dropped.
#[derive(Debug)]
pub(super) struct Serving {
    child: Child,
    pub(super) at: SocketAddr,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The limit: a thread that sends every datagram back. It ends with the process.
pub(super) fn echo() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let at = socket.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        let mut buffer = [0; 65_535];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            // Whoever asked may be gone.
            _ = socket.send_to(&buffer[..length], from);
        }
    });
    at
}

/// `netdbspec serve` with one zone.
pub(super) fn stub(zone: &Path) -> Serving {
    let mut child = Command::new(env!("CARGO_BIN_EXE_netdbspec"))
        .args(["serve", "--quiet", "--listen", "127.0.0.1:0", "--zone"])
        .arg(zone)
        .stdout(Stdio::piped())
        .spawn()
        .expect("netdbspec can be started");
    let output = child.stdout.take().expect("it is a pipe");
    let first = BufReader::new(output).lines().next().and_then(Result::ok).unwrap_or_default();
    let at = first.strip_prefix("listening on ").and_then(|at| at.parse().ok());
    Serving { child, at: at.unwrap_or_else(|| panic!("netdbspec serve does not serve: {first}")) }
}

/// dnsmasq with one file of hosts; nothing where it is not installed.
pub(super) fn dnsmasq(origin: &str, hosts: &Path) -> Option<Serving> {
    let free = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let at = free.local_addr().expect("it is bound");
    drop(free);
    // In the foreground, with the rights it is started with, and without anything of this machine.
    let child = Command::new("dnsmasq")
        .args(["--no-daemon", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--pid-file", "--cache-size=0"])
        .args(["--bind-interfaces", "--listen-address=127.0.0.1"])
        .arg(format!("--port={}", at.port()))
        .arg(format!("--local=/{origin}/"))
        .arg(format!("--addn-hosts={}", hosts.display()))
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let serving = Serving { child, at };
    wait(at);
    Some(serving)
}

/// Waits until a server replies to anything.
fn wait(at: SocketAddr) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    socket.connect(at).expect("127.0.0.1 can be reached");
    socket.set_read_timeout(Some(Duration::from_millis(50))).expect("it is not zero");
    let begun = Instant::now();
    let query = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\0\0\x06\0\x01";
    while socket.send(query).is_err() || socket.recv(&mut [0; 512]).is_err() {
        assert!(begun.elapsed() < PATIENCE, "nobody replies at {at}");
        std::thread::yield_now();
    }
}
