//! How a nameserver of a world may misbehave. Pure: a fault decides on a reply and its sends; it never touches a socket
//! or a clock. The server carries out what was decided.
//!
//! A new kind is one file here and one row in the register at the foot of this page.

mod accept;
mod answer;
mod bytes;
mod damage;
mod delay;
mod drop;
mod duplicate;
mod edns;
mod filter;
mod forge;
mod fuzz;
mod header;
mod icmp;
pub(crate) mod message;
mod packet;
pub(crate) mod random;
mod rcode;
mod records;
mod stream;
#[cfg(test)]
mod testing;
mod text;
mod truncate;

pub use accept::{Accept, Neglect};
pub use answer::Answer;
pub use bytes::Bytes;
pub use damage::{BadName, Damage};
pub use delay::Delay;
pub use drop::Drop;
pub use duplicate::Duplicate;
pub use edns::{Edns, Opt};
pub use filter::{Nth, On, Range};
pub use forge::{Forge, ForgedQuestion, ForgedSource};
pub use fuzz::{Fuzz, How};
pub use header::{Header, Id};
pub use icmp::{Icmp, Unreachable};
pub use packet::{Checksum, Packet};
pub use rcode::{Code, Rcode};
pub use stream::{End, Stream};
pub use truncate::Truncate;

use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;

use crate::outcome::Transport;

/// One query, as far as faults may look at it.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// The query message, without the length that TCP puts before it.
    pub query: &'a [u8],
    /// QNAME in presentation form, lower case, with the final dot; empty where the query could not be read.
    pub name: &'a str,
    /// QTYPE by its mnemonic; empty where the query could not be read.
    pub qtype: &'a str,
    /// The transport the query came over.
    pub transport: Transport,
    /// The nameserver address it was sent to.
    pub server: IpAddr,
    /// Whether the query carries an OPT record.
    pub edns: bool,
    /// The id of the query that the nameserver took before this one.
    pub previous: Option<u16>,
}

/// What the server is to do about one query. Faults change it one after the other, in file order; it starts as the one
/// right reply, sent at once from where the query went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The messages to send, in order. None: silence.
    pub sends: Vec<Send>,
    /// How the messages go out on a stream.
    pub stream: Stream,
    /// How long after the query's arrival the stream ends where nothing is sent.
    pub ends: Duration,
    /// What the faults did, in words for the wire log: `drop`, `rcode SERVFAIL`, `delay 200ms`.
    pub notes: Vec<String>,
}

impl Plan {
    /// The plan that every query starts with: the right reply, at once, from where the query went to.
    #[must_use]
    pub fn reply(bytes: Vec<u8>) -> Self {
        let sends = vec![Send::at_once(bytes)];
        Self { sends, stream: Stream::default(), ends: Duration::ZERO, notes: Vec::new() }
    }

    /// Puts a message in the place of the last one of the plan, which is the reply unless a fault has replaced it; with
    /// `then`, the last one follows that much later. So several faults that put a message before the reply leave them in
    /// file order.
    pub fn replace(&mut self, bytes: Vec<u8>, source: Source, then: Option<Duration>) {
        let last = self.sends.pop();
        let after = last.as_ref().map_or(Duration::ZERO, |send| send.after);
        let until = last.as_ref().and_then(|send| send.until.clone());
        self.sends.push(Send { after, source, until, ..Send::at_once(bytes) });
        if let (Some(last), Some(then)) = (last, then) {
            self.sends.push(Send { after: after.saturating_add(then), ..last });
        }
    }
}

/// One message of a [`Plan`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// The message, without the length that TCP puts before it. Any bytes.
    pub bytes: Vec<u8>,
    /// How long after the query's arrival it leaves.
    pub after: Duration,
    /// Where it leaves from. TCP replies always leave on their stream.
    pub source: Source,
    /// Which query it waits for; the time after which it leaves is counted from that one.
    pub until: Option<On>,
    /// As what it leaves. TCP replies are always plain.
    pub way: Way,
}

impl Send {
    fn at_once(bytes: Vec<u8>) -> Self {
        Self { bytes, after: Duration::ZERO, source: Source::Asked, until: None, way: Way::Plain }
    }
}

/// As what a message leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// As a datagram.
    #[default]
    Plain,
    /// As packets of one's own making.
    Packet(Packet),
    /// It is the head of an ICMP error about the query, whose checksum is still missing.
    Icmp,
}

/// Where a datagram leaves from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// From the address and port that the query was sent to.
    #[default]
    Asked,
    /// From another address of the world, port 53.
    Address(IpAddr),
    /// From another port of the same address.
    Port(u16),
}

/// One fault of a world or case: which queries it is for, and what it does to them.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The queries it is for.
    pub on: On,
    /// What it does.
    pub kind: Kind,
}

impl Fault {
    /// Whether it sends packets with headers of their own making.
    #[must_use]
    pub fn makes_packets(&self) -> bool {
        matches!(self.kind, Kind::Icmp(_) | Kind::Packet(_))
    }

    /// Whether it lets no stream in at first.
    #[must_use]
    pub fn fills_queue(&self) -> bool {
        matches!(&self.kind, Kind::Accept(Accept { how: Neglect::Full, .. }))
    }
}

/// What every kind of fault can do.
pub trait Apply {
    /// Changes the plan for one query that the fault's filter let through.
    fn apply(&self, exchange: &Exchange<'_>, plan: &mut Plan);
}

/// The register: turns its rows into [`Kind`], its names, its dispatch and the keys of a `fault` table.
macro_rules! register {
    ($($key:ident => $kind:ident,)*) => {
        /// What a fault does: one variant a kind.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Kind {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
        }

        impl Kind {
            /// The keys of all kinds, as case files write them.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($key)),*];

            /// The key of this kind.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$kind(_) => stringify!($key),)* }
            }
        }

        impl Apply for Kind {
            fn apply(&self, exchange: &Exchange<'_>, plan: &mut Plan) {
                match self { $(Self::$kind(kind) => kind.apply(exchange, plan),)* }
            }
        }

        /// A fault as a file writes it: `on`, and exactly one key that names the kind.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            #[serde(default)]
            on: On,
            $($key: Option<$kind>,)*
        }

        impl<'de> Deserialize<'de> for Fault {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let written = Written::deserialize(deserializer)?;
                let mut kinds = Vec::new();
                $(if let Some(kind) = written.$key { kinds.push(Kind::$kind(kind)); })*
                match (kinds.pop(), kinds.len()) {
                    (Some(kind), 0) => Ok(Self { on: written.on, kind }),
                    _ => Err(serde::de::Error::custom(format!(
                        "a fault has exactly one of the keys {}", Kind::NAMES.join(", ")
                    ))),
                }
            }
        }
    };
}

register! {
    accept => Accept,
    answer => Answer,
    bytes => Bytes,
    damage => Damage,
    delay => Delay,
    drop => Drop,
    duplicate => Duplicate,
    edns => Edns,
    forge => Forge,
    fuzz => Fuzz,
    header => Header,
    icmp => Icmp,
    packet => Packet,
    rcode => Rcode,
    stream => Stream,
    truncate => Truncate,
}
