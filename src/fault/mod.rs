//! How a nameserver of a world may misbehave. Pure: a fault decides on a reply and its sends; it never touches a socket
//! or a clock. The server carries out what was decided.
//!
//! A new kind is one file here and one row in the register at the foot of this page.

mod answer;
mod bytes;
mod delay;
mod drop;
mod filter;
mod forge;
pub(crate) mod message;
mod rcode;
mod records;
#[cfg(test)]
mod testing;
mod truncate;

pub use answer::Answer;
pub use bytes::Bytes;
pub use delay::Delay;
pub use drop::Drop;
pub use filter::On;
pub use forge::{Forge, ForgedQuestion, ForgedSource};
pub use rcode::{Code, Rcode};
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
}

/// What the server is to do about one query. Faults change it one after the other, in file order; it starts as the one
/// right reply, sent at once from where the query went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The messages to send, in order. None: silence.
    pub sends: Vec<Send>,
    /// What the faults did, in words for the wire log: `drop`, `rcode SERVFAIL`, `delay 200ms`.
    pub notes: Vec<String>,
}

impl Plan {
    /// The plan that every query starts with: the right reply, at once, from where the query went to.
    #[must_use]
    pub fn reply(bytes: Vec<u8>) -> Self {
        let sends = vec![Send { bytes, after: Duration::ZERO, source: Source::Asked }];
        Self { sends, notes: Vec::new() }
    }

    /// Puts a message in the place of the last one of the plan, which is the reply unless a fault has replaced it; with
    /// `then`, the last one follows that much later. So several faults that put a message before the reply leave them in
    /// file order.
    pub fn replace(&mut self, bytes: Vec<u8>, source: Source, then: Option<Duration>) {
        let last = self.sends.pop();
        let after = last.as_ref().map_or(Duration::ZERO, |send| send.after);
        self.sends.push(Send { bytes, after, source });
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
    answer => Answer,
    bytes => Bytes,
    delay => Delay,
    drop => Drop,
    forge => Forge,
    rcode => Rcode,
    truncate => Truncate,
}
