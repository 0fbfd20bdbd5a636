//! What other programs make of the reports: JUnit's XML, and what a workflow's runner reads.

use std::fs;
use std::process::Command;

use rstest::rstest;

use super::{MATRIX, MIXED, REAL};
use crate::support::{Folder, Ran, absent, command, json, root, run};

#[rstest]
#[case::two_subjects("mixed", MIXED, &[])]
#[case::strict("mixed_strict", MIXED, &["--strict"])]
fn junit(#[case] name: &str, #[case] file: &str, #[case] further: &[&str]) {
    let ran = run(root(), ["report", file, "--format", "junit"].iter().chain(further));
    insta::assert_snapshot!(format!("junit_{name}"), ran.out);
    assert_eq!((ran.exit, ran.err.as_str()), (1, ""));
}

/// Reads a file of JUnit's, and says of each case what became of it.
const CONSUMER: &str = "
import json, sys
from junitparser import JUnitXml, Failure, Error, Skipped
xml = JUnitXml.fromfile(sys.argv[1])
print(json.dumps({'tests': xml.tests, 'failures': xml.failures, 'errors': xml.errors, 'skipped': xml.skipped}))
for suite in xml:
    for case in suite:
        kinds = [type(result).__name__ for result in case.result] if isinstance(case.result, list) else \\
            [type(case.result).__name__] if case.result else []
        print(json.dumps({'suite': suite.name, 'id': case.name, 'class': case.classname, 'kinds': kinds}))
";

/// A Python that has junitparser, which Debian installs for its own.
fn junitparser() -> Option<&'static str> {
    let has = |python: &&str| {
        let imports = Command::new(python).args(["-c", "import junitparser"]).output();
        imports.is_ok_and(|done| done.status.success())
    };
    let found = ["/usr/bin/python3", "python3"].into_iter().find(has);
    if found.is_none() {
        absent("junitparser", "no python3 has the module junitparser: install python3-junitparser");
    }
    found
}

#[test]
fn junit_is_read_by_who_collects_results() {
    let Some(python) = junitparser() else { return };
    let folder = Folder::new();
    let texts = [MIXED, MATRIX].map(|file| fs::read_to_string(root().join(file)).expect("the run is there"));
    for text in texts.iter().map(String::as_str).chain([REAL.as_str()]) {
        folder.put("run.jsonl", text);
        run(folder.path(), ["report", "run.jsonl", "-q", "--format", "junit=run.xml"]);
        let consumer = Command::new(python).args(["-c", CONSUMER]).arg(folder.path().join("run.xml")).output();
        let read = Ran::said(consumer.expect("Python starts"));
        assert_eq!((read.exit, read.err.as_str()), (0, ""));
        let mut told = json(&read.out);
        let counts = told.remove(0);
        let records: Vec<_> = json(text).into_iter().filter(|line| line["kind"] == "case").collect();
        let mut expected = [0; 3];
        assert_eq!(told.len(), records.len());
        for record in &records {
            let new = record["status"] == "fail" && record["known"] == false;
            let kind = match record["status"].as_str() {
                Some("broken") => Some((0, "Error")),
                Some("unsupported") => Some((1, "Skipped")),
                _ if new || record["drift"]["counts"] == true => Some((2, "Failure")),
                _ => None,
            };
            let text = |key: &str| record[key].as_str().expect("a text").to_owned();
            let suite = format!("{}: {}", text("subject_name"), text("area"));
            let found = told.iter().find(|case| case["suite"] == suite && case["id"] == record["id"]);
            let found = found.expect("each record is a test");
            assert_eq!(found["class"], format!("{}: {}", text("subject_name"), text("topic")));
            let kinds: Vec<_> = kind.iter().map(|(_, name)| *name).collect();
            assert_eq!(found["kinds"].as_array().expect("a list"), &kinds, "{record}");
            kind.iter().for_each(|(which, _)| expected[*which] += 1);
        }
        assert_eq!(counts["tests"], records.len());
        assert_eq!(["errors", "skipped", "failures"].map(|of| counts[of].clone()), expected);
    }
}

#[rstest]
#[case::two_subjects("mixed", MIXED)]
#[case::four_subjects("matrix", MATRIX)]
fn a_workflow_is_told(#[case] name: &str, #[case] file: &str) {
    let folder = Folder::new();
    let summary = folder.path().join("summary.md");
    let ran = run(root(), ["report", file, "--format", &format!("github={}", summary.display())]);
    assert_eq!((ran.exit, ran.err.as_str()), (1, ""));
    assert!(ran.out.lines().all(|line| line.starts_with("::error title=") || line.starts_with("::warning title=")));
    insta::assert_snapshot!(format!("annotations_{name}"), ran.out);
    insta::assert_snapshot!(format!("job_summary_{name}"), folder.read("summary.md"));
}

#[test]
fn a_summary_is_added_to_those_of_other_steps_and_a_person_reads_beside_the_runner() {
    let folder = Folder::new();
    folder.put("summary.md", "# Another step\n");
    let arguments = ["report", MATRIX, "-q", "--format", "terminal", "--format", "github"];
    let mut command = command(root(), arguments);
    let ran = Ran::of(command.env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md")));
    assert!(folder.read("summary.md").starts_with("# Another step\n## netdbspec: ✗ deviates\n"));
    assert_eq!(ran.out.lines().filter(|line| !line.starts_with("::")).count(), 1, "{}", ran.out);
    assert!(ran.out.starts_with("✗ deviates: 28 runs of 7 cases"), "{}", ran.out);
}
