//! From a query to its reply, both as bytes. What is asked for is looked up by `lookup`.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use domain::base::iana::{Class, Rtype};
use hickory_proto::op::{Edns, Header, Metadata, ResponseCode};
use hickory_proto::rr::Record;
use hickory_server::net::runtime::Time;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;

use super::asked::{Asked, Question};
use super::encode::{Draft, PAYLOAD};
use super::lookup::{Entry, Reply};
use super::zone::Zones;
use crate::fault::message::{HEADER, word};
use crate::outcome::Transport;

/// The longest message that fits into a datagram over IPv4.
const DATAGRAM: u16 = 65_507;

/// The bits of a header's second word.
const QR: u16 = 0x8000;
const OPCODE: u16 = 0x7800;
const AA: u16 = 0x0400;
const RD: u16 = 0x0100;
const RA: u16 = 0x0080;

impl Zones {
    /// The reply of the nameserver at `server` to a message, as bytes without the length that TCP puts before them. Empty
    /// where nothing is to be sent: to what is no query, or shorter than a header.
    #[must_use]
    pub fn answer(&self, request: &[u8], transport: Transport, server: IpAddr) -> Vec<u8> {
        let mut reply = Vec::new();
        self.reply(request, transport, server, &mut reply);
        reply
    }

    /// Puts the reply to a message in the place of what is in the buffer. Gives back whether the name is outside all zones of
    /// the world, and not among those that are meant to be missing.
    pub(super) fn reply(&self, request: &[u8], transport: Transport, server: IpAddr, reply: &mut Vec<u8>) -> bool {
        reply.clear();
        if request.len() < HEADER || word(request, 2).is_some_and(|flags| flags & QR != 0) {
            return false;
        }
        let asked = Asked::read(request);
        let draft = self.draft(request, &asked, server);
        let limit = match (transport, &asked.edns) {
            (Transport::Tcp, _) => u16::MAX,
            (Transport::Udp, Some(edns)) => edns.size.min(DATAGRAM),
            (Transport::Udp, None) => 512,
        };
        draft.write(limit.into(), reply);
        draft.reply.outside
    }

    fn draft<'a>(&'a self, request: &[u8], asked: &'a Asked<'a>, server: IpAddr) -> Draft<'a> {
        let flags = word(request, 2).unwrap_or(0);
        let reply = match &asked.question {
            _ if flags & OPCODE != 0 => Reply::empty(ResponseCode::NotImp),
            None => Reply::empty(ResponseCode::FormErr),
            _ if asked.edns.as_ref().is_some_and(|edns| edns.version > 0) => Reply::empty(ResponseCode::BADVERS),
            Some(Question { class, .. }) if !matches!(*class, Class::IN | Class::ANY) => {
                Reply::empty(ResponseCode::Refused)
            }
            Some(Question { qtype: Rtype::AXFR | Rtype::IXFR, .. }) => Reply::empty(ResponseCode::Refused),
            Some(Question { name, qtype, .. }) => self.look_up(name, *qtype, server),
        };
        // Not for all classes (RFC 1035 §6.2).
        let in_class = asked.question.as_ref().is_some_and(|question| question.class == Class::IN);
        let authoritative = if reply.authoritative && in_class { AA } else { 0 };
        // A stub resolver asks a recursive server, and that is what it is to see here; but a server that recurses hands
        // out no referrals.
        let refers = !reply.authoritative && reply.code == ResponseCode::NoError && !reply.authorities.is_empty();
        let recursive = if refers { 0 } else { RA };
        // Neither AD nor CD: RFC 4035 §3.1.6.
        let flags = QR | flags & (OPCODE | RD) | authoritative | recursive;
        Draft { id: [request[0], request[1]], flags, asked, reply }
    }
}

/// The zones as the nameserver at one address serves them: a handler for hickory's own server.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The zones.
    pub zones: Arc<Zones>,
    /// The address.
    pub server: IpAddr,
}

#[async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut response: R) -> ResponseInfo {
        let asked = Asked::from(&**request);
        let draft = self.zones.draft(request.as_slice(), &asked, self.server);
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.response_code = draft.reply.code;
        metadata.authoritative = draft.flags & AA != 0;
        metadata.recursion_available = draft.flags & RA != 0;
        metadata.checking_disabled = false;
        let Reply { answers, authorities, additionals, .. } = &draft.reply;
        let records =
            |entries: &Vec<Entry<'_>>| entries.iter().filter_map(|entry| entry.record().to_hickory()).collect();
        let sections: [Vec<Record>; 3] = [answers, authorities, additionals].map(records);
        let edns = asked.edns.as_ref().map(|asked| {
            let mut edns = Edns::new();
            edns.set_max_payload(PAYLOAD);
            edns.set_dnssec_ok(asked.dnssec_ok);
            edns.set_rcode_high(draft.reply.code.high());
            edns
        });
        let builder = MessageResponseBuilder::new(&request.queries, edns.as_ref());
        let [answers, authorities, additionals] = &sections;
        let message = builder.build(metadata, answers, authorities, [], additionals);
        match response.send_response(message).await {
            Ok(info) => info,
            Err(_) => ResponseInfo::from(Header { metadata, counts: Default::default() }),
        }
    }
}
