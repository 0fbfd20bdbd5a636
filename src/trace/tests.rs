//! Traces of hand-made wires.

use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use crate::outcome::{Failure, Sent, Transport};
use crate::sandbox::Look;
use crate::world;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A wire of one call that began at 100 ms.
#[derive(Default)]
struct Wire(Vec<Query>);

impl Wire {
    /// A query at so many milliseconds after the beginning of the call, and the reply to it one later; none for "".
    fn query(mut self, at: u64, server: &str, transport: Transport, line: &str, reply: &str) -> Self {
        let (qtype, name) = line.split_once(' ').unwrap();
        let at = MS(100 + at);
        let sent = Sent { at: at + MS(1), from: None, reply: reply.to_owned(), amiss: Vec::new() };
        self.0.push(Query {
            at,
            server: server.parse().unwrap(),
            transport,
            name: name.to_owned(),
            qtype: qtype.to_owned(),
            reply: if reply.is_empty() { "drop".to_owned() } else { reply.to_owned() },
            sent: Some(if reply.is_empty() { Vec::new() } else { vec![sent] }),
            ..Query::made_up(self.0.len())
        });
        self
    }

    fn udp(self, at: u64, server: &str, line: &str, reply: &str) -> Self {
        self.query(at, server, Transport::Udp, line, reply)
    }
}

fn answer(addresses: &[&str]) -> Reply {
    let entries = addresses.iter().map(|address| json!({ "address": address, "port": 80, "canonname": null }));
    Reply::Answer(json!({ "entries": entries.collect::<Vec<_>>() }))
}

fn failed(name: &str) -> Reply {
    Reply::Failure(Failure::named(name))
}

/// The trace of a call of so many milliseconds in a world with this resolv.conf.
fn trace(node: &str, resolv: &str, wire: &Wire, reply: Reply, ms: u64) -> Trace {
    seen(node, resolv, wire, reply, ms, &[])
}

fn seen(node: &str, resolv: &str, wire: &Wire, reply: Reply, ms: u64, glances: &[(Duration, Glance)]) -> Trace {
    let mut world = World::bare("own");
    let text = |text: &str| world::File::Text(text.to_owned());
    world.files.insert("resolv.conf".to_owned(), text(resolv));
    world.files.insert("hosts".to_owned(), text("192.0.2.9 www.a.test\n"));
    let who = Who { name: "libc".to_owned(), implementation: "glibc".to_owned(), version: "2.36".to_owned() };
    let asked = Asked { call: "getaddrinfo".to_owned(), reply, at: None, elapsed: MS(ms), queries: 0..wire.0.len() };
    Trace::of(&Seen {
        world: &world,
        zones: &["test.".to_owned()],
        node,
        call: "getaddrinfo()",
        subject: &who,
        asked: &asked,
        wire: &wire.0,
        begun: MS(100),
        glances: Ok(glances),
    })
}

/// Each name with how it comes of the one that was asked, and what came of it.
fn names(trace: &Trace) -> Vec<(&str, &Derived, &str)> {
    trace.names.iter().map(|name| (&*name.name, &name.derived, &*name.came)).collect()
}

const POD: &str = "search a.test b.test c.test\nnameserver 10.96.0.10\noptions ndots:5\n";

#[test]
fn the_search_list_is_told_with_where_it_ends() {
    let server = "10.96.0.10";
    let wire = Wire::default()
        .udp(1, server, "A www.x.a.test.", "NXDOMAIN")
        .udp(1, server, "AAAA www.x.a.test.", "NXDOMAIN")
        .udp(3, server, "A WWW.x.b.test.", "NOERROR 1")
        .udp(3, server, "AAAA WWW.x.b.test.", "NOERROR 0");
    let trace = trace("www.x", POD, &wire, answer(&["192.0.2.1", "192.0.2.1"]), 5);
    let expected =
        [("www.x.a.test.", &Derived::Searched(1), "NXDOMAIN"), ("WWW.x.b.test.", &Derived::Searched(2), "found")];
    assert_eq!(names(&trace), expected);
    assert_eq!(trace.not_tried, ["www.x.c.test.", "www.x."]);
    assert_eq!(trace.stopped, "WWW.x.b.test. has what was asked for: the list ends there");
    assert_eq!(
        (trace.bill.names, trace.bill.queries, trace.bill.repeated, trace.bill.waited),
        (2, 4, 0, Duration::ZERO)
    );
    assert_eq!(trace.names[0].at, MS(1), "times are counted from the call");
    assert_eq!(trace.end.short(), "192.0.2.1");
    assert_eq!(trace.worth_trying(), [Change::Name("WWW.x.b.test.".to_owned())]);
}

#[test]
fn a_name_that_is_found_as_given_is_worth_a_dot_and_an_option() {
    let wire = Wire::default().udp(1, "10.96.0.10", "A w.test.a.test.", "NXDOMAIN").udp(
        2,
        "10.96.0.10",
        "A w.test.",
        "NOERROR 1",
    );
    let mut trace = trace("w.test", POD, &wire, answer(&["192.0.2.1"]), 5);
    let changes = trace.worth_trying();
    assert_eq!(changes, [Change::Name("w.test.".to_owned()), Change::Options("ndots:1".to_owned())]);
    let bill = |queries| Bill { queries, ..trace.bill.clone() };
    let other =
        |change: &Change, queries| Other { change: change.clone(), bill: bill(queries), end: trace.end.clone() };
    let others = vec![other(&changes[0], 1), other(&changes[1], 2)];
    trace.compare(others);
    // The option spared nothing, so it is no advice.
    assert_eq!(trace.hints, ["Writing w.test. with its final dot spares the names before it."]);
}

#[test]
fn waits_and_repetitions_are_told_apart() {
    let two = "nameserver 10.0.0.1\nnameserver 10.0.0.2\n";
    let wire = Wire::default()
        .udp(0, "10.0.0.1", "A w.test.", "")
        .udp(1, "10.0.0.1", "AAAA w.test.", "")
        .udp(1000, "10.0.0.2", "A w.test.", "NOERROR 1 TC")
        .udp(1001, "10.0.0.2", "AAAA w.test.", "")
        .query(1003, "10.0.0.2", Transport::Tcp, "A w.test.", "NOERROR 60")
        .udp(2001, "10.0.0.2", "AAAA w.test.", "NOERROR 0");
    let mut trace = trace("w.test", two, &wire, answer(&["192.0.2.1"]), 2010);
    let steps: Vec<_> = trace.names[0].queries.iter().map(|step| (step.again, step.waited)).collect();
    let expected = [
        (None, Some(MS(1000))),
        (None, Some(MS(1000))),
        (Some((0, Again::OtherServer)), None),
        (Some((1, Again::OtherServer)), Some(MS(1000))),
        (Some((2, Again::Stream)), None),
        (Some((3, Again::Same)), None),
    ];
    assert_eq!(steps, expected);
    assert_eq!((trace.bill.repeated, trace.bill.waited), (4, MS(2001)));
    assert_eq!(trace.worth_trying(), [Change::Options("edns0".to_owned())]);
    trace.compare(Vec::new());
    assert_eq!(
        trace.hints,
        [
            "10.0.0.1 left 2 queries without a reply in time, which cost 1.0 s: take it out of resolv.conf, or put it last; `options timeout:1` makes each wait shorter.",
            "10.0.0.2 left 1 of 4 queries without a reply in time, which cost 1.0 s: it may be overloaded, or packets are lost on the way.",
        ]
    );
}

#[test]
fn a_reply_that_comes_too_late_was_waited_for() {
    let mut wire =
        Wire::default().udp(0, "10.0.0.1", "A w.test.", "NOERROR 1").udp(1000, "10.0.0.1", "A w.test.", "NOERROR 1");
    wire.0[0].sent.as_mut().unwrap()[0].at = MS(100 + 1500);
    let trace = trace("w.test", "nameserver 10.0.0.1\n", &wire, answer(&["192.0.2.1"]), 1010);
    let steps = &trace.names[0].queries;
    assert_eq!((steps[0].took, steps[0].waited), (Some(MS(1500)), Some(MS(1000))));
    assert_eq!((steps[1].took, steps[1].waited), (Some(MS(1)), None));
}

#[test]
fn silence_that_ends_the_list_is_no_proof_that_nothing_is_there() {
    let wire = Wire::default().udp(0, "10.96.0.10", "A w.a.test.", "").udp(1000, "10.96.0.10", "A w.", "NXDOMAIN");
    let mut trace = trace("w", POD, &wire, failed("EAI_NONAME"), 1010);
    trace.compare(Vec::new());
    assert_eq!(trace.stopped, "the last word about w. was NXDOMAIN");
    assert_eq!(trace.hints[1], "Nobody replied about w.a.test., and w.b.test. was never asked for: it may exist.");
    assert!(!trace.is_answered());
}

#[test]
fn a_name_of_nobody_is_told_so() {
    let none = "nameserver 10.0.0.1\n";
    let wire = Wire::default().udp(0, "10.0.0.1", "A w.example.", "NXDOMAIN");
    let mut trace = trace("w.example", none, &wire, failed("EAI_NONAME"), 3);
    trace.compare(Vec::new());
    assert!(trace.names[0].unserved && trace.hints[0].contains("--record 'w.example. A 192.0.2.1'"), "{trace:?}");
    let nothing = |node: &str, reply| self::trace(node, none, &Wire::default(), reply, 1).stopped;
    assert_eq!(nothing("192.0.2.1", answer(&["192.0.2.1"])), "it is an address: there was nothing to look up");
    assert_eq!(nothing("WWW.a.test", answer(&["192.0.2.9"])), "/etc/hosts has the name: the DNS was not asked");
    assert_eq!(nothing("w", failed("EAI_FAMILY")), "the DNS was not asked");
}

#[test]
fn a_forged_reply_is_none() {
    let mut wire = Wire::default().udp(0, "10.0.0.1", "A w.test.", "NOERROR 1");
    wire.0[0].sent.as_mut().unwrap()[0].amiss = vec!["id".to_owned()];
    let trace = trace("w.test", "nameserver 10.0.0.1\n", &wire, failed("EAI_AGAIN"), 1000);
    assert_eq!(names(&trace), [("w.test.", &Derived::AsGiven, "no reply but forged ones")]);
    assert_eq!(trace.bill.waited, MS(1000));
}

#[test]
fn files_are_told_once_each_with_the_last_word() {
    let start = Instant::now();
    let glance = |at, look: Look, errno| (MS(at), Glance { at: start, look, errno });
    let open = |at, path: &str, errno| glance(at, Look::Open { path: path.into(), real: None }, errno);
    let glances = [
        open(10, "/etc/passwd", 0),
        open(11, "/etc/resolv.conf", 0),
        open(12, "/etc/hosts", 0),
        open(101, "/etc/ld.so.cache", 0),
        glance(102, Look::Socket("/run/nscd/socket".into()), libc::ENOENT),
        glance(103, Look::Stat("/etc/resolv.conf".into()), 0),
        open(104, "/etc/resolv.conf", 0),
        glance(105, Look::Stat("/etc/nsswitch.conf".into()), libc::ENOENT),
        open(106, "/etc/hosts", 0),
        open(107, "/etc/hosts", 0),
        open(108, "/etc/gai.conf", libc::EACCES),
        open(109, "/usr/lib/libnss_dns.so.2", 0),
        open(500, "/etc/services", 0),
    ];
    let wire = Wire::default();
    let trace = seen("www.a.test", "nameserver 10.0.0.1\n", &wire, answer(&["192.0.2.9"]), 50, &glances);
    let told: Vec<_> = trace
        .files
        .iter()
        .map(|file| {
            format!("{} {} {} ×{}: {}", file.at.as_millis(), file.came.word(), file.path, file.times, file.says)
        })
        .map(|line| line.trim_end_matches([':', ' ']).to_owned())
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    2 not there /run/nscd/socket ×1
    3 read /etc/resolv.conf ×1: nameserver 10.0.0.1
    5 not there /etc/nsswitch.conf ×1
    6 read /etc/hosts ×2: www.a.test: 192.0.2.9
    8 may not be read (EACCES) /etc/gai.conf ×1
    9 read /usr/lib/libnss_dns.so.2 ×1
    ");
    let back: Trace = serde_json::from_value(serde_json::to_value(&trace).unwrap()).unwrap();
    assert_eq!(back, trace, "what is written as JSON can be read again");
}
