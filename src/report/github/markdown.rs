//! The job summary: what the run came to, cases by subject and area, and each new deviation to unfold.

use super::{Tally, deviations, drifted, in_the_way, subject_and_id};
use crate::event::{Counts, Header, Record, Summary, Who};
use crate::report::terminal::{self, COLUMNS, Paint};

/// A summary may have a megabyte. So many deviations are told whole, and so many in a row of the table.
const WHOLE: usize = 20;
const ROWS: usize = 100;

pub(super) fn summary(header: &Header, records: &[Record], counts: &Tally, summary: &Summary) -> String {
    let sentence = terminal::sentence(header, summary, Paint::default());
    let (verdict, rest) = sentence.split_once(": ").unwrap_or((&sentence, ""));
    let mut text = format!("## netdbspec: {}\n\n{}\n\n", escaped(verdict), escaped(rest));
    let who = header.subjects.iter().map(|who| format!("{} ({})", code(&who.name), escaped(&who.display())));
    let who = who.collect::<Vec<_>>().join(", ");
    text.push_str(&format!("{who} on {}, netdbspec {}\n\n", escaped(&header.system.display()), header.netdbspec));
    text.push_str(&told(header, "new deviation", "new deviations", &deviations(header, records)));
    text.push_str(&told(
        header,
        "outcome differs from the record",
        "outcomes differ from the record",
        &drifted(header, records),
    ));
    let reasons = in_the_way(records);
    if !reasons.is_empty() {
        text.push_str("### Could not be run\n\n");
        for (reason, broken) in reasons {
            text.push_str(&format!("{}\n{}\n", terminal::count(broken, "case:", "cases:"), block(reason)));
        }
    }
    if header.subjects.len() > 1 {
        let shown = |who: &Who| format!("{} {}", code(&who.name), escaped(&who.display()));
        let rows = header.subjects.iter().map(|who| (shown(who), counts.subjects.get(&who.name)));
        text.push_str(&format!("### Subjects\n\n{}\n", table("subject", rows)));
    }
    let rows = counts.areas.iter().map(|(area, counts)| (code(area), Some(counts)));
    text + "### Areas\n\n" + &table("area", rows)
}

/// Cases by status.
fn table<'a>(label: &str, rows: impl Iterator<Item = (String, Option<&'a Counts>)>) -> String {
    let titles = COLUMNS.map(|(_, title)| format!(" {title} |")).concat();
    let mut text = format!("| {label} | cases |{titles}\n| :--- | ---: |{}\n", " ---: |".repeat(COLUMNS.len()));
    for (name, counts) in rows {
        let counts = counts.copied().unwrap_or_default();
        let cells = COLUMNS.map(|(status, _)| format!(" {} |", counts.of(status))).concat();
        text.push_str(&format!("| {name} | {} |{cells}\n", counts.all()));
    }
    text
}

/// A table of what deviates or differs, and the first of them whole.
fn told(header: &Header, one: &str, many: &str, records: &[&Record]) -> String {
    if records.is_empty() {
        return String::new();
    }
    let mut text = format!("### {}\n\n| case | says | required | came |\n| :--- | :--- | :--- | :--- |\n", {
        terminal::count(records.len(), one, many)
    });
    for record in records.iter().take(ROWS) {
        let rule = record.broken_rules().first().map(|rule| format!("{} · {}", rule.level, rule.clause));
        let was = record.drift.as_ref().map(|drift| format!("{}: {}", drift.against, drift.was));
        let now = record.status.to_string();
        let (required, came) = terminal::breach(record).unwrap_or_else(|| (was.as_deref().unwrap_or_default(), now));
        let cells = [&rule.unwrap_or_else(|| "on record".to_owned()), required, &came].map(escaped);
        text.push_str(&format!("| {} | {} |\n", code(&subject_and_id(header, record)), cells.join(" | ")));
    }
    if records.len() > ROWS {
        text.push_str(&format!("\nand {} more\n", records.len() - ROWS));
    }
    text.push('\n');
    for record in records.iter().take(WHOLE) {
        let name = escaped(&subject_and_id(header, record));
        let block = block(&terminal::record(header, record));
        text.push_str(&format!("<details><summary>{name}</summary>\n{block}\n</details>\n\n"));
    }
    text
}

/// Text as it stands: what is in it means nothing to Markdown, nor to HTML.
fn block(text: &str) -> String {
    // A blank line would end the block.
    let lines =
        text.trim_end().lines().map(|line| if line.trim().is_empty() { " ".to_owned() } else { entities(line) });
    format!("\n<pre>{}</pre>\n", lines.collect::<Vec<_>>().join("\n"))
}

fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A name in the type of programs, in a cell of a table too.
fn code(name: &str) -> String {
    format!("<code>{}</code>", escaped(name))
}

/// Text in a line of Markdown, a cell of a table or HTML's: no character of it means anything. An entity cannot.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("<br>"),
            // `@name` and `#1` would be links, `$` begins a formula.
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '@' | '#' | '$' => {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_means_anything_to_markdown() {
        assert_eq!(escaped("a|b `c` <i>&*_x_*"), "a&#124;b &#96;c&#96; &lt;i&gt;&amp;&#42;&#95;x&#95;&#42;");
        assert_eq!(escaped("x@inet\ny"), "x&#64;inet<br>y");
        assert_eq!(block("a\n\n<b>\n"), "\n<pre>a\n \n&lt;b&gt;</pre>\n");
    }
}
