//! `netdbspec report`: saved runs told again, one or several together.

use std::fs;

use rstest::rstest;

use super::{MATRIX, MIXED, REAL, timeless};
use crate::support::{Folder, root, run};

fn saved(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect("the run is there")
}

#[test]
fn a_saved_run_is_told_as_it_was_told_first() {
    let folder = Folder::new();
    let both = format!("json={}", folder.path().join("run.jsonl").display());
    let own = ["audit", "inet", "hosts/file", "--subject", "libc", "--subject", "rust"];
    let first = run(root(), own.iter().chain(&["-v", "--format", "terminal", "--format", &both]));
    let again = run(folder.path(), ["report", "run.jsonl", "-v"]);
    assert_eq!((again.exit, again.out), (first.exit, first.out));
}

#[test]
fn the_parts_of_a_run_come_to_the_whole() {
    let folder = Folder::new();
    let audit = |name: &str, further: &[&str]| {
        let json = format!("json={}", folder.path().join(name).display());
        let own = ["audit", "inet", "dns/basic", "hosts/file", "--subject=libc", "--subject=rust", "--format", &json];
        let ran = run(root(), own.iter().chain(further));
        assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{name}: {}", ran.out);
    };
    audit("whole", &[]);
    for part in ["1/3", "2/3", "3/3"] {
        audit(&part[..1], &["--shard", part]);
        assert!(folder.read(&part[..1]).contains(&format!("\"shard\":\"{part}\"")));
    }
    let report = |files: &[&str]| {
        let ran = run(folder.path(), ["report", "--format", "json"].iter().chain(files));
        assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{files:?}");
        timeless(&ran.out)
    };
    let whole = report(&["whole"]);
    assert_eq!(whole.len(), folder.read("whole").lines().count());
    assert!(whole.len() > 100);
    for parts in [["1", "2", "3"], ["3", "1", "2"]] {
        let merged = report(&parts);
        let differs: Vec<_> = merged.iter().zip(&whole).filter(|(one, other)| one != other).collect();
        assert_eq!((differs.as_slice(), merged.len()), (&[][..], whole.len()));
    }

    let missing = run(folder.path(), ["report", "-q", "1", "3"]);
    assert_eq!((missing.exit, missing.err.as_str()), (3, "missing: shard 2/3 of libc, rust\n"));
    let alone = run(folder.path(), ["report", "2"]);
    assert!(alone.out.contains("\n  shard 2/3: a part of the cases; the others are in other runs\n"), "{}", alone.out);
    assert_eq!((alone.exit, alone.err.as_str()), (0, ""));
    let twice = run(folder.path(), ["report", "whole", "2"]);
    assert_eq!(twice.exit, 2);
    assert!(twice.err.contains("was asked of `libc` in `whole`"), "{}", twice.err);
}

#[test]
fn a_part_without_a_case_is_no_green_run() {
    let ran = run(root(), ["audit", "inet/ntoa/basic", "--shard", "9/9"]);
    assert_eq!((ran.exit, ran.out.as_str()), (4, ""), "{}", ran.err);
    assert!(ran.err.contains("shard 9/9 has none of them"), "{}", ran.err);
}

#[test]
fn all_formats_are_made_at_once() {
    let folder = Folder::new();
    folder.put("run.jsonl", &REAL);
    let ran = run(folder.path(), "report run.jsonl -q --format terminal --format json=j --format junit=x".split(' '));
    assert!(ran.out.starts_with("✗ deviates: ") && ran.out.lines().count() == 1, "{}", ran.out);
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&folder.read("j")), sorted(&REAL));
    assert!(folder.read("x").starts_with("<?xml"), "{}", folder.read("x"));
}

#[rstest]
#[case::new(MIXED, &[], 1)]
#[case::known_alone("known.jsonl", &[], 0)]
#[case::known_and_strict("known.jsonl", &["--strict"], 1)]
#[case::broken("broken.jsonl", &[], 3)]
fn the_status_is_an_audits(#[case] file: &str, #[case] further: &[&str], #[case] exit: i32) {
    let folder = Folder::new();
    folder.put(MIXED, &saved(MIXED));
    let lines = |keep: &dyn Fn(&str) -> bool, counts: &str| -> String {
        let text = saved(MATRIX);
        let cases = text.lines().filter(|line| line.contains("\"kind\":\"case\"") && keep(line));
        let cases: Vec<_> = cases.map(|line| line.replacen("\"known\":false", "\"known\":true", 1)).collect();
        let zero = "{\"pass\":0,\"fail\":0,\"warn\":0,\"recorded\":0,\"unsupported\":0,\"broken\":0}";
        let counts = zero.replace(&format!("\"{counts}\":0"), &format!("\"{counts}\":{}", cases.len()));
        let footer = format!(
            "{{\"kind\":\"footer\",\"counts\":{counts},\"required\":{{\"broken\":0,\"new\":0}},\"recommended\":{{\"broken\":0,\"new\":0}},\"known\":0,\"new\":0,\"drift\":0,\"differ\":0,\"elapsed\":1.0}}"
        );
        [text.lines().next().expect("a header").to_owned(), cases.join("\n"), footer].join("\n")
    };
    folder.put("known.jsonl", &lines(&|line| line.contains("\"status\":\"fail\""), "fail"));
    folder.put("broken.jsonl", &lines(&|line| line.contains("\"status\":\"broken\""), "broken"));
    let ran = run(folder.path(), ["report", "-q", file].iter().chain(further));
    assert_eq!(ran.exit, exit, "{}{}", ran.out, ran.err);
}

#[rstest]
#[case::incomplete(saved(MATRIX).lines().take(3).map(|line| format!("{line}\n")).collect(), "cut")]
#[case::a_line_is_lost(saved(MATRIX).replacen("\n{\"kind\":\"case\"", "\n{\"kind\":\"note\"", 1), "lost")]
#[case::no_run("  ✓ ok\n".to_owned(), "text")]
#[case::newer(saved(MATRIX).replacen("\"version\":1", "\"version\":9", 1), "newer")]
fn what_is_no_whole_run_is_refused(#[case] text: String, #[case] name: &str) {
    let folder = Folder::new();
    folder.put("run.jsonl", &text);
    let ran = run(folder.path(), ["report", "run.jsonl"]);
    assert_eq!((ran.exit, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!(format!("no_whole_run_{name}"), ran.err);
}

#[test]
fn standard_input_is_a_file() {
    let mut command = crate::support::command(root(), ["report", "-q", "-"]);
    let file = fs::File::open(root().join(MATRIX)).expect("the run is there");
    let done = command.stdin(file).output().expect("the program starts");
    assert!(String::from_utf8_lossy(&done.stdout).starts_with("✗ deviates: 28 runs of 7 cases"), "{done:?}");
}

#[test]
fn the_command_line_is_checked() {
    for (arguments, said) in [
        ("report", "<FILE>..."),
        ("report --schema run.jsonl", "cannot be used with"),
        ("report run.jsonl", "reading the saved run `run.jsonl`: No such file or directory"),
        ("report run.jsonl --format junit --format json", "the junit and the json report would mix on standard output"),
        ("report run.jsonl --format xml", "there is no format `xml`"),
    ] {
        let ran = run(Folder::new().path(), arguments.split(' '));
        assert!(ran.err.contains(said), "{arguments}: {}", ran.err);
        assert_eq!(ran.exit, 2, "{arguments}");
    }
    let ran = run(root(), ["report", MATRIX, "--format", "junit=/nonexistent/x.xml"]);
    assert!(ran.err.contains("opening `/nonexistent/x.xml` for the junit report"), "{}", ran.err);
    assert_eq!(ran.exit, 2);
}

#[test]
fn runs_of_one_name_stand_side_by_side() {
    let folder = Folder::new();
    folder.put("old.jsonl", &saved(MATRIX));
    folder.put("new.jsonl", &saved(MATRIX).replace("\"2.36\"", "\"2.41\"").replace("glibc 2.36", "glibc 2.41"));
    let refused = run(folder.path(), ["report", "old.jsonl", "new.jsonl"]);
    assert!(refused.err.contains("--apart"), "{}", refused.err);
    let ran = run(folder.path(), ["report", "old.jsonl", "new.jsonl", "--apart", "-v"]);
    assert!(ran.out.starts_with("netdbspec 0.1.0   libc of old: glibc 2.36 "), "{}", ran.out);
    assert!(ran.out.contains("libc of new: glibc 2.41"), "{}", ran.out);
    assert!(!ran.out.contains(" of new'\n"), "a command names a subject as `--subject` takes it: {}", ran.out);
    let long: Vec<_> = ran.out.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(long.is_empty(), "{long:#?}");
}
