//! One group of subjects that stand together: who they are, what came back, what that is worth, what they sent.

use super::{answer, status, wires};
use crate::event::Record;
use crate::report::explain::CaseInfo;
use crate::report::html::escape::escape;
use crate::report::matrix::{Group, Kind, Row};
use crate::report::terminal::glyph;
use crate::snapshot::ANSWER;
use crate::verdict::{Holding, Level, Status, Verdict};

/// The longest text of what came that is shown at once.
const LONG: usize = 200;

/// The column of a group. What differs from the first group that answered is marked.
pub(super) fn column(group: &Group<'_>, row: &Row<'_>, names: &[String], info: Option<&CaseInfo>) -> String {
    let fullest = group.fullest();
    let who: Vec<&str> = group.members.iter().map(|(place, _)| names[*place].as_str()).collect();
    let places: Vec<String> = group.members.iter().map(|(place, _)| place.to_string()).collect();
    let mut text = format!(
        "<article class=\"g {class}\" data-subjects=\"{places}\"><h4>{} <span>{}</span></h4>",
        status(group.status()),
        escape(&who.join(", ")),
        class = group.status(),
        places = places.join(" "),
    );
    match group.kind {
        Kind::Agree => {
            let first = row.agreeing().next().map(Group::fullest).filter(|first| !std::ptr::eq(*first, fullest));
            text.push_str(&answer::replies(fullest, first));
            text.push_str(&verdicts(group, names, info));
        }
        Kind::Unsupported => text.push_str(&answer::replies(fullest, None)),
        Kind::Broken => {}
    }
    for (place, record) in &group.members {
        let name = if group.members.len() > 1 { names[*place].as_str() } else { "" };
        text.push_str(&remarks(record, name));
    }
    text + &wires::of(group, names) + "</article>"
}

/// The rules one by one. Where they are not the same for all members, each standing names its own.
fn verdicts(group: &Group<'_>, names: &[String], info: Option<&CaseInfo>) -> String {
    let rules = group.members.iter().map(|(_, record)| record.verdicts.len()).max().unwrap_or(0);
    let mut text = String::new();
    for nth in 0..rules {
        let mut standings: Vec<(&Verdict, Vec<&str>)> = Vec::new();
        for (place, record) in &group.members {
            let Some(verdict) = record.verdicts.get(nth) else { continue };
            match standings.iter_mut().find(|(other, _)| is_same(other, verdict)) {
                Some((_, who)) => who.push(&names[*place]),
                None => standings.push((verdict, vec![&names[*place]])),
            }
        }
        let one = standings.len() == 1;
        let step = info.and_then(|info| info.demands.get(nth)?.step);
        let step = step.map_or_else(String::new, |step| format!(", of call {step}"));
        for (verdict, who) in &standings {
            let who = if one { String::new() } else { format!(" <i>{}</i>", escape(&who.join(", "))) };
            text.push_str(&standing(verdict, &format!("{step}{who}")));
        }
    }
    if text.is_empty() { text } else { format!("<ul class=vd>{text}</ul>") }
}

fn is_same(one: &Verdict, other: &Verdict) -> bool {
    std::mem::discriminant(&one.holding) == std::mem::discriminant(&other.holding)
}

fn standing(verdict: &Verdict, whose: &str) -> String {
    let (mark, word) = match (&verdict.holding, verdict.level) {
        (Holding::Kept, _) => (Status::Pass, "kept"),
        (Holding::Broken { .. }, Level::Must | Level::Documented) => (Status::Fail, "broken"),
        (Holding::Broken { .. }, _) => (Status::Warn, "not followed"),
        (Holding::Recorded, _) => (Status::Recorded, "not judged"),
    };
    let clause = if verdict.clause.is_empty() { String::new() } else { format!(" · {}", escape(&verdict.clause)) };
    let mut text = format!("<li><b class=\"st {mark}\">{} {word}</b> {}{clause}{whose}", glyph(mark), verdict.level);
    if let Holding::Broken { required, came } = &verdict.holding {
        // The answer itself stands above.
        let came = match came.split_once(ANSWER) {
            Some(("", _)) => "the answer above".to_owned(),
            Some((call, _)) => format!("{call}the answer above"),
            None => came.clone(),
        };
        text.push_str(&format!(
            "<dl><dt>required<dd><code>{}</code><dt>came<dd><code>{}</code></dl>",
            escape(required),
            folded(&came)
        ));
    }
    text
}

/// A text; of a very long one the beginning, and all of it when asked for.
fn folded(text: &str) -> String {
    match text.char_indices().nth(LONG) {
        Some((at, _)) => {
            format!("<details><summary>{}…</summary>{}</details>", escape(&text[..at]), escape(text))
        }
        None => escape(text),
    }
}

/// What else is to be said of one subject.
fn remarks(record: &Record, name: &str) -> String {
    let name = if name.is_empty() { String::new() } else { format!("<b>{}</b>: ", escape(name)) };
    let mut text = String::new();
    if record.deviates() {
        let known = match (&record.drift, record.known) {
            (_, true) => "known: the record has this deviation",
            (Some(drift), _) if !drift.counts => "another version is on record, so that this does not count as new",
            _ => "<b>new</b>: the record does not have this deviation",
        };
        text.push_str(&format!("<p class=re>{name}{known}</p>"));
    }
    if let Some(note) = &record.note {
        text.push_str(&format!("<p class=re>{name}{}</p>", escape(note)));
    }
    if record.rerun {
        text.push_str(&format!("<p class=re>{name}this is the second run: the first was too slow to say anything</p>"));
    }
    if let Some(flaky) = &record.flaky {
        let was = escape(&flaky.was);
        text.push_str(&format!("<p class=re>{name}flaky: it came out otherwise at first ({was} on record)</p>"));
    }
    if let Some(drift) = &record.drift {
        let counts = if drift.counts { "" } else { ", the nearest version, so that this does not count" };
        text.push_str(&format!(
            "<details class=dr><summary>{name}~ differs from the record: {} there, {} now</summary><p>on record for {}{counts}</p>{}</details>",
            escape(&drift.was),
            record.status,
            escape(&drift.against),
            diff(&drift.diff)
        ));
    }
    text
}

fn diff(diff: &str) -> String {
    let line = |line: &str| match line.as_bytes().first() {
        Some(b'-') => format!("<del>{}</del>", escape(line)),
        Some(b'+') => format!("<ins>{}</ins>", escape(line)),
        _ => escape(line),
    };
    format!("<pre>{}</pre>", diff.lines().map(line).collect::<Vec<_>>().join("\n"))
}
