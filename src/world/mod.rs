//! All that a resolver can look at: files, names, links and nameservers. Describes and reads it; builds nothing.
//!
//! A world is a folder: `world.toml`, and each file of /etc in its real format under its real name, and zones as RFC 1035
//! master files named `ORIGIN.zone`. What a world leaves out is taken from the world `default`, but for links, addresses
//! and routes: a world has those that it writes itself.

mod changes;
mod check;
mod compose;
mod keys;
mod link;
mod load;
mod nearest;
mod network;
mod problem;
mod shared;
mod source;

pub(crate) use changes::Changes;
pub use compose::Unfit;
pub(crate) use keys::{Entry, Keys, Spelt};
pub use link::{Address, AddressLabel, Link, Route, SourceAddress};
pub use load::{Worlds, load, read};
pub(crate) use nearest::nearest;
pub use problem::{Position, Problem};
pub use shared::Shared;
pub(crate) use source::{Source, Span, Value, kind};

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

use crate::fault::Fault;

/// The files of /etc that a world may hold, besides its zones.
pub const FILES: [&str; 8] =
    ["gai.conf", "host.conf", "hosts", "networks", "nsswitch.conf", "protocols", "resolv.conf", "services"];

/// One world, complete: nothing is left to defaults.
#[derive(Clone, Debug)]
pub struct World {
    /// The name of its folder.
    pub name: String,
    /// One sentence that says what it is for.
    pub about: String,
    /// What gethostname() gives.
    pub hostname: String,
    /// The files of /etc by name. A file that is not listed here does not exist in the world.
    pub files: BTreeMap<String, File>,
    /// The zones that its nameservers serve.
    pub zones: Shared<Vec<Zone>>,
    /// Further records, in the form of a master file with absolute owner names. Each goes into the zone that encloses it.
    pub records: Option<Zone>,
    /// Names, absolute or relative to the root, that are outside all zones and meant not to exist; a name below one of
    /// them does not exist either. A query for any other name outside all zones is noted as `outside`. The root stands
    /// for itself alone, and exists, since names are below it: it has no records but its SOA.
    pub nxdomain: Vec<String>,
    /// The nameservers. Their addresses need not be in resolv.conf, nor those of resolv.conf here.
    pub nameservers: Vec<Nameserver>,
    /// Links besides `lo`.
    pub links: Vec<Link>,
    /// Further addresses of `lo`.
    pub lo: Vec<Address>,
    /// The longest packet that `lo` takes, where it is not the kernel's own choice.
    pub mtu: Option<u32>,
    /// Routes, added after all addresses.
    pub routes: Vec<Route>,
    /// The kernel's address labels for source selection, as `ip addrlabel add` sets them.
    pub labels: Vec<AddressLabel>,
    /// The source addresses that the kernel must choose. Where it chooses another, the world cannot be built.
    pub sources: Vec<SourceAddress>,
    /// Settings below /proc/sys, by path: `net/ipv6/bindv6only = "1"`.
    pub sysctls: BTreeMap<String, String>,
}

impl World {
    /// A world with nothing in it: no file, no link beside the loopback, no nameserver. Its host is called `box`.
    #[must_use]
    pub fn bare(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            about: String::new(),
            hostname: "box".to_owned(),
            files: BTreeMap::new(),
            zones: Shared::default(),
            records: None,
            nxdomain: Vec::new(),
            nameservers: Vec::new(),
            links: Vec::new(),
            lo: Vec::new(),
            mtu: None,
            routes: Vec::new(),
            labels: Vec::new(),
            sources: Vec::new(),
            sysctls: BTreeMap::new(),
        }
    }
}

/// One file of a world's /etc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum File {
    /// A regular file with these contents.
    Text(String),
    /// A symbolic link to this target, which need not exist.
    Link(String),
    /// A folder, where a file is expected.
    Folder,
    /// A regular file, empty, that nobody may read. In a world that has one from the start, the program has no capability to
    /// read it all the same.
    Unreadable,
}

/// One zone: the text of a master file, not read yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Zone {
    /// The origin that holds before any `$ORIGIN`, with the final dot.
    pub origin: String,
    /// The file it was read from, as messages name it.
    pub path: String,
    /// The line of that file where the text begins, counted from 1.
    pub line: usize,
    /// The text.
    pub text: String,
}

/// One nameserver of a world.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nameserver {
    /// The address it listens on, port 53. An address outside 127.0.0.0/8 and ::1 must be one that the world gives to a link.
    pub address: IpAddr,
    /// Whether it listens for datagrams.
    #[serde(default = "yes")]
    pub udp: bool,
    /// Whether it listens for streams.
    #[serde(default = "yes")]
    pub tcp: bool,
    /// Further UDP ports of the same address that it is bound to, so that a forged reply can leave from them.
    #[serde(default)]
    pub other_ports: Vec<u16>,
    /// The origins of the zones it serves, where it does not serve all of them.
    pub zones: Option<Vec<String>>,
    /// How it misbehaves, in the order in which the faults apply.
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
}

impl Nameserver {
    /// A nameserver that serves all zones over both transports, and does so well.
    #[must_use]
    pub fn at(address: IpAddr) -> Self {
        Self { address, udp: true, tcp: true, other_ports: Vec::new(), zones: None, faults: Vec::new() }
    }
}

fn yes() -> bool {
    true
}
