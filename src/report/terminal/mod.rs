//! The report for a person: a tree of areas and topics, each deviation, and a summary; of several subjects the cases in
//! which they differ, and a summary. 80 columns suffice.
//!
//! Each part is a function from records to text; only this page writes.

mod bar;
mod changes;
mod deviation;
mod drift;
mod header;
mod matrix;
mod paint;
mod summary;
mod text;
mod tree;
mod trouble;

pub use changes::changes;
pub use paint::Paint;
#[cfg(feature = "cli")]
pub(super) use paint::glyph;
pub(super) use summary::{COLUMNS, sentence};
#[cfg(feature = "cli")]
pub(super) use text::number;
pub use text::{count, wrap};

use std::io::{self, Write};

use super::matrix::Matrix;
use super::{Options, Reporter, Verbosity};
use crate::event::{Event, Header, Record, Store, Summary};
use crate::verdict::Holding;

/// The width that lines are kept within.
const WIDTH: usize = 80;

/// Collects the records of a run and tells them once all are there.
pub struct Terminal {
    out: Box<dyn Write>,
    options: Options,
    header: Header,
    records: Store,
}

impl Terminal {
    /// A reporter that writes to `out`.
    #[must_use]
    pub fn new(out: Box<dyn Write>, options: Options) -> Self {
        Self { out, options, header: Header::default(), records: Store::default() }
    }
}

impl Reporter for Terminal {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let paint = Paint { colour: self.options.colour };
        match event {
            Event::Started(header) => {
                self.header = header.clone();
                if self.options.verbosity != Verbosity::Quiet {
                    writeln!(self.out, "{}", header::render(header, paint))?;
                }
            }
            Event::CaseStarted { .. } => return Ok(()),
            Event::CaseFinished(record) => {
                // The last line has no need of them.
                if self.options.verbosity == Verbosity::Quiet {
                    return Ok(());
                }
                return self.records.push(record);
            }
            Event::Finished(summary) => {
                let mut records = self.records.take()?;
                records.sort_by(|one, other| one.id.cmp(&other.id));
                write!(self.out, "{}", body(&self.header, &records, summary, self.options))?;
            }
        }
        self.out.flush()
    }
}

/// What deviates in a record, and how it differs from what is on record where that makes the run fail, as they are told
/// whole. Empty of a record of which neither is true.
pub(super) fn record(header: &Header, record: &Record) -> String {
    let paint = Paint::default();
    let deviation = record.deviates().then(|| deviation::alone(header, record, paint));
    let drift = record.drift.as_ref().filter(|drift| drift.counts);
    let drift = drift.map(|drift| drift::whole(header, record, drift, paint));
    [deviation, drift].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// What the strongest rule that is broken requires, and what came, each in a line.
pub(super) fn breach(record: &Record) -> Option<(&str, String)> {
    match &record.broken_rules().first()?.holding {
        Holding::Broken { required, came } => Some((required, deviation::in_lines(record, came).join(", "))),
        _ => None,
    }
}

/// All that follows the header.
fn body(header: &Header, records: &[Record], summary: &Summary, options: Options) -> String {
    let paint = Paint { colour: options.colour };
    if options.verbosity == Verbosity::Quiet {
        return sentence(header, summary, paint) + "\n";
    }
    let verbose = options.verbosity == Verbosity::Verbose;
    let mut parts = if header.subjects.len() > 1 {
        several(header, records, verbose, paint)
    } else {
        let all: Vec<&Record> = records.iter().collect();
        vec![
            tree::render(&all, verbose, paint),
            deviation::render(header, records, verbose, paint),
            drift::render(header, records, verbose, paint),
            drift::flaky(header, records, paint),
            trouble::render(header, records, paint),
            summary::table(header, records, paint),
        ]
    };
    parts.push(summary::next(header, records, paint));
    parts.push(summary::closing(header, summary, paint));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// What is told of several subjects: how they differ, and what makes the run fail.
fn several(header: &Header, records: &[Record], verbose: bool, paint: Paint) -> Vec<String> {
    let matrix = Matrix::of(header, records);
    let mut parts = vec![
        matrix::render(&matrix, verbose, paint),
        drift::counting(header, records, paint),
        drift::flaky(header, records, paint),
        trouble::render(header, records, paint),
        matrix::together(&matrix, paint),
    ];
    if verbose {
        parts.push(summary::table(header, records, paint));
    }
    parts.push(summary::subjects(&matrix, header, records, paint));
    parts
}
