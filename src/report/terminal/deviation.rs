//! Each deviation whole: who says what, what was asked, what was required, what came, what was sent, and the command that
//! shows it again alone.

use super::WIDTH;
use super::paint::{Paint, glyph};
use super::text::{count, field, pad, width};
use crate::event::{Header, Record};
use crate::outcome::Reply;
use crate::report::again::again;
use crate::snapshot::{ANSWER, query_line, reply_lines};
use crate::verdict::{Holding, Verdict};

/// Where the labels stand, and where the values.
const LABEL: usize = 6;
const VALUE: usize = 17;

/// The most lines of the wire log that are shown without `-v`.
const WIRE: usize = 12;

/// All deviations, numbered: the known first, so that the new, worst first among themselves, are nearer to the end.
pub(super) fn render(header: &Header, records: &[Record], verbose: bool, paint: Paint) -> String {
    let (mut known, mut new): (Vec<_>, Vec<_>) =
        records.iter().filter(|record| record.deviates()).partition(|record| !record.is_new());
    let worst_first = |list: &mut Vec<&Record>| list.sort_by_key(|record| (record.status, record.level, &record.id));
    worst_first(&mut known);
    worst_first(&mut new);
    let mut text = String::new();
    let mut number = 0;
    let sections = [(&known, "known deviation", "known deviations"), (&new, "new deviation", "new deviations")];
    for (list, one, many) in sections.into_iter().filter(|(list, ..)| !list.is_empty()) {
        text.push_str(&format!("{}\n\n", paint.strong(&format!("  {}", count(list.len(), one, many)))));
        for record in list {
            number += 1;
            text.push_str(&deviation(number, header, record, verbose, paint));
            text.push('\n');
        }
    }
    text.trim_end_matches('\n').to_owned() + if text.is_empty() { "" } else { "\n" }
}

fn deviation(number: usize, header: &Header, record: &Record, verbose: bool, paint: Paint) -> String {
    title(&format!("{number:>3}  "), record, paint) + &whole(header, record, verbose)
}

/// One deviation, without a number.
pub(super) fn alone(header: &Header, record: &Record, paint: Paint) -> String {
    title("  ", record, paint) + &whole(header, record, false)
}

/// What follows its title.
fn whole(header: &Header, record: &Record, verbose: bool) -> String {
    let broken = record.broken_rules();
    let mut text = String::new();
    text.push_str(&line("shows", std::slice::from_ref(&record.about)));
    text.push_str(&line("asked", &record.asked));
    for (nth, verdict) in broken.iter().enumerate() {
        if nth > 0 {
            text.push_str(&line("and", &[rule(verdict)]));
        }
        if let Holding::Broken { required, came } = &verdict.holding {
            text.push_str(&line("required", std::slice::from_ref(required)));
            text.push_str(&line("came", &in_lines(record, came)));
        }
    }
    let lost = record.outcome.asked.iter().find_map(|asked| match &asked.reply {
        Reply::Lost(lost) => Some(lost.to_string()),
        _ => None,
    });
    if let Some(lost) = lost {
        text.push_str(&line("lost", &[lost]));
    }
    if verbose {
        let replies = record.outcome.asked.iter();
        let replies: Vec<String> = replies.flat_map(|asked| reply_lines(&asked.reply)).collect();
        text.push_str(&line("reply", &replies));
    }
    if record.world.is_some() {
        text.push_str(&line("wire", &wire(record, verbose)));
    }
    if let Some(note) = &record.note {
        text.push_str(&line("note", std::slice::from_ref(note)));
    }
    if record.rerun {
        text.push_str(&line("note", &["this is the second run: the first was too slow to say anything".to_owned()]));
    }
    if let Some(drift) = record.drift.as_ref().filter(|drift| !drift.counts) {
        let was =
            format!("{} on record for {}, the nearest version, so that this does not count", drift.was, drift.against);
        text.push_str(&line("differs", &[was]));
    }
    text + &line("again", &again(header, record, WIDTH - VALUE))
}

/// What came. An answer as a whole is told as replies are told, not as the judge's shortened JSON.
pub(super) fn in_lines(record: &Record, came: &str) -> Vec<String> {
    let whole = came.split_once(ANSWER).and_then(|(call, _)| {
        let nth =
            call.strip_prefix("call ").and_then(|call| call.trim_end_matches(": ").parse().ok()).unwrap_or(1_usize);
        let asked = record.outcome.asked.get(nth.checked_sub(1)?)?;
        let mut lines = reply_lines(&asked.reply);
        let first = lines.first_mut()?;
        *first = format!("{call}{first}");
        Some(lines)
    });
    whole.unwrap_or_else(|| vec![came.to_owned()])
}

fn title(before: &str, record: &Record, paint: Paint) -> String {
    let mark = format!("{} {}", glyph(record.status), record.status);
    let left = format!("{before}{}  {}", paint.status(record.status, &mark), paint.strong(&record.id));
    let right = record.broken_rules().first().map(|verdict| rule(verdict)).unwrap_or_default();
    let used = width(before) + width(&mark) + 2 + width(&record.id);
    if used + 2 + width(&right) <= WIDTH {
        format!("{left}{}{right}\n", " ".repeat(WIDTH - used - width(&right)))
    } else {
        format!("{left}\n{}", line("rule", &[right]))
    }
}

fn rule(verdict: &Verdict) -> String {
    format!("{} · {}", verdict.level, verdict.clause)
}

fn wire(record: &Record, verbose: bool) -> Vec<String> {
    let queries = &record.outcome.wire;
    if queries.is_empty() {
        return vec!["nothing was sent".to_owned()];
    }
    let shown = if verbose || queries.len() <= WIRE + 1 { queries.len() } else { WIRE };
    let mut lines: Vec<String> = queries[..shown].iter().map(query_line).collect();
    if shown < queries.len() {
        lines.push(format!("… and {}", count(queries.len() - shown, "more query", "more queries")));
    }
    lines
}

fn line(label: &str, lines: &[String]) -> String {
    field(LABEL, &pad(label, VALUE - LABEL), VALUE, WIDTH, lines)
}
