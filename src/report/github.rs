//! The report for a workflow on GitHub: annotations, which are lines on standard output that its runner takes out, and a
//! job summary in Markdown.

mod markdown;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::{Options, Reporter, terminal};
use crate::event::{Counts, Event, Header, Record};
use crate::verdict::Status;

/// The variable that names the file of the job summary, to which steps add.
pub(super) const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Keeps what is worth a word, and tells it once all is there.
pub(super) struct Github {
    out: Box<dyn Write>,
    summary: Option<Box<dyn Write>>,
    header: Header,
    /// What is worth a word.
    records: Vec<Record>,
    counts: Tally,
}

/// How many cases have each status.
#[derive(Default)]
struct Tally {
    /// By the subject's name.
    subjects: BTreeMap<String, Counts>,
    /// By area.
    areas: BTreeMap<String, Counts>,
}

impl Github {
    /// A reporter that writes annotations to `out`, and no summary.
    #[must_use]
    pub(super) fn new(out: Box<dyn Write>, _: Options) -> Self {
        Self { out, summary: None, header: Header::default(), records: Vec::new(), counts: Tally::default() }
    }

    /// The same with a summary.
    #[must_use]
    pub(super) fn with_summary(self, summary: Box<dyn Write>) -> Self {
        Self { summary: Some(summary), ..self }
    }
}

/// Opens the file of the job summary: `file`, or the one that the runner names, if it does.
pub(super) fn summary(file: Option<&Path>) -> Option<(std::path::PathBuf, io::Result<Box<dyn Write>>)> {
    let boxed = |file: File| Box::new(BufWriter::new(file)) as Box<dyn Write>;
    if let Some(file) = file {
        return Some((file.to_owned(), File::create(file).map(boxed)));
    }
    let path = std::env::var_os(SUMMARY).filter(|path| !path.is_empty())?.into();
    let opened = OpenOptions::new().append(true).create(true).open(&path).map(boxed);
    Some((path, opened))
}

impl Reporter for Github {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started(header) => self.header = header.clone(),
            Event::CaseStarted { .. } => {}
            Event::CaseFinished(record) => {
                self.counts.subjects.entry(record.subject_name.clone()).or_default().add(record.status);
                self.counts.areas.entry(record.area.clone()).or_default().add(record.status);
                if is_told(&self.header, record) || is_drifted(record) || record.status == Status::Broken {
                    self.records.push((**record).clone());
                }
            }
            Event::Finished(summary) => {
                let text = annotations(&self.header, &self.records);
                self.out.write_all(text.as_bytes())?;
                self.out.flush()?;
                if let Some(file) = &mut self.summary {
                    let text = markdown::summary(&self.header, &self.records, &self.counts, summary);
                    file.write_all(text.as_bytes())?;
                    file.flush()?;
                }
            }
        }
        Ok(())
    }
}

/// The worst first: a runner shows ten of a kind.
fn annotations(header: &Header, records: &[Record]) -> String {
    let mut text = String::new();
    for record in deviations(header, records) {
        let kind = if record.status == Status::Fail { "error" } else { "warning" };
        text.push_str(&annotation(kind, &title(header, record), Some(record), &said(header, record)));
    }
    for record in drifted(header, records) {
        let title = format!("{}: another outcome than on record", subject_and_id(header, record));
        text.push_str(&annotation("error", &title, Some(record), &said(header, record)));
    }
    for (reason, broken) in in_the_way(records) {
        let title = terminal::count(broken, "case could not be run", "cases could not be run");
        text.push_str(&annotation("error", &title, None, reason));
    }
    text
}

/// A new deviation; with --strict any that the run fails of.
fn is_told(header: &Header, record: &Record) -> bool {
    record.is_new() || header.strict && record.status == Status::Fail
}

/// What is no such deviation, and other than what is on record, where that makes the run fail.
fn is_drifted(record: &Record) -> bool {
    record.drift.as_ref().is_some_and(|drift| drift.counts) && !record.is_new()
}

/// The deviations that are told, the worst first.
fn deviations<'a>(header: &Header, records: &'a [Record]) -> Vec<&'a Record> {
    let mut found: Vec<&Record> = records.iter().filter(|record| is_told(header, record)).collect();
    found.sort_by_key(|record| (record.status, record.level, &record.id, &record.subject_name));
    found
}

fn drifted<'a>(header: &Header, records: &'a [Record]) -> Vec<&'a Record> {
    let drifted = records.iter().filter(|record| is_drifted(record) && !is_told(header, record));
    let mut found: Vec<&Record> = drifted.collect();
    found.sort_by_key(|record| (&record.id, &record.subject_name));
    found
}

/// Why cases could not be run, each reason once, with how many they are.
fn in_the_way(records: &[Record]) -> BTreeMap<&str, usize> {
    let mut reasons = BTreeMap::new();
    for record in records.iter().filter(|record| record.status == Status::Broken) {
        *reasons.entry(record.note.as_deref().unwrap_or("no reason was given")).or_default() += 1;
    }
    reasons
}

fn subject_and_id(header: &Header, record: &Record) -> String {
    if header.subjects.len() > 1 { format!("{}: {}", record.subject, record.id) } else { record.id.clone() }
}

fn title(header: &Header, record: &Record) -> String {
    let rule = record.broken_rules().first().map(|rule| format!(", {} · {}", rule.level, rule.clause));
    format!("{}{}", subject_and_id(header, record), rule.unwrap_or_default())
}

/// What is told of a record below its title, without the margin that a page has.
fn said(header: &Header, record: &Record) -> String {
    let text = terminal::record(header, record);
    let lines = text.lines().skip(1).map(|line| line.strip_prefix("      ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

fn annotation(kind: &str, title: &str, record: Option<&Record>, text: &str) -> String {
    let place = record.map(|record| format!(",file={},line={}", property(&record.at.file), record.at.line));
    format!("::{kind} title={}{}::{}\n", property(title), place.unwrap_or_default(), data(text.trim_end()))
}

/// A message as the runner reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value as the runner reads it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_is_one_line_whatever_it_says() {
        let text = annotation("error", "cmd:a, b", None, "100 %\r\nand: more, too\n");
        assert_eq!(text, "::error title=cmd%3Aa%2C b::100 %25%0D%0Aand: more, too\n");
    }
}
