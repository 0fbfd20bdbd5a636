//! Answers on a stream as it should not be done.

use serde::Deserialize;

use super::{Apply, Exchange, Plan};
use crate::outcome::Transport;

/// How the messages for a query go out on their stream (RFC 1035 §4.2.2), and what becomes of the stream after them; after a
/// query that nothing is sent for, at once. On a datagram it does nothing.
///
/// ```toml
/// fault = [
///     { stream = { split = 1 } },
///     { stream = { length = -2, end = "close" } },
///     { stream = { gather = 2 } },
///     { on = { nth = [1] }, stream = { end = "reset" } },
/// ]
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Messages go out in pieces of so many bytes, their length included; 0: whole.
    #[serde(default)]
    pub split: usize,
    /// What is added to the length that stands before a message.
    #[serde(default)]
    pub length: i32,
    /// Messages wait until there are so many for the stream, and go out in one piece.
    #[serde(default)]
    pub gather: usize,
    /// What becomes of the stream; nothing: it stays open.
    pub end: Option<End>,
}

/// How a stream ends from the server's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It is closed, whatever still waits to be sent.
    Close,
    /// It is reset.
    Reset,
    /// Nothing is sent any more, but it is read on.
    HalfClose,
}

impl Apply for Stream {
    fn apply(&self, exchange: &Exchange<'_>, plan: &mut Plan) {
        if exchange.transport == Transport::Tcp {
            plan.stream = *self;
            plan.notes.push(match self.end {
                Some(end) => format!("stream {end:?}").to_lowercase(),
                None => "stream".to_owned(),
            });
        }
    }
}

impl Stream {
    /// A message as it goes out: its length before it. What a length of 16 bits cannot tell is cut off.
    #[must_use]
    pub fn framed(&self, mut message: Vec<u8>) -> Vec<u8> {
        message.truncate(usize::from(u16::MAX));
        let length = i32::try_from(message.len()).unwrap_or(0).saturating_add(self.length);
        let length = u16::try_from(length.clamp(0, u16::MAX.into())).unwrap_or(0);
        [&length.to_be_bytes()[..], &message].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::applied_over;
    use super::*;

    #[test]
    fn only_streams_are_meant() {
        let fault = r#"stream = { split = 1, end = "half-close" }"#;
        let expected = Stream { split: 1, end: Some(End::HalfClose), ..Stream::default() };
        assert_eq!(applied_over(Transport::Tcp, fault).stream, expected);
        assert_eq!(applied_over(Transport::Tcp, fault).notes, ["stream halfclose"]);
        assert_eq!(applied_over(Transport::Udp, fault).stream, Stream::default());
    }

    #[test]
    fn the_length_may_lie() {
        let framed = |length, bytes: &[u8]| Stream { length, ..Stream::default() }.framed(bytes.to_vec());
        assert_eq!(framed(0, b"abc"), b"\0\x03abc");
        assert_eq!(framed(-2, b"abc"), b"\0\x01abc");
        assert_eq!(framed(-9, b"abc"), b"\0\0abc");
        assert_eq!(framed(70_000, b"abc"), b"\xff\xffabc");
        assert_eq!(framed(0, &[7; 70_000]).len(), 65_537);
    }
}
