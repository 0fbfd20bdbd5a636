//! `netdbspec diff`: two saved runs, what it tells of them, and its exit status.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Folder, Ran, json, run};

const MATRIX: &str = include_str!("../../fixtures/runs/matrix.jsonl");

/// A folder with two saved runs.
struct Runs(Folder);

impl Runs {
    fn new(before: &[Value], after: &[Value]) -> Self {
        let runs = Self(Folder::new());
        for (file, lines) in [("before.jsonl", before), ("after.jsonl", after)] {
            let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
            runs.0.put(file, &lines);
        }
        runs
    }

    fn diff(&self, options: &[&str]) -> Ran {
        run(self.0.path(), ["diff", "before.jsonl", "after.jsonl"].iter().chain(options))
    }
}

/// The run of four subjects as one of these.
fn only(subjects: &[&str]) -> Vec<Value> {
    let mut lines = json(MATRIX);
    lines.retain(|line| line["kind"] != "case" || subjects.iter().any(|name| line["subject_name"] == *name));
    let named = lines[0]["subjects"].as_array_mut().expect("a header names its subjects");
    named.retain(|who| subjects.iter().any(|name| who["name"] == *name));
    lines
}

fn case<'a>(lines: &'a mut [Value], id: &str) -> &'a mut Value {
    lines.iter_mut().find(|line| line["id"] == id).expect("the run has this case")
}

#[test]
fn the_same_run_at_another_time_is_no_change() {
    let before = only(&["libc", "python"]);
    let mut after = before.clone();
    for line in after.iter_mut().filter(|line| line["kind"] == "case") {
        line["elapsed"] = json!(99.5);
        line["known"] = json!(true);
        for query in line["outcome"]["wire"].as_array_mut().into_iter().flatten() {
            (query["id"], query["at"]) = (json!(1), json!(88.0));
        }
    }
    *case(&mut after, "dns/servers/rotate-both-families") = {
        let mut raced = case(&mut before.clone(), "dns/servers/rotate-both-families").clone();
        raced["outcome"]["wire"] = json!([]);
        raced
    };
    let same = Runs::new(&before, &after).diff(&[]);
    insta::assert_snapshot!(same.told());
    assert_eq!(same.exit, 0);
}

#[test]
fn what_changed_is_told_before_and_after() {
    let before = only(&["libc"]);
    let mut after = before.clone();
    let changed = case(&mut after, "dns/truncation/nxdomain-over-tcp@inet");
    let other = only(&["cc:musl-gcc"]);
    let musl = other.iter().find(|line| line["id"] == changed["id"]).expect("both have it");
    for key in ["status", "verdicts", "outcome"] {
        changed[key] = musl[key].clone();
    }
    case(&mut after, "dns/content/dname")["id"] = json!("dns/content/dname-new");
    let runs = Runs::new(&before, &after);
    let told = runs.diff(&[]);
    insta::assert_snapshot!(told.told());
    let lines = json(&runs.diff(&["--format", "json"]).out);
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["changed", "added", "removed", "counts"]);
    assert_eq!((&lines[0]["was"], &lines[0]["is"]), (&json!("pass"), &json!("warn")));
    assert!(lines[0]["diff"].as_str().unwrap_or_default().contains("\n-     wire tcp A"), "{}", lines[0]);
    assert_eq!(
        lines[3],
        json!({"kind": "counts", "changed": 1, "added": 1, "removed": 1, "unchanged": 4, "left_out": 1,
            "before": "libc", "after": "libc"})
    );
    assert_eq!(told.exit, 1);
}

#[test]
fn one_subject_each_is_compared_under_any_name() {
    let ran = Runs::new(&only(&["libc"]), &only(&["cc:musl-gcc"])).diff(&[]);
    insta::assert_snapshot!(ran.told());
    let wide: Vec<_> = ran.out.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

#[test]
fn of_several_subjects_those_of_one_name_are_compared() {
    let ran = Runs::new(&only(&["libc", "python"]), &only(&["libc", "go"])).diff(&[]);
    insta::assert_snapshot!(ran.told());
    let strangers = Runs::new(&only(&["libc", "python"]), &only(&["go"])).diff(&[]);
    insta::assert_snapshot!("no_subject_in_both", strangers.told());
}

#[rstest]
#[case::cut_off(only(&["libc"])[..3].iter().map(|line| format!("{line}\n")).collect(), "incomplete")]
#[case::cut_in_a_line(MATRIX[..MATRIX.len() - 20].to_owned(), "line")]
#[case::nothing(String::new(), "nothing")]
#[case::no_json("  ✓ pass\n".to_owned(), "text")]
#[case::no_header(only(&["libc"])[1..].iter().map(|line| format!("{line}\n")).collect(), "no header")]
#[case::newer(MATRIX.replacen("\"version\":1", "\"version\":9", 1), "newer")]
#[case::two_runs(MATRIX.repeat(2), "two")]
fn what_is_no_whole_run_is_refused(#[case] text: String, #[case] name: &str) {
    let runs = Runs::new(&only(&["libc"]), &[]);
    runs.0.put("after.jsonl", &text);
    let ran = runs.diff(&[]);
    insta::assert_snapshot!(format!("no_whole_run_{}", name.replace(' ', "_")), ran.told());
    assert_eq!(ran.exit, 2);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let ran = run(Folder::new().path(), ["diff", "before.jsonl", "after.jsonl"]);
    assert_eq!(ran.exit, 2);
    assert!(ran.err.contains("reading the saved run `before.jsonl`: No such file or directory"), "{}", ran.err);
}

#[test]
fn the_help_tells_its_status() {
    let ran = run(Folder::new().path(), ["diff", "--help"]);
    assert_eq!(ran.exit, 0);
    insta::assert_snapshot!(ran.out);
}
