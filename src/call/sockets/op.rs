//! The operations of a socket script, one table with one key each.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::arguments::{
    At, ConnectAny, Getsockopt, Join, Make, MakePair, Named, On, Recvfrom, Resolve, Send, Setsockopt, SocketEach,
};

/// One operation. `as` names what it makes and the facet that records what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Op {
    /// socket(2).
    Socket(Make),
    /// socketpair(2).
    Socketpair(MakePair),
    /// bind(2). Records the local address.
    Bind(At),
    /// connect(2). Records the peer's address.
    Connect(At),
    /// socket(2) and connect(2) for each address of a `resolve` until one works. Records that address.
    ConnectAny(ConnectAny),
    /// socket(2) for each entry of a `resolve`. Records `ok` or the errno of each.
    SocketEach(SocketEach),
    /// getaddrinfo(3). Records the addresses.
    Resolve(Resolve),
    /// listen(2).
    Listen(On),
    /// accept(2). Records the peer's address.
    Accept(Named),
    /// send(2). Records how many bytes were sent.
    Send(Send),
    /// sendto(2). Records how many bytes were sent.
    Sendto(At),
    /// recv(2). Records the text.
    Recv(Named),
    /// recvfrom(2). Records the text, and under `from` the peer's address.
    Recvfrom(Recvfrom),
    /// getsockname(2). Records the address.
    Getsockname(Named),
    /// getpeername(2). Records the address.
    Getpeername(Named),
    /// setsockopt(2).
    Setsockopt(Setsockopt),
    /// getsockopt(2). Records the value.
    Getsockopt(Getsockopt),
    /// Joins a multicast group (IPV6_JOIN_GROUP, IP_ADD_MEMBERSHIP).
    Join(Join),
    /// shutdown(2) of both directions.
    Shutdown(On),
    /// close(2).
    Close(On),
}

impl Op {
    /// The facets that record what comes of it: `as`, and `from` of a `recvfrom`.
    pub(super) fn labels(&self) -> Vec<&str> {
        let optional = match self {
            Self::Socketpair(pair) => return pair.labels.iter().chain(&pair.vector).map(String::as_str).collect(),
            Self::Recvfrom(recvfrom) => return vec![&recvfrom.label, &recvfrom.from],
            Self::Socket(Make { label, .. })
            | Self::Resolve(Resolve { label, .. })
            | Self::SocketEach(SocketEach { label, .. })
            | Self::Accept(Named { label, .. })
            | Self::Recv(Named { label, .. })
            | Self::Getsockname(Named { label, .. })
            | Self::Getpeername(Named { label, .. })
            | Self::Getsockopt(Getsockopt { label, .. }) => return vec![label],
            Self::Bind(At { label, .. }) | Self::Connect(At { label, .. }) | Self::Sendto(At { label, .. }) => label,
            Self::ConnectAny(ConnectAny { label, .. }) => label,
            Self::Listen(On { label, .. }) | Self::Shutdown(On { label, .. }) | Self::Close(On { label, .. }) => label,
            Self::Send(Send { label, .. }) => label,
            Self::Setsockopt(Setsockopt { label, .. }) => label,
            Self::Join(Join { label, .. }) => label,
        };
        optional.as_deref().into_iter().collect()
    }
}

impl fmt::Display for Op {
    /// In short: `l = socket(AF_INET, SOCK_STREAM)`, `bind(l, address 127.0.0.1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = serde_json::to_value(self).unwrap_or_default();
        let Some((name, Value::Object(arguments))) = value.as_object().and_then(|op| op.iter().next()) else {
            return Ok(());
        };
        let labels = self.labels();
        if !labels.is_empty() {
            write!(f, "{} = ", labels.join(", "))?;
        }
        write!(f, "{name}(")?;
        let mut comma = "";
        for (key, value) in arguments {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match key.as_str() {
                "as" => continue,
                "from" if name == "recvfrom" => continue,
                "on" | "option" | "value" | "socktype" => write!(f, "{comma}{value}")?,
                "family" if name.starts_with("socket") => write!(f, "{comma}{value}")?,
                key => write!(f, "{comma}{key} {value}")?,
            }
            comma = ", ";
        }
        f.write_str(")")
    }
}
