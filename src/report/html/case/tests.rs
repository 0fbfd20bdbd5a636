//! Sections of the saved runs and of hostile ones, and where two replies differ.

use super::{anchor, difference, section};
use crate::event::{Event, Header, Record, read};
use crate::outcome::{Failure, Lost, Reply};
use crate::report::explain::{CaseInfo, Demand, Done, Part, Surroundings};
use crate::report::matrix::Matrix;
use crate::snapshot::{Told, told};
use crate::verdict::{Holding, Level, Status};

const RUNS: [&str; 2] =
    [include_str!("../../../../fixtures/runs/matrix.jsonl"), include_str!("../../../../fixtures/runs/mixed.jsonl")];

/// A saved run.
fn run(text: &str) -> (Header, Vec<Record>) {
    let mut header = Header::default();
    let mut records = Vec::new();
    for event in read(text).unwrap() {
        match event {
            Event::Started(started) => header = started,
            Event::CaseFinished(record) => records.push(*record),
            _ => {}
        }
    }
    (header, records)
}

/// The section of the case of these records.
fn page(header: &Header, records: &[Record], info: Option<&CaseInfo>) -> String {
    let matrix = Matrix::of(header, records);
    section(&matrix.cases[0], &matrix.names, header, info)
}

/// The records of one case.
fn of_case(id: &str) -> (Header, Vec<Record>) {
    let (header, mut records) = run(RUNS[0]);
    records.retain(|record| record.id == id);
    assert!(!records.is_empty(), "{id}");
    (header, records)
}

/// A page in lines, so that a difference can be read.
fn lines(page: &str) -> String {
    page.replace("<p", "\n<p").replace("<li", "\n<li").replace("<article", "\n<article").replace("<svg", "\n<svg")
}

fn info() -> CaseInfo {
    CaseInfo {
        hurts: vec![("transport/a".to_owned(), "who has <b>no</b> TCP".to_owned())],
        demands: vec![Demand {
            level: Level::Must,
            clause: "RFC 1123 §6.1.3.2".to_owned(),
            binds: None,
            step: Some(1),
            either: vec![vec!["wire.count is 2".to_owned()], vec!["failure is EAI_AGAIN".to_owned()]],
        }],
        world: Some(Surroundings {
            name: "default".to_owned(),
            about: "One nameserver.".to_owned(),
            parts: vec![
                Part::Line("link eth0 has 192.0.2.1/24".to_owned()),
                Part::Text { title: "/etc/hosts".to_owned(), lines: vec!["192.0.2.1 <www>".to_owned()] },
            ],
        }),
        steps: vec![Done::Asked("getaddrinfo()".to_owned()), Done::Changed("then /etc/hosts is taken away".to_owned())],
        code: vec![("C", vec!["getaddrinfo(\"a\", NULL, &hints, &found);".to_owned()])],
    }
}

#[test]
fn a_case_in_which_subjects_differ() {
    let (header, records) = of_case("addrinfo/ac/one-family-doc@inet");
    insta::assert_snapshot!(lines(&page(&header, &records, Some(&info()))));
}

#[test]
fn a_case_of_a_run_whose_suite_is_not_at_hand() {
    let (header, records) = of_case("dns/content/dname");
    insta::assert_snapshot!(lines(&page(&header, &records, None)));
}

#[test]
fn the_section_has_the_fragment_of_its_case() {
    let (header, records) = of_case("dns/content/dname");
    assert_eq!(anchor("dns/content/dname"), "case=dns/content/dname");
    assert!(page(&header, &records, None).starts_with("<section class=case id=\"case=dns/content/dname\">"));
}

#[test]
fn nothing_that_a_subject_or_a_server_says_is_markup() {
    let evil = "<script>\u{7}\u{202e}\"'&";
    let (header, mut records) = of_case("addrinfo/ac/one-family-doc@inet");
    records.truncate(1);
    let record = &mut records[0];
    for text in [&mut record.about, &mut record.asked[0], &mut record.at.file, &mut record.verdicts[0].clause] {
        *text = evil.to_owned();
    }
    record.world = Some(evil.to_owned());
    record.note = Some(evil.to_owned());
    record.status = Status::Fail;
    record.verdicts[0].holding = Holding::Broken { required: evil.to_owned(), came: evil.repeat(99) };
    record.outcome.wire[0].name = evil.to_owned();
    let failure = Failure { text: evil.to_owned(), errno: Some(evil.to_owned()), ..Failure::named(evil) };
    let lost = Lost::Crashed { signal: evil.to_owned(), stderr: evil.to_owned() };
    let answer = serde_json::json!({"entries": [{evil: evil, "name": {"hex": "e9636f6c65"}}, {"name": evil}]});
    for reply in
        [Reply::Answer(answer), Reply::Failure(failure), Reply::Unsupported(evil.to_owned()), Reply::Lost(lost)]
    {
        records[0].outcome.asked[0].reply = reply;
        let page = page(&header, &records, None);
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;\\x07\\u{202e}&quot;&#39;&amp;"), "{page}");
        assert!(!page.contains(['\u{7}', '\u{202e}']));
        assert_eq!(page.contains("hex e9636f6c65"), page.contains("name="), "{page}");
    }
}

#[test]
fn every_element_of_the_saved_runs_is_closed() {
    for (header, records) in RUNS.map(run) {
        let matrix = Matrix::of(&header, &records);
        for row in &matrix.cases {
            let page = section(row, &matrix.names, &header, Some(&info()));
            for tag in [
                "section", "article", "div", "p", "ul", "ol", "dl", "pre", "details", "summary", "svg", "b", "i",
                "mark", "code",
            ] {
                let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
                assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag} in {page}");
            }
        }
    }
}

/// The lines of two answers held against each other: `+` here alone, `-` there alone, `!` before a value that differs.
fn held(here: serde_json::Value, there: serde_json::Value, unasked: &[&str]) -> String {
    let (here, there) = (told(&Reply::Answer(here)), told(&Reply::Answer(there)));
    let join = |line: &[Told], places: &[usize]| {
        let value = |(at, told): (usize, &Told)| {
            let shown = !told.unsaid || places.contains(&at);
            shown.then(|| format!("{}{}", if places.contains(&at) { "!" } else { "" }, told.text))
        };
        line.iter().enumerate().filter_map(value).collect::<Vec<_>>().join(" ")
    };
    match difference::compared(&here, &there, unasked) {
        difference::Compared::Apart => "apart".to_owned(),
        difference::Compared::Lines(lines) => lines
            .iter()
            .map(|line| match line {
                difference::Line::Both(line, places) => join(line, places),
                difference::Line::Here(line) => format!("+ {}", join(line, &[])),
                difference::Line::There(line) => format!("- {}", join(line, &[])),
            })
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn entry(address: &str, more: serde_json::Value) -> serde_json::Value {
    let mut entry = serde_json::json!({"family": "AF_INET", "socktype": "SOCK_STREAM", "protocol": "IPPROTO_TCP",
        "address": address, "port": 80, "scope_id": 0, "addrlen": 16, "canonname": null});
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    entry
}

#[test]
fn values_that_differ_are_marked_and_what_is_not_told_is_not() {
    use serde_json::json;
    let list = |entries: Vec<serde_json::Value>| json!({"entries": entries});
    let one = |address, more| list(vec![entry(address, more)]);
    let usual = || one("192.0.2.1", json!({}));
    insta::assert_snapshot!(held(one("192.0.2.2", json!({"port": null})), usual(), &[]), @"AF_INET !192.0.2.2 - SOCK_STREAM IPPROTO_TCP");
    insta::assert_snapshot!(held(one("192.0.2.1", json!({"scope_id": 3})), usual(), &[]), @"AF_INET 192.0.2.1 80 SOCK_STREAM IPPROTO_TCP !scope_id=3");
    insta::assert_snapshot!(held(usual(), one("192.0.2.1", json!({"scope_id": 3})), &[]), @"AF_INET 192.0.2.1 80 SOCK_STREAM IPPROTO_TCP !scope_id=0");
    let named = || one("192.0.2.1", json!({"canonname": "www"}));
    insta::assert_snapshot!(held(usual(), named(), &[]), @"AF_INET 192.0.2.1 80 SOCK_STREAM IPPROTO_TCP !canonname=none");
    insta::assert_snapshot!(held(named(), usual(), &["canonname"]), @"AF_INET 192.0.2.1 80 SOCK_STREAM IPPROTO_TCP canonname=www");
    insta::assert_snapshot!(held(json!({"name": "a", "port": 1}), json!({"port": 2, "name": "a"}), &[]), @"name=a !port=1");
    assert_eq!(held(list(vec![]), usual(), &[]), "apart");
}

#[test]
fn lists_of_different_lengths_are_aligned() {
    use serde_json::json;
    let of = |addresses: &[&str], more: serde_json::Value| json!({"entries": addresses.iter().map(|address| entry(address, more.clone())).collect::<Vec<_>>()});
    insta::assert_snapshot!(held(of(&["10.0.0.1", "10.0.0.3", "10.0.0.4"], json!({})), of(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.5"], json!({})), &[]), @r"
    AF_INET 10.0.0.1 80 SOCK_STREAM IPPROTO_TCP
    - AF_INET 10.0.0.2 80 SOCK_STREAM IPPROTO_TCP
    AF_INET 10.0.0.3 80 SOCK_STREAM IPPROTO_TCP
    + AF_INET 10.0.0.4 80 SOCK_STREAM IPPROTO_TCP
    - AF_INET 10.0.0.5 80 SOCK_STREAM IPPROTO_TCP
    ");
    let untyped = json!({"socktype": null, "protocol": null});
    let twice = json!({"entries": [entry("10.0.0.1", json!({})), entry("10.0.0.1", json!({"socktype": "SOCK_DGRAM", "protocol": "IPPROTO_UDP"}))]});
    insta::assert_snapshot!(held(of(&["10.0.0.1"], untyped.clone()), twice.clone(), &[]), @"AF_INET 10.0.0.1 80 - -");
    insta::assert_snapshot!(held(twice, of(&["10.0.0.1"], untyped), &[]), @r"
    AF_INET 10.0.0.1 80 SOCK_STREAM IPPROTO_TCP
    AF_INET 10.0.0.1 80 SOCK_DGRAM IPPROTO_UDP
    ");
}

#[test]
fn the_suite_tells_what_each_case_is_about() {
    let worlds = crate::world::load(&crate::tree::Tree::fixtures().below("worlds")).unwrap();
    let suite = crate::case::load(&crate::tree::Tree::fixtures().below("cases"), &worlds).unwrap();
    let usual = worlds.get("default").map(AsRef::as_ref);
    for case in &suite.cases {
        let info = CaseInfo::of(case, usual);
        assert_eq!((info.demands.len(), info.steps.len()), (case.rules.len(), case.steps.len()), "{}", case.id);
        assert_eq!(info.world.is_some(), case.world.is_some(), "{}", case.id);
    }
}
