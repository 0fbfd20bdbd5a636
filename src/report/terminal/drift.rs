//! Outcomes that differ from what is on record: whole where that counts, as a table where another version is on record.

use super::WIDTH;
use super::paint::{DRIFT, Paint};
use super::text::{count, cut, field, pad, width};
use crate::event::{Header, Record};
use crate::report::again::again;
use crate::snapshot::Drift;

pub(super) fn render(header: &Header, records: &[Record], verbose: bool, paint: Paint) -> String {
    let other: Vec<_> = drifted(records).filter(|(_, drift)| !drift.counts).collect();
    let mut text = counting(header, records, paint);
    if !other.is_empty() {
        text.push_str(if text.is_empty() { "" } else { "\n" });
        text.push_str(&table(header, &other, verbose, paint));
    }
    text
}

/// Those that came out otherwise once, and as they should when they were asked again.
pub(super) fn flaky(header: &Header, records: &[Record], paint: Paint) -> String {
    let flaky: Vec<_> = records.iter().filter_map(|record| Some((record, record.flaky.as_ref()?))).collect();
    if flaky.is_empty() {
        return String::new();
    }
    let heading = count(flaky.len(), "outcome was", "outcomes were");
    let mut text = paint.strong(&format!("  {heading} flaky: asked again, it came out as it should")) + "\n";
    for (record, drift) in flaky {
        text.push_str(&format!("\n  {DRIFT} {} of {}\n", paint.strong(&record.id), record.subject));
        text.push_str(&diff(drift, paint));
        text.push_str(&field(6, "again", 17, WIDTH, &again(header, record, WIDTH - 17)));
    }
    text
}

/// Those that make the run fail.
pub(super) fn counting(header: &Header, records: &[Record], paint: Paint) -> String {
    let counting: Vec<_> = drifted(records).filter(|(_, drift)| drift.counts).collect();
    if counting.is_empty() {
        return String::new();
    }
    let heading = count(counting.len(), "outcome differs", "outcomes differ");
    let mut text = paint.strong(&format!("  {heading} from what is on record")) + "\n";
    for (record, drift) in counting {
        text.push('\n');
        text.push_str(&whole(header, record, drift, paint));
    }
    text
}

fn drifted(records: &[Record]) -> impl Iterator<Item = (&Record, &Drift)> {
    records.iter().filter_map(|record| record.drift.as_ref().map(|drift| (record, drift)))
}

pub(super) fn whole(header: &Header, record: &Record, drift: &Drift, paint: Paint) -> String {
    let mut text = format!("  {DRIFT} {}\n", paint.strong(&record.id));
    text.push_str(&format!("      {} on record: {}, now: {}\n", drift.against, drift.was, record.status));
    text.push_str(&diff(drift, paint));
    text + &field(6, "again", 17, WIDTH, &again(header, record, WIDTH - 17))
}

fn diff(drift: &Drift, paint: Paint) -> String {
    drift.diff.lines().map(|line| format!("      {}\n", paint.change(&cut(line, WIDTH - 6)))).collect()
}

/// The differences from another version's outcomes.
fn table(header: &Header, drifted: &[(&Record, &Drift)], verbose: bool, paint: Paint) -> String {
    let heading = count(drifted.len(), "outcome differs", "outcomes differ");
    let mut text = paint.strong(&format!("  {heading} from the nearest version on record, which does not count"));
    text.push_str("\n\n");
    let id = drifted.iter().map(|(record, _)| width(&record.id)).max().unwrap_or(0).max(4);
    let was = drifted.iter().map(|(_, drift)| width(&drift.against).max(width(&drift.was))).max().unwrap_or(0);
    let mut subject = "";
    for (record, drift) in drifted {
        if record.subject != subject {
            subject = &record.subject;
            text.push_str(&format!("  {}  {}  {}\n", pad("case", id), pad(&drift.against, was), record.subject));
        }
        let now = if record.status.to_string() == drift.was {
            format!("{}, another outcome", record.status)
        } else {
            record.status.to_string()
        };
        text.push_str(&format!("  {}  {}  {now}\n", pad(&record.id, id), pad(&drift.was, was)));
        if verbose {
            text.push_str(&diff(drift, paint));
        }
    }
    if !verbose && let Some((record, _)) = drifted.first() {
        let mut command = again(header, record, WIDTH - 17 - 3);
        command.last_mut().into_iter().for_each(|last| last.push_str(" -v"));
        text.push('\n');
        text.push_str(&field(2, "what differs:", 17, WIDTH, &command));
    }
    text
}
