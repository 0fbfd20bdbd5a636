//! The picture of hand-made wires, and of those of the saved runs.

use std::time::Duration;

use super::{draw, happened, timeline, words};
use crate::event::{Event, read};
use crate::outcome::{Edns, Query, Sent, Transport};

fn ms(of: u64) -> Duration {
    Duration::from_millis(of)
}

/// A query of a wire that is made up, answered at once.
fn query(nth: usize, at: u64, qtype: &str, reply: &str) -> Query {
    Query {
        at: ms(at),
        name: "www.example.test.".to_owned(),
        qtype: qtype.to_owned(),
        reply: reply.to_owned(),
        sent: Some(vec![sent(at, reply)]),
        ..Query::made_up(nth)
    }
}

fn sent(at: u64, reply: &str) -> Sent {
    Sent { at: ms(at), from: None, reply: reply.to_owned(), amiss: Vec::new() }
}

fn lost(query: Query, why: &str) -> Query {
    Query { reply: why.to_owned(), sent: Some(Vec::new()), ..query }
}

/// What happened, one thing a line, as it is told to who does not see the picture.
fn told(wire: &[Query], elapsed: u64) -> String {
    let events = happened::of(wire, Some(ms(elapsed)));
    words::label(wire, &events).replace(". ", ".\n")
}

#[test]
fn nothing_sent_is_a_sentence() {
    assert_eq!(timeline(&[], Some(ms(3))), "<p class=w0>nothing was sent</p>");
}

#[test]
fn one_query_is_two_arrows() {
    insta::assert_snapshot!(timeline(&[query(0, 700, "A", "NOERROR 1")], Some(ms(2))));
}

#[test]
fn a_saved_run_may_claim_any_time() {
    for claimed in [query(0, 0, "A", "NOERROR 1"), Query { at: Duration::MAX, ..query(0, 0, "A", "NOERROR 1") }] {
        let unsent = Query { sent: None, reply: "NOERROR 1; delay 500000000000years".to_owned(), ..claimed.clone() };
        assert!(timeline(&[claimed, unsent], Some(Duration::MAX)).contains("<svg"));
    }
}

#[test]
fn a_lost_reply_ends_in_a_cross_and_its_retry_comes_after_a_break() {
    let wire = [lost(query(0, 0, "A", ""), "drop"), query(1, 5000, "A", "NOERROR 1")];
    insta::assert_snapshot!(told(&wire, 5010));
    let picture = timeline(&wire, Some(ms(5010)));
    assert!(picture.contains(">5.00 s of silence</text>") && picture.contains("<path class=x "));
    let height: usize = picture.split("height=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(height < 200, "five seconds of silence take {height} pixels");
}

#[test]
fn tcp_after_truncation_is_another_line() {
    let truncated = query(0, 0, "A", "NOERROR 0 TC");
    let wire = [truncated, Query { transport: Transport::Tcp, ..query(1, 1, "A", "NOERROR 60") }];
    insta::assert_snapshot!(told(&wire, 2));
    let picture = timeline(&wire, Some(ms(2)));
    for class in ["u", "v", "t"] {
        assert!(picture.contains(&format!("<path class={class} ")), "{class} is missing");
    }
}

#[test]
fn each_server_is_a_lane_and_what_comes_from_another_address_starts_there() {
    let second = |query: Query| Query { server: "2001:db8::53".parse().unwrap(), ..query };
    let mut forged = query(1, 900, "A", "NOERROR 1");
    forged.sent = Some(vec![
        Sent { from: Some("127.0.0.9:53".parse().unwrap()), ..sent(900, "NOERROR 1") },
        Sent { amiss: vec!["id".to_owned(), "question".to_owned()], ..sent(901, "NXDOMAIN") },
        sent(950, "NOERROR 1"),
    ]);
    let wire = [lost(second(query(0, 0, "A", "")), "no reply"), forged, second(query(2, 960, "AAAA", "SERVFAIL"))];
    insta::assert_snapshot!(told(&wire, 970));
    insta::assert_snapshot!(timeline(&wire, Some(ms(970))));
}

#[test]
fn a_reply_is_late_once_the_question_was_asked_again_or_the_call_is_over() {
    let mut wire = vec![query(0, 0, "A", "NOERROR 1; delay 1500ms"), query(1, 1000, "A", "NOERROR 1")];
    wire[0].sent = Some(vec![sent(1500, "NOERROR 1")]);
    insta::assert_snapshot!(told(&wire, 2000));
    insta::assert_snapshot!(told(&wire, 1010));
    wire[0].sent = Some(Vec::new());
    insta::assert_snapshot!(told(&wire, 1010));
}

#[test]
fn what_is_asked_side_by_side_is_told_by_its_number() {
    let mut wire = vec![query(0, 1, "AAAA", "NOERROR 0"), query(1, 0, "A", "NOERROR 1")];
    wire[0].sent = Some(vec![sent(2, "NOERROR 0")]);
    wire[1].sent = Some(vec![sent(30, "NOERROR 1"), sent(30, "NOERROR 1")]);
    let picture = timeline(&wire, None);
    for text in [">1: udp A www.example.test.<", ">2: udp AAAA www.example.test.<", ">NOERROR 0<", ">1: NOERROR 1<"] {
        assert!(picture.contains(text), "{text} is missing in {picture}");
    }
}

#[test]
fn a_query_to_two_servers_at_once_is_no_retry() {
    let other = Query { server: [127, 0, 0, 2].into(), ..query(1, 0, "A", "NOERROR 1") };
    let wire = [query(0, 0, "A", "NOERROR 1"), other, query(2, 5, "a", "REFUSED"), query(3, 6, "A", "NOERROR 1")];
    let told = told(&wire, 7);
    assert_eq!(told.matches("again").count(), 1, "{told}");
}

#[test]
fn what_is_unusual_about_a_query_stands_beside_it() {
    let edns = Some(Edns { size: 1232, version: 0, dnssec_ok: true });
    let flags = vec!["RD".to_owned(), "AD".to_owned()];
    let wire = [Query { edns, flags, server: [127, 0, 0, 2].into(), ..query(0, 0, "A", "NOERROR 1") }];
    assert!(timeline(&wire, None).contains(">udp A www.example.test. flags RD+AD edns 1232 DO<"));
}

#[test]
fn a_log_without_times_is_told_by_its_words() {
    let unknown = |nth, at, reply: &str| Query { sent: None, ..query(nth, at, "A", reply) };
    let wire = [
        unknown(0, 0, "drop"),
        unknown(1, 1000, "NOERROR 1; delay 200ms"),
        unknown(2, 2000, "NOERROR 0 TC"),
        unknown(3, 3000, "NXDOMAIN; forge id"),
    ];
    insta::assert_snapshot!(told(&wire, 3001));
}

#[test]
fn forty_queries_stay_a_column() {
    let wire: Vec<Query> = (0..40).map(|nth| query(nth, nth as u64, "A", "NXDOMAIN")).collect();
    let picture = timeline(&wire, Some(ms(41)));
    assert_eq!(picture.matches("<text class=q").count(), 40);
    assert_eq!(picture.matches("<path").count(), 4, "lanes, lines, heads, and the end of the call");
    assert!(picture.len() < 16_000, "{} bytes", picture.len());
}

#[test]
fn a_long_or_hostile_name_is_cut_and_escaped() {
    let wire = [Query { name: "<script>\"'&".repeat(20), ..query(0, 0, "A", "NOERROR 1") }];
    let picture = timeline(&wire, None);
    assert!(!picture.contains("<script") && picture.contains("…<title>udp A &lt;script&gt;&quot;&#39;&amp;"));
    let wide: usize = picture.split("width=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(wide < 560, "{wide} pixels");
}

#[test]
fn the_times_are_short() {
    let times = [0, 40, 340, 9_949, 9_951, 999_400, 999_600, 5_012_000, 120_000_000];
    let told: Vec<String> = times.iter().map(|micros| words::time(Duration::from_micros(*micros))).collect();
    assert_eq!(told, ["0 ms", "0 ms", "0.3 ms", "9.9 ms", "10 ms", "999 ms", "1.00 s", "5.01 s", "120 s"]);
}

#[test]
fn every_wire_of_the_saved_runs_can_be_drawn() {
    for text in
        [include_str!("../../../../fixtures/runs/matrix.jsonl"), include_str!("../../../../fixtures/runs/mixed.jsonl")]
    {
        for event in read(text).unwrap() {
            let Event::CaseFinished(record) = event else { continue };
            let wire = &record.outcome.wire;
            let events = happened::of(wire, Some(record.elapsed));
            let queries = events.iter().filter(|event| matches!(event.what, happened::What::Query { .. })).count();
            assert_eq!(queries, wire.len());
            if !wire.is_empty() {
                assert!(draw::svg(wire, &events, "").ends_with("</svg></div>"));
            }
        }
    }
}
