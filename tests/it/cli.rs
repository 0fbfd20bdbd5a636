//! The program from end to end, as its user meets it: arguments, files, what it prints, its exit status.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rstest::rstest;

use crate::support::{Folder, Ran, json, run};

const WORLD: &str = "about = \"The base\"\n";

const CASES: &str = r#"about = "The machine's name"

[[case]]
name = "some-name"
about = "There is a name."
ask.gethostname = {}
must = [{ clause = "POSIX gethostname", answer.name = { present = true } }]

[[case]]
name = "long-name"
about = "The name fills the buffer. No machine is called so: this case is made to fail."
ask.gethostname = {}
must = [{ clause = "made up §1", answer.name = { pattern = "x{255}" } }]
should = [{ clause = "made up §2", answer.name = "nobody" }]

[[case]]
name = "any-name"
about = "Whatever it is."
ask.gethostname = {}
unspecified = [{}]
"#;

/// A folder with cases and worlds of its own.
struct Suite(Folder);

impl Suite {
    fn new() -> Self {
        let suite = Self(Folder::new());
        suite.put("worlds/default/world.toml", WORLD);
        suite.put("cases/host/name.toml", CASES);
        suite
    }

    fn put(&self, path: &str, text: &str) {
        self.0.put(path, text);
    }

    fn read(&self, path: &str) -> String {
        self.0.read(path)
    }

    /// Runs the program on these cases and worlds.
    fn run(&self, arguments: &str) -> Ran {
        let own = ["--cases", "cases", "--worlds", "worlds"];
        run(self.0.path(), arguments.split_whitespace().chain(own))
    }
}

#[test]
fn an_audit_tells_and_fails() {
    let suite = Suite::new();
    let audit = suite.run("audit");
    insta::assert_snapshot!(audit.told());
    assert_eq!(audit.exit, 1);
    let without_verb = suite.run("");
    assert_eq!(without_verb.told(), audit.told());
    assert!(!audit.out.contains('\u{1b}'), "a pipe gets no colours");
    assert!(!audit.err.contains('\u{1b}'), "a pipe gets no progress");
}

#[test]
fn without_a_verb_a_selector_is_enough() {
    let ran = Suite::new().run("host/name/some-name --subject libc -q");
    insta::assert_snapshot!(ran.told(), @"
exit 0
--- stdout
✓ ok: 1 case in TIME s: 0 required rules broken (0 new), 0 recommendations not followed, 0 could not be run
--- stderr
");
}

#[test]
fn the_json_report_goes_to_a_file_beside_the_other() {
    let suite = Suite::new();
    let ran = suite.run("audit --format json=out.json --format terminal -q");
    assert_eq!(ran.out.lines().count(), 1);
    let lines = json(&suite.read("out.json"));
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["header", "case", "case", "case", "footer"]);
    assert_eq!(lines[4]["counts"]["fail"], 1);
    let failed = lines.iter().find(|line| line["status"] == "fail").expect("a case fails");
    assert_eq!(
        (&failed["id"], &failed["level"], &failed["subject_name"]),
        (&"host/name/long-name".into(), &"must".into(), &"libc".into())
    );
}

#[test]
fn what_is_on_record_is_known_unless_strict() {
    let suite = Suite::new();
    let recorded = suite.run("audit --record snapshots -q");
    assert_eq!((recorded.exit, suite.read("snapshots/glibc/host/name.snap").lines().next()), (0, Some("---")));
    let again = suite.run("audit --baseline snapshots -q");
    insta::assert_snapshot!(again.told(), @"
exit 0
--- stdout
✓ ok: 3 cases in TIME s: 1 required rule broken (0 new), 1 recommendation not followed, 0 could not be run
--- stderr
");
    let strict = suite.run("audit --baseline snapshots --strict -q");
    assert_eq!(strict.exit, 1);
    let same = suite.run("audit --record snapshots -q");
    assert!(same.err.contains("0 snapshots below `snapshots` changed"), "{}", same.err);
}

#[test]
fn recording_takes_away_what_no_case_owns() {
    let suite = Suite::new();
    suite.run("audit --record snapshots -q");
    let recorded = suite.read("snapshots/glibc/host/name.snap");
    let stray = recorded.trim_end().to_owned() + "\n\nzz-gone: pass\n";
    let head: String = recorded.split_inclusive('\n').take(4).collect();
    suite.put("snapshots/glibc/host/name.snap", &stray);
    suite.put("snapshots/glibc@1.0/host/name.snap", &(head.clone() + "zz-gone: pass\n"));
    suite.put("snapshots/glibc/host/gone.snap", &(head.clone() + "a: pass\n"));
    for kept in ["snapshots/python/host/gone.snap", "snapshots/glibc/other/gone.snap"] {
        suite.put(kept, &(head.clone() + "a: pass\n"));
    }
    suite.run("audit host/name/any-name --record snapshots -q");
    assert_eq!(suite.read("snapshots/glibc/host/name.snap"), stray, "a part of a topic leaves the rest as it is");
    let ran = suite.run("audit host --record snapshots -q");
    assert_eq!(ran.err.lines().filter(|line| line.starts_with("tidied ")).count(), 3, "{}", ran.err);
    assert_eq!(suite.read("snapshots/glibc/host/name.snap"), recorded);
    for (path, there) in [
        ("snapshots/glibc@1.0/host/name.snap", false),
        ("snapshots/glibc/host/gone.snap", false),
        ("snapshots/python/host/gone.snap", true),
        ("snapshots/glibc/other/gone.snap", true),
    ] {
        assert_eq!(suite.0.path().join(path).exists(), there, "{path}");
    }
}

#[test]
fn a_change_of_what_is_on_record_is_drift() {
    let suite = Suite::new();
    suite.run("audit --record snapshots -q");
    let text = suite.read("snapshots/glibc/host/name.snap").replace("any-name: recorded", "any-name: pass");
    suite.put("snapshots/glibc/host/name.snap", &text);
    let ran = suite.run("audit host/name/any-name --baseline snapshots");
    assert_eq!(ran.exit, 1);
    assert!(ran.out.contains("on record: pass, now: recorded"), "{}", ran.out);
}

/// A subject that gives the next name which the test has put into a pipe, and says into another when it is asked and when it
/// goes: it may write nowhere else, and keeps nothing.
const FICKLE: &str = r#"#!/bin/sh
read hello
echo '{"hello":{"protocol":1,"name":"fickle","version":"1","os":"Linux","implements":["fickle"],"calls":["gethostname"]}}'
read ask || exit 0
echo asked > "${0%/*}/notes"
read name < "${0%/*}/names"
echo '{"answer":{"seq":1,"value":{"name":"'$name'"}}}'
read bye
echo gone > "${0%/*}/notes"
"#;

/// That subject, and the test's ends of its pipes.
struct Fickle {
    suite: Suite,
    names: fs::File,
    notes: fs::File,
}

impl Fickle {
    fn new() -> Self {
        let suite = Suite::new();
        suite.put("fickle.sh", FICKLE);
        let pipe = |name| {
            let path = suite.0.path().join(name);
            rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).expect("the pipe can be made");
            // Open at both ends, so that nobody waits for the other.
            fs::File::options().read(true).write(true).open(path).expect("the pipe is there")
        };
        let (names, notes) = (pipe("names"), pipe("notes"));
        Self { suite, names, notes }
    }

    /// Audits it: these names are what it gives, one after the other.
    fn audit(&mut self, names: &str, options: &[&str]) -> Ran {
        self.names.write_all(names.as_bytes()).expect("the pipe has room");
        let subject = format!("cmd:/bin/sh '{}'", self.suite.0.path().join("fickle.sh").display());
        let own = ["audit", "--cases", "cases", "--worlds", "worlds", "--subject", &subject];
        run(self.suite.0.path(), own.iter().chain(options))
    }

    /// What it has said of its runs since this was asked before.
    fn said(&mut self) -> String {
        let mut said = [0; 4096];
        let length = self.notes.read(&mut said).expect("the pipe can be read");
        String::from_utf8_lossy(&said[..length]).into_owned()
    }
}

#[test]
fn what_comes_out_as_it_should_when_asked_again_is_flaky() {
    let mut fickle = Fickle::new();
    assert_eq!(fickle.audit("box\n", &["host/name/any-name", "--record", "snapshots", "-q"]).exit, 0);
    let options = ["host/name/any-name", "--baseline", "snapshots"];
    let again = fickle.audit("other\nbox\n", &[&options[..], &["--retries", "1"]].concat());
    assert_eq!(again.exit, 0, "{}{}", again.out, again.err);
    assert!(again.out.contains("1 outcome was flaky") && again.out.contains("1 was flaky"), "{}", again.out);
    let at_once = fickle.audit("other\n", &options);
    assert_eq!(at_once.exit, 1, "{}{}", at_once.out, at_once.err);
}

#[test]
fn what_is_asked_again_is_asked_alone() {
    let mut fickle = Fickle::new();
    fickle.audit(&"box\n".repeat(3), &["--record", "snapshots", "-q"]);
    fickle.said();
    let options = ["--baseline", "snapshots", "--retries", "4", "--jobs", "3"];
    let again = fickle.audit(&"other\n".repeat(15), &options);
    let said = fickle.said();
    assert_eq!(said.lines().count(), 2 * 15, "{}{}", again.out, again.err);
    assert!(said.ends_with(&"asked\ngone\n".repeat(12)), "{said}");
}

#[test]
fn other_levels_are_left_out() {
    let suite = Suite::new();
    assert_eq!(suite.run("audit --level should -q").exit, 0);
    assert_eq!(suite.run("audit --level may -q").exit, 4);
}

#[test]
fn the_list_has_level_and_clause() {
    let suite = Suite::new();
    insta::assert_snapshot!(suite.run("list").told(), @"
exit 0
--- stdout
host/name/some-name  must         POSIX gethostname
host/name/long-name  must         made up §1
host/name/any-name   unspecified
--- stderr
");
    let lines = json(&suite.run("list made --format json").out);
    assert_eq!((lines.len(), &lines[0]["clause"]), (1, &"made up §1".into()));
}

#[test]
fn the_coverage_has_clauses_behaviours_and_what_is_not_asked() {
    let suite = Suite::new();
    let hurting = CASES.replace("unspecified = [{}]", "hurts = { \"name/any\" = \"who looks\" }\nunspecified = [{}]");
    suite.put("cases/host/name.toml", &hurting);
    suite.run("audit --record snapshots -q");
    let ran = suite.run("list --coverage --baseline snapshots");
    let (clauses, tables) = ran.out.split_once("getaddrinfo: calls").expect("the tables follow");
    insta::assert_snapshot!(clauses, @r"
    made up
      §1: 1 case: 1 broken
        broken         host/name/long-name (glibc)
      §2: 1 case: 1 broken
        broken         host/name/long-name (glibc)

    POSIX
      gethostname: 1 case: 1 kept
        kept           host/name/some-name

    behaviours that hurt
      name/any
        who looks
        host/name/any-name
    ");
    assert!(tables.contains("AI_PASSIVE") && tables.contains("no case asks"), "{tables}");
    let lines = json(&suite.run("list --coverage --baseline snapshots --format json").out);
    let of = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert_eq!((of("clause"), of("behaviour"), of("unused") > 300), (3, 1, true));
    assert_eq!(lines[0]["cases"][0]["subjects"]["glibc"], "broken");
    let unused = lines.last().expect("there is a line");
    assert_eq!((&unused["call"], &unused["kind"]), (&"under".into(), &"unused".into()));
}

#[test]
fn a_case_is_explained() {
    let suite = Suite::new();
    suite.run("audit --record snapshots -q");
    insta::assert_snapshot!(suite.run("show host/name/long-name --baseline snapshots").told());
}

#[test]
fn a_selector_that_matches_nothing_is_an_error_with_what_is_near() {
    let suite = Suite::new();
    insta::assert_snapshot!(suite.run("audit host/nmae").told(), @"
exit 4
--- stdout
--- stderr
  × selecting cases: no case or clause begins with `host/nmae`; near it: host/name
  help: all cases, with their clauses: netdbspec list
");
    insta::assert_snapshot!(suite.run("lsit").told(), @"
exit 4
--- stdout
--- stderr
  × selecting cases: no case or clause begins with `lsit`
  help: if a verb was meant, it comes first: netdbspec list; all cases: netdbspec list
");
}

#[test]
fn all_that_is_wrong_with_the_files_is_told_at_once() {
    let suite = Suite::new();
    suite.put("cases/host/bad.toml", "about = \"x\"\n[[case]]\nnmae = \"a\"\nask.gethostnmae = {}\n");
    suite.put("worlds/odd/world.toml", "abuot = \"x\"\n");
    insta::assert_snapshot!(suite.run("list").told());
}

#[test]
fn the_command_line_is_checked_before_anything_runs() {
    let suite = Suite::new();
    for (arguments, said) in [
        ("audit --format json --format terminal", "would mix on standard output"),
        ("audit --shard 3", "give which of how many parts, such as 1/3"),
        ("audit --shard 0/3", "the parts are counted from 1: give 1/3 to 3/3"),
        ("audit --shard 4/3", "the parts are counted from 1: give 1/3 to 3/3"),
        ("audit --shard 1/0", "there is no part of nothing"),
        ("audit --format xml", "there is no format `xml`"),
        ("audit --format json=no/such/folder/out.json", "opening `no/such/folder/out.json` for the json report"),
        ("audit --baseline nowhere", "reading the baseline from `nowhere`: there is no such folder"),
        ("audit --subject cobol", "there is no subject of that name"),
        ("audit --jobs 0", "0 is not in 1.."),
        ("audit --timeout soon", "soon"),
        ("audit -v -q", "cannot be used with"),
        ("audit --differences -v", "cannot be used with"),
        ("audit --differences", "one subject differs from nobody"),
    ] {
        let ran = suite.run(arguments);
        assert!(ran.err.contains(said), "{arguments}: {}", ran.err);
        assert_eq!(ran.exit, 2, "{arguments}");
    }
    let ran = run(Path::new("/"), ["list", "--cases", "/nonexistent"]);
    assert_eq!((ran.exit, ran.err.contains("there is no such folder")), (2, true), "{}", ran.err);
}

#[test]
fn a_subject_that_is_absent_is_named_and_not_passed_over() {
    let ran = Suite::new().run("host/name/some-name --subject libc --subject cmd:/nonexistent/probe -q");
    assert!(ran.err.contains("looking for subject `cmd:/nonexistent/probe`"), "{}", ran.err);
    assert!(ran.out.starts_with("✓ ok"), "{}", ran.out);
    assert_eq!(ran.exit, 3);
}

#[test]
fn the_subjects_and_the_doctor_answer() {
    let subjects = run(Path::new("/"), ["subjects"]);
    assert!(subjects.out.contains("✓ here    libc"), "{}", subjects.out);
    assert_eq!(subjects.exit, 0);
    let doctor = run(Path::new("/"), ["doctor"]);
    let usable = doctor.out.contains("sandboxes can be made here");
    assert_eq!(doctor.exit, if usable { 0 } else { 3 }, "{}", doctor.out);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let suite = Suite::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_netdbspec"))
        .args(["list", "--cases", "cases", "--worlds", "worlds"])
        .current_dir(suite.0.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let done = child.wait_with_output().expect("it ends");
    assert_eq!((done.status.code(), done.stderr.as_slice()), (Some(0), &b""[..]));
}

/// A subject that is no good in one way or another never makes an audit that holds. Whether an answer is a lie is for the
/// rules to find, and here they do not ask.
#[rstest]
fn no_vice_goes_unnoticed(
    #[files("tests/it/vices/*.sh")]
    #[exclude("lies")]
    vice: PathBuf,
) {
    let subject = format!("cmd:/bin/sh '{}'", vice.display());
    let own = ["--cases", "cases", "--worlds", "worlds", "--timeout", "300ms", "--subject", &subject];
    let ran = run(Suite::new().0.path(), ["audit", "host/name/some-name"].into_iter().chain(own));
    let expected = if vice.ends_with("lacks-the-call.sh") { &[4][..] } else { &[1, 3] };
    assert!(expected.contains(&ran.exit), "{}\n{}\n{}", ran.exit, ran.out, ran.err);
}

#[test]
fn an_audit_without_a_subject_is_refused() {
    let ran = run(Suite::new().0.path(), ["audit", "inet/ntoa", "--subject", ""]);
    assert_eq!(ran.exit, 2, "{}", ran.err);
    assert!(ran.err.contains("choosing subjects: none is named"), "{}", ran.err);
}
