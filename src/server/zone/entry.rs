//! Reads the entries of a master file in order: directives, owner names, TTLs, classes and types (RFC 1035 §5.1, RFC 2308
//! §4). What stands after the type is read by `rdata`.

use domain::base::iana::{Class, Rtype};
use hickory_proto::rr::{Name, Record};

use super::text::{Complaint, Entry, Token, entries};
use super::{name, rdata};

/// The TTL of a record that no TTL stands before in its file.
const DEFAULT_TTL: u32 = 3600;

/// A record, and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The record.
    pub(super) record: Record,
    /// The offset of its first word.
    pub(super) at: usize,
}

/// All records of a text, and all that is wrong with it.
pub(super) fn read(text: &str, origin: &Name) -> (Vec<Written>, Vec<Complaint>) {
    let (entries, mut complaints) = entries(text);
    let mut reader = Reader { text, origin: origin.clone(), ttl: None, last_ttl: None, owner: Owner::None };
    let mut records = Vec::new();
    for entry in &entries {
        match reader.entry(entry) {
            Ok(record) => records.extend(record),
            Err(complaint) => complaints.push(complaint),
        }
    }
    (records, complaints)
}

struct Reader<'t> {
    text: &'t str,
    origin: Name,
    /// What `$TTL` says.
    ttl: Option<u32>,
    /// The TTL of the last record that stated one.
    last_ttl: Option<u32>,
    owner: Owner,
}

/// The owner of the entry before, for one that begins with a blank.
#[derive(Clone)]
enum Owner {
    None,
    /// A complaint has been made about it; another about each entry that repeats it would say nothing new.
    Bad,
    Read(Name),
}

impl<'t> Reader<'t> {
    fn entry(&mut self, entry: &Entry) -> Result<Option<Written>, Complaint> {
        let [first, rest @ ..] = &entry.tokens[..] else { return Ok(None) };
        let word = self.word(first);
        if word.starts_with('$') && !entry.indented {
            return if entry.broken { Ok(None) } else { self.directive(word, first, rest).map(|()| None) };
        }
        let mut fields = &entry.tokens[..];
        if !entry.indented {
            fields = rest;
            self.owner = Owner::Bad;
            self.owner = Owner::Read(name::read(word, first.span.start, &self.origin)?);
        }
        let owner = match self.owner.clone() {
            _ if entry.broken => return Ok(None),
            Owner::Bad => return Ok(None),
            Owner::Read(owner) => owner,
            Owner::None => {
                return Err(Complaint::new(
                    first.span.start,
                    "a blank stands for the owner of the record before, and there is none",
                )
                .hint("begin the line with the owner name, or with `@` for the origin"));
            }
        };
        self.record(owner, first, fields).map(Some)
    }

    fn record(&mut self, owner: Name, first: &Token, fields: &[Token]) -> Result<Written, Complaint> {
        let (mut ttl, mut class) = (None, None);
        for (index, token) in fields.iter().enumerate() {
            let word = self.word(token);
            if ttl.is_none()
                && let Some(seconds) = seconds(word, token.span.start)
            {
                ttl = Some(seconds?);
            } else if let Ok(rtype) = word.parse::<Rtype>() {
                let rtype = stored(rtype, token)?;
                if ttl.is_some() {
                    self.last_ttl = ttl;
                }
                let ttl = ttl.or(self.ttl).or(self.last_ttl).unwrap_or(DEFAULT_TTL);
                let data = &fields[index + 1..];
                let data = rdata::read(self.text, rtype, token, data, &self.origin)?;
                return Ok(Written { record: Record::from_rdata(owner, ttl, data), at: first.span.start });
            } else if class.is_none()
                && let Ok(read) = word.parse::<Class>()
            {
                if read != Class::IN {
                    return Err(Complaint::new(
                        token.span.start,
                        format!("class {read}: nameservers of a world know only IN"),
                    ));
                }
                class = Some(read);
            } else {
                return Err(Complaint::new(token.span.start, format!("`{word}` is no record type"))
                    .hint("a record is written OWNER [TTL] [IN] TYPE DATA; a type without a mnemonic is written TYPEnnn (RFC 3597)"));
            }
        }
        let end = fields.last().unwrap_or(first).span.end;
        Err(Complaint::new(end, "this record has no type").hint("a record is written OWNER [TTL] [IN] TYPE DATA"))
    }

    fn directive(&mut self, word: &str, first: &Token, values: &[Token]) -> Result<(), Complaint> {
        let at = first.span.start;
        match (&*word.to_ascii_uppercase(), values) {
            ("$ORIGIN", [value]) => self.origin = name::read(self.word(value), value.span.start, &self.origin)?,
            ("$TTL", [value]) => {
                let read = seconds(self.word(value), value.span.start);
                self.ttl =
                    Some(read.ok_or_else(|| {
                        Complaint::new(value.span.start, format!("`{}` is no TTL", self.word(value)))
                    })??);
            }
            ("$ORIGIN" | "$TTL", _) => return Err(Complaint::new(at, format!("`{word}` takes exactly one value"))),
            ("$INCLUDE", _) => {
                return Err(Complaint::new(at, "`$INCLUDE` is not supported: a zone of a world is one file")
                    .hint("write the records of the included file here"));
            }
            ("$GENERATE", _) => {
                return Err(Complaint::new(at, "`$GENERATE` is not supported: it is not in RFC 1035")
                    .hint("write the records out, or use a wildcard"));
            }
            _ => {
                return Err(Complaint::new(at, format!("`{word}` is no directive")).hint(
                    "there are `$ORIGIN` and `$TTL`; write `\\$` for an owner name that begins with a dollar sign",
                ));
            }
        }
        Ok(())
    }

    fn word(&self, token: &Token) -> &'t str {
        &self.text[token.span.clone()]
    }
}

/// The type, if records of it can stand in a zone.
fn stored(rtype: Rtype, token: &Token) -> Result<Rtype, Complaint> {
    match rtype.to_int() {
        0 | 41 | 128..=255 => {
            Err(Complaint::new(token.span.start, format!("{rtype} is no type of a record in a zone")))
        }
        _ => Ok(rtype),
    }
}

/// A TTL in seconds, plain or with units: `90`, `1h30m`. Nothing where `word` is none.
pub(super) fn seconds(word: &str, at: usize) -> Option<Result<u32, Complaint>> {
    let mut total = Some(0_u64);
    let mut number: Option<u64> = None;
    for byte in word.bytes() {
        let unit = match byte.to_ascii_lowercase() {
            digit @ b'0'..=b'9' => {
                number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(u64::from(digit - b'0')));
                continue;
            }
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        total = total.zip(number.take()?.checked_mul(unit)).and_then(|(total, more)| total.checked_add(more));
    }
    if word.is_empty() {
        return None;
    }
    let total = total.and_then(|total| total.checked_add(number.unwrap_or(0)));
    let fits = total.and_then(|total| u32::try_from(total).ok()).filter(|seconds| *seconds <= i32::MAX as u32);
    Some(
        fits.ok_or_else(|| Complaint::new(at, format!("`{word}`: a time is at most 2147483647 seconds (RFC 2181 §8)"))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_may_have_units() {
        let check = |word| seconds(word, 0).map(|read| read.ok());
        assert_eq!(
            ["0", "90", "1h30m", "2W", "1h5"].map(check),
            [0, 90, 5400, 1_209_600, 3605].map(|time| Some(Some(time)))
        );
        assert_eq!(["", "h", "1y", "m1", "-1", "A"].map(check), [None; 6]);
        assert_eq!(["2147483648", "9999999999w", "99999999999999999999999"].map(check), [Some(None); 3]);
    }

    fn check(text: &str) -> Vec<String> {
        let origin = name::absolute("example.test.").unwrap();
        let (records, complaints) = read(text, &origin);
        let read = records.iter().map(|written| {
            format!("{} {} {}", name::written(&written.record.name), written.record.ttl, written.record.record_type())
        });
        read.chain(complaints.iter().map(|wrong| format!("{}: {}", wrong.at, wrong.text))).collect()
    }

    #[test]
    fn what_is_left_out_comes_from_the_entry_before() {
        let read = check("www 60 IN A 192.0.2.1\n  A 192.0.2.2\n$ttl 5m\nb in aaaa ::1\nc IN 7 TXT x\nd TXT x\n");
        assert_eq!(
            read,
            [
                "www.example.test. 60 A",
                "www.example.test. 60 A",
                "b.example.test. 300 AAAA",
                "c.example.test. 7 TXT",
                "d.example.test. 300 TXT"
            ]
        );
        assert_eq!(check("www A 192.0.2.1"), ["www.example.test. 3600 A"]);
    }

    #[test]
    fn a_bad_owner_is_complained_about_once() {
        assert_eq!(
            check("a..b A 192.0.2.1\n A 192.0.2.2\nc A 192.0.2.3"),
            ["c.example.test. 3600 A", "2: an empty label in a name"]
        );
    }

    #[test]
    fn origins_are_relative_too() {
        assert_eq!(check("$origin sub\nwww A 192.0.2.1"), ["www.sub.example.test. 3600 A"]);
    }
}
