//! Answers with another header.

use serde::Deserialize;

use super::message::{HEADER, put, word};
use super::{Apply, Exchange, Plan};

/// Bits of the header are others (RFC 1035 §4.1.1, RFC 4035 §3), and its counts of entries lie; what is not written stays as
/// it is. With `only` the message ends after its header. With `id = "previous"` the reply carries the id of the query before.
///
/// ```toml
/// fault = [
///     { on = { transport = "tcp" }, header = { qr = false, opcode = 4, tc = true } },
///     { header = { aa = false, ra = false, ad = true, cd = true, rd = false, z = true } },
///     { header = { questions = 0, answers = 9, authorities = 1, additionals = 1 } },
///     { on = { nth = [2] }, header = { id = "previous", only = true } },
/// ]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Another id.
    pub id: Option<Id>,
    /// Whether it is a response.
    pub qr: Option<bool>,
    /// OPCODE, 0 to 15.
    pub opcode: Option<u8>,
    /// Authoritative answer.
    pub aa: Option<bool>,
    /// Truncated.
    pub tc: Option<bool>,
    /// Recursion desired.
    pub rd: Option<bool>,
    /// Recursion available.
    pub ra: Option<bool>,
    /// The bit that must be zero.
    pub z: Option<bool>,
    /// Authentic data.
    pub ad: Option<bool>,
    /// Checking disabled.
    pub cd: Option<bool>,
    /// QDCOUNT.
    pub questions: Option<u16>,
    /// ANCOUNT.
    pub answers: Option<u16>,
    /// NSCOUNT.
    pub authorities: Option<u16>,
    /// ARCOUNT.
    pub additionals: Option<u16>,
    /// Whether nothing follows the header.
    #[serde(default)]
    pub only: bool,
}

/// Whose id a reply carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Id {
    /// That of the query which the nameserver took before this one.
    Previous,
}

impl Apply for Header {
    fn apply(&self, exchange: &Exchange<'_>, plan: &mut Plan) {
        for send in &mut plan.sends {
            if let (Some(Id::Previous), Some(previous)) = (self.id, exchange.previous) {
                put(&mut send.bytes, 0, previous);
            }
            let Some(mut flags) = word(&send.bytes, 2) else { continue };
            for (wanted, bit) in self.bits() {
                flags = wanted.map_or(flags, |on| if on { flags | bit } else { flags & !bit });
            }
            if let Some(opcode) = self.opcode {
                flags = flags & 0x87FF | u16::from(opcode & 0xF) << 11;
            }
            put(&mut send.bytes, 2, flags);
            let counts = [self.questions, self.answers, self.authorities, self.additionals];
            for (count, at) in counts.into_iter().zip([4, 6, 8, 10]) {
                count.into_iter().for_each(|count| put(&mut send.bytes, at, count));
            }
            if self.only {
                send.bytes.truncate(HEADER);
            }
        }
        plan.notes.push("header".to_owned());
    }
}

impl Header {
    fn bits(&self) -> [(Option<bool>, u16); 8] {
        [
            (self.qr, 0x8000),
            (self.aa, 0x0400),
            (self.tc, 0x0200),
            (self.rd, 0x0100),
            (self.ra, 0x0080),
            (self.z, 0x0040),
            (self.ad, 0x0020),
            (self.cd, 0x0010),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{applied, reply};

    #[test]
    fn each_bit_and_count_is_set_where_told() {
        let header = |fault: &str| applied(fault).sends[0].bytes[2..12].to_vec();
        assert_eq!(header("header = {}"), reply()[2..12]);
        assert_eq!(header("header = { qr = false, opcode = 4, aa = false, tc = true }")[..2], [0x23, 0x80]);
        assert_eq!(header("header = { rd = false, ra = false, z = true, ad = true, cd = true }")[..2], [0x84, 0x70]);
        let counts = header("header = { questions = 0, answers = 9, authorities = 1, additionals = 3 }");
        assert_eq!(counts[2..], [0, 0, 0, 9, 0, 1, 0, 3]);
    }

    #[test]
    fn nothing_follows_and_the_id_is_that_of_the_query_before() {
        let plan = applied(r#"header = { only = true, id = "previous" }"#);
        assert_eq!((&plan.sends[0].bytes[..2], plan.sends[0].bytes.len()), (&b"\x56\x78"[..], 12));
    }
}
