//! `netdbspec trace`: real look-ups in real worlds, in words, as JSON and as a page.
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

use rstest::rstest;
use serde_json::Value;

use crate::support::{Folder, Ran, has, root, run};

/// A look-up, in the checkout.
fn trace(arguments: &[&str]) -> Ran {
    run(root(), ["trace"].iter().chain(arguments))
}

/// The same as JSON, which must have come.
#[track_caller]
fn json(arguments: &[&str]) -> Value {
    let ran = trace(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: exit {}\n{}{}", ran.exit, ran.out, ran.err))
}

/// A text without its times, and without the blanks before them, and without the version of who was asked.
fn untimed(text: &str) -> String {
    let mut words = Vec::new();
    // Older C libraries load modules for what newer ones have inside.
    for line in text.lines().filter(|line| !line.contains("libnss_")) {
        let mut told = String::new();
        let mut rest = line;
        while let Some(at) = rest.find(" ms").into_iter().chain(rest.find(" s")).min() {
            let (before, unit) = rest.split_at(at);
            let unit = if unit.starts_with(" ms") { 3 } else { 2 };
            let digits = before.trim_end_matches(|char: char| char.is_ascii_digit() || char == '.');
            let ends = rest[at + unit..].chars().next().is_none_or(|next| !next.is_alphanumeric());
            if digits.len() < before.len() && ends {
                told.push_str(digits.trim_end());
                told.push_str(" TIME");
            } else {
                told.push_str(&rest[..at + unit]);
            }
            rest = &rest[at + unit..];
        }
        told.push_str(rest);
        // Columns stand where the times leave them, and whether a wait is worth a word is a time too.
        if let Some(told_before) = told.strip_suffix(" TIME") {
            let told_before = told_before.trim_end().trim_end_matches(" TIME").trim_end_matches(" -").trim_end();
            told = match told_before.strip_suffix(" after") {
                Some(heading) => format!("{} after TIME", heading.trim_end()),
                None => format!("{told_before} TIME"),
            };
        }
        words.push(match told.split_once(": glibc ") {
            Some((before, _)) => format!("{before}: glibc"),
            None => told,
        });
    }
    words.join("\n")
}

const POD: [&str; 6] = [
    "--etc",
    "fixtures/etc/pod",
    "--record",
    "api.example.com. A 192.0.2.80",
    "--record",
    "api.example.com. AAAA 2001:db8::80",
];

/// The arguments for a name in the pod.
fn pod<'a>(name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[name], &POD[..], more].concat()
}

#[test]
fn a_pod_pays_for_its_search_list() {
    let ran = trace(&pod("api.example.com", &["https"]));
    insta::assert_snapshot!(untimed(&ran.out));
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""));
}

#[test]
fn a_silent_nameserver_is_waited_for() {
    let silent = ["both.test", "--world", "two-servers", "--resolv", "nameserver 127.0.0.2", "--resolv"];
    let rest = ["nameserver 127.0.0.1", "--resolv", "options timeout:1", "--fault", "@127.0.0.2:drop"];
    let ran = trace(&[&silent[..], &rest].concat());
    insta::assert_snapshot!(untimed(&ran.out));
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""));
}

#[test]
fn a_name_that_nobody_has_does_not_exist_and_that_is_said() {
    let ran = trace(&["nowhere.example", "--family", "inet"]);
    insta::assert_snapshot!(untimed(&ran.out));
    assert_eq!((ran.exit, ran.err.as_str()), (1, ""));
}

#[test]
fn a_name_of_the_hosts_file_costs_no_query() {
    let told = json(&["localhost", "80"]);
    assert_eq!(told["stopped"], "/etc/hosts has the name: the DNS was not asked");
    assert_eq!(told["bill"]["queries"], 0);
    let hosts = told["files"].as_array().unwrap().iter().find(|file| file["path"] == "/etc/hosts").unwrap();
    assert_eq!((&hosts["came"], &hosts["says"]), (&"read".into(), &"localhost: 127.0.0.1 ::1".into()));
}

#[test]
fn json_says_all_that_the_text_says() {
    let told = json(&pod("api.example.com", &[]));
    assert_eq!((&told["version"], &told["node"]), (&1.into(), &"api.example.com".into()));
    let names: Vec<_> = told["names"].as_array().unwrap().iter().map(|name| &name["name"]).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(told["names"][0]["derived"]["searched"], 1);
    assert_eq!((&told["names"][0]["came"], &told["names"][0]["unserved"]), (&"NXDOMAIN".into(), &true.into()));
    assert_eq!(told["wire"].as_array().unwrap().len(), 8);
    // The same name with its dot, and with another option: both were measured.
    let others = told["others"].as_array().unwrap();
    let cost =
        |other: &Value| (other["change"].clone(), other["bill"]["names"].clone(), other["bill"]["queries"].clone());
    let bill = |change| (change, 1.into(), 2.into());
    let expected =
        [bill(serde_json::json!({ "name": "api.example.com." })), bill(serde_json::json!({ "options": "ndots:1" }))];
    assert_eq!(others.iter().map(cost).collect::<Vec<_>>(), expected);
    let found = told["end"]["addresses"]["found"].as_array().unwrap();
    assert_eq!((&found[0]["address"], &found[0]["source"]), (&"2001:db8::80".into(), &"2001:db8::10".into()));
    assert_eq!(found[0]["before_next"], "RFC 6724 rule 6: it has the higher precedence");
    let absent = |file: &&Value| file["came"] == "absent";
    let absent: Vec<_> = told["files"].as_array().unwrap().iter().filter(absent).map(|file| &file["path"]).collect();
    assert!(absent.contains(&&"/etc/gai.conf".into()), "{absent:?}");
    assert!(told["command"].as_str().unwrap().starts_with("netdbspec trace api.example.com --etc fixtures/etc/pod"));
}

#[test]
fn a_lost_datagram_may_hide_a_name() {
    let domains = ["www", "--resolv", "search a.test b.test", "--resolv", "options timeout:1 attempts:1"];
    let ran = trace(&[&domains[..], &["--fault", "www.a.test:drop"]].concat());
    assert_eq!(ran.exit, 1, "{}", ran.out);
    let out = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains("Nobody replied about www.a.test."), "{}", ran.out);
}

#[rstest]
#[case::python("python", "python3")]
#[case::musl("cc:musl-gcc", "musl-gcc")]
#[case::go("go", "go")]
#[case::node("node", "node")]
fn other_subjects_are_watched_as_well(#[case] subject: &str, #[case] program: &str) {
    if !has(program, program) {
        return;
    }
    let told = json(&pod("api.example.com", &["--subject", subject]));
    let read: Vec<_> = told["files"].as_array().unwrap().iter().filter(|file| file["came"] == "read").collect();
    assert!(
        ["/etc/resolv.conf", "/etc/hosts"].iter().all(|path| read.iter().any(|file| file["path"] == *path)),
        "{told:#}"
    );
    assert_eq!(told["end"]["addresses"]["found"].as_array().map(Vec::len), Some(2), "{told:#}");
    assert_eq!(told["bill"]["names"], 4);
}

#[test]
fn the_page_stands_alone() {
    let folder = Folder::new();
    let page = folder.path().join("trace.html");
    let format = format!("html={}", page.display());
    let ran = trace(&pod("api.example.com", &["--format", &format, "--format", "terminal"]));
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("api.example.com"), "{}", ran.out);
    let page = folder.read("trace.html");
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    for word in
        ["<svg", "api.example.com.default.svc.cluster.local.", "/etc/gai.conf", "ndots:1", "rule 6", "Again: <code>"]
    {
        assert!(page.contains(word), "no {word}");
    }
    for word in ["<script", "<link", "src=", "url(", "@import", "http:", "https:"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn what_cannot_be_is_told_with_the_remedy() {
    let twice = trace(&["x", "--format", "json", "--format", "html"]);
    let told = twice.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(twice.exit == 2 && told.contains("two of them go to standard output"), "{told}");
    let flag = trace(&["x", "--flags", "AI_CANONAME"]);
    assert!(flag.exit == 2 && flag.err.contains("AI_CANONAME") && flag.err.contains("C names"), "{}", flag.err);
    let subject = trace(&["x", "--subject", "nobody"]);
    assert_eq!(subject.exit, 2, "{}", subject.err);
}
