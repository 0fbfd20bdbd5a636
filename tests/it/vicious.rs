//! Subjects with a vice, and files with faults, through the whole program: what is told, and with which exit status.

use std::fs;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Folder, Ran, json, root, run};

/// One case that looks at nothing and one inside a world.
const CASES: [&str; 2] = ["packing/pton4/basic", "sessions/pymotw-hosts/gethostname"];

/// Audits the subject with this vice. Only who hangs has to be given up soon.
fn audit(vice: &str, selectors: &[&str], further: &[&str]) -> Ran {
    let subject = format!("cmd:sh tests/it/vices/{vice}.sh");
    let timeout = if vice == "hangs" { "0.3" } else { "60" };
    let arguments = ["audit", "--subject", &subject, "--timeout", timeout];
    run(root(), arguments.iter().chain(selectors).chain(further))
}

#[rstest]
#[case("babbles", json!({"babbled": {"line": "looking for the name ...", "reason": "it is not JSON: expected value at line 1 column 1"}}))]
#[case("crashes", json!({"crashed": {"signal": "SIGSEGV", "stderr": "reading /etc/hosts"}}))]
#[case("exits", json!({"exited": {"status": 3, "stderr": "giving up"}}))]
#[case("floods", json!({"flooded": {"limit": 16_777_216}}))]
#[case("hangs", json!({"hung": {"after": 300.0}}))]
#[case("lies", Value::Null)]
#[case("says-half", json!({"babbled": {"line": "{\"answer\":{\"seq\":1,", "reason": "it is half a line, after which it exited with status 0"}}))]
fn a_vice_is_a_finding(#[case] vice: &str, #[case] lost: Value) {
    let folder = Folder::new();
    let file = format!("json={}", folder.path().join("report").display());
    let ran = audit(vice, &CASES, &["--format", "terminal", "--format", &file]);
    insta::assert_snapshot!(format!("a_vice_is_a_finding-{vice}"), ran.told());
    assert_eq!((ran.exit, ran.err.as_str()), (1, ""));

    let lines = json(&folder.read("report"));
    let cases: Vec<_> = lines.iter().filter(|line| line["kind"] == "case").collect();
    assert_eq!(cases.len(), CASES.len());
    for case in cases {
        assert_eq!((&case["status"], &case["known"]), (&json!("fail"), &json!(false)), "{case}");
        assert_eq!(case["outcome"]["asked"][0]["reply"].get("lost").unwrap_or(&Value::Null), &lost, "{case}");
    }
    let footer = lines.last().expect("there is a last line");
    assert_eq!((&footer["kind"], &footer["counts"]["fail"]), (&json!("footer"), &json!(2)));
}

#[test]
fn one_lost_subject_does_not_take_another_with_it() {
    let ran = audit("crashes", &CASES, &["--subject", "libc", "--format", "json"]);
    let lines = json(&ran.out);
    let of = |subject: &str| -> Vec<_> {
        lines.iter().filter(|line| line["subject_name"] == subject).map(|line| line["status"].clone()).collect()
    };
    assert_eq!(of("libc"), ["pass", "pass"]);
    assert_eq!(of("cmd:sh tests/it/vices/crashes.sh"), ["fail", "fail"]);
    assert_eq!(ran.exit, 1);
}

#[rstest]
#[case("lacks-the-call", 4, "unsupported")]
#[case("is-in-trouble", 3, "broken")]
fn what_is_no_finding_is_told_apart(#[case] vice: &str, #[case] exit: i32, #[case] status: &str) {
    let ran = audit(vice, &CASES, &["--format", "json"]);
    let statuses: Vec<_> =
        json(&ran.out).iter().filter_map(|line| Some(line.get("status")?.as_str()?.to_owned())).collect();
    assert_eq!(statuses, [status; 2], "{}", ran.out);
    assert_eq!(ran.exit, exit);
}

#[rstest]
#[case("babbles-first", "it wrote `vice 1.0 (c) nobody`: it is not JSON")]
#[case("crashes-first", "it was killed by SIGABRT")]
#[case("exits-first", "it exited with status 1; the last it said: vice: cannot find its modules")]
#[case("mistakes-the-version", "it speaks version 2 of the protocol, and this harness version 1")]
fn a_subject_that_does_not_say_who_it_is_cannot_be_audited(#[case] vice: &str, #[case] said: &str) {
    let ran = audit(vice, &CASES, &[]);
    assert!(in_one_line(&ran.err).contains(said), "{}", ran.err);
    assert_eq!((ran.exit, ran.out.as_str()), (3, ""));
}

#[test]
fn another_choice_of_the_kernel_is_no_finding() {
    let folder = suite();
    let case = "name = \"x\"\nabout = \"A case\"\nworld = \"default\"\nask.gethostname = {}\nmust = [{ clause = \"POSIX gethostname\", answer.name = \"another\" }]\n";
    let source = "source = { \"127.0.0.1\" = \"127.0.0.9\" }\n";
    folder.put("cases/area/topic.toml", &format!("about = \"A topic\"\n\n[[case]]\n{case}{source}"));
    let ran = run(folder.path(), ["audit", "--cases", "cases", "--worlds", "worlds", "--format", "json"]);
    let lines = json(&ran.out);
    let case = lines.iter().find(|line| line["kind"] == "case").expect("there is a case");
    assert_eq!((&case["status"], ran.exit), (&json!("broken"), 3), "{}", ran.out);
    let note = case["note"].as_str().unwrap_or_default();
    assert!(note.contains("127.0.0.1 is reached from 127.0.0.1, not from 127.0.0.9"), "{note}");
}

#[test]
fn all_faults_of_cases_and_worlds_are_told_with_their_places() {
    let ran = run(root(), ["list", "--cases", "fixtures/broken/cases", "--worlds", "fixtures/broken/worlds"]);
    assert_eq!((ran.exit, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!(ran.err);
}

#[test]
fn all_faults_of_zones_are_told_with_their_places() {
    let folder = suite();
    for zone in fs::read_dir(root().join("fixtures/zones/broken")).expect("there are broken zones") {
        let zone = zone.expect("it can be listed").path();
        let name = zone.file_stem().expect("it has a name").to_string_lossy();
        folder.put(&format!("worlds/{name}/world.toml"), "about = \"A broken zone\"\n");
        let below = folder.path().join(format!("worlds/{name}/example.test.zone"));
        fs::copy(&zone, below).expect("it can be copied");
    }
    let ran = run(folder.path(), ["list", "--cases", "cases", "--worlds", "worlds"]);
    assert_eq!((ran.exit, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!(ran.err);
}

#[rstest]
#[case("audit", 4)]
#[case("list", 4)]
#[case("show", 4)]
#[case("exec --case", 125)]
fn what_selects_nothing_ends_every_verb(#[case] verb: &str, #[case] exit: i32) {
    let folder = suite();
    for (selector, said) in [
        ("area/tropic", "no case or clause begins with `area/tropic`; near it: area/topic, area/topic/x help:"),
        ("*/no-such-case-*", "no case is called like `*/no-such-case-*` help:"),
        ("RFC 9999 §1", "no case or clause begins with `RFC 9999 §1` help:"),
        ("y", "no case or clause begins with `y` help:"),
    ] {
        let mut arguments = vec!["--cases", "cases", "--worlds", "worlds", selector];
        if verb.starts_with("exec") {
            arguments.rotate_left(4);
            arguments.extend(["--", "true"]);
        }
        let ran = run(folder.path(), verb.split(' ').chain(arguments));
        assert!(in_one_line(&ran.err).contains(said), "{verb}: {}", ran.err);
        assert_eq!((ran.exit, ran.out.as_str()), (exit, ""), "{verb}");
    }
}

/// An error without its line breaks.
fn in_one_line(error: &str) -> String {
    error.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

/// A suite of one case, whose rule names no clause.
fn suite() -> Folder {
    let folder = Folder::new();
    folder.put("worlds/default/world.toml", "about = \"The base\"\n");
    let case = "name = \"x\"\nabout = \"A case\"\nask.gethostname = {}\nunspecified = [{}]\n";
    folder.put("cases/area/topic.toml", &format!("about = \"A topic\"\n\n[[case]]\n{case}"));
    folder
}
