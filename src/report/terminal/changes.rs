//! What changed between two saved runs, for a person: each change whole, what is only in one of them, and the counts.

use std::collections::BTreeMap;

use super::WIDTH;
use super::paint::{DRIFT, Paint};
use super::text::{count, cut, field, number, pad, width, wrap};
use crate::event::Header;
use crate::report::changes::Changes;

/// More cases than these are told by topic.
const IDS: usize = 20;

/// Of more lines in a row that went, or came, the first and the last are told.
const LINES: usize = 12;

/// Where the lines of a difference stand.
const LINE: usize = 6;

/// Where the values stand.
const VALUE: usize = 12;

/// The comparison of two runs, each with the name of its file.
#[must_use]
pub fn changes(before: (&str, &Header), after: (&str, &Header), all: &[Changes], paint: Paint) -> String {
    let mut parts = vec![run("before", before) + &run("after", after)];
    for changes in all {
        if all.len() > 1 && !changes.is_empty() {
            parts.push(paint.strong(&format!("  {}", changes.subjects())) + "\n");
        }
        for change in &changes.changed {
            let statuses =
                if change.was == change.is { String::new() } else { format!("  {} → {}", change.was, change.is) };
            parts.push(format!("  {DRIFT} {}{statuses}\n", paint.strong(&change.id)) + &diff(&change.diff, paint));
        }
        parts.push(only("added", &changes.added));
        parts.push(only("removed", &changes.removed));
    }
    parts.push(table(all, paint));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// A difference, which may be long, and whose lines may be.
fn diff(text: &str, paint: Paint) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut told = String::new();
    for alike in lines.chunk_by(|one, next| one.get(..1) == next.get(..1)) {
        let hidden = if alike.len() > LINES { alike.len() - LINES + 1 } else { 0 };
        let shown = alike.len() - hidden;
        alike[..shown / 2].iter().for_each(|line| told.push_str(&one(line, paint)));
        if hidden > 0 {
            let sign = alike[0].get(..1).unwrap_or_default();
            told.push_str(&one(&format!("{sign} … {}", count(hidden, "more line", "more lines")), paint));
        }
        alike[alike.len() - (shown - shown / 2)..].iter().for_each(|line| told.push_str(&one(line, paint)));
    }
    told
}

/// A line of a difference: whole where it went or came, since its end may be what differs.
fn one(line: &str, paint: Paint) -> String {
    let (sign, text) = line.split_at_checked(2).unwrap_or((line, ""));
    let place = |line: &str| format!("{}{}\n", " ".repeat(LINE), paint.change(line));
    if sign.trim().is_empty() {
        return place(&cut(line, WIDTH - LINE));
    }
    let words = text.trim_start();
    let indent = width(text) - width(words);
    let lines = wrap(words, WIDTH - LINE - width(sign) - indent - 2);
    let line = |(nth, words): (usize, &String)| {
        let further = if nth > 0 { 2 } else { 0 };
        place(&format!("{sign}{}{words}", " ".repeat(indent + further)))
    };
    lines.iter().enumerate().map(line).collect()
}

/// A run: its file, its subjects, its system.
fn run(label: &str, (file, header): (&str, &Header)) -> String {
    let subjects = header.subjects.iter().map(|who| format!("{}: {}", who.name, who.display()));
    let system = [&header.system.distribution, &header.system.os, &header.system.release, &header.system.machine];
    let system = system.into_iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    let words = subjects.chain([system, count(header.cases, "case", "cases")]).collect::<Vec<_>>().join(", ");
    field(2, label, VALUE, WIDTH, &[file.to_owned(), words])
}

/// Cases of one run alone: by id, or so many of each topic.
fn only(label: &str, ids: &[String]) -> String {
    if ids.is_empty() {
        return String::new();
    }
    if ids.len() <= IDS {
        return field(2, label, VALUE, WIDTH, ids);
    }
    let mut topics: BTreeMap<&str, usize> = BTreeMap::new();
    for id in ids {
        *topics.entry(id.rsplit_once('/').map_or(id.as_str(), |(topic, _)| topic)).or_default() += 1;
    }
    let lines: Vec<String> = topics.iter().map(|(topic, of)| format!("{topic}  {}", number(*of))).collect();
    field(2, label, VALUE, WIDTH, &lines)
}

/// How many cases there are of each kind, for each pair of subjects.
fn table(all: &[Changes], paint: Paint) -> String {
    let name = all.iter().map(|changes| width(&changes.subjects())).max().unwrap_or(0).clamp(12, 26);
    let titles = ["changed", "added", "removed", "unchanged", "left out"];
    let row = |first: &str, cells: [String; 5]| {
        let cells = cells.iter().zip(titles).map(|(cell, title)| format!("{cell:>0$}", width(title) + 3));
        format!("  {}{}\n", pad(first, name), cells.collect::<String>())
    };
    let mut text = paint.strong(&row("cases", titles.map(str::to_owned)));
    for changes in all {
        let counts =
            [changes.changed.len(), changes.added.len(), changes.removed.len(), changes.unchanged, changes.left_out];
        let mut lines = wrap(&changes.subjects(), name);
        let last = lines.pop().unwrap_or_default();
        lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        text.push_str(&row(&last, counts.map(number)));
    }
    if all.iter().any(|changes| changes.left_out > 0) {
        text.push_str("\n  left out: cases whose runs may differ\n");
    }
    text
}
