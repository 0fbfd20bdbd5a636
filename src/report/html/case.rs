//! One case of the report: what it asks, in which world, and what each group of subjects made of it, side by side.

mod about;
mod answer;
mod difference;
mod group;
mod wires;

use crate::event::{Header, Record};
use crate::report::again;
use crate::report::explain::CaseInfo;
use crate::report::html::escape::escape;
use crate::report::matrix::{Kind, Row};
use crate::report::terminal::glyph;
use crate::verdict::Status;

/// How a section looks; its colours are custom properties, which the page sets.
pub(crate) const CSS: &str = include_str!("case.css");

/// The id of a case's section: a fragment that begins with `#case=` leads to it without a script.
pub(crate) fn anchor(id: &str) -> String {
    format!("case={id}")
}

/// The section of one case. `names` are those of [`crate::report::matrix::Matrix::names`].
pub(crate) fn section(row: &Row<'_>, names: &[String], header: &Header, info: Option<&CaseInfo>) -> String {
    let record = row.any();
    let id = escape(&anchor(&record.id));
    let mut text = format!("<section class=case id=\"{id}\"><h3><a href=\"#{id}\">{}</a></h3>", escape(&record.id));
    text.push_str(&about::head(row, names, info));
    text.push_str("<div class=gs>");
    for group in &row.groups {
        text.push_str(&group::column(group, row, names, info));
    }
    text.push_str("</div>");
    text.push_str(&about::details(record, info));
    text + &commands(row, header, record) + "</section>"
}

/// The commands that show the case again: run for one subject of each group, explained, and its world from inside.
fn commands(row: &Row<'_>, header: &Header, record: &Record) -> String {
    let asked = row.groups.iter().filter(|group| group.kind != Kind::Unsupported);
    let mut members: Vec<_> = asked.map(|group| group.members[0]).collect();
    if members.is_empty() {
        members.extend(row.groups.iter().map(|group| group.members[0]));
    }
    members.sort_by_key(|(place, _)| *place);
    let subjects: Vec<&str> = members.iter().map(|(_, record)| record.subject_name.as_str()).collect();
    let mut lines = vec![again::of_all(header, &record.id, &subjects), format!("netdbspec show {}", record.id)];
    if record.world.is_some() {
        lines.push(format!("netdbspec exec --case {} -- sh", record.id));
    }
    format!("<p class=lb>again</p><pre class=ag>{}</pre>", escape(&lines.join("\n")))
}

/// A status as its glyph and its word.
fn status(status: Status) -> String {
    format!("<b class=\"st {status}\">{} {status}</b>", glyph(status))
}

#[cfg(test)]
mod tests;
