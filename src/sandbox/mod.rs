//! Builds a world on this machine: namespaces, files over /etc, links, bound nameserver sockets, and a program inside.
//! Knows no resolver, no case and no DNS. The platform is chosen once, here.

mod diagnosis;
mod error;
#[cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]
mod linux;
#[cfg(not(all(target_os = "linux", not(netdbspec_no_sandbox))))]
mod none;

pub use diagnosis::{Diagnosis, Finding};
pub use error::Error;
#[cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]
pub use linux::{Door, InPlace, Sandbox, Spawner, StandIn, Tenant, Watch, doctor};
#[cfg(not(all(target_os = "linux", not(netdbspec_no_sandbox))))]
pub use none::{Door, InPlace, Sandbox, Spawner, StandIn, Tenant, Watch, doctor};

use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// A program to run inside a sandbox.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program and its arguments. A program without `/` is looked for in the `PATH` of `env`, or in /usr/bin and
    /// /bin where `env` has none.
    pub argv: Vec<OsString>,
    /// Its whole environment; nothing is inherited.
    pub env: BTreeMap<OsString, OsString>,
    /// Its working directory. Entered again by path after the mounts, so that it lies inside.
    pub cwd: PathBuf,
    /// Its standard streams.
    pub stdio: Stdio,
    /// Whom it believes to be.
    pub identity: Identity,
    /// The root file system that it lives in, where that is not the machine's.
    pub root: Option<Root>,
    /// Whether it is kept from doing harm, whatever it does. The machine is read-only to it but for a small folder of its own,
    /// which goes with the sandbox and to which its `TMPDIR` leads; /run is empty, unless something of the program itself
    /// lies there; it can mount and trace nothing, and have so many processes that the machine goes on.
    pub confined: bool,
    /// Whether it is the program that a [`Spawner`] was told the `main` of: its copy calls that, and nothing is executed.
    /// Without a spawner it is executed like any other.
    pub own: bool,
}

/// What a program does with its arguments, of which the first is its name; and its exit status.
pub type Main = fn(&[CString]) -> u8;

/// A root file system in a folder: an unpacked container image. It is never written to. The program sees its files,
/// read-only, and beside them a /dev with the usual devices, /proc, an empty /sys and a /tmp of its own; the world's /etc
/// lies over its /etc, which it need not have. No other file of the machine is in reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The folder.
    pub folder: PathBuf,
    /// Files of the machine that are to be seen inside, read-only: where each is outside, and its absolute path inside,
    /// below a folder that the root does not have.
    pub files: Vec<(PathBuf, PathBuf)>,
}

/// The standard streams of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdio {
    /// Pipes, whose other ends the sandbox holds. The program has a session of its own.
    Pipes,
    /// This process's own; and its session and process group, its limits, its mask for new files, and the signals that it
    /// was started with as ignored or held back.
    Inherit,
}

/// Whom a program inside believes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// Root, with every capability inside the sandbox.
    Root,
    /// The user who started it. Root keeps the capabilities of root inside; others have none, and get those of a file that they
    /// execute, over nothing but the sandbox. In a [`Root`] nobody has any.
    Own,
}

/// A nameserver address bound inside a sandbox. The sockets do not block. One that stays open keeps the network of the
/// sandbox alive after the sandbox itself.
#[derive(Debug)]
pub struct Bound {
    /// The address.
    pub address: IpAddr,
    /// Its datagram socket, port 53.
    pub udp: Option<UdpSocket>,
    /// Its listening stream socket, port 53.
    pub tcp: Option<TcpListener>,
    /// Its datagram sockets on other ports, one for each of the nameserver's `other_ports`, in that order.
    pub others: Vec<UdpSocket>,
    /// A raw socket that takes whole packets of IPv4, where a fault of the nameserver sends such.
    pub raw: Option<OwnedFd>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this status.
    Status(i32),
    /// This signal killed it.
    Signal(i32),
}

/// One look of a watched program at something outside itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// When.
    pub at: Instant,
    /// At what.
    pub look: Look,
    /// The error number, or 0.
    pub errno: i32,
}

/// What a watched program looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It opens a file.
    Open {
        /// The absolute path.
        path: PathBuf,
        /// Where the file is that was opened, where links lead elsewhere.
        real: Option<PathBuf>,
    },
    /// It asks whether there is a file, or what it is.
    Stat(PathBuf),
    /// It connects to the socket of a daemon.
    Socket(PathBuf),
    /// It connects to an address.
    Connect {
        /// The address and port.
        to: SocketAddr,
        /// The source address that the kernel chose.
        from: Option<IpAddr>,
    },
}
