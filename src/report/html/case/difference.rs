//! Where two replies differ, line by line and value by value. What one of them does not tell is no difference, as
//! [`crate::outcome::Outcome::agrees`] has it.

use crate::snapshot::Told;

/// What is repeated in a list for nothing else: an interface without socket types gives each address once.
const TYPES: [&str; 2] = ["socktype", "protocol"];

/// A reply held against another one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Compared<'a> {
    /// Line by line.
    Lines(Vec<Line<'a>>),
    /// They have nothing in common that could be set side by side: one is a failure, or so long that it is summed up.
    Apart,
}

/// One line of a reply, held against another reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// It stands in both, but for the values at these places.
    Both(&'a [Told], Vec<usize>),
    /// It stands in this reply alone.
    Here(&'a [Told]),
    /// It stands in the other reply alone.
    There(&'a [Told]),
}

/// The lines of `here`, each held against `there`, without the fields that were not asked for.
pub(super) fn compared<'a>(here: &'a [Vec<Told>], there: &'a [Vec<Told>], unasked: &[&str]) -> Compared<'a> {
    if is_word(here) != is_word(there) || is_summed_up(here) != is_summed_up(there) {
        return Compared::Apart;
    }
    Compared::Lines(lines(here, there, unasked))
}

fn lines<'a>(here: &'a [Vec<Told>], there: &'a [Vec<Told>], unasked: &[&str]) -> Vec<Line<'a>> {
    if is_table(here) && is_table(there) {
        let there: Vec<Told> = there.iter().flatten().cloned().collect();
        return here.iter().map(|line| Line::Both(line, places(line, &there, unasked))).collect();
    }
    let without_types = has_no_types(here) || has_no_types(there);
    let same = |one: &[Told], other: &[Told]| {
        let apart = places(one, other, unasked);
        apart.iter().all(|at| without_types && TYPES.contains(&one[*at].key.as_str()))
    };
    if here.len() == there.len() {
        let pairs = here.iter().zip(there);
        return pairs.map(|(here, there)| Line::Both(here, places(here, there, unasked))).collect();
    }
    let there: Vec<&Vec<Told>> = if without_types { distinct(there, &same) } else { there.iter().collect() };
    aligned(here, &there, &same, without_types)
}

/// Of lists of different lengths the longest run of lines that stand in both, in order.
fn aligned<'a>(
    here: &'a [Vec<Told>],
    there: &[&'a Vec<Told>],
    same: &impl Fn(&[Told], &[Told]) -> bool,
    repeats: bool,
) -> Vec<Line<'a>> {
    let (rows, columns) = (here.len(), there.len());
    let mut longest = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            longest[row][column] = if same(&here[row], there[column]) {
                longest[row + 1][column + 1] + 1
            } else {
                longest[row + 1][column].max(longest[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::new();
    while row < rows || column < columns {
        let repeated = repeats && row < rows && here[..row].iter().any(|before| same(&here[row], before));
        if row < rows && column < columns && same(&here[row], there[column]) {
            lines.push(Line::Both(&here[row], Vec::new()));
            (row, column) = (row + 1, column + 1);
        } else if repeated {
            lines.push(Line::Both(&here[row], Vec::new()));
            row += 1;
        } else if row < rows && (column == columns || longest[row + 1][column] >= longest[row][column + 1]) {
            lines.push(Line::Here(&here[row]));
            row += 1;
        } else {
            lines.push(Line::There(there[column]));
            column += 1;
        }
    }
    lines
}

/// The places in `here` of values that differ from those of the same name in `there`.
fn places(here: &[Told], there: &[Told], unasked: &[&str]) -> Vec<usize> {
    let differs = |told: &Told| {
        let other = there.iter().find(|other| other.key == told.key);
        let told_twice = !told.is_untold() && other.is_some_and(|other| !other.is_untold());
        told_twice && other.is_some_and(|other| other.text != told.text) && !unasked.contains(&told.key.as_str())
    };
    here.iter().enumerate().filter(|(_, told)| differs(told)).map(|(at, _)| at).collect()
}

/// Whether a reply is no more than a word: a failure, or that there is nothing.
fn is_word(lines: &[Vec<Told>]) -> bool {
    matches!(lines, [line] if matches!(&line[..], [told] if told.key.is_empty()))
}

/// Whether a reply is so long that it has a line in the place of many.
fn is_summed_up(lines: &[Vec<Told>]) -> bool {
    lines.len() > 1 && lines.iter().flatten().any(|told| told.key.is_empty())
}

/// Whether a reply is one table of fields, perhaps in several lines.
fn is_table(lines: &[Vec<Told>]) -> bool {
    let mut keys: Vec<&str> = lines.iter().flatten().map(|told| told.key.as_str()).collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    keys.len() == all && !keys.contains(&"")
}

fn has_no_types(lines: &[Vec<Told>]) -> bool {
    TYPES.iter().any(|key| {
        let mut values = lines.iter().flatten().filter(|told| told.key == *key).peekable();
        values.peek().is_some() && values.all(Told::is_untold)
    })
}

fn distinct<'a>(lines: &'a [Vec<Told>], same: &impl Fn(&[Told], &[Told]) -> bool) -> Vec<&'a Vec<Told>> {
    let mut once: Vec<&Vec<Told>> = Vec::new();
    for line in lines {
        if !once.iter().any(|other| same(line, other)) {
            once.push(line);
        }
    }
    once
}
