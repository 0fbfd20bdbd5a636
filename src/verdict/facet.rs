//! What a rule can look at.

use std::fmt;

/// One facet of an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Facet {
    /// A field of the answer, or a column of its list of entries: `answer.addresses`. Absent where the call did not answer.
    Answer(String),
    /// The canonical name of the failure, or the one word for how the subject was lost. Absent where the call answered.
    Failure,
    /// The errno beside the failure, absent where there is none.
    Errno,
    /// A column of the queries seen on the wire: `wire.queries`, `wire.names`, `wire.count`.
    Wire(String),
    /// The time from question to reply.
    Elapsed,
}

impl Facet {
    /// The columns of the wire log that a rule can name, each with what one row of it holds.
    pub const WIRE: &'static [(&'static str, &'static str)] = &[
        ("queries", "`udp A www.example.test.`"),
        ("names", "QNAME as sent, with the final dot"),
        ("types", "QTYPE by its mnemonic"),
        ("classes", "QCLASS by its mnemonic"),
        ("transports", "`udp` or `tcp`"),
        ("servers", "the nameserver address"),
        ("flags", "the header bits, joined by a blank: `RD AD`"),
        ("edns", "the EDNS UDP payload size, or `none`"),
        ("ids", "the message id"),
        ("ports", "the source port"),
        ("families", "`AF_INET` or `AF_INET6`, by the nameserver address"),
        ("count", "how many queries there were: a number, not a list"),
    ];
}

impl fmt::Display for Facet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(name) => write!(f, "answer.{name}"),
            Self::Failure => f.write_str("failure"),
            Self::Errno => f.write_str("errno"),
            Self::Wire(name) => write!(f, "wire.{name}"),
            Self::Elapsed => f.write_str("elapsed"),
        }
    }
}
