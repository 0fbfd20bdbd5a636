//! Shared by the kinds: where the parts of a DNS message lie (RFC 1035 §4.1). Reads no further than it must and changes nothing, so that it
//! also serves messages that a strict decoder refuses.

use std::fmt::Write;
use std::ops::Range;

/// The length of the header in bytes.
pub(crate) const HEADER: usize = 12;

/// The type number of OPT, the record that carries EDNS (RFC 6891 §6.1.1).
pub(crate) const OPT: u16 = 41;

/// The layout of one message that could be walked from end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The first question, if there is one.
    pub(crate) question: Option<Question>,
    /// Where the records begin: the offset after the last question.
    pub(crate) records_at: usize,
    /// The records of the answer, authority and additional sections.
    pub(crate) sections: [Vec<Part>; 3],
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// QNAME in presentation form, letter case kept, with the final dot.
    pub(crate) name: String,
    /// QNAME in the form of RFC 1035 §3.1, without compression.
    pub(crate) wire: Vec<u8>,
    /// QTYPE.
    pub(crate) qtype: u16,
    /// QCLASS.
    pub(crate) class: u16,
}

impl Question {
    /// The first question of a message, whatever comes after it.
    pub(crate) fn read(message: &[u8]) -> Option<Self> {
        word(message, 4).filter(|count| *count > 0)?;
        let end = name_end(message, HEADER)?;
        Self::at(message, HEADER, end)
    }

    /// The question at `at` whose name ends at `end`.
    fn at(message: &[u8], at: usize, end: usize) -> Option<Self> {
        let wire = name(message, at)?;
        Some(Self { name: shown(&wire), wire, qtype: word(message, end)?, class: word(message, end + 2)? })
    }
}

/// A record, as far as it matters where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its bytes, owner name included.
    pub(crate) span: Range<usize>,
    /// Where its owner name ends and its type begins.
    pub(crate) fixed: usize,
    /// Its type.
    pub(crate) rtype: u16,
}

impl Layout {
    /// The layout of `message`; nothing where a count, name or length in it points outside.
    pub(crate) fn read(message: &[u8]) -> Option<Self> {
        let mut at = HEADER;
        let mut question = None;
        for _ in 0..word(message, 4)? {
            let end = name_end(message, at)?;
            question.get_or_insert(Question::at(message, at, end)?);
            at = end + 4;
        }
        let records_at = at;
        let mut sections = [const { Vec::new() }; 3];
        for (section, count_at) in sections.iter_mut().zip([6, 8, 10]) {
            for _ in 0..word(message, count_at)? {
                let fixed = name_end(message, at)?;
                let end = fixed + 10 + usize::from(word(message, fixed + 8)?);
                if end > message.len() {
                    return None;
                }
                section.push(Part { span: at..end, fixed, rtype: word(message, fixed)? });
                at = end;
            }
        }
        Some(Self { question, records_at, sections })
    }

    /// The OPT record, if there is one.
    pub(crate) fn opt(&self) -> Option<&Part> {
        self.sections[2].iter().find(|part| part.rtype == OPT)
    }

    /// `message` with no more than `keep` of its answer records, no authority record, and of the additional section
    /// only the OPT record.
    pub(crate) fn cut(&self, message: &[u8], keep: usize) -> Vec<u8> {
        let kept = keep.min(self.sections[0].len());
        let end = kept.checked_sub(1).map_or(self.records_at, |last| self.sections[0][last].span.end);
        let mut cut = message[..end].to_vec();
        if let Some(opt) = self.opt() {
            cut.extend_from_slice(&message[opt.span.clone()]);
        }
        put(&mut cut, 6, u16::try_from(kept).unwrap_or(u16::MAX));
        put(&mut cut, 8, 0);
        put(&mut cut, 10, u16::from(self.opt().is_some()));
        cut
    }
}

/// The two bytes at `at`, in network order.
pub(crate) fn word(message: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]))
}

/// Writes two bytes at `at` in network order; nothing where the message is shorter.
pub(crate) fn put(message: &mut [u8], at: usize, value: u16) {
    if let Some(place) = message.get_mut(at..at + 2) {
        place.copy_from_slice(&value.to_be_bytes());
    }
}

/// Where the name at `at` ends.
pub(crate) fn name_end(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + usize::from(length),
            0xC0.. => return message.get(at + 1).map(|_| at + 2),
            64..=0xBF => return None,
        }
    }
}

/// The name at `at` in the form of RFC 1035 §3.1, without compression.
fn name(message: &[u8], mut at: usize) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    // A pointer has to point backwards, so that a name of pointers alone ends.
    let mut limit = at;
    loop {
        let length = *message.get(at)?;
        match length {
            0..=63 => {
                wire.extend_from_slice(message.get(at..=at + usize::from(length))?);
                if length == 0 {
                    return Some(wire);
                }
                at += 1 + usize::from(length);
            }
            0xC0.. => {
                at = usize::from(word(message, at)? & 0x3FFF);
                if at >= limit {
                    return None;
                }
                limit = at;
            }
            _ => return None,
        }
    }
}

/// A name in presentation form: `.` and `\` in a label have a backslash before them, bytes outside the printable ASCII
/// characters are written `\DDD`.
fn shown(wire: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = wire;
    while let [length @ 1..=255, tail @ ..] = rest {
        let (label, tail) = tail.split_at(usize::from(*length).min(tail.len()));
        push_label(&mut text, label);
        rest = tail;
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

/// Appends a label in presentation form and a dot.
pub(crate) fn push_label(text: &mut String, label: &[u8]) {
    for &byte in label {
        match byte {
            b'.' | b'\\' => text.extend(['\\', char::from(byte)]),
            b'!'..=b'~' => text.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(text, "\\{byte:03}")),
        }
    }
    text.push('.');
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &[u8] =
        b"\x12\x34\x01\0\0\x01\0\0\0\0\0\x01\x03wW\x80\x04a.b\\\0\0\x1c\0\x01\0\0\x29\x04\xd0\0\0\x80\0\0\0";

    #[test]
    fn a_name_is_shown_with_its_case_and_escapes() {
        let layout = Layout::read(QUERY).unwrap();
        assert_eq!(layout.question.unwrap().name, "wW\\128.a\\.b\\\\.");
    }

    #[test]
    fn the_opt_record_is_found() {
        let layout = Layout::read(QUERY).unwrap();
        assert_eq!(layout.opt().map(|opt| opt.span.clone()), Some(QUERY.len() - 11..QUERY.len()));
    }

    #[test]
    fn every_cut_message_is_refused() {
        assert!((0..QUERY.len()).all(|length| Layout::read(&QUERY[..length]).is_none()));
    }

    #[test]
    fn a_name_that_points_to_itself_is_refused() {
        assert_eq!(Layout::read(b"\0\0\x01\0\0\x01\0\0\0\0\0\0\xc0\x0c\0\x01\0\x01"), None);
    }
}
