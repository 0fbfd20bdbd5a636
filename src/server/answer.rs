//! From a request to a reply: hickory's `Request` in, a message out. What is asked for is looked up by `lookup`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use hickory_proto::op::{Edns, Header, Message, MessageType, Metadata, OpCode, ResponseCode};
use hickory_proto::rr::{DNSClass, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::{MessageRequest, MessageResponseBuilder};

use super::encode::Draft;
use super::lookup::Reply;
use super::zone::Zones;
use crate::outcome::Transport;

/// The UDP payload size that replies offer: what fits into a frame of Ethernet in IPv6.
const PAYLOAD: u16 = 1232;

/// The longest message that fits into a datagram over IPv4.
const DATAGRAM: u16 = 65_507;

/// One answered query.
pub(super) struct Answer {
    /// The message; empty: none is sent.
    pub(super) bytes: Vec<u8>,
    /// The name is outside all zones of the world, and not among those that are meant to be missing.
    pub(super) outside: bool,
}

impl Zones {
    /// The reply of the nameserver at `server` to a message, as bytes without the length that TCP puts before them. Empty
    /// where nothing is to be sent: to what is no query, or shorter than a header.
    #[must_use]
    pub fn answer(&self, request: &[u8], transport: Transport, server: IpAddr) -> Vec<u8> {
        self.reply(request, transport, server).bytes
    }

    pub(super) fn reply(&self, request: &[u8], transport: Transport, server: IpAddr) -> Answer {
        let nothing = Answer { bytes: Vec::new(), outside: false };
        let Ok(header) = Header::read(&mut BinDecoder::new(request)) else { return nothing };
        if header.metadata.message_type == MessageType::Response {
            return nothing;
        }
        let protocol = match transport {
            Transport::Udp => Protocol::Udp,
            Transport::Tcp => Protocol::Tcp,
        };
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let Ok(request) = Request::from_bytes(request.to_vec(), nobody, protocol) else {
            return Answer { bytes: unreadable(&header.metadata), outside: false };
        };
        let draft = self.draft(&request, server);
        let limit = match (transport, &request.edns) {
            (Transport::Tcp, _) => u16::MAX,
            (Transport::Udp, Some(edns)) => edns.max_payload().clamp(512, DATAGRAM),
            (Transport::Udp, None) => 512,
        };
        Answer { bytes: draft.write(limit), outside: draft.reply.outside }
    }

    fn draft(&self, request: &MessageRequest, server: IpAddr) -> Draft<'_> {
        let question = match request.queries.queries() {
            [question] => Some(question.original().clone()),
            _ => None,
        };
        let reply = match &question {
            _ if request.metadata.op_code != OpCode::Query => Reply::empty(ResponseCode::NotImp),
            None => Reply::empty(ResponseCode::FormErr),
            _ if request.version() > 0 => Reply::empty(ResponseCode::BADVERS),
            Some(question) if !matches!(question.query_class(), DNSClass::IN | DNSClass::ANY) => {
                Reply::empty(ResponseCode::Refused)
            }
            Some(question) => match question.query_type() {
                RecordType::AXFR | RecordType::IXFR => Reply::empty(ResponseCode::Refused),
                qtype => self.look_up(question.name(), qtype, server),
            },
        };
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.response_code = reply.code;
        // Not for all classes (RFC 1035 §6.2).
        let in_class = question.as_ref().is_some_and(|question| question.query_class() == DNSClass::IN);
        metadata.authoritative = reply.authoritative && in_class;
        // RFC 4035 §3.1.6.
        metadata.checking_disabled = false;
        // A stub resolver asks a recursive server, and that is what it is to see here; but a server that recurses hands
        // out no referrals.
        let refers = !reply.authoritative && reply.code == ResponseCode::NoError && !reply.authorities.is_empty();
        metadata.recursion_available = !refers;
        let edns = request.edns.as_ref().map(|asked| {
            let mut edns = Edns::new();
            edns.set_max_payload(PAYLOAD);
            edns.set_dnssec_ok(asked.flags().dnssec_ok);
            edns.set_rcode_high(reply.code.high());
            edns
        });
        Draft { metadata, question, edns, reply }
    }
}

/// The reply to a query that is none: FORMERR, and no more of it than its header (RFC 1035 §4.1.1).
fn unreadable(request: &Metadata) -> Vec<u8> {
    let mut message = Message::response(request.id, request.op_code);
    message.metadata.recursion_desired = request.recursion_desired;
    message.metadata.recursion_available = true;
    message.metadata.response_code = match request.op_code {
        OpCode::Query => ResponseCode::FormErr,
        _ => ResponseCode::NotImp,
    };
    message.to_vec().unwrap_or_default()
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
        let draft = self.zones.draft(request, self.server);
        let Draft { metadata, edns, reply, .. } = &draft;
        let builder = MessageResponseBuilder::new(&request.queries, edns.as_ref());
        let message = builder.build(
            *metadata,
            reply.answers.iter().map(AsRef::as_ref),
            reply.authorities.iter().map(AsRef::as_ref),
            [],
            reply.additionals.iter().map(AsRef::as_ref),
        );
        match response.send_response(message).await {
            Ok(info) => info,
            Err(_) => ResponseInfo::from(Header { metadata: *metadata, counts: Default::default() }),
        }
    }
}
