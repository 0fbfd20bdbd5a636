//! The tree: areas and topics with their counts, and a line for each case that is no plain pass.

use std::collections::BTreeMap;

use super::WIDTH;
use super::bar::bar;
use super::paint::{DRIFT, ORDER, Paint, glyph};
use super::text::{cut, field, number, pad, width};
use crate::event::{Counts, Record};
use crate::verdict::Status;

/// Topics by area, and their records.
type Areas<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a Record>>>;

pub(super) fn render(records: &[&Record], verbose: bool, paint: Paint) -> String {
    let mut areas = Areas::new();
    for record in records {
        areas.entry(&record.area).or_default().entry(&record.topic).or_default().push(record);
    }
    let mut text = String::new();
    let columns = Columns::of(&areas);
    for (area, topics) in &areas {
        let all: Vec<&Record> = topics.values().flatten().copied().collect();
        text.push_str(&columns.line(2, area, &all, paint));
        for (topic, records) in topics {
            let name = topic.split_once('/').map_or(*topic, |(_, name)| name);
            text.push_str(&columns.line(4, name, records, paint));
            text.push_str(&cases(records, verbose, paint));
        }
    }
    text
}

/// The widths of the tree's columns.
struct Columns {
    name: usize,
    bar: usize,
}

impl Columns {
    fn of(areas: &Areas<'_>) -> Self {
        let topics = areas.values().flatten();
        let longest = topics.clone().map(|(topic, _)| 4 + width(topic.split_once('/').map_or(topic, |(_, name)| name)));
        let name = areas.keys().map(|area| 2 + width(area)).chain(longest).max().unwrap_or(0).max(14) + 2;
        let tails = areas.values().map(|topics| tally(topics.values().flatten().copied()));
        let tail = tails.map(|counts| width(&tail(&counts, Paint::default()))).max().unwrap_or(0);
        Self { name, bar: WIDTH.saturating_sub(name + 7 + 3 + tail).clamp(8, 20) }
    }

    fn line(&self, indent: usize, name: &str, records: &[&Record], paint: Paint) -> String {
        let counts = tally(records.iter().copied());
        let name = pad(&format!("{}{name}", " ".repeat(indent)), self.name);
        let name = if indent == 2 { paint.strong(&name) } else { name };
        let line =
            format!("{name}{} {:>6}   {}", bar(&counts, self.bar, paint), number(counts.all()), tail(&counts, paint));
        line.trim_end().to_owned() + "\n"
    }
}

fn tally<'a>(records: impl Iterator<Item = &'a Record>) -> Counts {
    let mut counts = Counts::default();
    records.for_each(|record| counts.add(record.status));
    counts
}

/// How many there are of each status that is no pass.
fn tail(counts: &Counts, paint: Paint) -> String {
    let shown = ORDER.iter().filter(|status| **status != Status::Pass && counts.of(**status) > 0);
    let shown =
        shown.map(|status| paint.status(*status, &format!("{} {}", glyph(*status), number(counts.of(*status)))));
    shown.collect::<Vec<_>>().join("  ")
}

/// The lines of a topic's cases. Where nothing was judged, and nothing changed, the names stand together.
fn cases(records: &[&Record], verbose: bool, paint: Paint) -> String {
    let quiet = |record: &Record| matches!(record.status, Status::Recorded | Status::Unsupported | Status::Pass);
    let lines: Vec<Line> = records
        .iter()
        .filter(|record| verbose || !quiet(record) || record.drift.is_some())
        .map(|record| Line::of(record))
        .collect();
    let widest = |of: fn(&Line) -> &str| lines.iter().map(|line| width(of(line))).max().unwrap_or(0);
    let columns = [
        widest(|line| &line.mark),
        widest(|line| line.standing),
        widest(|line| &line.name),
        widest(|line| &line.level),
    ];
    let mut text: String = lines.iter().map(|line| line.render(columns, paint)).collect();
    for status in [Status::Recorded, Status::Unsupported].into_iter().filter(|_| !verbose) {
        let names = records.iter().filter(|record| record.status == status && record.drift.is_none());
        let names = names.map(|record| record.name()).collect::<Vec<_>>().join(", ");
        if !names.is_empty() {
            let label = format!("{} {status}", glyph(status));
            let value_at = 6 + width(&label) + 2;
            let lines = field(6, &label, value_at, WIDTH, &[names]);
            text.push_str(&lines.replacen(&label, &paint.status(status, &label), 1));
        }
    }
    text
}

/// The line of one case.
struct Line {
    status: Status,
    mark: String,
    standing: &'static str,
    name: String,
    level: String,
    why: String,
}

impl Line {
    fn of(record: &Record) -> Self {
        let standing = match &record.drift {
            _ if record.is_new() => "new",
            Some(_) => "differs",
            None if record.deviates() => "known",
            None => "",
        };
        let glyph = if record.drift.is_some() && !record.deviates() { DRIFT } else { glyph(record.status) };
        let strongest = record.verdicts.iter().min_by_key(|verdict| verdict.level);
        let (level, why) = match (record.broken_rules().first().copied().or(strongest), &record.note) {
            (_, Some(note)) if record.status == Status::Broken => (String::new(), note.clone()),
            (Some(verdict), _) => (verdict.level.to_string(), verdict.clause.clone()),
            (None, _) => (record.level.to_string(), record.clauses.first().cloned().unwrap_or_default()),
        };
        let why = why.lines().next().unwrap_or_default().to_owned();
        let mark = format!("{glyph} {}", record.status);
        Self { status: record.status, mark, standing, name: record.name().to_owned(), level, why }
    }

    fn render(&self, [mark, standing, name, level]: [usize; 4], paint: Paint) -> String {
        let head = paint.status(self.status, &pad(&self.mark, mark + 2));
        let standing = if standing > 0 { pad(self.standing, standing + 2) } else { String::new() };
        let rest = format!("{}  {}", pad(&self.name, name), pad(&self.level, level + usize::from(level > 0)));
        let room = WIDTH.saturating_sub(6 + mark + 2 + width(&standing) + width(&rest)).max(8);
        let line = format!("      {head}{standing}{rest}{}", paint.faint(&cut(&self.why, room)));
        line.trim_end().to_owned() + "\n"
    }
}
