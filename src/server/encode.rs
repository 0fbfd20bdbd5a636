//! Writes a reply as a message. hickory's encoder keeps the bytes and their limit; the names are compressed here, because
//! hickory compares none with the question, and gives up after 64 candidates or 120 names.

use std::borrow::Cow;

use hickory_proto::ProtoError;
use hickory_proto::op::{Edns, Header, HeaderCounts, Metadata, Query};
use hickory_proto::rr::{Name, RData, Record};
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder, NameEncoding};

use super::lookup::Reply;
use super::zone::name;

/// The length of an OPT record without options, in bytes.
const OPT: u16 = 11;

/// A reply that is ready to be written.
#[derive(Debug)]
pub(super) struct Draft<'z> {
    pub(super) metadata: Metadata,
    pub(super) question: Option<Query>,
    pub(super) edns: Option<Edns>,
    pub(super) reply: Reply<'z>,
}

impl Draft<'_> {
    /// The message, at most `limit` bytes long. Where answer and authority do not fit, or the addresses of a referral, it
    /// says so (TC) and holds no record but the OPT record; other additional records are left out instead (RFC 2181 §9).
    pub(super) fn write(&self, limit: u16) -> Vec<u8> {
        self.emit(limit, false).or_else(|_| self.emit(limit, true)).unwrap_or_default()
    }

    fn emit(&self, limit: u16, truncated: bool) -> Result<Vec<u8>, ProtoError> {
        // As much as most replies take.
        let mut bytes = Vec::with_capacity(512);
        let (text, tails) = (Vec::with_capacity(128), Vec::with_capacity(8));
        let mut writer = Writer { encoder: BinEncoder::new(&mut bytes), text, tails };
        writer.encoder.set_max_size(limit - if self.edns.is_some() { OPT } else { 0 });
        let header = writer.encoder.place::<Header>()?;
        let mut counts = HeaderCounts::default();
        if let Some(question) = &self.question {
            writer.name(question.name())?;
            question.query_type().emit(&mut writer.encoder)?;
            question.query_class().emit(&mut writer.encoder)?;
            counts.queries = 1;
        }
        if !truncated {
            counts.answers = writer.records(&self.reply.answers)?;
            counts.authorities = writer.records(&self.reply.authorities)?;
            counts.additionals = self.additionals(&mut writer)?;
        }
        writer.encoder.set_max_size(limit);
        if let Some(edns) = &self.edns {
            Record::from(edns).emit(&mut writer.encoder)?;
            counts.additionals += 1;
        }
        let mut metadata = self.metadata;
        metadata.truncation = truncated;
        header.replace(&mut writer.encoder, Header { metadata, counts })?;
        writer.encoder.trim();
        Ok(bytes)
    }

    /// Writes the additional section, set by set.
    fn additionals(&self, writer: &mut Writer<'_>) -> Result<u16, ProtoError> {
        let referral = self.reply.answers.is_empty() && !self.reply.authoritative;
        let mut written = 0;
        let same = |a: &Cow<'_, Record>, b: &Cow<'_, Record>| a.name == b.name && a.record_type() == b.record_type();
        for set in self.reply.additionals.chunk_by(same) {
            let mark = writer.encoder.offset();
            match writer.records(set) {
                Ok(count) => written += count,
                Err(error) if referral => return Err(error),
                Err(_) => {
                    writer.roll_back(mark);
                    break;
                }
            }
        }
        Ok(written)
    }
}

struct Writer<'b> {
    encoder: BinEncoder<'b>,
    /// The names that have been written, one behind the other, letter case included.
    text: Vec<u8>,
    /// What of them a pointer can reach.
    tails: Vec<Tail>,
}

/// A name, or what stands behind one of its labels.
struct Tail {
    /// Where it stands in the text of all names.
    start: usize,
    length: usize,
    /// Where it stands in the message.
    at: u16,
}

impl Writer<'_> {
    fn records(&mut self, records: &[Cow<'_, Record>]) -> Result<u16, ProtoError> {
        for record in records {
            self.record(record)?;
        }
        // More than 65,535 records do not fit into a message.
        Ok(u16::try_from(records.len()).unwrap_or(u16::MAX))
    }

    fn record(&mut self, record: &Record) -> Result<(), ProtoError> {
        self.name(&record.name)?;
        record.record_type().emit(&mut self.encoder)?;
        record.dns_class.emit(&mut self.encoder)?;
        self.encoder.emit_u32(record.ttl)?;
        let length = self.encoder.place::<u16>()?;
        self.data(&record.data)?;
        let written = self.encoder.len_since_place(&length);
        length.replace(&mut self.encoder, u16::try_from(written).unwrap_or(u16::MAX))
    }

    /// Only the names in data of RFC 1035 may be compressed (RFC 3597 §4).
    fn data(&mut self, data: &RData) -> Result<(), ProtoError> {
        match data {
            RData::CNAME(target) => self.name(target),
            RData::NS(target) => self.name(target),
            RData::PTR(target) => self.name(target),
            RData::MX(mx) => {
                self.encoder.emit_u16(mx.preference)?;
                self.name(&mx.exchange)
            }
            RData::SOA(soa) => {
                self.name(&soa.mname)?;
                self.name(&soa.rname)?;
                for time in [soa.serial, soa.refresh as u32, soa.retry as u32, soa.expire as u32, soa.minimum] {
                    self.encoder.emit_u32(time)?;
                }
                Ok(())
            }
            other => {
                let mut plain = self.encoder.with_name_encoding(NameEncoding::Uncompressed);
                other.emit(&mut plain)
            }
        }
    }

    fn name(&mut self, name: &Name) -> Result<(), ProtoError> {
        let start = self.text.len();
        name::write(name, &mut self.text);
        let mut rest = start;
        while let label @ 1.. = usize::from(self.text[rest]) {
            let tail = &self.text[rest..];
            let is_same =
                |known: &&Tail| known.length == tail.len() && self.text[known.start..][..known.length] == *tail;
            if let Some(Tail { at, .. }) = self.tails.iter().find(is_same) {
                self.encoder.emit_u16(0xC000 | at)?;
                if rest == start {
                    self.text.truncate(start);
                }
                return Ok(());
            }
            if let Some(at) = u16::try_from(self.encoder.offset()).ok().filter(|at| *at < 0x4000) {
                self.tails.push(Tail { start: rest, length: tail.len(), at });
            }
            self.encoder.emit_vec(&tail[..=label])?;
            rest += 1 + label;
        }
        self.encoder.emit(0)
    }

    /// Takes back all that was written from `mark` on.
    fn roll_back(&mut self, mark: usize) {
        self.encoder.set_offset(mark);
        self.encoder.trim();
        self.tails.retain(|tail| usize::from(tail.at) < mark);
    }
}
