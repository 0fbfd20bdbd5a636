//! The table that all benches fill: one row a measurement, beside a limit that was measured in the same run.

use std::fmt::Write as _;

/// Which ratios are good.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// At most so many times the limit.
    AtMost(f64),
    /// At least so many times the limit.
    AtLeast(f64),
}

/// One measurement.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What was measured: `one case for libc, from spawn to verdict`.
    pub(crate) what: String,
    /// What came out, with its unit: `1.9 ms`.
    pub(crate) measured: String,
    /// What it is held against, with its unit: `a bare program, 1.5 ms`.
    pub(crate) limit: String,
    /// What came out by what it is held against.
    pub(crate) ratio: f64,
    /// What the ratio should be.
    pub(crate) goal: Goal,
}

/// What all benches found.
#[derive(Debug)]
pub(crate) struct Table {
    /// Whether a few seconds have to do: the benches are kept alive, their figures mean little.
    pub(crate) short: bool,
    lines: Vec<[String; 5]>,
}

impl Table {
    /// An empty one. `NETDBSPEC_BENCH=short` makes every bench short.
    pub(crate) fn new() -> Self {
        let short = std::env::var_os("NETDBSPEC_BENCH").is_some_and(|length| length == "short");
        let head = ["what", "measured", "limit beside it", "ratio", "to reach"].map(str::to_owned);
        Self { short, lines: vec![head] }
    }

    /// Adds a measurement.
    ///
    /// # Panics
    /// When the ratio is not a number: then nothing was measured.
    pub(crate) fn add(&mut self, row: Row) {
        assert!(row.ratio.is_finite() && row.ratio > 0.0, "{row:?}");
        let (goal, reached) = match row.goal {
            Goal::AtMost(goal) => (format!("≤ {goal} ×"), row.ratio <= goal),
            Goal::AtLeast(goal) => (format!("≥ {goal} ×"), row.ratio >= goal),
        };
        let verdict = if reached { "reached" } else { "missed" };
        self.lines.push([
            row.what,
            row.measured,
            row.limit,
            format!("{:.2} ×", row.ratio),
            format!("{goal}, {verdict}"),
        ]);
    }

    /// Says that something could not be measured here, and why.
    pub(crate) fn absent(&mut self, what: &str, why: &str) {
        self.lines.push([what.to_owned(), "-".to_owned(), why.to_owned(), "-".to_owned(), "-".to_owned()]);
    }

    /// All of it as a Markdown table that is also good to read as it is.
    pub(crate) fn markdown(&self) -> String {
        let width = |column: usize| self.lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths = [0, 1, 2, 3, 4].map(width);
        let mut text = String::new();
        for (nth, line) in self.lines.iter().enumerate() {
            let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect::<Vec<_>>();
            _ = writeln!(text, "| {} |", cells.join(" | "));
            if nth == 0 {
                _ = writeln!(text, "|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
            }
        }
        text
    }
}

/// The middle one of some measurements.
///
/// # Panics
/// When there are none.
pub(crate) fn median(mut all: Vec<f64>) -> f64 {
    assert!(!all.is_empty(), "nothing was measured");
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
