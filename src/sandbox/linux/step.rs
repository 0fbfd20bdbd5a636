//! The steps that build a world, in the form in which the child carries them out and messages name them.

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::confine::Confinement;

/// One step. It owns whatever the child needs for it, since the child cannot allocate.
#[derive(Serialize, Deserialize)]
pub(super) enum Step<'w> {
    /// Let go of everything of the parent: descriptors, signal actions, the mask for new files.
    Detach,
    /// Wait until the parent has written the id maps.
    AwaitIds,
    /// Prove that the namespaces are not those of the parent.
    Prove(Home),
    /// Take all mounts out of the parent's propagation.
    Private,
    /// Mount a tmpfs over the folder that is to be the root, and prove that it is there. The folder itself is the working
    /// directory then.
    CoverRoot(CString),
    /// Put this into that tmpfs.
    Place(Place),
    /// Make that tmpfs the root, and let go of all else.
    Pivot(Pivot),
    /// Mount a tmpfs over /etc, and prove that it is there.
    CoverEtc,
    /// Hide what daemons offer at this path.
    Mask(Mask),
    /// Give the program a folder of its own at this path.
    Scratch(CString),
    /// Put the world's files into /etc, in front of what was there.
    FillEtc {
        #[serde(borrow)]
        entries: Vec<Entry<'w>>,
        /// Why an overlay need not be tried.
        refused: Option<i32>,
    },
    /// Mount a new /proc at this path.
    Proc(CString),
    /// Send the kernel a netlink message.
    Network(Message),
    /// Wait until packets to an address of this network stay in it.
    AwaitAddress(Message),
    /// Write a setting.
    Sysctl { path: CString, value: &'w str },
    /// Set the host name, and no NIS domain.
    HostName(&'w str),
    /// Bind the sockets of a nameserver and hand them to the parent.
    Nameserver(#[serde(borrow)] Ports<'w>),
    /// See which source address the kernel chooses towards the world's destination `index`.
    Source {
        index: usize,
        #[serde(with = "address")]
        to: SocketAddr,
    },
    /// Keep the program from doing harm.
    Confine(Confinement),
    /// Enter the program's folder by its path, which leads to what is there now.
    Enter(CString),
    /// Fork the program.
    Fork,
}

/// What tells the parent's namespaces from others: device and inode number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Home {
    pub(super) mount: (u64, u64),
    pub(super) network: (u64, u64),
}

/// One thing in a new root.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Its path below the root, without a leading `/`.
    pub(super) path: CString,
    pub(super) what: Placed,
}

/// What stands in a place of a new root.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Placed {
    /// A new folder of this mode.
    Folder(u32),
    /// A symbolic link to this target.
    Link(CString),
    /// What is at `from`, seen through the path `to`.
    Bound { from: CString, to: CString, kind: Bind },
}

/// What is bound to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Bind {
    /// A folder with all below it, read-only.
    Folder,
    /// A file, read-only.
    File,
    /// A device, which is used.
    Device,
}

/// The paths of a change of root.
#[derive(Serialize, Deserialize)]
pub(super) struct Pivot {
    /// The new root.
    pub(super) new: CString,
    /// The folder in it where the old one is until it is let go of.
    pub(super) old: CString,
}

/// A path to hide.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Mask {
    pub(super) path: CString,
    /// Whether it is a folder.
    pub(super) folder: bool,
}

/// One name in /etc and what the world has there.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry<'w> {
    pub(super) name: CString,
    #[serde(borrow)]
    pub(super) content: Content<'w>,
}

/// What a world has under a name of /etc.
#[derive(Serialize, Deserialize)]
pub(super) enum Content<'w> {
    /// A regular file.
    Text(&'w [u8]),
    /// A symbolic link.
    Link(CString),
    /// An empty folder.
    Folder,
    /// An empty file that nobody may read.
    Unreadable,
    /// Nothing.
    Absent,
}

/// A netlink message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) bytes: Vec<u8>,
    /// What it does, in words: for the parent alone.
    #[serde(skip)]
    pub(super) what: String,
    /// Whether it needs IPv6.
    pub(super) ipv6: bool,
    /// Whether the world is right without it where there is no IPv6.
    pub(super) dispensable: bool,
}

/// An address with the number of its zone, which serde leaves out.
mod address {
    use std::net::{IpAddr, SocketAddr};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(address: &SocketAddr, serializer: S) -> Result<S::Ok, S::Error> {
        let zone = if let SocketAddr::V6(address) = address { address.scope_id() } else { 0 };
        (address.ip(), address.port(), zone).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
        let (ip, port, zone): (IpAddr, u16, u32) = Deserialize::deserialize(deserializer)?;
        let mut address = SocketAddr::new(ip, port);
        if let SocketAddr::V6(address) = &mut address {
            address.set_scope_id(zone);
        }
        Ok(address)
    }
}

/// The sockets of one nameserver.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ports<'p> {
    /// Which of the world's nameservers.
    pub(super) index: usize,
    #[serde(with = "address")]
    pub(super) address: SocketAddr,
    pub(super) udp: bool,
    pub(super) tcp: bool,
    /// Further ports, for datagrams only.
    pub(super) others: Cow<'p, [u16]>,
    /// Whether there is a raw socket.
    pub(super) raw: bool,
    /// Whether the queue of the stream socket is filled up.
    pub(super) full: bool,
}

impl Step<'_> {
    /// Whether it cannot work without IPv6.
    pub(super) fn needs_ipv6(&self) -> bool {
        match self {
            Self::Network(message) | Self::AwaitAddress(message) => message.ipv6,
            Self::Nameserver(ports) => ports.address.is_ipv6(),
            _ => false,
        }
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |string: &CStr| string.to_string_lossy().into_owned();
        match self {
            Self::Detach => f.write_str("let go of the parent's descriptors"),
            Self::AwaitIds => f.write_str("wait for the id maps"),
            Self::Prove(_) => f.write_str("make sure that the namespaces are new"),
            Self::Private => f.write_str("make all mounts private"),
            Self::CoverRoot(folder) => write!(f, "mount a tmpfs over {}", text(folder)),
            Self::Place(place) => write!(f, "put /{} into the root", text(&place.path)),
            Self::Pivot(pivot) => write!(f, "make {} the root", text(&pivot.new)),
            Self::CoverEtc => f.write_str("mount a tmpfs over /etc"),
            Self::Mask(mask) => write!(f, "hide {}", text(&mask.path)),
            Self::Scratch(folder) => write!(f, "give the program {} for its own", text(folder)),
            Self::FillEtc { .. } => f.write_str("put the world's files into /etc"),
            Self::Proc(_) => f.write_str("mount /proc anew"),
            Self::Network(message) | Self::AwaitAddress(message) => f.write_str(&message.what),
            Self::Sysctl { path, value } => write!(f, "write {value:?} to {}", text(path)),
            Self::HostName(name) => write!(f, "set the host name {name:?}"),
            Self::Nameserver(ports) => write!(f, "bind port 53 of the nameserver {}", ports.address.ip()),
            Self::Source { to, .. } => write!(f, "see which source address leads to {}", to.ip()),
            Self::Confine(_) => f.write_str("make the machine read-only to the program"),
            Self::Enter(folder) => write!(f, "enter the folder {}", text(folder)),
            Self::Fork => f.write_str("fork the program"),
        }
    }
}
