//! Answers with a record that is formed badly.

use serde::Deserialize;

use super::message::{HEADER, Layout, Part, put};
use super::{Apply, Exchange, Plan};

/// One record of the reply is damaged, or with `record = 0` the name in its question. Records are counted from 1 over all
/// sections. The rest of the message stays as it is: pointers to what lies behind the damage then point elsewhere.
///
/// ```toml
/// fault = [
///     { damage = { record = 1, owner = "pointer-loop" } },
///     { damage = { record = 2, data = "label-64" } },
///     { damage = { record = 1, rdlength = 3, rtype = 5, class = 3 } },
///     { damage = { record = 0, owner = "name-256" } },
/// ]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Damage {
    /// Which record.
    pub record: usize,
    /// Its owner name.
    pub owner: Option<BadName>,
    /// A name in place of its data; the length stays true.
    pub data: Option<BadName>,
    /// RDLENGTH; the data stays.
    pub rdlength: Option<u16>,
    /// TYPE.
    pub rtype: Option<u16>,
    /// CLASS.
    pub class: Option<u16>,
}

/// What a name cannot be (RFC 1035 §2.3.4 and §4.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadName {
    /// A pointer to itself.
    PointerLoop,
    /// A pointer to a pointer that points back.
    PointerPair,
    /// A pointer beyond the end of the message.
    PointerOut,
    /// A pointer to the bytes after it.
    PointerAhead,
    /// A label of 64 bytes; the length of one has six bits.
    #[serde(rename = "label-64")]
    Label64,
    /// A name of 256 bytes; one has at most 255.
    #[serde(rename = "name-256")]
    Name256,
    /// Labels up to the end of the message, and no root.
    NoEnd,
}

impl BadName {
    /// Its bytes where it begins at `at`.
    fn bytes(self, at: usize) -> Vec<u8> {
        let pointer = |to: usize| [0xC0 | (to >> 8 & 0x3F) as u8, (to & 0xFF) as u8];
        let label = |length: u8| std::iter::once(length).chain(std::iter::repeat_n(b'x', length.into()));
        match self {
            Self::PointerLoop => pointer(at).to_vec(),
            Self::PointerPair => [pointer(at + 2), pointer(at)].concat(),
            Self::PointerOut => pointer(0x3FFF).to_vec(),
            Self::PointerAhead => [&pointer(at + 2)[..], b"\x01x\0"].concat(),
            Self::Label64 => label(64).chain([0]).collect(),
            Self::Name256 => [63, 63, 63, 62].into_iter().flat_map(label).chain([0]).collect(),
            Self::NoEnd => label(3).collect(),
        }
    }
}

impl Apply for Damage {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        let damaged = plan.sends.last_mut().is_some_and(|send| self.damage(&mut send.bytes).is_some());
        plan.notes.push(if damaged { "damage" } else { "damage: there is no such record" }.to_owned());
    }
}

impl Damage {
    fn damage(&self, bytes: &mut Vec<u8>) -> Option<()> {
        let layout = Layout::read(bytes)?;
        let Some(number) = self.record.checked_sub(1) else {
            let end = layout.question.map(|_| layout.records_at - 4)?;
            return self.owner.map(|name| splice(bytes, HEADER, end, name));
        };
        let part: Part = layout.sections.into_iter().flatten().nth(number)?;
        // From the end of the record to its beginning, so that what is still to come lies where it lay.
        if let Some(name) = self.data {
            let at = part.fixed + 10;
            let length = u16::try_from(name.bytes(at).len()).ok()?;
            splice(bytes, at, part.span.end, name);
            put(bytes, part.fixed + 8, length);
        }
        for (value, at) in [(self.rdlength, 8), (self.class, 2), (self.rtype, 0)] {
            value.into_iter().for_each(|value| put(bytes, part.fixed + at, value));
        }
        self.owner.into_iter().for_each(|name| splice(bytes, part.span.start, part.fixed, name));
        Some(())
    }
}

/// Puts a name into the place of the bytes from `from` to `to`. After one without an end there is nothing.
fn splice(bytes: &mut Vec<u8>, from: usize, to: usize, name: BadName) {
    if name == BadName::NoEnd {
        bytes.truncate(from);
        bytes.extend(name.bytes(from));
    } else {
        drop(bytes.splice(from..to, name.bytes(from)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{applied, reply};

    /// The first record begins here.
    const FIRST: usize = 12 + 18 + 4;

    fn damaged(fault: &str) -> Vec<u8> {
        applied(fault).sends.remove(0).bytes
    }

    #[test]
    fn names_are_what_they_cannot_be() {
        for (name, expected) in [
            ("pointer-loop", &b"\xc0\x22\0\x01"[..]),
            ("pointer-pair", b"\xc0\x24\xc0\x22"),
            ("pointer-out", b"\xff\xff\0\x01"),
            ("pointer-ahead", b"\xc0\x24\x01x\0\0\x01"),
            ("label-64", b"\x40xxx"),
            ("name-256", b"\x3fxxx"),
            ("no-end", b"\x03xxx"),
        ] {
            let bytes = damaged(&format!("damage = {{ record = 1, owner = \"{name}\" }}"));
            assert_eq!(&bytes[FIRST..FIRST + expected.len()], expected, "{name}");
        }
        assert_eq!(damaged(r#"damage = { record = 1, owner = "no-end" }"#).len(), FIRST + 4);
        assert_eq!(damaged(r#"damage = { record = 1, owner = "name-256" }"#).len(), reply().len() - 2 + 256);
    }

    #[test]
    fn data_and_lengths_are_others() {
        let bytes = damaged(r#"damage = { record = 1, data = "pointer-loop", rtype = 5 }"#);
        assert_eq!(bytes[FIRST..FIRST + 14], *b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x2e");
        let bytes = damaged("damage = { record = 2, rdlength = 9, class = 3 }");
        assert_eq!(bytes[FIRST + 16..FIRST + 28], *b"\xc0\x0c\0\x01\0\x03\0\0\0\x3c\0\x09");
    }

    #[test]
    fn the_question_is_record_0() {
        let bytes = damaged(r#"damage = { record = 0, owner = "pointer-loop" }"#);
        assert_eq!(bytes[12..18], *b"\xc0\x0c\0\x01\0\x01");
        assert_eq!(applied(r#"damage = { record = 9, rdlength = 1 }"#).notes, ["damage: there is no such record"]);
    }
}
