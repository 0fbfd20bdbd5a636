//! Answers with an ICMP error.

use std::time::Duration;

use serde::Deserialize;

use super::{Apply, Exchange, Plan, Source, Way};

/// An ICMP error (RFC 792, RFC 1812 §5.2.7) comes in place of the reply, about the very datagram of the query. Only over
/// UDP and IPv4.
///
/// ```toml
/// fault = [
///     { icmp = { error = "admin-prohibited" } },
///     { on = { nth = [1] }, icmp = { error = "too-big", mtu = 576, then = true, then_ms = 100 } },
/// ]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Icmp {
    /// Which error.
    pub error: Unreachable,
    /// The MTU that `too-big` tells.
    #[serde(default)]
    pub mtu: u16,
    /// Whether the reply follows.
    #[serde(default)]
    pub then: bool,
    /// How many milliseconds later it follows.
    #[serde(default)]
    pub then_ms: u64,
}

/// An ICMP error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unreachable {
    /// Destination unreachable: network.
    NetUnreachable,
    /// Destination unreachable: host.
    HostUnreachable,
    /// Destination unreachable: port.
    PortUnreachable,
    /// Destination unreachable: fragmentation needed and DF set.
    TooBig,
    /// Destination unreachable: communication administratively prohibited.
    AdminProhibited,
    /// Time exceeded in transit.
    TimeExceeded,
}

impl Unreachable {
    /// Type and code.
    #[must_use]
    pub fn numbers(self) -> [u8; 2] {
        match self {
            Self::NetUnreachable => [3, 0],
            Self::HostUnreachable => [3, 1],
            Self::PortUnreachable => [3, 3],
            Self::TooBig => [3, 4],
            Self::AdminProhibited => [3, 13],
            Self::TimeExceeded => [11, 0],
        }
    }
}

impl Apply for Icmp {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        let [kind, code] = self.error.numbers();
        let mtu = self.mtu.to_be_bytes();
        // The head of an ICMP message, whose checksum is not known yet.
        let head = vec![kind, code, 0, 0, 0, 0, mtu[0], mtu[1]];
        plan.replace(head, Source::Asked, self.then.then(|| Duration::from_millis(self.then_ms)));
        let at = plan.sends.len() - 1 - usize::from(self.then && plan.sends.len() > 1);
        plan.sends[at].way = Way::Icmp;
        plan.notes.push(format!("icmp {kind}/{code}"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{applied, reply};
    use super::*;

    #[test]
    fn the_error_comes_first() {
        let plan = applied(r#"icmp = { error = "too-big", mtu = 576, then = true, then_ms = 5 }"#);
        let sends: Vec<_> = plan.sends.iter().map(|send| (send.way, send.after.as_millis())).collect();
        assert_eq!(sends, [(Way::Icmp, 0), (Way::Plain, 5)]);
        assert_eq!((&plan.sends[0].bytes[..], &plan.sends[1].bytes), (&[3, 4, 0, 0, 0, 0, 2, 64][..], &reply()));
        assert_eq!(applied(r#"icmp = { error = "port-unreachable" }"#).notes, ["icmp 3/3"]);
    }
}
