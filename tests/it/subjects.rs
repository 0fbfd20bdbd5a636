//! The subjects that netdbspec brings along: what each can be asked, and what `subjects --check` says of it and of
//! adapters that are wrong.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may panic as tests may")]

mod built;
mod python;
#[cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]
mod tried;

use std::collections::BTreeMap;
use std::time::Duration;

use netdbspec::call::Ask;
use netdbspec::runner::questions;
use netdbspec::subject::{self, Hello, Subject};

use crate::support::{absent, netdbspec};

/// What is no matter of speed may take so long.
const AMPLE: Duration = Duration::from_secs(60);

const README: &str = include_str!("../../fixtures/subjects/README.md");

/// The subjects of the register that are on this machine. What this very build leaves out is not missed.
fn present() -> impl Iterator<Item = Subject> {
    let left_out =
        |name: &str| name == "hickory" && !cfg!(feature = "hickory") || name == "rust" && !cfg!(feature = "rust");
    let names = subject::all().iter().flat_map(|builtin| builtin.listed).filter(move |name| !left_out(name));
    names.filter_map(|name| match subject::find(name, &netdbspec()) {
        Ok(subject) => Some(subject),
        Err(why) => {
            absent(name, &why.to_string());
            None
        }
    })
}

/// Whom each says to be. What stands for the C library of the machine is pinned for glibc.
fn met() -> Vec<(String, Hello)> {
    let met = present().map(|subject| (subject.name().to_owned(), subject.meet(AMPLE).unwrap()));
    met.filter(|(name, hello)| !matches!(name.as_str(), "libc" | "cc:gcc") || hello.name == "glibc").collect()
}

#[test]
fn what_each_can_be_asked_is_pinned() {
    for (name, hello) in met() {
        let mut calls = hello.calls.clone();
        calls.sort();
        let concurrent = if hello.concurrent { "\nconcurrent" } else { "" };
        let text = format!("implements {}{concurrent}\n{}", hello.implements.join(", "), calls.join("\n"));
        insta::assert_snapshot!(format!("calls-{}", name.replace([':', ' '], "-")), text);
    }
}

/// The table of calls in the README: for each subject the marks of each call. A column may stand for several subjects.
fn table() -> BTreeMap<String, BTreeMap<String, bool>> {
    let rows = README.lines().skip_while(|line| !line.starts_with("| call |")).take_while(|line| line.starts_with('|'));
    let cells = |row: &'static str| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let mut rows = rows.map(cells);
    let heads = rows.next().unwrap();
    let mut table: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
    for row in rows.skip(1) {
        assert_eq!(row.len(), heads.len(), "the row of {}", row[0]);
        for call in row[0].split(' ').map(|call| call.trim_matches('`').to_owned()) {
            for (head, cell) in heads.iter().zip(&row).skip(1) {
                assert!(matches!(*cell, "✓" | ""), "{call}, {head}: `{cell}` is no mark");
                for name in head.split("<br>") {
                    let column = table.entry(name.trim_matches('`').to_owned()).or_default();
                    assert!(column.insert(call.clone(), !cell.is_empty()).is_none(), "{call} stands there twice");
                }
            }
        }
    }
    table
}

#[test]
fn the_readme_has_a_mark_for_each_call_of_each_subject() {
    let table = table();
    let listed: Vec<_> = subject::all().iter().flat_map(|builtin| builtin.listed).copied().collect();
    let columns: Vec<_> = table.keys().map(String::as_str).collect();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    assert_eq!(columns, sorted, "the table of calls has one column for each subject of the register");
    for (name, marks) in &table {
        let missing: Vec<_> = Ask::NAMES.iter().filter(|call| !marks.contains_key(**call)).collect();
        assert!(missing.is_empty(), "{name}: no row for {missing:?}");
        assert_eq!(marks.len(), Ask::NAMES.len(), "{name}: rows for calls that there are not");
    }
    let mut wrong = Vec::new();
    for (name, hello) in met() {
        for (call, marked) in &table[&name] {
            match (marked, hello.makes(call)) {
                (true, false) => {
                    wrong.push(format!("row {call}, column {name}: marked, and the subject has no such call"))
                }
                (false, true) => wrong.push(format!("row {call}, column {name}: not marked, and the subject has it")),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "fixtures/subjects/README.md, the table of calls:\n{}", wrong.join("\n"));
}

#[test]
fn the_readme_names_every_subject_with_its_form() {
    for builtin in subject::all() {
        let form = if builtin.form.is_empty() { String::new() } else { format!(":{}", builtin.form) };
        // `cc` needs a compiler; the others can do without what may follow.
        let forms = [format!("| `{}{form}` |", builtin.name), format!("| `{}[{form}]` |", builtin.name)];
        assert!(forms.iter().any(|form| README.contains(form)), "a row that begins with one of {forms:?}");
    }
}

#[test]
fn there_is_one_question_for_each_call() {
    let names: Vec<String> =
        questions().iter().map(|question| question.as_object().unwrap().keys().next().unwrap().clone()).collect();
    assert_eq!(names, Ask::NAMES, "fixtures/subjects/questions.jsonl has the calls in the order of the register");
    for question in questions() {
        let read: Result<Ask, _> = serde_json::from_value(question.clone());
        assert!(read.is_ok(), "{question}: {read:?}");
    }
}
