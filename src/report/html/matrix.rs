//! The second part of the page: cases by subjects. A cell is a glyph, and a letter that is the same for all subjects that
//! stand together. The cells are most of a large page, so each is as short as HTML allows.

use super::escape::escape;
use super::fragment;
use super::words::{glyph, letter};
use crate::event::Record;
use crate::report::matrix::{Kind, Row};

/// The table of cases, row by row.
#[derive(Default)]
pub(super) struct Rows {
    html: String,
    topic: String,
    area: String,
}

impl Rows {
    /// One more case; cases of a topic come one after the other. `about` is the topic in a few words.
    pub(super) fn add(&mut self, row: &Row<'_>, subjects: usize, about: Option<&str>) {
        let record = row.any();
        if self.topic != record.topic {
            self.topic.clone_from(&record.topic);
            self.begin_topic(record, subjects, about.unwrap_or_default());
        }
        self.html.push_str(if row.differs() { "<tr class=d>" } else { "<tr>" });
        let (id, name) = (fragment(&record.id), escape(record.name()));
        self.html.push_str(&format!("<th scope=row><a href=\"#case={id}\">{name}</a><td>{}", rules(record)));
        self.html.push_str(&cells(row, subjects).concat());
        self.html.push('\n');
    }

    fn begin_topic(&mut self, record: &Record, subjects: usize, about: &str) {
        // Without a script, an area's name in the overview leads to its first topic.
        let first = std::mem::replace(&mut self.area, record.area.clone()) != record.area;
        let id = if first { format!(" id=\"area={}\"", escape(&record.area)) } else { String::new() };
        let (topic, about) = (escape(&record.topic), escape(about));
        let columns = subjects + 2;
        self.html.push_str(&format!(
            "<tbody{id} data-topic=\"{topic}\"><tr class=t><th colspan={columns} scope=rowgroup><span><b>{topic}</b> {about}</span>\n"
        ));
    }

    /// The whole table.
    pub(super) fn table(&self, names: &[String]) -> String {
        let columns: String =
            names.iter().map(|name| format!("<th scope=col class=s><span>{}</span>", escape(name))).collect();
        let subjects = names.len();
        format!(
            "<table id=grid style=--subjects:{subjects}><thead><tr><th scope=col>case<th scope=col>rules{columns}{}</table>",
            self.html
        )
    }
}

/// The strongest level and all clauses: `must · RFC 3493 §6.1; POSIX getaddrinfo`.
fn rules(record: &Record) -> String {
    let clauses = escape(&record.clauses.join("; "));
    if clauses.is_empty() { record.level.to_string() } else { format!("{} · {clauses}", record.level) }
}

/// A cell for each subject. One that has no record of the case has an empty cell.
fn cells(row: &Row<'_>, subjects: usize) -> Vec<String> {
    let mut cells = vec!["<td>".to_owned(); subjects];
    for (nth, group) in row.groups.iter().enumerate() {
        // What stands together is told apart by letters: the first group has none, whoever did not answer neither.
        let together = match (nth, group.kind) {
            (0, _) | (_, Kind::Unsupported | Kind::Broken) => None,
            (nth, Kind::Agree) => char::from_digit(u32::try_from(nth).unwrap_or(25).min(25) + 10, 36),
        };
        for (place, record) in &group.members {
            let status = letter(record.status);
            let together = together.map(String::from).unwrap_or_default();
            let glyph = glyph(record.status);
            cells[*place] = match record.is_new() {
                true => format!("<td class={status}{together} data-new>{glyph}"),
                false => format!("<td class={status}{together}>{glyph}"),
            };
        }
    }
    cells
}
