//! `--record`: puts what came on record.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::exit::{Exit, with_exit};
use crate::case::Suite;
use crate::event::{Event, Record, Who};
use crate::report::terminal::count;
use crate::snapshot::{Scope, Written, write};

/// Collects records, and writes them as snapshots once all are there.
pub(super) struct Recorder {
    folder: PathBuf,
    subjects: Vec<Who>,
    records: Vec<Record>,
    sizes: BTreeMap<String, usize>,
}

impl Recorder {
    /// A recorder of cases of this suite that writes below `folder`.
    pub(super) fn new(folder: &Path, suite: &Suite) -> Self {
        let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
        for case in &suite.cases {
            *sizes.entry(case.id.topic().to_owned()).or_default() += 1;
        }
        Self { folder: folder.to_owned(), subjects: Vec::new(), records: Vec::new(), sizes }
    }

    /// Takes the next event.
    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Started(header) => self.subjects.clone_from(&header.subjects),
            Event::CaseFinished(record) => self.records.push((**record).clone()),
            _ => {}
        }
    }

    /// Writes the snapshots and says so. What deviates is on record now; only what could not be run has no record.
    pub(super) fn write(self, broken: usize) -> miette::Result<Exit> {
        let (mut changed, mut same) = (0, 0);
        for subject in &self.subjects {
            let mut topics: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
            for record in self.records.iter().filter(|record| record.subject_name == subject.name) {
                topics.entry(&record.topic).or_default().push(record);
            }
            for (topic, records) in topics {
                let whole = self.sizes.get(topic) == Some(&records.len());
                let scope = if whole { Scope::Whole } else { Scope::Part };
                let entries: Vec<_> = records.iter().map(|record| record.entry()).collect();
                let written = write(&self.folder, &subject.owner(), topic, &entries, scope);
                match written.map_err(|error| with_exit(Exit::UNABLE, error))? {
                    Written::Changed(path) => {
                        changed += 1;
                        anstream::eprintln!("recorded  {}", path.display());
                    }
                    Written::Same => same += 1,
                }
            }
        }
        anstream::eprintln!(
            "{} below `{}` changed, {} as before",
            count(changed, "snapshot", "snapshots"),
            self.folder.display(),
            count(same, "is", "are")
        );
        Ok(if broken > 0 { Exit::UNABLE } else { Exit::OK })
    }
}
