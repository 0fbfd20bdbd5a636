//! What a case is about: its clauses in plain words, its world, its calls as code.

use crate::event::Record;
use crate::report::explain::{CaseInfo, Done, Part, Surroundings};
use crate::report::html::escape::escape;
use crate::report::matrix::Row;
use crate::verdict::Level;

/// What stands above the answers: which rule decides, what the case shows, what is asked.
pub(super) fn head(row: &Row<'_>, names: &[String], info: Option<&CaseInfo>) -> String {
    let record = row.any();
    let mut text = "<p class=ru>".to_owned();
    if let Some((verdict, _)) = row.decides() {
        text.push_str(&format!("<b>{}</b>", verdict.level));
        if !verdict.clause.is_empty() {
            text.push_str(&format!(" · {}", escape(&verdict.clause)));
        }
    }
    if names.len() > 1 && row.differs() {
        text.push_str(&format!(" <b class=df>≠ {} outcomes that differ</b>", row.agreeing().count()));
    }
    text.push_str(&format!("</p><p class=ab>{}</p>", escape(&record.about)));
    for (behaviour, whom) in info.iter().flat_map(|info| &info.hurts) {
        text.push_str(&format!("<p class=hu><b>Hurts</b> ({}): {}</p>", escape(behaviour), escape(whom)));
    }
    if let Some(varies) = &record.varies {
        let why = if varies == "kernel" { "the kernel" } else { "the subject itself, which races" };
        text.push_str(&format!(
            "<p class=hu>What comes depends on {why}: it is judged by its rules and never on record.</p>"
        ));
    }
    text.push_str(&demands(row, info));
    text + &steps(record, info)
}

/// The calls, numbered, and what is done to files between them.
fn steps(record: &Record, info: Option<&CaseInfo>) -> String {
    let call = |words: &str| format!("<li><code>{}</code>", escape(words));
    let steps: String = match info {
        Some(info) => info
            .steps
            .iter()
            .map(|step| match step {
                Done::Asked(words) => call(words),
                Done::Changed(words) => format!("<li class=ch><code>{}</code>", escape(words)),
            })
            .collect(),
        None => record.asked.iter().map(|words| call(words)).collect(),
    };
    let one = if record.asked.len() > 1 { "" } else { " one" };
    format!("<p class=lb>asked</p><ol class=\"aq{one}\">{steps}</ol>")
}

/// What each rule asks for. Without the suite only what the subjects broke says it.
fn demands(row: &Row<'_>, info: Option<&CaseInfo>) -> String {
    let mut text = "<p class=lb>the rules</p><dl class=dm>".to_owned();
    let Some(info) = info else {
        if let Some((verdict, required)) = row.decides() {
            let clause = if verdict.clause.is_empty() { "nobody" } else { &verdict.clause };
            text.push_str(&format!("<dt>{} · {}</dt>", verdict.level, escape(clause)));
            text.push_str(&format!("<dd>{}</dd>", escape(required.unwrap_or("kept by every subject, or not judged"))));
        }
        return text + "</dl>";
    };
    for demand in &info.demands {
        text.push_str(&format!("<dt>{}</dt><dd>", escape(&demand.head())));
        let plain = match demand.level {
            _ if demand.either.is_empty() => "Recorded, whatever it is.",
            Level::Must | Level::Documented => "It has to be so:",
            Level::Should => "It is recommended:",
            Level::May => "It is allowed:",
            Level::Unspecified => "Nobody says what has to be; this is foreseen:",
        };
        text.push_str(plain);
        for (nth, checks) in demand.either.iter().enumerate() {
            let or = if nth > 0 { "<p>or</p>" } else { "" };
            let checks: String = checks.iter().map(|check| format!("<li><code>{}</code>", escape(check))).collect();
            text.push_str(&format!("{or}<ul>{checks}</ul>"));
        }
        text.push_str("</dd>");
    }
    text + "</dl>"
}

/// What stands below the answers, folded: the world, and the calls as code.
pub(super) fn details(record: &Record, info: Option<&CaseInfo>) -> String {
    let mut text = String::new();
    match (info.and_then(|info| info.world.as_ref()), &record.world) {
        (Some(world), _) => text.push_str(&surroundings(world)),
        (None, Some(name)) => text.push_str(&format!("<p class=lb>in the world {}</p>", escape(name))),
        (None, None) => {}
    }
    for (language, calls) in info.iter().flat_map(|info| &info.code) {
        let calls = escape(&calls.join("\n"));
        text.push_str(&format!("<details><summary>As code in {language}</summary><pre>{calls}</pre></details>"));
    }
    text + &format!("<p class=at>{}:{}</p>", escape(&record.at.file), record.at.line)
}

fn surroundings(world: &Surroundings) -> String {
    let mut text = format!("<details><summary>The world {}</summary>", escape(&world.name));
    if !world.about.is_empty() {
        text.push_str(&format!("<p>{}</p>", escape(&world.about)));
    }
    let mut lines = String::new();
    for part in &world.parts {
        match part {
            Part::Line(line) => lines.push_str(&format!("<li>{}", escape(line))),
            Part::Text { title, lines } => {
                let lines = escape(&lines.join("\n"));
                text.push_str(&format!("<p class=fi>{}</p><pre>{lines}</pre>", escape(title)));
            }
        }
    }
    if !lines.is_empty() {
        text.push_str(&format!("<ul class=li>{lines}</ul>"));
    }
    text + "</details>"
}
