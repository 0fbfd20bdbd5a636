//! The report for a person: a tree of areas and topics, each deviation, and a summary. 80 columns suffice.
//!
//! Each part is a function from records to text; only this page writes.

mod bar;
mod deviation;
mod drift;
mod header;
mod paint;
mod summary;
mod text;
mod tree;
mod trouble;

pub use paint::Paint;
pub use text::{count, wrap};

use std::io::{self, Write};

use super::{Options, Reporter, Verbosity};
use crate::event::{Event, Header, Record, Summary};

/// The width that lines are kept within.
const WIDTH: usize = 80;

/// Collects the records of a run and tells them once all are there.
pub struct Terminal {
    out: Box<dyn Write>,
    options: Options,
    header: Header,
    records: Vec<Record>,
}

impl Terminal {
    /// A reporter that writes to `out`.
    #[must_use]
    pub fn new(out: Box<dyn Write>, options: Options) -> Self {
        Self { out, options, header: Header::default(), records: Vec::new() }
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
                self.records.push((**record).clone());
                return Ok(());
            }
            Event::Finished(summary) => {
                self.records.sort_by(|one, other| one.id.cmp(&other.id));
                write!(self.out, "{}", body(&self.header, &self.records, summary, self.options))?;
            }
        }
        self.out.flush()
    }
}

/// All that follows the header.
fn body(header: &Header, records: &[Record], summary: &Summary, options: Options) -> String {
    let paint = Paint { colour: options.colour };
    if options.verbosity == Verbosity::Quiet {
        return summary::sentence(header, summary, paint) + "\n";
    }
    let verbose = options.verbosity == Verbosity::Verbose;
    let mut parts: Vec<String> = Vec::new();
    for subject in &header.subjects {
        let own: Vec<&Record> = records.iter().filter(|record| record.subject_name == subject.name).collect();
        parts.push(tree::render(header, subject, &own, verbose, paint));
    }
    parts.push(deviation::render(header, records, verbose, paint));
    parts.push(drift::render(header, records, verbose, paint));
    parts.push(trouble::render(header, records, paint));
    parts.push(summary::table(header, records, paint));
    parts.push(summary::next(header, records, paint));
    parts.push(summary::closing(header, summary, paint));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}
