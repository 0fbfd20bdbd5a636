//! The data of one record: its names are made absolute here, everything else is read by the `domain` crate's
//! `zonefile::inplace`, which gets one line at a time with nothing in it that it would get wrong.

use std::net::{Ipv4Addr, Ipv6Addr};

use domain::base::iana::Rtype;
use domain::base::name::ParsedName;
use domain::base::rdata::{ComposeRecordData, ParseRecordData};
use domain::base::zonefile_fmt::{DisplayKind, ZonefileFmt};
use domain::dep::octseq::Parser;
use domain::rdata::ZoneRecordData;
use domain::zonefile::inplace::{Entry, Zonefile};
use hickory_proto::rr::rdata::NULL;
use hickory_proto::rr::{Name, RData, RecordType};
use hickory_proto::serialize::binary::{BinDecoder, Restrict};

use super::entry::seconds;
use super::name;
use super::record::Record;
use super::text::{Complaint, Token};

/// Reads the data in `tokens` of a record whose type stands in `kind`.
///
/// # Errors
/// Where the data is not that of such a record.
pub(super) fn read(
    text: &str,
    rtype: Rtype,
    kind: &Token,
    tokens: &[Token],
    origin: &Name,
) -> Result<RData, Complaint> {
    let Some(last) = tokens.last() else {
        return Err(explained(rtype, kind.span.end, format!("this {rtype} record has no data")));
    };
    if let [address] = tokens
        && let Some(read) = address_in(&text[address.span.clone()], rtype)
    {
        return Ok(read);
    }
    let line = Line::new(text, rtype, tokens, origin)?;
    let mut file = Zonefile::from(line.text.as_bytes());
    let entry = match file.next_entry() {
        Ok(Some(Entry::Record(record))) => record,
        Ok(_) => return Err(explained(rtype, last.span.end, format!("this {rtype} record has no data"))),
        Err(error) => return Err(line.complaint(text, rtype, tokens, &error.to_string())),
    };
    let mut wire = Vec::new();
    // Writing to a Vec cannot fail.
    let _ = entry.data().compose_rdata(&mut wire);
    if u16::try_from(wire.len()).is_err() {
        return Err(Complaint::new(tokens[0].span.start, format!("{} bytes of data; at most 65535 fit", wire.len())));
    }
    typed(rtype, wire).ok_or_else(|| {
        explained(rtype, tokens[0].span.start, format!("this cannot be the data of this {rtype} record"))
    })
}

/// An address as it is usually written: most records of a large zone are such. Anything else is the parser's business.
fn address_in(word: &str, rtype: Rtype) -> Option<RData> {
    match rtype {
        Rtype::A => word.parse().ok().map(|address: Ipv4Addr| RData::A(address.into())),
        Rtype::AAAA => word.parse().ok().map(|address: Ipv6Addr| RData::AAAA(address.into())),
        _ => None,
    }
}

/// The data in hickory's types where its names may be compressed in a message (RFC 3597 §4) or look-ups need it; any other
/// data as plain bytes, so that it leaves the server as it was written.
pub(super) fn typed(rtype: Rtype, wire: Vec<u8>) -> Option<RData> {
    let mut parser = Parser::from_ref(&wire[..]);
    let data = ZoneRecordData::<&[u8], ParsedName<&[u8]>>::parse_rdata(rtype, &mut parser).ok().flatten();
    let data = data.filter(|_| parser.remaining() == 0)?;
    // The parser takes no data at all for data of any type.
    if wire.is_empty() && !matches!(data, ZoneRecordData::Unknown(_)) {
        return None;
    }
    let code = RecordType::from(rtype.to_int());
    match rtype {
        Rtype::A | Rtype::AAAA | Rtype::CNAME | Rtype::MX | Rtype::NS | Rtype::PTR | Rtype::SOA => {
            let length = Restrict::new(u16::try_from(wire.len()).ok()?);
            RData::read(&mut BinDecoder::new(&wire), code, length).ok()
        }
        _ if wire.is_empty() => Some(RData::Unknown { code, rdata: NULL::new() }),
        _ => Some(RData::Unknown { code, rdata: NULL::with(wire) }),
    }
}

/// Which fields of the data are names.
fn names(rtype: Rtype, first: &str, second: Option<&str>) -> &'static [usize] {
    match rtype {
        _ if first == "\\#" => &[],
        Rtype::CNAME | Rtype::DNAME | Rtype::MB | Rtype::MD | Rtype::MF | Rtype::MG | Rtype::MR => &[0],
        Rtype::NS | Rtype::NSEC | Rtype::PTR => &[0],
        Rtype::MINFO | Rtype::RP | Rtype::SOA => &[0, 1],
        Rtype::HTTPS | Rtype::MX | Rtype::SVCB => &[1],
        Rtype::SRV => &[3],
        Rtype::IPSECKEY if second == Some("3") => &[3],
        Rtype::NAPTR => &[5],
        Rtype::RRSIG => &[7],
        _ => &[],
    }
}

/// How the data of a type is written.
fn form(rtype: Rtype) -> &'static str {
    match rtype {
        Rtype::A => "an IPv4 address in four decimal parts",
        Rtype::AAAA => "an IPv6 address",
        Rtype::CNAME | Rtype::DNAME | Rtype::NS | Rtype::PTR => "one name",
        Rtype::CAA => "FLAGS TAG \"VALUE\"",
        Rtype::HINFO => "CPU OS",
        Rtype::HTTPS | Rtype::SVCB => "PRIORITY TARGET [KEY=VALUE …]",
        Rtype::MX => "PREFERENCE HOST",
        Rtype::NAPTR => "ORDER PREFERENCE \"FLAGS\" \"SERVICES\" \"REGEXP\" REPLACEMENT",
        Rtype::SOA => "PRIMARY MAILBOX SERIAL REFRESH RETRY EXPIRE MINIMUM",
        Rtype::SRV => "PRIORITY WEIGHT PORT TARGET",
        Rtype::TXT => "strings of at most 255 bytes each",
        _ => "in its own form, or for any type \\# LENGTH HEX (RFC 3597 §5)",
    }
}

fn explained(rtype: Rtype, at: usize, text: String) -> Complaint {
    Complaint::new(at, text).hint(format!("{rtype} data is written: {}", form(rtype)))
}

/// One record as a line for the parser, and where its words come from.
struct Line {
    text: String,
    /// For each token, where it begins in the line.
    starts: Vec<usize>,
}

impl Line {
    fn new(text: &str, rtype: Rtype, tokens: &[Token], origin: &Name) -> Result<Self, Complaint> {
        let word = |token: &Token| &text[token.span.clone()];
        let names = names(rtype, word(&tokens[0]), tokens.get(1).map(word));
        let mut line = Self { text: format!(". 0 IN {rtype}"), starts: Vec::new() };
        for (index, token) in tokens.iter().enumerate() {
            let at = token.span.start;
            if index == 0 || !token.glued {
                line.text.push(' ');
            }
            line.starts.push(line.text.len());
            if names.contains(&index) {
                line.text.push_str(&name::written(&name::read(word(token), at, origin)?));
            } else if let Some(time) =
                seconds(word(token), at).filter(|_| rtype == Rtype::SOA && (3..7).contains(&index))
            {
                line.text.push_str(&time?.to_string());
            } else if let Some(offset) = word(token).find(|char: char| !char.is_ascii()) {
                return Err(
                    Complaint::new(at + offset, "a character outside ASCII").hint("write each of its bytes as `\\DDD`")
                );
            } else {
                line.text.push_str(word(token));
            }
        }
        line.text.push('\n');
        Ok(line)
    }

    /// The parser's error, which reads `LINE:COLUMN: TEXT`, in our words and at its place in the file.
    fn complaint(&self, text: &str, rtype: Rtype, tokens: &[Token], error: &str) -> Complaint {
        let mut parts = error.splitn(3, ':');
        let mut number = || parts.next().and_then(|part| part.trim().parse::<usize>().ok()).unwrap_or(1);
        let (line, column) = (number(), number());
        let said = parts.next().unwrap_or(error).trim();
        // The column counts from 1 and is that of the next character which would have been read.
        let found = match self.starts.iter().rposition(|start| *start < column) {
            // An address is looked at when the next word has been reached.
            _ if said.starts_with("expected IPv") => 0,
            Some(found) if line == 1 => found,
            _ => tokens.len() - 1,
        };
        let token = &tokens[found];
        let (word, start) = (&text[token.span.clone()], token.span.start);
        let end = tokens.last().map_or(start, |last| last.span.end);
        match said {
            "unexpected end of entry" => {
                explained(rtype, end, format!("the data of this {rtype} record is not complete"))
            }
            "trailing tokens" => {
                explained(rtype, start, format!("`{word}` is too much for the data of this {rtype} record"))
            }
            "unknown record type with concrete data" => Complaint::new(
                tokens[0].span.start,
                format!("the data of {rtype} records can only be written as plain bytes"),
            )
            .hint("write \\# LENGTH HEX (RFC 3597 §5)"),
            "bad charstr" => explained(rtype, start, "a string of more than 255 bytes".to_owned()),
            _ => explained(rtype, start, format!("cannot read `{word}` in the data of this {rtype} record: {said}")),
        }
    }
}

/// The data in presentation form; in that of RFC 3597 §5 where its type is not known, or what is written would mean something
/// else: values of SVCB with a blank or a comma in them.
pub(super) fn written(record: Record<'_>) -> String {
    let (rtype, wire) = (record.rtype(), record.data());
    let mut parser = Parser::from_ref(wire);
    let data = ZoneRecordData::<&[u8], ParsedName<&[u8]>>::parse_rdata(rtype, &mut parser).ok().flatten();
    let known = data.filter(|data| !matches!(data, ZoneRecordData::Unknown(_)));
    let text = known.map(|data| data.display_zonefile(DisplayKind::Simple).to_string());
    text.filter(|text| means(text, rtype, wire)).unwrap_or_else(|| format!("\\# {} {}", wire.len(), hex::encode(wire)))
}

/// Whether a text in presentation form stands for this data.
fn means(text: &str, rtype: Rtype, wire: &[u8]) -> bool {
    let line = format!(". 0 IN {rtype} {text}\n");
    let mut read = Vec::new();
    if let Ok(Some(Entry::Record(record))) = Zonefile::from(line.as_bytes()).next_entry() {
        // Writing to a Vec cannot fail.
        let _ = record.data().compose_rdata(&mut read);
    }
    read == wire
}
