//! Shared by the kinds: records as master-file text, and how they are written into a message.

use std::collections::HashMap;
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use domain::base::iana::{Class, Rtype};
use domain::base::rdata::{ComposeRecordData, RecordData};
use domain::base::{Name, ToName};
use domain::zonefile::inplace::{Entry, Zonefile};

use super::message::put;

/// How many records a message can hold: one without a name and data takes 11 bytes.
const MOST: usize = 65_535 / 11;

/// The longest text that so many records are written in, each with the longest of names.
const LONGEST: usize = 8 << 20;

/// One record, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The owner in the form of RFC 1035 §3.1.
    owner: Arc<[u8]>,
    /// TYPE.
    pub(super) rtype: u16,
    class: u16,
    ttl: u32,
    data: Vec<u8>,
}

/// The records of a text: any class, any type, any data by RFC 3597 §5 (`\# LENGTH HEX`), as often and in the order in which
/// they are written. Names are absolute. With `repeat`, each line with a place for a number stands for so many lines.
///
/// # Errors
/// What cannot be read.
pub(super) fn read(text: &str, repeat: u32) -> Result<Vec<Row>, String> {
    alike(text, repeat).map_or_else(|| all(text, repeat), Ok)
}

/// The same, each line read for itself.
fn all(text: &str, repeat: u32) -> Result<Vec<Row>, String> {
    let mut lines = String::new();
    let mut count = 0;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let times = if line.contains('{') { repeat } else { 1 };
        let line = Numbered::read(line.trim_start())?;
        for number in 1..=times {
            count += 1;
            if count > MOST || lines.len() > LONGEST {
                return Err(format!("a message holds at most {MOST} records, and fewer with names and data"));
            }
            line.put(number, &mut lines);
            lines.push('\n');
        }
    }
    let mut file = Zonefile::from(&*lines).allow_invalid();
    file.set_origin(Name::root_bytes());
    let mut rows = Vec::new();
    loop {
        // Each line says its class, or means IN.
        file.set_default_class(Class::IN);
        let record = match file.next_entry() {
            Ok(Some(Entry::Record(record))) => record,
            Ok(Some(Entry::Include { .. })) => return Err("`$INCLUDE` has no place in a fault".to_owned()),
            Ok(None) => return Ok(rows),
            Err(error) => return Err(format!("these are no records, LINE:COLUMN: {error}")),
        };
        let mut row = Row {
            owner: record.owner().to_vec().as_slice().into(),
            rtype: record.data().rtype().to_int(),
            class: record.class().to_int(),
            ttl: record.ttl().as_secs(),
            data: Vec::new(),
        };
        // Writing to a Vec cannot fail.
        let _ = record.data().compose_rdata(&mut row.data);
        rows.push(row);
    }
}

/// The same of lines whose records differ in nothing but an address, or the bytes at their end: each line is read once. `None`
/// where there are others among them, or something is wrong.
fn alike(text: &str, repeat: u32) -> Option<Vec<Row>> {
    if repeat < 2 || text.contains(['(', '"', ';', '$']) {
        return None;
    }
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = all(text, 1).ok().filter(|first| first.len() == lines().count())?;
    let mut rows = Vec::new();
    let mut bytes = 0;
    for (line, row) in lines().zip(first) {
        if !line.contains('{') {
            rows.push(row);
            continue;
        }
        let (before, last) = line.rsplit_once([' ', '\t']).filter(|(before, _)| !before.contains('{'))?;
        let in_hex = before.split_whitespace().nth_back(1) == Some("\\#");
        let last = Numbered::read(last).ok()?;
        let mut text = String::new();
        for number in 1..=repeat {
            text.clear();
            last.put(number, &mut text);
            let data = match Rtype::from_int(row.rtype) {
                _ if in_hex => {
                    let mut data = vec![0; row.data.len()];
                    hex::decode_to_slice(&text, &mut data).ok().map(|()| data)?
                }
                Rtype::A => text.parse::<Ipv4Addr>().ok()?.octets().to_vec(),
                Rtype::AAAA => text.parse::<Ipv6Addr>().ok()?.octets().to_vec(),
                _ => return None,
            };
            bytes += data.len();
            if rows.len() >= MOST || bytes > LONGEST {
                return None;
            }
            rows.push(Row { data, owner: Arc::clone(&row.owner), ..row });
        }
    }
    (rows.len() <= MOST).then_some(rows)
}

/// A text with places for a number: `{}`; `{+1}` is the next one, `{x}` hexadecimal, `{04x}` so with at least four digits.
struct Numbered<'t> {
    /// What stands before each place, and the place.
    parts: Vec<(&'t str, Place)>,
    rest: &'t str,
}

struct Place {
    hex: bool,
    width: usize,
    add: u32,
}

impl<'t> Numbered<'t> {
    fn read(text: &'t str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (form, after) = after.split_once('}').ok_or_else(|| format!("`{text}`: `{{` without `}}`"))?;
            rest = after;
            let (form, hex) = form.strip_suffix('x').map_or((form, false), |form| (form, true));
            let (width, add) = match form.strip_prefix('+') {
                Some(add) => ("0", add),
                None => (if form.is_empty() { "0" } else { form }, "0"),
            };
            let wrong = |_| format!("`{{{form}}}` is no place for a number: `{{}}`, `{{+1}}`, `{{x}}`, `{{04x}}` are");
            let (width, add) = (width.parse::<u8>().map_err(wrong)?.into(), add.parse().map_err(wrong)?);
            parts.push((before, Place { hex, width, add }));
        }
        Ok(Self { parts, rest })
    }

    /// Writes the text with this number.
    fn put(&self, number: u32, text: &mut String) {
        for (before, Place { hex, width, add }) in &self.parts {
            text.push_str(before);
            let number = number.saturating_add(*add);
            // Writing to a String cannot fail.
            let _ = if *hex { write!(text, "{number:0width$x}") } else { write!(text, "{number:0width$}") };
        }
        text.push_str(self.rest);
    }
}

/// Writes a message from its parts. Owner names are compressed, letter case considered; names in data are not.
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    names: HashMap<Vec<u8>, u16>,
}

impl Writer {
    /// A message that begins with these bytes, a header.
    pub(super) fn new(header: &[u8]) -> Self {
        Self { bytes: header.to_vec(), names: HashMap::new() }
    }

    /// Writes a question.
    pub(super) fn question(&mut self, name: &[u8], qtype: u16, class: u16) {
        self.name(name);
        self.bytes.extend([qtype, class].iter().flat_map(|word| word.to_be_bytes()));
    }

    /// Writes a record.
    pub(super) fn row(&mut self, row: &Row) {
        self.name(&row.owner);
        self.bytes.extend([row.rtype, row.class].iter().flat_map(|word| word.to_be_bytes()));
        self.bytes.extend(row.ttl.to_be_bytes());
        // Data of more bytes cannot be read from text.
        self.bytes.extend(u16::try_from(row.data.len()).unwrap_or(u16::MAX).to_be_bytes());
        self.bytes.extend(&row.data);
    }

    /// Writes how many entries a section has; `at` is where in the header.
    pub(super) fn count(&mut self, at: usize, count: usize) {
        put(&mut self.bytes, at, u16::try_from(count).unwrap_or(u16::MAX));
    }

    fn name(&mut self, name: &[u8]) {
        let mut rest = name;
        while let [length @ 1..=255, tail @ ..] = rest {
            if let Some(offset) = self.names.get(rest) {
                return self.bytes.extend((0xC000 | offset).to_be_bytes());
            }
            if let Some(offset) = u16::try_from(self.bytes.len()).ok().filter(|offset| *offset < 0x4000) {
                self.names.insert(rest.to_vec(), offset);
            }
            let label = usize::from(*length).min(tail.len());
            self.bytes.extend(&rest[..=label]);
            rest = &tail[label..];
        }
        self.bytes.push(0);
    }
}

/// The name in the form of RFC 1035 §3.1, letter case kept.
///
/// # Errors
/// Where it is none.
pub(super) fn wire(text: &str) -> Result<Vec<u8>, String> {
    let name: Name<Vec<u8>> = text.parse().map_err(|error| format!("`{text}` is no name: {error}"))?;
    Ok(name.as_slice().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_of_any_class_and_type() {
        let rows =
            read("\n  a.test. A 192.0.2.1\n a.test. 5 CH TXT x\n\na.test. IN TYPE65280 \\# 1 ff\na. A \\# 1 00", 1);
        let rows = rows.unwrap();
        let short: Vec<_> = rows.iter().map(|row| (row.rtype, row.class, row.ttl, &row.data[..])).collect();
        let expected: [(u16, u16, u32, &[u8]); 4] =
            [(1, 1, 3600, &[192, 0, 2, 1]), (16, 3, 5, b"\x01x"), (65280, 1, 5, b"\xff"), (1, 1, 5, b"\0")];
        assert_eq!(short, expected);
        assert_eq!(*rows[0].owner, *b"\x01a\x04test\0");
    }

    #[test]
    fn a_line_stands_for_many() {
        let rows = read("c{}.test. CNAME c{+1}.test.\nz.test. A \\# 4 c612{04x}\nend.test. A 192.0.2.1", 2).unwrap();
        let read = read(
            "c1.test. CNAME c2.test.\nc2.test. CNAME c3.test.\nz.test. A 198.18.0.1\nz.test. A 198.18.0.2\nend.test. A 192.0.2.1",
            1,
        );
        assert_eq!(rows, read.unwrap());
    }

    #[test]
    fn lines_that_are_alike_are_read_as_each_is() {
        let read_once = [
            "x. 5 A \\# 4 c612{04x}",
            "  y. 5 CH A 192.0.2.1\n\n\tx. A\t192.0.2.{}\r\nx. 7 AAAA 2001:db8::{x}\nz. A 192.0.2.1\nx. A 192.0.2.{}",
            "x. 5 TYPE65280 \\# 3 {06x}",
        ];
        for text in read_once {
            assert_eq!(alike(text, 200).unwrap(), all(text, 200).unwrap(), "{text}");
        }
        let not = [
            "x{}. A 192.0.2.1",
            "x. A \\# 1 {x}",
            "x. A 192.0.2.{}",
            "x. TXT {}",
            "(\nx. A 192.0.2.{})",
            "x. {} A 192.0.2.1",
        ];
        for text in not {
            assert_eq!(alike(text, 300), None, "{text}");
        }
        let many = "x. A \\# 4 c612{04x}\n".repeat(2);
        assert_eq!(alike(&many, 4000), None);
        assert_eq!(read(&many, 4000), all(&many, 4000));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for text in ["a.test.", "a.test. A 1", "a.test. A {", "a{y}.test. A 192.0.2.1", "$INCLUDE x"] {
            assert!(read(text, 1).is_err(), "{text}");
        }
    }

    #[test]
    fn no_number_fills_the_memory() {
        for text in ["a{}. A 192.0.2.1", "a{255}. A 192.0.2.1", "{}"] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(read(text, u32::MAX).unwrap_err(), @"a message holds at most 5957 records, and fewer with names and data");
            }
        }
        insta::assert_snapshot!(read("a{99999}. A 192.0.2.1", 1).unwrap_err(), @"`{99999}` is no place for a number: `{}`, `{+1}`, `{x}`, `{04x}` are");
    }

    #[test]
    fn owners_are_compressed() {
        let mut writer = Writer::new(&[0; 12]);
        writer.question(b"\x01a\x01T\0", 1, 1);
        for row in read("a.T. A 1.2.3.4\nb.T. A 1.2.3.4\nb.t. A 1.2.3.4", 1).unwrap() {
            writer.row(&row);
        }
        let rest = &writer.bytes[12 + 9..];
        assert_eq!(
            (&rest[..2], &rest[16..20], &rest[34..39]),
            (&b"\xc0\x0c"[..], &b"\x01b\xc0\x0e"[..], &b"\x01b\x01t\0"[..])
        );
    }
}
