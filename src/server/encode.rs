//! Writes a reply as a message. The names are compressed as far as RFC 1035 §4.1.4 allows, and with the question.

use domain::base::iana::Rtype;

use super::asked::Asked;
use super::lookup::{Entry, Reply};
use super::zone::name;
use super::zone::record::{FIXED, Record};
use crate::fault::message::{HEADER, put};

/// The UDP payload size that replies offer: what fits into a frame of Ethernet in IPv6.
pub(super) const PAYLOAD: u16 = 1232;

/// The length of an OPT record without options, in bytes.
const OPT: usize = 11;

/// That a reply is not whole, in the second word of its header.
const TC: u16 = 0x0200;

/// A reply that is ready to be written.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) id: [u8; 2],
    /// The second word of the header, but for TC and the code.
    pub(super) flags: u16,
    pub(super) asked: &'a Asked<'a>,
    pub(super) reply: Reply<'a>,
}

impl Draft<'_> {
    /// Puts the message in the place of what is in the buffer, at most `limit` bytes long. Where answer and authority do not fit,
    /// or the addresses of a referral, it says so (TC) and holds no record but the OPT record; other additional records are left
    /// out instead (RFC 2181 §9).
    pub(super) fn write(&self, limit: usize, message: &mut Vec<u8>) {
        let room = limit - if self.asked.edns.is_some() { OPT } else { 0 };
        let (truncated, [answers, authorities, mut additionals]) = match self.records(room, message) {
            Some(counts) => (0, counts),
            None => {
                self.question(message);
                (TC, [0; 3])
            }
        };
        let code = u16::from(self.reply.code);
        if let Some(edns) = &self.asked.edns {
            let ([high, low], dnssec_ok) = (PAYLOAD.to_be_bytes(), u8::from(edns.dnssec_ok) << 7);
            message.extend_from_slice(&[0, 0, 41, high, low, (code >> 4) as u8, 0, dnssec_ok, 0, 0, 0]);
            additionals += 1;
        }
        message[..2].copy_from_slice(&self.id);
        let words = [
            self.flags | truncated | code & 0xF,
            u16::from(self.asked.question.is_some()),
            answers,
            authorities,
            additionals,
        ];
        words.into_iter().zip((2..).step_by(2)).for_each(|(word, at)| put(message, at, word));
    }

    /// Begins the message anew with room for its header, and its question.
    fn question<'m>(&'m self, message: &'m mut Vec<u8>) -> Writer<'m> {
        message.clear();
        message.resize(HEADER, 0);
        let mut writer = Writer { message, tails: Vec::with_capacity(8) };
        if let Some(question) = &self.asked.question {
            writer.name(&question.name);
            writer.word(question.qtype.to_int());
            writer.word(question.class.to_int());
        }
        writer
    }

    /// Writes the question and all records; gives back how many there are in each section. Nothing where they do not fit.
    fn records(&self, limit: usize, message: &mut Vec<u8>) -> Option<[u16; 3]> {
        let mut writer = self.question(message);
        let answers = writer.records(&self.reply.answers, limit)?;
        let authorities = writer.records(&self.reply.authorities, limit)?;
        let referral = self.reply.answers.is_empty() && !self.reply.authoritative;
        let mut additionals = 0;
        for set in self.reply.additionals.chunk_by(|a, b| a.record().is_of_one_set_with(b.record())) {
            let mark = writer.message.len();
            match writer.records(set, limit) {
                Some(count) => additionals += count,
                None if referral => return None,
                None => {
                    writer.message.truncate(mark);
                    break;
                }
            }
        }
        Some([answers, authorities, additionals])
    }
}

struct Writer<'m> {
    message: &'m mut Vec<u8>,
    /// The names that have been written, and what stands behind each of their labels, as far as a pointer can reach it. Letter
    /// case included.
    tails: Vec<(&'m [u8], u16)>,
}

impl<'m> Writer<'m> {
    fn records(&mut self, entries: &'m [Entry<'_>], limit: usize) -> Option<u16> {
        for entry in entries {
            self.record(entry.record());
            if self.message.len() > limit {
                return None;
            }
        }
        // More than 65,535 records do not fit into a message.
        u16::try_from(entries.len()).ok()
    }

    fn record(&mut self, record: Record<'m>) {
        self.name(record.owner);
        self.message.extend_from_slice(&record.rest[..FIXED]);
        let begin = self.message.len();
        self.data(record);
        let written = self.message.len() - begin;
        put(self.message, begin - 2, u16::try_from(written).unwrap_or(u16::MAX));
    }

    /// Only the names in data of RFC 1035 may be compressed (RFC 3597 §4).
    fn data(&mut self, record: Record<'m>) {
        let (before, names) = match record.rtype() {
            Rtype::CNAME | Rtype::NS | Rtype::PTR => (0, 1),
            Rtype::MX => (2, 1),
            Rtype::SOA => (0, 2),
            _ => (0, 0),
        };
        let (before, mut rest) = record.data().split_at(before);
        self.message.extend_from_slice(before);
        for _ in 0..names {
            let Some((name, behind)) = name::split(rest) else { break };
            self.name(name);
            rest = behind;
        }
        self.message.extend_from_slice(rest);
    }

    /// Writes a name in wire form.
    fn name(&mut self, mut name: &'m [u8]) {
        while let [length @ 1..=63, ..] = *name {
            if let Some((_, at)) = self.tails.iter().find(|(known, _)| *known == name) {
                return self.word(0xC000 | at);
            }
            if let Some(at) = u16::try_from(self.message.len()).ok().filter(|at| *at < 0x4000) {
                self.tails.push((name, at));
            }
            let (label, rest) = name.split_at(1 + usize::from(length));
            self.message.extend_from_slice(label);
            name = rest;
        }
        self.message.push(0);
    }

    fn word(&mut self, word: u16) {
        self.message.extend_from_slice(&word.to_be_bytes());
    }
}
