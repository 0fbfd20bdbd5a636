//! The look-ups of look_ups.txt: how each is asked, how a reply is told in words, and what this server says to all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use domain::base::ParsedName;
use domain::base::iana::Rtype;
use domain::base::zonefile_fmt::{DisplayKind, ZonefileFmt};
use domain::rdata::AllRecordData;
use hickory_proto::op::{Edns, Message, Query};
use hickory_proto::rr::{DNSClass, Name, RecordType};
use netdbspec::outcome::Transport;
use netdbspec::server::{Handler, Zones};
use netdbspec::world::World;

use crate::zones::{said, world, zone};

/// How often each query is damaged.
const ROUNDS: usize = 50;

/// One look-up.
pub(crate) struct LookUp {
    /// What is asked, in the words of its line.
    pub(crate) asked: &'static str,
    pub(crate) transport: Transport,
    /// The message.
    pub(crate) bytes: Vec<u8>,
}

/// A reply in words; the sections as lines, in the order in which they came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) code: String,
    pub(crate) flags: String,
    pub(crate) question: String,
    pub(crate) edns: Option<String>,
    pub(crate) answers: Vec<String>,
    pub(crate) authorities: Vec<String>,
    pub(crate) additionals: Vec<String>,
}

/// A world with the zones of fixtures/zones/look-ups.
pub(crate) fn look_up_world() -> World {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/zones/look-ups");
    let mut zones = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap();
        let origin = file.strip_suffix("zone").unwrap();
        zones.push(zone(origin, file, &std::fs::read_to_string(&path).unwrap()));
    }
    world(zones)
}

/// All look-ups of look_ups.txt.
pub(crate) fn look_ups() -> Vec<LookUp> {
    let lines = include_str!("look_ups.txt").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(look_up).collect()
}

fn look_up(line: &'static str) -> LookUp {
    let (first, rest) = line.split_once(' ').unwrap();
    if first == "raw" {
        let (asked, digits) = rest.split_once(' ').unwrap();
        let digits: String = digits.split_whitespace().collect();
        return LookUp { asked, transport: Transport::Udp, bytes: hex::decode(digits).unwrap() };
    }
    let mut words = rest.split(' ');
    let rtype = words.next().unwrap();
    let rtype = RecordType::from(rtype.parse::<Rtype>().unwrap().to_int());
    let name = match first {
        "@" => "example.test.".to_owned(),
        absolute if absolute.ends_with('.') => absolute.to_owned(),
        relative => format!("{relative}.example.test."),
    };
    // hickory would read the digits of an escape as octal.
    let labels =
        name.split('.').filter(|label| !label.is_empty()).map(|label| label.replace("\\032", " ")).collect::<Vec<_>>();
    let mut query = Query::query(Name::from_labels(labels.iter().map(|label| label.as_bytes())).unwrap(), rtype);
    let mut message = Message::query();
    message.metadata.id = 0x1234;
    message.metadata.recursion_desired = true;
    let mut transport = Transport::Udp;
    for word in words {
        match word.split_once('=') {
            None if word == "tcp" => transport = Transport::Tcp,
            None if word == "do" => {
                message.edns.as_mut().unwrap().set_dnssec_ok(true);
            }
            Some(("class", class)) => {
                query.set_query_class(DNSClass::from(class.parse::<u16>().unwrap()));
            }
            Some(("edns", size)) => {
                message.edns.insert(Edns::new()).set_max_payload(size.parse().unwrap());
            }
            _ => panic!("{line}: what is `{word}`?"),
        }
    }
    message.add_query(query);
    LookUp { asked: line, transport, bytes: message.to_vec().unwrap() }
}

/// The reply in words; nothing where there is none. Read by another library than the one that wrote it.
pub(crate) fn told(reply: &[u8]) -> Option<Told> {
    if reply.is_empty() {
        return None;
    }
    let message = domain::base::Message::from_octets(reply).unwrap();
    let (_, answers, authorities, additionals) = message.sections().unwrap();
    let lines = |section: domain::base::message::RecordSection<'_, &[u8]>| -> Vec<String> {
        section
            .limit_to::<AllRecordData<_, ParsedName<_>>>()
            .map(|record| record.unwrap_or_else(|error| panic!("{error}: {}", hex::encode(reply))))
            .filter(|record| record.rtype() != Rtype::OPT)
            .map(|record| record.display_zonefile(DisplayKind::Simple).to_string())
            .collect()
    };
    let bits = message.header();
    let flags = [
        (bits.aa(), "aa"),
        (bits.tc(), "tc"),
        (bits.rd(), "rd"),
        (bits.ra(), "ra"),
        (bits.ad(), "ad"),
        (bits.cd(), "cd"),
    ];
    let edns = message.opt().map(|opt| {
        let dnssec_ok = if opt.dnssec_ok() { " do" } else { "" };
        format!("version {}{dnssec_ok}", opt.version())
    });
    let question = message.first_question();
    Some(Told {
        code: message.opt_rcode().to_string(),
        flags: flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect::<Vec<_>>().join(" "),
        question: question.map_or_else(|| "no question".to_owned(), |question| question.to_string()),
        edns,
        answers: lines(answers),
        authorities: lines(authorities),
        additionals: lines(additionals),
    })
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edns = self.edns.as_ref().map_or(String::new(), |edns| format!(", EDNS {edns}"));
        writeln!(f, "    {} {} ({}){edns}", self.code, self.flags, self.question)?;
        for (section, lines) in
            [("", &self.answers), ("authority ", &self.authorities), ("additional ", &self.additionals)]
        {
            for line in lines.iter().take(20) {
                writeln!(f, "    {section}{:.120}", line)?;
            }
            if lines.len() > 20 {
                writeln!(f, "    {section}… {} in all", lines.len())?;
            }
        }
        Ok(())
    }
}

#[test]
fn every_look_up_is_answered_as_recorded() {
    let zones = Zones::read(&look_up_world()).unwrap_or_else(|problems| panic!("{}", said(&problems)));
    let mut text = String::new();
    for look_up in look_ups() {
        let reply = zones.answer(&look_up.bytes, look_up.transport, IpAddr::V4(Ipv4Addr::LOCALHOST));
        let told = told(&reply).map_or_else(|| "    no reply\n".to_owned(), |told| told.to_string());
        text.push_str(&format!("{}\n{told}", look_up.asked));
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("look_ups", text));
}

/// hickory's server drives the same handler. It has an encoder of its own, so that what does not fit is cut elsewhere, and
/// it writes the reply to what it cannot read itself.
#[test]
fn hickorys_own_server_gives_the_same_answers() {
    let zones = Arc::new(Zones::read(&look_up_world()).unwrap());
    let server = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut hickory = hickory_server::Server::new(Handler { zones: zones.clone(), server });
        let socket = tokio::net::UdpSocket::bind((server, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        hickory.register_socket(socket);
        let client = tokio::net::UdpSocket::bind((server, 0)).await.unwrap();
        let mut compared = 0;
        for look_up in look_ups().iter().filter(|look_up| look_up.transport == Transport::Udp) {
            let Some(ours) = told(&zones.answer(&look_up.bytes, Transport::Udp, server)) else { continue };
            if ours.flags.contains("tc") || ours.question == "no question" {
                continue;
            }
            client.send_to(&look_up.bytes, address).await.unwrap();
            let mut reply = vec![0; 65_535];
            let length = client.recv(&mut reply).await.unwrap();
            let theirs = told(&reply[..length]).unwrap();
            if !theirs.flags.contains("tc") {
                assert_eq!(theirs, ours, "{}", look_up.asked);
                compared += 1;
            }
        }
        assert!(compared > 100);
    });
}

/// Strict readers refuse bytes after the end, and a reply without an OPT record to a query that has one.
#[test]
fn a_truncated_reply_is_header_question_and_opt_record() {
    let zones = Zones::read(&look_up_world()).unwrap();
    let length = |asked| {
        let look_up = look_ups().into_iter().find(|look_up| look_up.asked == asked).unwrap();
        zones.answer(&look_up.bytes, look_up.transport, IpAddr::V4(Ipv4Addr::LOCALHOST)).len()
    };
    let question = "big.example.test.".len() + 1 + 4;
    assert_eq!(length("big A"), 12 + question);
    assert_eq!(length("big A edns=512"), 12 + question + 11);
    // Names of the answer are pointers to the question.
    assert_eq!(length("big A edns=1232"), 12 + question + 40 * 16 + 11);
}

/// Queries with a few bytes changed: whatever they have become, the reply to them is a message that fits, or none.
#[test]
fn damaged_queries_get_whole_replies() {
    let zones = Zones::read(&look_up_world()).unwrap();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 33).unwrap() % limit
    };
    for look_up in look_ups() {
        for _ in 0..ROUNDS {
            let mut damaged = look_up.bytes.clone();
            for _ in 0..=below(4) {
                let at = below(damaged.len());
                match below(4) {
                    0 => damaged.truncate(at.max(1)),
                    1 => damaged[at] = 0xC0,
                    2 => damaged[at] = u8::try_from(below(64)).unwrap(),
                    _ => damaged[at] ^= 1 << below(8),
                }
            }
            let reply = zones.answer(&damaged, Transport::Udp, IpAddr::V4(Ipv4Addr::LOCALHOST));
            let whole = told(&reply)
                .is_none_or(|told| reply[..2] == damaged[..2] && (reply.len() <= 512 || told.edns.is_some()));
            assert!(whole, "{}", hex::encode(&damaged));
        }
    }
}
