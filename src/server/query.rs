//! The wire log in words: what was asked, and what came of it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use domain::base::iana::{Class, Rtype};

use crate::fault::message::{HEADER, Layout, Part, Question, word};
use crate::fault::{Code, Send, Source, Way};
use crate::outcome::{Edns, Query, Sent, Transport};

/// A query as far as it can be read; what cannot be read of it is `?`.
pub(super) fn seen(bytes: &[u8], server: IpAddr, transport: Transport, source: SocketAddr) -> Query {
    let layout = Layout::read(bytes);
    let edns = layout.and_then(|layout| edns(bytes, layout.opt()?));
    let unknown = || "?".to_owned();
    let (name, qtype, class) = match Question::read(bytes) {
        Some(asked) => {
            let (qtype, class) = (Rtype::from_int(asked.qtype), Class::from_int(asked.class));
            (asked.name, qtype.to_string(), class.to_string())
        }
        None => (unknown(), unknown(), unknown()),
    };
    let (at, late, reply, outside) = (Duration::ZERO, Duration::ZERO, String::new(), false);
    let id = word(bytes, 0).unwrap_or(0);
    let sent = Some(Vec::new());
    let flags = flags(bytes);
    Query { at, server, transport, source, id, name, qtype, class, flags, edns, reply, outside, late, sent }
}

fn flags(message: &[u8]) -> Vec<String> {
    let bits = word(message, 2).unwrap_or(0);
    let names = [("QR", 15), ("AA", 10), ("TC", 9), ("RD", 8), ("RA", 7), ("AD", 5), ("CD", 4)];
    names.iter().filter(|(_, bit)| bits >> bit & 1 == 1).map(|(name, _)| (*name).to_owned()).collect()
}

/// RFC 6891 §6.1.2 and §6.1.3.
fn edns(message: &[u8], opt: &Part) -> Option<Edns> {
    Some(Edns {
        size: word(message, opt.fixed + 2)?,
        version: *message.get(opt.fixed + 5)?,
        dnssec_ok: word(message, opt.fixed + 6)? & 0x8000 != 0,
    })
}

/// Whether a query has an OPT record.
pub(super) fn has_edns(message: &[u8]) -> bool {
    Layout::read(message).is_some_and(|layout| layout.opt().is_some_and(|opt| edns(message, opt).is_some()))
}

/// A reply without records that says SERVFAIL instead.
pub(super) fn failed(mut reply: Vec<u8>) -> Vec<u8> {
    if let Some(code) = reply.get_mut(3) {
        *code = *code & 0xF0 | 2;
    }
    reply
}

/// The right reply in words: its code, and how many answer records it has where it may have any.
pub(super) fn reply(message: &[u8]) -> String {
    if message.len() < HEADER {
        return "no reply".to_owned();
    }
    let layout = Layout::read(message);
    let upper = layout.and_then(|layout| message.get(layout.opt()?.fixed + 4).copied()).unwrap_or(0);
    let flags = word(message, 2).unwrap_or(0);
    let code = Code(u16::from(upper) << 4 | flags & 0xF);
    let answers = word(message, 6).unwrap_or(0);
    let mut text = code.to_string();
    if code.0 == 0 || answers > 0 {
        text.push_str(&format!(" {answers}"));
    }
    if flags & 0x0200 != 0 {
        text.push_str(" TC");
    }
    text
}

/// The same with what is to be said of its name.
pub(super) fn told(message: &[u8], outside: bool) -> String {
    let mut told = reply(message);
    if outside {
        told.push_str(" (outside all zones)");
    }
    told
}

/// What is to be noted of a message once it has left, which is not yet: its time is missing.
pub(super) fn message(request: &[u8], send: &Send, server: IpAddr) -> Sent {
    let bytes = &send.bytes;
    let from = match send.source {
        Source::Asked => None,
        Source::Address(address) => Some(SocketAddr::from((address, 53))),
        Source::Port(port) => Some(SocketAddr::from((server, port))),
    };
    let said = |reply: String, amiss| Sent { at: Duration::ZERO, from, reply, amiss };
    if let (Way::Icmp, [kind, code, ..]) = (send.way, &bytes[..]) {
        return said(format!("ICMP {kind}/{code}"), Vec::new());
    }
    if bytes.len() < HEADER {
        return said(format!("{} bytes", bytes.len()), Vec::new());
    }
    let question = |message| {
        let read = Question::read(message)?;
        Some((read.name.to_ascii_lowercase(), read.qtype, read.class))
    };
    let differs = [("id", word(request, 0) != word(bytes, 0)), ("question", question(request) != question(bytes))];
    let amiss = differs.iter().filter(|(_, differs)| *differs).map(|(what, _)| (*what).to_owned()).collect();
    said(reply(bytes), amiss)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8]) -> Query {
        seen(bytes, [127, 0, 0, 1].into(), Transport::Udp, ([127, 0, 0, 1], 1).into())
    }

    #[test]
    fn a_query_is_noted_as_it_was_sent() {
        let query = check(b"\x12\x34\x01\x20\0\x01\0\0\0\0\0\x01\x03WwW\0\xff\0\0\x03\0\0\x29\x01\0\0\x07\x80\0\0\0");
        assert_eq!((query.id, &*query.line(), &*query.class), (0x1234, "udp TYPE65280 WwW.", "CH"));
        assert_eq!(query.flags, ["RD", "AD"]);
        assert_eq!(query.edns, Some(Edns { size: 256, version: 7, dnssec_ok: true }));
    }

    #[test]
    fn what_cannot_be_read_is_noted_too() {
        let query = check(b"\x12\x34\x81\0\0\x01\0\0\0\0\0\0\x03Ww");
        assert_eq!((query.id, &*query.line(), &*query.class), (0x1234, "udp ? ?", "?"));
        assert_eq!(query.flags, ["QR", "RD"]);
        assert_eq!((check(b"").id, check(b"\x01").flags), (0, vec![]));
        let query = check(b"\0\0\0\0\0\x01\0\0\0\0\0\x01\x03www\0\0\x01\0\x01\0\0\x29");
        assert_eq!((&*query.line(), query.edns), ("udp A www.", None));
    }

    #[test]
    fn a_message_is_noted_with_what_does_not_match_its_query() {
        let query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\0\0\x01\0\x01";
        let send =
            |bytes: &[u8], source, way| Send { bytes: bytes.to_vec(), source, way, after: Duration::ZERO, until: None };
        let told = |send: Send| {
            let sent = message(query, &send, [127, 0, 0, 1].into());
            (sent.reply.clone(), sent.amiss.join(" "), sent.from.map(|from| from.to_string()), sent.is_stray())
        };
        let plain = |reply: &str| (reply.to_owned(), String::new(), None, false);
        let right = b"\x12\x34\x81\x80\0\x01\0\x02\0\0\0\0\x03WWW\0\0\x01\0\x01";
        assert_eq!(told(send(right, Source::Asked, Way::Plain)), plain("NOERROR 2"));
        assert_eq!(told(send(b"abc", Source::Asked, Way::Plain)), plain("3 bytes"));
        assert_eq!(told(send(&[3, 1, 0, 0], Source::Asked, Way::Icmp)), plain("ICMP 3/1"));
        let forged = b"\x12\x35\x81\x83\0\x01\0\0\0\0\0\0\x03wwx\0\0\x01\0\x01";
        let from = |from: &str| Some(from.to_owned());
        let amiss = ("NXDOMAIN".to_owned(), "id question".to_owned(), from("127.0.0.1:5300"), true);
        assert_eq!(told(send(forged, Source::Port(5300), Way::Plain)), amiss);
        let elsewhere = ("NOERROR 2".to_owned(), String::new(), from("127.0.0.9:53"), true);
        assert_eq!(told(send(right, Source::Address([127, 0, 0, 9].into()), Way::Plain)), elsewhere);
    }

    #[test]
    fn replies_are_told_in_words() {
        assert_eq!(reply(b""), "no reply");
        assert_eq!(reply(b"\0\0\x80\0\0\0\0\x02\0\0\0\0"), "NOERROR 2");
        assert_eq!(reply(b"\0\0\x82\0\0\0\0\0\0\0\0\0"), "NOERROR 0 TC");
        assert_eq!(reply(b"\0\0\x80\x03\0\0\0\0\0\0\0\0"), "NXDOMAIN");
        assert_eq!(reply(&failed(b"\0\0\x81\x85\0\0\0\0\0\0\0\0".to_vec())), "SERVFAIL");
        assert_eq!(reply(b"\0\0\x80\0\0\0\0\0\0\0\0\x01\0\0\x29\x04\xd0\x01\0\0\0\0\0"), "BADVERS");
    }
}
