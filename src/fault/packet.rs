//! Answers with packets that no datagram socket sends.

use serde::Deserialize;

use super::{Apply, Exchange, Plan, Way};

/// The datagrams of the plan go out as packets of their own making: with a false checksum, or in fragments. Only over UDP
/// and IPv4.
///
/// ```toml
/// fault = [
///     { packet = { checksum = "false" } },
///     { packet = { fragment = 256, reversed = true } },
///     { packet = { fragment = 64, lost = 2 } },
/// ]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packet {
    /// The checksum of the datagram.
    #[serde(default)]
    pub checksum: Checksum,
    /// How many bytes of the datagram go into each fragment, in steps of 8; 0: no fragments.
    #[serde(default)]
    pub fragment: u16,
    /// Whether the last fragment goes first.
    #[serde(default)]
    pub reversed: bool,
    /// Which fragment is not sent, counted from 1; 0: all are.
    #[serde(default)]
    pub lost: usize,
}

/// The checksum of a datagram (RFC 768).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checksum {
    /// The right one.
    #[default]
    True,
    /// Another one.
    False,
    /// Zero: there is none.
    None,
}

impl Apply for Packet {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        for send in &mut plan.sends {
            send.way = Way::Packet(*self);
        }
        plan.notes.push("packet".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::applied;
    use super::*;

    #[test]
    fn it_is_a_way_to_send() {
        let plan = applied(r#"packet = { checksum = "none", fragment = 64 }"#);
        let packet = Packet { checksum: Checksum::None, fragment: 64, reversed: false, lost: 0 };
        assert_eq!(plan.sends[0].way, Way::Packet(packet));
    }
}
