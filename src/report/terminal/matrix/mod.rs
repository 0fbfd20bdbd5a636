//! Cases by subjects: a block for each case in which subjects differ. Equal outcomes stand together, and the clause decides
//! who is marked.

mod columns;
mod outcome;
mod wire;

use super::WIDTH;
use super::paint::{Paint, glyph};
use super::text::{count, cut, field, number, pad, width, wrap};
use crate::report::matrix::{Group, Kind, Matrix, Row};
use crate::verdict::Level;

use columns::{Columns, unbroken};

/// Where the second line of a case stands, and where its groups.
const REQUIRED: usize = 4;
const GROUPS: usize = 6;

/// How many sets of subjects are told.
const SETS: usize = 6;

/// The blocks of the cases; of those in which all that answered agree only where all are wanted.
pub(super) fn render(matrix: &Matrix<'_>, all: bool, paint: Paint) -> String {
    let shown = matrix.cases.iter().filter(|case| all || case.differs());
    shown.map(|case| block(&matrix.names, case, paint)).collect::<Vec<_>>().join("\n")
}

fn block(names: &[String], case: &Row<'_>, paint: Paint) -> String {
    let mut text = head(case, paint);
    let outcomes = outcome::outcomes(&case.groups);
    let wires = wire::wires(&case.groups);
    let mut rows: Vec<[String; 3]> = case
        .groups
        .iter()
        .zip(outcomes.into_iter().zip(wires))
        .map(|(group, (outcome, wire))| [members(names, group), outcome, wire])
        .collect();
    tell_apart(&case.groups, &mut rows);
    let columns = Columns::of(&rows, WIDTH - GROUPS - 2);
    for (group, row) in case.groups.iter().zip(&rows) {
        let status = group.status();
        for (nth, line) in columns.lines(row).into_iter().enumerate() {
            let mark = if nth == 0 { paint.status(status, &glyph(status).to_string()) } else { " ".to_owned() };
            text.push_str(format!("{}{mark} {line}", " ".repeat(GROUPS)).trim_end());
            text.push('\n');
        }
    }
    text
}

/// Groups that a rule about something else tells apart (times, ids, bytes of the wire) say which breach that is.
fn tell_apart(groups: &[Group<'_>], rows: &mut [[String; 3]]) {
    let read: Vec<[String; 2]> = rows.iter().map(|[_, outcome, wire]| [outcome.clone(), wire.clone()]).collect();
    for (nth, group) in groups.iter().enumerate().filter(|(_, group)| group.kind == Kind::Agree) {
        let reads_the_same = read.iter().filter(|other| **other == read[nth]).count() > 1;
        if let Some(breach) = outcome::breach(group).filter(|_| reads_the_same) {
            rows[nth][1] = format!("{}, {breach}", rows[nth][1]);
        }
    }
}

/// The id and the rule that decides; below them what it requires, or what the case shows.
fn head(case: &Row<'_>, paint: Paint) -> String {
    let record = case.any();
    let decides = case.decides();
    let rule = match decides {
        Some((verdict, _)) if verdict.clause.is_empty() => verdict.level.to_string(),
        Some((verdict, _)) => format!("{} · {}", verdict.level, verdict.clause),
        None => Level::Unspecified.to_string(),
    };
    let used = 2 + width(&record.id);
    let id = paint.strong(&record.id);
    let mut text = if used + 2 + width(&rule) <= WIDTH {
        format!("  {id}{}{rule}\n", " ".repeat(WIDTH - used - width(&rule)))
    } else {
        format!("  {id}\n") + &field(REQUIRED, "", REQUIRED, WIDTH, &[rule])
    };
    let (told, lines) = match decides.and_then(|(_, required)| required) {
        Some(required) => (required, 2),
        None => (record.about.as_str(), 1),
    };
    let varies = record.varies.as_ref().map(|why| format!("runs may differ ({why}): ")).unwrap_or_default();
    for line in shortened(&format!("{varies}{told}"), lines) {
        text.push_str(&format!("{}{}\n", " ".repeat(REQUIRED), paint.faint(&line)));
    }
    text
}

/// A text in at most so many lines.
fn shortened(text: &str, most: usize) -> Vec<String> {
    let mut lines = wrap(text, WIDTH - REQUIRED);
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(cut(&rest, WIDTH - REQUIRED));
    }
    lines
}

/// The members by name. One whose status is not the group's, because a manual does not bind it, has its own glyph behind it.
fn members(names: &[String], group: &Group<'_>) -> String {
    if group.kind == Kind::Agree && group.members.len() == names.len() && one_status(group) {
        return format!("all {}", names.len());
    }
    let status = group.status();
    let shown = group.members.iter().map(|(place, record)| {
        let own = if record.status == status { String::new() } else { format!(" ({})", glyph(record.status)) };
        unbroken(&format!("{}{own}", names[*place]))
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn one_status(group: &Group<'_>) -> bool {
    group.members.iter().all(|(_, record)| record.status == group.status())
}

/// How many cases differ, and who stands together in them.
pub(super) fn together(matrix: &Matrix<'_>, paint: Paint) -> String {
    let differing = matrix.differing().count();
    let all = count(matrix.cases.len(), "case", "cases");
    if differing == 0 {
        return paint.strong(&format!("  in none of {all} do the subjects differ")) + "\n";
    }
    let mut text = paint.strong(&format!("  the subjects differ in {} of {all}", number(differing)));
    if matrix.names.len() < 3 {
        return text + "\n";
    }
    text.push_str("; in so many of them stand together:\n");
    let groupings = matrix.groupings();
    for (set, times) in groupings.iter().take(SETS) {
        let set: Vec<String> = set.iter().map(|name| unbroken(name)).collect();
        let label = format!("{:>8}", number(*times));
        let lines = field(0, &pad(&label, 10), 10, WIDTH, &[format!("{{{}}}", set.join(", "))]);
        text.push_str(&lines.replace(columns::NO_BREAK, " "));
    }
    if let Some(rest) = groupings.len().checked_sub(SETS).filter(|rest| *rest > 0) {
        text.push_str(&format!("          … and {}\n", count(rest, "other set", "other sets")));
    }
    text
}
