//! What a query asks for, as far as the reply to it depends on that. hickory reads all queries; those of nearly all resolvers
//! are so plain that it shows at a glance.

use std::borrow::Cow;
use std::net::{Ipv4Addr, SocketAddr};

use domain::base::iana::{Class, Rtype};
use hickory_server::net::xfer::Protocol;
use hickory_server::server::Request;
use hickory_server::zone_handler::MessageRequest;

use super::zone::name;
use crate::fault::message::HEADER;
use crate::outcome::Edns;

/// A query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked<'m> {
    /// Its question, if there is exactly one.
    pub(super) question: Option<Question<'m>>,
    pub(super) edns: Option<Edns>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question<'m> {
    /// In wire form.
    pub(super) name: Cow<'m, [u8]>,
    pub(super) qtype: Rtype,
    pub(super) class: Class,
}

impl<'m> Asked<'m> {
    /// What a message asks for: nothing where it cannot be read.
    pub(super) fn read(message: &'m [u8]) -> Self {
        Self::plain(message).unwrap_or_else(|| Self::any(message))
    }

    /// The same of one that holds a question and maybe an OPT record without options; nothing of any other.
    fn plain(message: &'m [u8]) -> Option<Self> {
        let (header, rest) = message.split_first_chunk::<HEADER>()?;
        let [_, _, 0 | 1, _, 0, 1, 0, 0, 0, 0, 0, additionals] = header else { return None };
        let (name, rest) = name::split(rest)?;
        let ([t0, t1, c0, c1], rest) = rest.split_first_chunk()?;
        let edns = match (additionals, rest) {
            (0, _) => None,
            (1, [0, 0, 41, s0, s1, _, version, flags, _, 0, 0, ..]) => {
                // A lesser size means 512 (RFC 6891 §6.2.3).
                let size = u16::from_be_bytes([*s0, *s1]).max(512);
                Some(Edns { size, version: *version, dnssec_ok: flags & 0x80 != 0 })
            }
            _ => return None,
        };
        let (qtype, class) = (u16::from_be_bytes([*t0, *t1]), u16::from_be_bytes([*c0, *c1]));
        let question = Question { name: name.into(), qtype: Rtype::from_int(qtype), class: Class::from_int(class) };
        Some(Self { question: Some(question), edns })
    }

    /// The same of any message.
    fn any(message: &[u8]) -> Self {
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let request = Request::from_bytes(message.to_vec(), nobody, Protocol::Udp);
        request.map(|request| Self::from(&*request)).unwrap_or_default()
    }
}

impl From<&MessageRequest> for Asked<'_> {
    fn from(request: &MessageRequest) -> Self {
        let question = match request.queries.queries() {
            [question] => Some(question.original()),
            _ => None,
        };
        let question = question.map(|question| Question {
            name: name::wire(question.name()).into(),
            qtype: Rtype::from_int(question.query_type().into()),
            class: Class::from_int(question.query_class().into()),
        });
        let edns = request.edns.as_ref().map(|edns| Edns {
            size: edns.max_payload(),
            version: edns.version(),
            dnssec_ok: edns.flags().dnssec_ok,
        });
        Self { question, edns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::random::Random;

    /// Questions with and without an OPT record, short names and long ones.
    fn messages() -> Vec<Vec<u8>> {
        let labels = |length: u8| [&[length][..], &vec![b'x'; length.into()]].concat();
        let long = [labels(63), labels(63), labels(63)].concat();
        let names = [&b"\0"[..], b"\x03wWw\x04test\0", &[&long, &labels(61)[..], b"\0"].concat()];
        let tooth = [&long, &labels(62)[..], b"\0"].concat();
        let opts: [&[u8]; 5] = [
            b"",
            b"\0\0\x29\x04\xd0\0\0\x80\0\0\0",
            b"\0\0\x29\0\x10\x01\x02\x7f\xff\0\0and more",
            b"\0\0\x29\x10\0\0\0\0\0\0\x06\0\x0a\0\x02ab",
            b"\0\0\x01\0\x01\0\0\0\0\0\x04abcd",
        ];
        let mut messages = Vec::new();
        for (name, opt) in names.into_iter().chain([&tooth[..]]).flat_map(|name| opts.map(|opt| (name, opt))) {
            let header = [0, 1, 1, 0x20, 0, 1, 0, 0, 0, 0, 0, u8::from(!opt.is_empty())];
            messages.push([&header, name, b"\0\x1c\0\x01", opt].concat());
        }
        messages
    }

    #[test]
    fn what_shows_at_a_glance_is_what_hickory_reads() {
        let messages = messages();
        let plain: Vec<bool> = messages.iter().map(|message| Asked::plain(message).is_some()).collect();
        let each = [true, true, true, false, false];
        assert_eq!(plain, [each, each, each, [false; 5]].concat());
        let (mut random, mut compared) = (Random::of(1, b""), 0);
        for round in 0..200 {
            for mut message in messages.clone() {
                for _ in 0..round % 4 {
                    let at = random.below(message.len());
                    match random.below(3) {
                        0 => message.truncate(at.max(1)),
                        1 => message[at] = random.byte(),
                        _ => message[at] ^= 1 << random.below(8),
                    }
                }
                if let Some(asked) = Asked::plain(&message) {
                    assert_eq!(asked, Asked::any(&message), "{message:02x?}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 500, "{compared}");
    }
}
