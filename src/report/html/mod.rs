//! The HTML report: one self-contained file, which fetches nothing. Everything that a subject or a nameserver said goes
//! through [`escape`].
//!
//! Overview and matrix are plain HTML, so that they are there without a script too; the script filters, and opens cases.

pub(crate) mod case;
pub(crate) mod escape;
mod matrix;
mod matters;
mod overview;
mod page;
mod sections;
pub(crate) mod wire;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use super::explain::CaseInfo;
use super::matrix::Matrix;
use super::{Options, Reporter};
use crate::case::{self as cases, Case};
use crate::event::{Event, Header, Record, Store, Summary};
use crate::tree::Tree;
use crate::world;

use page::Page;

/// Keeps the records of a run, and writes the page when all are there.
pub(crate) struct Html {
    out: Box<dyn Write>,
    header: Header,
    records: Store,
    /// The numbers of each case's records in the store: they come mixed, and are wanted case by case.
    cases: BTreeMap<String, Vec<usize>>,
    kept: usize,
}

impl Html {
    /// A reporter that writes to `out`.
    pub(crate) fn new(out: Box<dyn Write>, _options: Options) -> Self {
        Self { out, header: Header::default(), records: Store::default(), cases: BTreeMap::new(), kept: 0 }
    }

    /// The page, made case by case: of all records together a large run has more than there should be in memory.
    fn page(&mut self, summary: &Summary) -> io::Result<String> {
        let cases: Vec<Vec<usize>> = std::mem::take(&mut self.cases).into_values().collect();
        let order = cases.concat();
        let mut records = self.records.take_in(&order);
        // What the suite in this program says of its cases.
        let (worlds, _) = world::read(&Tree::fixtures().below("worlds"));
        let (suite, _) = cases::read(&Tree::fixtures().below("cases"), &worlds);
        let usual = worlds.get("default").map(AsRef::as_ref);
        let known: HashMap<String, &Case> = suite.cases.iter().map(|case| (case.id.to_string(), case)).collect();
        let mut page = Page::default();
        for case in &cases {
            let records: Vec<Record> = records.by_ref().take(case.len()).collect::<io::Result<_>>()?;
            let matrix = Matrix::of(&self.header, &records);
            let Some(row) = matrix.cases.first() else { continue };
            let record = row.any();
            let info = known.get(&record.id).map(|case| CaseInfo::of(case, usual)).filter(|info| is_of(info, record));
            let about = suite.topics.get(&record.topic).map(|topic| topic.about.as_str());
            page.add(row, &matrix.names, about, &case::section(row, &matrix.names, &self.header, info.as_ref()));
        }
        Ok(page.html(&self.header, &Matrix::of(&self.header, &[]).names, summary))
    }
}

impl Reporter for Html {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started(header) => self.header = header.clone(),
            Event::CaseStarted { .. } => {}
            Event::CaseFinished(record) => {
                self.records.push(record)?;
                self.cases.entry(record.id.clone()).or_default().push(self.kept);
                self.kept += 1;
            }
            Event::Finished(summary) => {
                let page = self.page(summary)?;
                self.out.write_all(page.as_bytes())?;
                self.out.flush()?;
            }
        }
        Ok(())
    }
}

/// Whether a record is of the suite's case, and not of one of the same name in another version, or in a suite of one's own.
fn is_of(info: &CaseInfo, record: &Record) -> bool {
    record.asked.iter().all(|asked| info.steps.iter().any(|step| step.words() == asked.trim_end()))
}

/// A text as a part of a fragment.
fn fragment(text: &str) -> String {
    let mut fragment = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' | b':' | b'@' => {
                fragment.push(char::from(byte));
            }
            byte => fragment.push_str(&format!("%{byte:02X}")),
        }
    }
    fragment
}
