//! Three columns side by side: names, outcome, wire. Each takes what it needs; where that is too much, first the names give
//! way, then the widest, and their text goes on in the next line.

use super::super::text::{pad, width, wrap};

/// A blank at which no line is broken.
pub(super) const NO_BREAK: char = '\u{a0}';

/// Between two columns.
const GAP: usize = 2;

/// The names give way alone as long as they are wider than this.
const NAMES: usize = 30;

/// No column becomes narrower than this.
const LEAST: usize = 16;

/// The widths of the columns.
pub(super) struct Columns([usize; 3]);

impl Columns {
    /// The columns of these rows, within so many columns of a screen.
    pub(super) fn of(rows: &[[String; 3]], room: usize) -> Self {
        let widest = |nth: usize| rows.iter().map(|row| width(&row[nth])).max().unwrap_or(0);
        let mut widths = [0, 1, 2].map(widest);
        let gaps = |widths: &[usize; 3]| GAP * widths.iter().filter(|width| **width > 0).count().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps(&widths) > room {
            if widths[0] > NAMES {
                widths[0] -= 1;
                continue;
            }
            let Some(widest) = widths.iter_mut().filter(|width| **width > LEAST).max() else { break };
            *widest -= 1;
        }
        Self(widths)
    }

    /// A row in lines.
    pub(super) fn lines(&self, row: &[String; 3]) -> Vec<String> {
        let mut cells: Vec<(usize, Vec<String>)> = Vec::new();
        for (text, columns) in row.iter().zip(self.0).filter(|(_, columns)| *columns > 0) {
            cells.push((columns, wrap(text, columns)));
        }
        let lines = cells.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
        let line = |nth: usize| {
            let cells = cells.iter().map(|(columns, lines)| pad(lines.get(nth).map_or("", String::as_str), *columns));
            cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().replace(NO_BREAK, " ")
        };
        (0..lines).map(line).collect()
    }
}

/// A text that is not broken at its blanks.
pub(super) fn unbroken(text: &str) -> String {
    text.replace(' ', &NO_BREAK.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: &[[&str; 3]], room: usize) -> String {
        let rows: Vec<[String; 3]> = rows.iter().map(|row| row.map(str::to_owned)).collect();
        let columns = Columns::of(&rows, room);
        rows.iter().flat_map(|row| columns.lines(row)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn columns_take_what_they_need() {
        let rows = [["glibc", "192.0.2.1", "udp A"], ["musl", "EAI_NONAME", ""]];
        insta::assert_snapshot!(told(&rows, 40), @"
        glibc  192.0.2.1   udp A
        musl   EAI_NONAME
        ");
    }

    #[test]
    fn the_widest_gives_way_and_names_stay_whole() {
        let names = ["glibc 2.36", "musl 1.2.3", "c-ares 1.18.1", "go 1.27", "cpython 3.11"].map(unbroken).join(", ");
        insta::assert_snapshot!(told(&[[&names, "60 addresses", "udp A · tcp A"]], 60), @"
        glibc 2.36, musl 1.2.3,          60 addresses  udp A · tcp A
        c-ares 1.18.1, go 1.27,
        cpython 3.11
        ");
    }

    #[test]
    fn a_column_without_text_takes_nothing() {
        assert_eq!(told(&[["a", "", "b"]], 20), "a  b");
    }
}
