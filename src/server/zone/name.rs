//! Names in master files (RFC 1035 §5.1), and the form in which zones look them up.

use hickory_proto::rr::Name;
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

use super::text::Complaint;

/// The key of the root.
pub(in crate::server) const ROOT: &[u8] = &[0];

/// The longest name, in bytes of its wire form (RFC 1035 §2.3.4).
pub(in crate::server) const LONGEST: usize = 255;

/// The name written in `text`, made absolute by `origin`. Letter case is kept. `at` is the offset of `text` in its file.
///
/// # Errors
/// Where it breaks the limits of RFC 1035 §2.3.4, has an empty label, a bad escape or a character outside ASCII.
pub(super) fn read(text: &str, at: usize, origin: &Name) -> Result<Name, Complaint> {
    match text {
        "@" => return Ok(origin.clone()),
        "." => return Ok(Name::root()),
        _ => {}
    }
    // The labels, each behind its length; that of the last is written when it is over.
    let mut wire = Vec::with_capacity(text.len() + origin.len() + 2);
    let mut last = 0;
    wire.push(0);
    let mut bytes = text.bytes().enumerate();
    while let Some((offset, byte)) = bytes.next() {
        match byte {
            b'.' if wire.len() == last + 1 => return Err(Complaint::new(at + offset, "an empty label in a name")),
            b'.' => {
                close(&mut wire, last);
                last = wire.len();
                wire.push(0);
            }
            b'\\' => {
                let (length, value) = escape(&text.as_bytes()[offset + 1..]).ok_or_else(|| bad_escape(at + offset))?;
                bytes.nth(length - 1);
                wire.push(value);
            }
            b'"' => {
                return Err(Complaint::new(at + offset, "a quoted string where a name was expected"));
            }
            0x80.. => {
                return Err(Complaint::new(at + offset, format!("`{text}` is not ASCII"))
                    .hint("write an internationalised name in its `xn--` form, any other byte as `\\DDD`"));
            }
            _ => wire.push(byte),
        }
        if wire.len() > last + 64 {
            return Err(Complaint::new(at, "a label of more than 63 bytes in a name"));
        }
    }
    // After a final dot the name is absolute, and the last label that of the root.
    if wire.len() > last + 1 {
        close(&mut wire, last);
        wire.extend_from_slice(&self::wire(origin));
    }
    let name = Some(&wire).filter(|wire| wire.len() <= LONGEST).and_then(|wire| from_wire(wire));
    name.ok_or_else(|| Complaint::new(at, "a name of more than 255 bytes"))
}

/// Writes the length of the label that begins at `start` and ends where the name does so far: 63 bytes at most.
fn close(wire: &mut [u8], start: usize) {
    wire[start] = (wire.len() - start - 1) as u8;
}

fn bad_escape(at: usize) -> Complaint {
    Complaint::new(at, "a bad escape")
        .hint("a backslash stands before three decimal digits up to 255, or before the character that it escapes")
}

/// How many bytes follow the backslash, and the byte that they stand for.
fn escape(after: &[u8]) -> Option<(usize, u8)> {
    match after {
        [first, rest @ ..] if first.is_ascii_digit() => {
            let digits = std::str::from_utf8(&[*first, *rest.first()?, *rest.get(1)?]).ok()?.to_owned();
            if digits.bytes().all(|digit| digit.is_ascii_digit()) { Some((3, digits.parse().ok()?)) } else { None }
        }
        [first @ b' '..=b'~', ..] => Some((1, *first)),
        _ => None,
    }
}

/// The name as an absolute one in a master file; it reads back as the same name.
pub(super) fn written(name: &Name) -> String {
    let mut text = String::new();
    for label in name.iter() {
        for &byte in label {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'*' | b'/' | b'+' | b'=' | b'~' => {
                    text.push(char::from(byte))
                }
                _ => text.push_str(&format!("\\{byte:03}")),
            }
        }
        text.push('.');
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

/// The name in the form of RFC 1035 §3.1, letter case kept.
pub(in crate::server) fn wire(name: &Name) -> Vec<u8> {
    let mut wire = Vec::with_capacity(name.len() + 1);
    for label in name.iter() {
        // A label is at most 63 bytes long.
        wire.push(label.len() as u8);
        wire.extend_from_slice(label);
    }
    wire.push(0);
    wire
}

/// The name in the wire form of RFC 1035 §3.1 that `wire` begins with, if it does.
pub(in crate::server) fn from_wire(wire: &[u8]) -> Option<Name> {
    Name::read(&mut BinDecoder::new(wire)).ok()
}

/// The name in that form, not compressed, that `wire` begins with, if it does; and what is behind it.
pub(in crate::server) fn split(wire: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut end = 0;
    loop {
        match *wire.get(end)? {
            0 => return wire.split_at_checked(end + 1).filter(|(name, _)| name.len() <= LONGEST),
            length @ 1..=63 => end += 1 + usize::from(length),
            _ => return None,
        }
    }
}

/// The name as zones look it up: its wire form in lower case.
pub(in crate::server) fn key(name: &Name) -> Vec<u8> {
    wire(name).to_ascii_lowercase()
}

/// The key of the name above; nothing above the root.
pub(in crate::server) fn parent(key: &[u8]) -> Option<&[u8]> {
    match key {
        [0] | [] => None,
        [length, rest @ ..] => rest.get(usize::from(*length)..),
    }
}

/// The key, and those of all names above it, up to the root.
pub(in crate::server) fn ancestors(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(key), |key| parent(key))
}

/// The absolute name written in `text`, where it is one: `www.example.test.` or, the same, `www.example.test`.
pub(super) fn absolute(text: &str) -> Result<Name, Complaint> {
    read(text, 0, &Name::root())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<String, String> {
        let origin = absolute("Example.test.").unwrap();
        read(text, 10, &origin).map(|name| written(&name)).map_err(|wrong| format!("{}: {}", wrong.at, wrong.text))
    }

    #[test]
    fn names_are_relative_unless_they_end_in_a_dot() {
        assert_eq!(check("WWW").as_deref(), Ok("WWW.Example.test."));
        assert_eq!(check("www.").as_deref(), Ok("www."));
        assert_eq!(check("@").as_deref(), Ok("Example.test."));
        assert_eq!(check(".").as_deref(), Ok("."));
        assert_eq!(check("*.a_b").as_deref(), Ok("*.a_b.Example.test."));
    }

    #[test]
    fn escapes_stand_for_one_byte() {
        assert_eq!(check(r"a\.b\032\255\@.").as_deref(), Ok(r"a\046b\032\255\064."));
        assert_eq!(check(r"a\256"), Err("11: a bad escape".into()));
        assert_eq!(check(r"a\25"), Err("11: a bad escape".into()));
        assert_eq!(check(r"a\é"), Err("11: a bad escape".into()));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        assert_eq!(check("a..b"), Err("12: an empty label in a name".into()));
        assert_eq!(check(".a"), Err("10: an empty label in a name".into()));
        assert_eq!(check("é"), Err("10: `é` is not ASCII".into()));
        assert_eq!(check("\"a\""), Err("10: a quoted string where a name was expected".into()));
        assert_eq!(check(&"a".repeat(64)), Err("10: a label of more than 63 bytes in a name".into()));
        assert!(check(&"a".repeat(63)).is_ok());
        assert!(check(&format!("{}.", ["a"; 127].join("."))).is_ok());
        assert_eq!(check(&["a"; 127].join(".")), Err("10: a name of more than 255 bytes".into()));
    }

    #[test]
    fn keys_lead_up_to_the_root() {
        let key = key(&absolute("A.bC.").unwrap());
        assert_eq!(ancestors(&key).collect::<Vec<_>>(), [&b"\x01a\x02bc\0"[..], b"\x02bc\0", b"\0"]);
    }
}
