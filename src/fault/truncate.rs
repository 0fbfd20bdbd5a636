//! Answers with the TC bit set and records missing.

use serde::Deserialize;

use super::message::{Layout, put, word};
use super::{Apply, Exchange, Plan};
use crate::outcome::Transport;

/// The reply says that it is truncated (TC, RFC 1035 §4.1.1) and holds only the first answer records, no authority
/// record, and of the additional section only the OPT record. A server truncates datagrams only, and so does this.
///
/// ```toml
/// fault = [{ truncate = {} }, { truncate = { keep = 2, tcp = true } }]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truncate {
    /// How many answer records stay.
    #[serde(default)]
    pub keep: usize,
    /// Whether replies over TCP are truncated too.
    #[serde(default)]
    pub tcp: bool,
}

impl Apply for Truncate {
    fn apply(&self, exchange: &Exchange<'_>, plan: &mut Plan) {
        if exchange.transport == Transport::Tcp && !self.tcp {
            return;
        }
        for send in &mut plan.sends {
            if let Some(layout) = Layout::read(&send.bytes) {
                send.bytes = layout.cut(&send.bytes, self.keep);
            }
            if let Some(flags) = word(&send.bytes, 2) {
                put(&mut send.bytes, 2, flags | 0x0200);
            }
        }
        plan.notes.push("truncate".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{applied, applied_over, reply};
    use crate::outcome::Transport;

    #[test]
    fn the_records_go_and_the_opt_record_stays() {
        let plan = applied("truncate = {}");
        assert_eq!(plan.sends[0].bytes[2..12], [0x87, 0x80, 0, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(plan.notes, ["truncate"]);
    }

    #[test]
    fn as_many_records_stay_as_told() {
        let plan = applied("truncate = { keep = 1 }");
        assert_eq!(plan.sends[0].bytes[6..8], [0, 1]);
        let plan = applied("truncate = { keep = 9 }");
        assert_eq!(plan.sends[0].bytes[6..8], [0, 2]);
    }

    #[test]
    fn a_stream_is_truncated_only_where_told() {
        let plan = applied_over(Transport::Tcp, "truncate = {}");
        assert_eq!((plan.sends[0].bytes.clone(), plan.notes), (reply(), vec![]));
        let plan = applied_over(Transport::Tcp, "truncate = { tcp = true }");
        assert_eq!(plan.sends[0].bytes[2], 0x87);
    }
}
