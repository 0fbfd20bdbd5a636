//! Shared by the tests of all kinds: one query, its reply, and a test that the example of each kind works.

use std::net::{IpAddr, Ipv4Addr};

use super::{Apply, Exchange, Fault, Kind, Plan};
use crate::outcome::Transport;

/// `www.example.test. A`, with an OPT record.
const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\x01\x03www\x07example\x04test\0\0\x01\0\x01\
    \0\0\x29\x04\xd0\0\0\0\0\0\0";

/// Its reply: two addresses and an OPT record.
pub(super) fn reply() -> Vec<u8> {
    let mut reply = b"\x12\x34\x85\x80\0\x01\0\x02\0\0\0\x01".to_vec();
    reply.extend_from_slice(&QUERY[12..QUERY.len() - 11]);
    for last in [1, 2] {
        reply.extend_from_slice(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02");
        reply.push(last);
    }
    reply.extend_from_slice(&QUERY[QUERY.len() - 11..]);
    reply
}

/// The query, sent to 127.0.0.1.
pub(super) fn exchange(transport: Transport) -> Exchange<'static> {
    let server = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Exchange {
        query: QUERY,
        name: "www.example.test.",
        qtype: "A",
        transport,
        server,
        edns: true,
        previous: Some(0x5678),
    }
}

/// What the fault makes of the reply over UDP.
pub(super) fn applied(fault: &str) -> Plan {
    applied_over(Transport::Udp, fault)
}

/// What the fault makes of the reply.
pub(super) fn applied_over(transport: Transport, fault: &str) -> Plan {
    let fault: Fault = toml::from_str(fault).unwrap();
    let mut plan = Plan::reply(reply());
    fault.kind.apply(&exchange(transport), &mut plan);
    plan
}

#[test]
fn the_example_of_each_kind_is_one() {
    #[derive(serde::Deserialize)]
    struct Written {
        fault: Vec<Fault>,
    }

    let sources = [
        ("accept", include_str!("accept.rs")),
        ("answer", include_str!("answer.rs")),
        ("bytes", include_str!("bytes.rs")),
        ("damage", include_str!("damage.rs")),
        ("delay", include_str!("delay.rs")),
        ("drop", include_str!("drop.rs")),
        ("duplicate", include_str!("duplicate.rs")),
        ("edns", include_str!("edns.rs")),
        ("forge", include_str!("forge.rs")),
        ("fuzz", include_str!("fuzz.rs")),
        ("header", include_str!("header.rs")),
        ("icmp", include_str!("icmp.rs")),
        ("packet", include_str!("packet.rs")),
        ("rcode", include_str!("rcode.rs")),
        ("stream", include_str!("stream.rs")),
        ("truncate", include_str!("truncate.rs")),
    ];
    assert_eq!(sources.map(|(kind, _)| kind), Kind::NAMES);
    for (kind, source) in sources {
        let example: Vec<&str> = source
            .lines()
            .skip_while(|line| *line != "/// ```toml")
            .skip(1)
            .take_while(|line| *line != "/// ```")
            .map(|line| line.trim_start_matches("///"))
            .collect();
        let written: Written = toml::from_str(&example.join("\n")).unwrap();
        assert!(!written.fault.is_empty() && written.fault.iter().all(|fault| fault.kind.name() == kind), "{kind}");
    }
}

#[test]
fn a_fault_is_of_exactly_one_kind() {
    for text in ["", "drop = {}\ndelay = { ms = 1 }", "on = {}", "vanish = {}", "drop = { now = true }"] {
        assert!(toml::from_str::<Fault>(text).is_err(), "{text}");
    }
}

#[test]
fn faults_compose_in_file_order() {
    let mut plan = Plan::reply(reply());
    for fault in [
        r#"bytes = { hex = "aa", id = false, then = true, then_ms = 5 }"#,
        r#"bytes = { hex = "bb", id = false, then = true }"#,
        "truncate = {}",
        "delay = { ms = 7 }",
    ] {
        toml::from_str::<Fault>(fault).unwrap().kind.apply(&exchange(Transport::Udp), &mut plan);
    }
    let sent: Vec<_> = plan.sends.iter().map(|send| (send.bytes.len(), send.after.as_millis())).collect();
    assert_eq!(sent, [(1, 7), (1, 12), (reply().len() - 32, 12)]);
    assert_eq!(plan.notes, ["bytes 1", "bytes 1", "truncate", "delay 7ms"]);
    toml::from_str::<Fault>("drop = {}").unwrap().kind.apply(&exchange(Transport::Udp), &mut plan);
    assert_eq!(plan.sends, []);
}
