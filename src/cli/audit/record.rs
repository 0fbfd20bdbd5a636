//! `--record`: puts what came on record.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::super::exit::{Exit, stop, with_exit};
use crate::case::Suite;
use crate::event::{Event, Record, Store, Who};
use crate::report::terminal::count;
use crate::snapshot::{Known, Leftover, Scope, Written, leftovers, sweep, write};
use crate::tree::Tree;

/// Collects records, and writes them as snapshots once all are there.
pub(super) struct Recorder {
    folder: PathBuf,
    subjects: Vec<Who>,
    records: Store,
    trouble: Option<io::Error>,
    sizes: BTreeMap<String, usize>,
    known: Known,
}

impl Recorder {
    /// A recorder of cases of this suite that writes below `folder`.
    pub(super) fn new(folder: &Path, suite: &Suite) -> Self {
        let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
        for case in &suite.cases {
            *sizes.entry(case.id.topic().to_owned()).or_default() += 1;
        }
        Self {
            folder: folder.to_owned(),
            subjects: Vec::new(),
            records: Store::default(),
            trouble: None,
            sizes,
            known: suite.recordable(),
        }
    }

    /// Takes the next event.
    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Started(header) => self.subjects.clone_from(&header.subjects),
            Event::CaseFinished(record) => {
                if let Err(error) = self.records.push(record) {
                    self.trouble.get_or_insert(error);
                }
            }
            _ => {}
        }
    }

    /// Writes the snapshots and says so. What deviates is on record now; only what could not be run has no record.
    pub(super) fn write(mut self, broken: usize) -> miette::Result<Exit> {
        let records = self.trouble.take().map_or_else(|| self.records.take(), Err);
        let records =
            records.map_err(|error| stop(Exit::UNABLE, format!("keeping the records of this run: {error}")))?;
        let (mut changed, mut same) = (0, 0);
        for subject in &self.subjects {
            let mut topics: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
            for record in records.iter().filter(|record| record.subject_name == subject.name) {
                topics.entry(&record.topic).or_default().push(record);
            }
            let whole: BTreeSet<&str> = topics
                .iter()
                .filter(|(topic, of)| self.sizes.get(**topic) == Some(&of.len()))
                .map(|(t, _)| *t)
                .collect();
            let owner = subject.owner();
            for leftover in self.leftovers(&owner.folder(), &whole).map_err(|error| with_exit(Exit::UNABLE, error))? {
                let path = sweep(&self.folder, &leftover).map_err(|error| with_exit(Exit::UNABLE, error))?;
                changed += 1;
                anstream::eprintln!("tidied    {}", path.display());
            }
            for (topic, records) in topics {
                let scope = if whole.contains(topic) { Scope::Whole } else { Scope::Part };
                let entries: Vec<_> = records.iter().map(|record| record.entry()).collect();
                let written = write(&self.folder, &owner, topic, &entries, scope);
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

    /// What is on record of a subject, belongs to no case any more, and lies in topics that were run as a whole; a topic that
    /// is no more, where all topics of its area were.
    fn leftovers(&self, folder: &str, whole: &BTreeSet<&str>) -> Result<Vec<Leftover>, crate::snapshot::Error> {
        let area = |topic: &str| topic.split('/').next().unwrap_or_default().to_owned();
        let covered = |left: &Leftover| {
            let mut siblings = self.sizes.keys().filter(|topic| area(topic) == area(&left.topic)).peekable();
            let run = whole.contains(left.topic.as_str());
            run || !self.sizes.contains_key(&left.topic)
                && siblings.peek().is_some()
                && siblings.all(|t| whole.contains(t.as_str()))
        };
        let mut left = leftovers(&Tree::Disk(self.folder.clone()), &self.known)?;
        left.retain(|left| left.subject.split('@').next() == Some(folder) && covered(left));
        Ok(left)
    }
}
