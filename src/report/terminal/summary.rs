//! The last screen: a table by area, what to look at next, and the sentence that tells it all.

use std::collections::BTreeMap;

use super::WIDTH;
use super::paint::{Paint, glyph};
use super::text::{count, cut, field, number, pad, width, wrap};
use crate::event::{Conclusion, Counts, Header, Record, Summary};
use crate::report::again::again;
use crate::report::matrix::Matrix;
use crate::verdict::Status;

/// How many new deviations are named once more at the end.
const NEXT: usize = 5;

/// A rule that has less room than this beside its case is not told.
const LEAST: usize = 12;

/// The longest name of a subject that its row has room for.
const NAME: usize = 16;

/// The columns after the number of cases.
pub(in crate::report) const COLUMNS: [(Status, &str); 6] = [
    (Status::Pass, "pass"),
    (Status::Fail, "fail"),
    (Status::Warn, "warn"),
    (Status::Recorded, "recorded"),
    (Status::Unsupported, "unsupported"),
    (Status::Broken, "broken"),
];

/// Cases by area and status, for each subject.
pub(super) fn table(header: &Header, records: &[Record], paint: Paint) -> String {
    let mut text = String::new();
    for subject in &header.subjects {
        text.push_str(if text.is_empty() { "" } else { "\n" });
        let mut areas: BTreeMap<&str, Counts> = BTreeMap::new();
        for record in records.iter().filter(|record| record.subject_name == subject.name) {
            areas.entry(&record.area).or_default().add(record.status);
        }
        let name = areas.keys().map(|area| width(area)).chain([12]).max().unwrap_or(12);
        let label = if header.subjects.len() > 1 { subject.name.as_str() } else { "area" };
        // A long name has a line of its own.
        let long = width(label) > name;
        if long {
            text.push_str(&format!("  {}\n", cut(label, WIDTH - 2)));
        }
        text.push_str(&titles(if long { "" } else { label }, name, paint));
        let mut all = Counts::default();
        for (area, counts) in &areas {
            text.push_str(&row(area, name, counts, paint));
            all.merge(counts);
        }
        if areas.len() > 1 {
            text.push_str(&row("all", name, &all, paint));
        }
    }
    text
}

/// Cases by subject and status. A long name has a line of its own.
pub(super) fn subjects(matrix: &Matrix<'_>, header: &Header, records: &[Record], paint: Paint) -> String {
    let name = matrix.names.iter().map(|name| width(name)).filter(|width| *width <= NAME).max().unwrap_or(0).max(12);
    let mut text = titles("subject", name, paint);
    for (shown, subject) in matrix.names.iter().zip(&header.subjects) {
        let mut counts = Counts::default();
        records
            .iter()
            .filter(|record| record.subject_name == subject.name)
            .for_each(|record| counts.add(record.status));
        let long = width(shown) > NAME;
        if long {
            text.push_str(&format!("  {}\n", cut(shown, WIDTH - 2)));
        }
        text.push_str(&row(if long { "" } else { shown }, name, &counts, paint));
    }
    text
}

fn titles(label: &str, name: usize, paint: Paint) -> String {
    let titles = COLUMNS.map(|(_, title)| format!("{title:>0$}", width(title).max(4) + 3)).concat();
    paint.strong(&format!("  {}{:>7}{titles}", pad(label, name), "cases")) + "\n"
}

fn row(area: &str, name: usize, counts: &Counts, paint: Paint) -> String {
    let cells = COLUMNS.map(|(status, title)| {
        let cell = format!("{:>1$}", number(counts.of(status)), width(title).max(4) + 3);
        if counts.of(status) == 0 { paint.faint(&cell) } else { paint.status(status, &cell) }
    });
    format!("  {}{:>7}{}\n", pad(area, name), number(counts.all()), cells.concat())
}

/// The worst of what is new, and the command that shows it. Nothing where nothing is new.
pub(super) fn next(header: &Header, records: &[Record], paint: Paint) -> String {
    let counts = |record: &&Record| record.status == Status::Fail && (record.is_new() || header.strict);
    let mut new: Vec<&Record> = records.iter().filter(counts).collect();
    new.sort_by_key(|record| (record.status, record.level, &record.id));
    let Some(worst) = new.first() else { return String::new() };
    let heading = match (new.len(), header.strict) {
        (all @ ..=NEXT, false) => count(all, "new failure", "new failures"),
        (all, false) => format!("the worst of {} new failures", number(all)),
        (all, true) => format!("the worst of {} (known ones count: --strict)", count(all, "failure", "failures")),
    };
    let mut text = format!("  {}\n", paint.strong(&heading));
    let several = header.subjects.len() > 1;
    let name =
        |record: &Record| if several { format!("{}: {}", record.subject_name, record.id) } else { record.id.clone() };
    let name = |record: &Record| cut(&name(record), WIDTH - 12);
    let id = new.iter().take(NEXT).map(|record| width(&name(record))).max().unwrap_or(0);
    for record in new.iter().take(NEXT) {
        let rule = record.broken_rules().first().map(|v| format!("{} · {}", v.level, v.clause)).unwrap_or_default();
        let mark = paint.status(record.status, &format!("{} {}", glyph(record.status), record.status));
        let room = WIDTH.saturating_sub(4 + 8 + id + 2);
        let rule = if room < LEAST { String::new() } else { cut(&rule, room) };
        text.push_str(format!("    {mark}  {}  {rule}", pad(&name(record), id)).trim_end());
        text.push('\n');
    }
    text + &field(4, "alone:", 12, WIDTH, &again(header, worst, WIDTH - 12))
}

/// The last lines.
pub(super) fn closing(header: &Header, summary: &Summary, paint: Paint) -> String {
    let lines = wrap(&sentence(header, summary, Paint::default()), WIDTH - 2);
    let text: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    let (status, head) = verdict(header, summary);
    text.replacen(&head, &paint.status(status, &head), 1)
}

/// What the run came to, in one sentence.
pub(in crate::report) fn sentence(header: &Header, summary: &Summary, paint: Paint) -> String {
    let (status, head) = verdict(header, summary);
    let mut parts = vec![
        format!(
            "{} ({} new)",
            count(summary.required.broken, "required rule broken", "required rules broken"),
            number(summary.required.new)
        ),
        count(summary.recommended.broken, "recommendation not followed", "recommendations not followed"),
        format!("{} could not be run", number(summary.counts.broken)),
    ];
    let further = [
        (summary.drift, "outcome differs from the record", "outcomes differ from the record"),
        (summary.differ, "differs from the nearest version", "differ from the nearest version"),
        (summary.flaky, "was flaky", "were flaky"),
        (summary.reruns, "was run again on this slow machine", "were run again on this slow machine"),
    ];
    parts.extend(further.into_iter().filter(|(of, ..)| *of > 0).map(|(of, one, many)| count(of, one, many)));
    let head = paint.status(status, &head);
    let mut cases = count(summary.counts.all(), "case", "cases");
    if header.subjects.len() > 1 {
        cases = format!("{} of {}", count(summary.counts.all(), "run", "runs"), count(header.cases, "case", "cases"));
    }
    format!("{head}: {cases} in {:.1} s: {}", summary.elapsed.as_secs_f64(), parts.join(", "))
}

fn verdict(header: &Header, summary: &Summary) -> (Status, String) {
    let (status, word) = match summary.conclusion(header.strict) {
        Conclusion::Holds => (Status::Pass, "ok"),
        Conclusion::Deviates => (Status::Fail, "deviates"),
        Conclusion::Unable => (Status::Broken, "incomplete"),
        Conclusion::Nothing => (Status::Broken, "nothing was run"),
    };
    (status, format!("{} {word}", glyph(status)))
}
