//! One query as a nameserver of the world saw it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The transport a query came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A datagram.
    Udp,
    /// A message on a stream, after its two-byte length.
    Tcp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        })
    }
}

/// The EDNS of a query (RFC 6891 §6.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edns {
    /// The UDP payload size that the sender can take, in bytes.
    pub size: u16,
    /// The EDNS version.
    pub version: u8,
    /// The DO bit.
    pub dnssec_ok: bool,
}

/// One query of the wire log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// When it arrived, counted from the moment the world was ready. Never part of a snapshot.
    #[serde(with = "super::millis")]
    pub at: Duration,
    /// The nameserver address it was sent to.
    pub server: IpAddr,
    /// The transport it came over.
    pub transport: Transport,
    /// Where it came from. Never part of a snapshot.
    pub source: SocketAddr,
    /// The message id. Never part of a snapshot.
    pub id: u16,
    /// QNAME in presentation form as it was sent, letter case kept, with the final dot. `?` where the message could not be read.
    pub name: String,
    /// QTYPE by its mnemonic: `A`, `AAAA`, `PTR`, `TYPE65280`. `?` where the message could not be read.
    pub qtype: String,
    /// QCLASS by its mnemonic: `IN`, `CH`.
    pub class: String,
    /// The header bits that were set, in header order: of `QR`, `AA`, `TC`, `RD`, `RA`, `AD`, `CD`.
    pub flags: Vec<String>,
    /// The OPT record, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edns: Option<Edns>,
    /// What was done about it, in words: `NOERROR 2`, `NXDOMAIN`, `REFUSED (outside all zones)`, `drop`.
    pub reply: String,
    /// The query was for a name outside all zones of the world and its list of missing names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside: bool,
    /// How much later than it should the reply left, where the machine was slow. Never part of a snapshot.
    #[serde(default, with = "super::millis")]
    pub late: Duration,
    /// The messages that were sent for it, in order of their going; `None` where that is not known. Never part of a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Vec<Sent>>,
}

/// One message that a nameserver sent for a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// When it left, counted as [`Query::at`] is.
    #[serde(with = "super::millis")]
    pub at: Duration,
    /// Where it left from, where that is not where the query went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<SocketAddr>,
    /// What it says, in words: `NOERROR 2 TC`, `ICMP 3/3`.
    pub reply: String,
    /// What of it does not match the query: of `id`, `question`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amiss: Vec<String>,
}

impl Sent {
    /// Whether a careful client takes it for no reply to its query.
    #[must_use]
    pub fn is_stray(&self) -> bool {
        self.from.is_some() || !self.amiss.is_empty()
    }
}

impl Query {
    /// A query of which nothing is known, the `nth` of its wire: for the root's address, to 127.0.0.1. Each has its own id
    /// and port.
    #[must_use]
    pub fn made_up(nth: usize) -> Self {
        let nth = u16::try_from(nth % 20_000).unwrap_or_default();
        Self {
            at: Duration::ZERO,
            server: [127, 0, 0, 1].into(),
            transport: Transport::Udp,
            source: ([127, 0, 0, 1], 40_000 + nth).into(),
            id: 1000 + nth,
            name: ".".to_owned(),
            qtype: "A".to_owned(),
            class: "IN".to_owned(),
            flags: vec!["RD".to_owned()],
            edns: None,
            reply: String::new(),
            outside: false,
            late: Duration::ZERO,
            sent: None,
        }
    }

    /// The query in one line: `udp A www.example.test.`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {} {}", self.transport, self.qtype, self.name)
    }
}
