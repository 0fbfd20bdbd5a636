//! Answers with another response code.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use super::message::{Layout, put, word};
use super::{Apply, Exchange, Plan};

/// The reply carries another response code (RFC 1035 §4.1.1, RFC 6895 §2.3) and, unless told otherwise, no record but
/// the OPT record. A code above 15 needs an OPT record for its upper bits; without one only its lower four are sent.
///
/// ```toml
/// fault = [{ on = { type = "AAAA" }, rcode = { code = "SERVFAIL" } }, { rcode = { code = 3, keep = true } }]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rcode {
    /// The code, by mnemonic or number.
    pub code: Code,
    /// Whether the records of the reply stay in it.
    #[serde(default)]
    pub keep: bool,
}

/// A response code, 0 to 4095.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u16);

const NAMES: [(u16, &str); 19] = [
    (0, "NOERROR"),
    (1, "FORMERR"),
    (2, "SERVFAIL"),
    (3, "NXDOMAIN"),
    (4, "NOTIMP"),
    (5, "REFUSED"),
    (6, "YXDOMAIN"),
    (7, "YXRRSET"),
    (8, "NXRRSET"),
    (9, "NOTAUTH"),
    (10, "NOTZONE"),
    (16, "BADVERS"),
    (17, "BADKEY"),
    (18, "BADTIME"),
    (19, "BADMODE"),
    (20, "BADNAME"),
    (21, "BADALG"),
    (22, "BADTRUNC"),
    (23, "BADCOOKIE"),
];

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match NAMES.iter().find(|(number, _)| *number == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "RCODE{}", self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Code;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a response code: a mnemonic such as \"SERVFAIL\", or a number from 0 to 4095")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Code, E> {
                let named = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
                named.map(|(number, _)| Code(*number)).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Code, E> {
                let code = u16::try_from(number).ok().filter(|code| *code < 0x1000);
                code.map(Code).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl Apply for Rcode {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        for send in &mut plan.sends {
            self.set(&mut send.bytes);
        }
        plan.notes.push(format!("rcode {}", self.code));
    }
}

impl Rcode {
    fn set(&self, message: &mut Vec<u8>) {
        if let Some(layout) = Layout::read(message).filter(|_| !self.keep) {
            *message = layout.cut(message, 0);
        }
        self.code.put_into(message);
    }
}

impl Code {
    /// Sets the code of a message: its lower four bits in the header, its upper eight in the first byte of the OPT record's
    /// TTL (RFC 6891 §6.1.3), where there is one.
    pub(super) fn put_into(self, message: &mut [u8]) {
        if let Some(flags) = word(message, 2) {
            put(message, 2, flags & 0xFFF0 | self.0 & 0x000F);
        }
        let opt = Layout::read(message).and_then(|layout| layout.opt().map(|opt| opt.fixed));
        if let Some(upper) = opt.and_then(|fixed| message.get_mut(fixed + 4)) {
            *upper = (self.0 >> 4).to_be_bytes()[1];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{applied, reply};

    #[test]
    fn the_code_replaces_the_records() {
        let plan = applied(r#"rcode = { code = "servfail" }"#);
        let [send] = &plan.sends[..] else { panic!("{plan:?}") };
        assert_eq!(send.bytes[3], 0x82);
        assert_eq!(send.bytes[4..12], [0, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(plan.notes, ["rcode SERVFAIL"]);
    }

    #[test]
    fn the_records_stay_where_told() {
        let plan = applied("rcode = { code = 3, keep = true }");
        assert_eq!(plan.sends[0].bytes.len(), reply().len());
        assert_eq!((plan.sends[0].bytes[3], &plan.notes[..]), (0x83, &["rcode NXDOMAIN".to_owned()][..]));
    }

    #[test]
    fn the_upper_bits_go_into_the_opt_record() {
        let plan = applied(r#"rcode = { code = "BADVERS" }"#);
        let bytes = &plan.sends[0].bytes;
        assert_eq!((bytes[3] & 0xF, bytes[bytes.len() - 6]), (0, 1));
    }

    #[test]
    fn no_other_code_is_read() {
        for code in ["\"NOPE\"", "4096", "-1", "true"] {
            assert!(toml::from_str::<super::Rcode>(&format!("code = {code}")).is_err(), "{code}");
        }
    }
}
