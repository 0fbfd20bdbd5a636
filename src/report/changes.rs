//! What changed between two saved runs. Pure: blocks are compared as snapshots hold them, so that times, ids and ports are
//! left out, and so are cases whose runs may differ.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Serialize;

use crate::event::{Event, Header, ReadError, Record, Saved, Who};
use crate::snapshot::{Basis, Policy, compare};
use crate::verdict::Status;

/// A saved run, whole.
#[derive(Debug)]
pub struct Run {
    /// What it was about to do.
    pub header: Header,
    /// By subject and case.
    cases: BTreeMap<(String, String), Kept>,
}

/// What is compared of a record. The rest of a long run would be a gigabyte.
#[derive(Debug)]
struct Kept {
    status: Status,
    varies: bool,
    block: String,
}

impl Run {
    /// Reads what a JSON report holds.
    ///
    /// # Errors
    /// When it is no whole run.
    pub fn read(lines: impl BufRead) -> Result<Self, ReadError> {
        let mut run = Self { header: Header::default(), cases: BTreeMap::new() };
        for event in Saved::new(lines) {
            match event? {
                Event::Started(header) => run.header = header,
                Event::CaseFinished(record) => {
                    let kept = Kept { status: record.status, varies: record.varies.is_some(), block: block(&record) };
                    run.cases.insert((record.subject_name, record.id), kept);
                }
                Event::CaseStarted { .. } | Event::Finished(_) => {}
            }
        }
        Ok(run)
    }

    fn of(&self, subject: Option<&Who>) -> BTreeMap<&str, &Kept> {
        let own = self.cases.iter().filter(|((name, _), _)| subject.is_some_and(|who| *name == who.name));
        own.map(|((_, id), kept)| (id.as_str(), kept)).collect()
    }
}

/// How one subject of a run stands to one of another run.
#[derive(Debug, Default)]
pub struct Changes {
    /// The subject before, where there was one.
    pub before: Option<Who>,
    /// The subject after, where there is one.
    pub after: Option<Who>,
    /// The cases that came out otherwise, by id.
    pub changed: Vec<Change>,
    /// The cases that are only in the run after.
    pub added: Vec<String>,
    /// The cases that are only in the run before.
    pub removed: Vec<String>,
    /// How many cases came out the same.
    pub unchanged: usize,
    /// How many cases were left out, because their runs may differ.
    pub left_out: usize,
}

/// One case that came out otherwise.
#[derive(Debug, Serialize)]
pub struct Change {
    /// The case's id.
    pub id: String,
    /// What it came to before.
    pub was: Status,
    /// What it comes to.
    pub is: Status,
    /// The lines that differ: `- ` before one of the run before, `+ ` before one of the run after, two blanks before one of both.
    pub diff: String,
}

/// Compares two runs, subject by subject: where each has one, these two, whatever they are called; else those of one name.
/// `None` where no subject stands in both.
#[must_use]
pub fn changes(before: &Run, after: &Run) -> Option<Vec<Changes>> {
    let (was, is) = (&before.header.subjects, &after.header.subjects);
    let mut pairs: Vec<(Option<&Who>, Option<&Who>)> = Vec::new();
    if let ([was], [is]) = (was.as_slice(), is.as_slice()) {
        pairs.push((Some(was), Some(is)));
    } else {
        pairs.extend(was.iter().map(|was| (Some(was), is.iter().find(|is| is.name == was.name))));
        if pairs.iter().all(|(_, is)| is.is_none()) {
            return None;
        }
        let new = is.iter().filter(|is| was.iter().all(|was| was.name != is.name));
        pairs.extend(new.map(|is| (None, Some(is))));
    }
    Some(pairs.into_iter().map(|(was, is)| Changes::of(was, &before.of(was), is, &after.of(is))).collect())
}

impl Changes {
    fn of(before: Option<&Who>, was: &BTreeMap<&str, &Kept>, after: Option<&Who>, is: &BTreeMap<&str, &Kept>) -> Self {
        let mut changes = Self { before: before.cloned(), after: after.cloned(), ..Self::default() };
        for (id, was) in was {
            match is.get(id) {
                _ if was.varies => changes.left_out += 1,
                Some(is) if is.varies => changes.left_out += 1,
                Some(is) => match difference(was, is) {
                    Some(diff) => {
                        changes.changed.push(Change { id: (*id).to_owned(), was: was.status, is: is.status, diff });
                    }
                    None => changes.unchanged += 1,
                },
                None => changes.removed.push((*id).to_owned()),
            }
        }
        for (id, is) in is.iter().filter(|(id, _)| !was.contains_key(*id)) {
            if is.varies {
                changes.left_out += 1;
            } else {
                changes.added.push((*id).to_owned());
            }
        }
        changes
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.added.is_empty() && self.removed.is_empty()
    }

    /// The two subjects: `glibc 2.36`, `glibc 2.36 → musl 1.2.3`, `python → nobody`.
    #[must_use]
    pub fn subjects(&self) -> String {
        let display = |who: &Option<Who>| who.as_ref().map_or_else(|| "nobody".to_owned(), Who::display);
        let (before, after) = (display(&self.before), display(&self.after));
        if before == after { before } else { format!("{before} → {after}") }
    }

    /// Each change as a line of JSON, and the counts as the last.
    ///
    /// # Errors
    /// When a value cannot be expressed in JSON.
    pub fn lines(&self) -> serde_json::Result<Vec<String>> {
        let name = |who: &Option<Who>| who.as_ref().map(|who| who.name.clone());
        let (before, after) = (name(&self.before), name(&self.after));
        let line = |body| serde_json::to_string(&Line { before: before.as_deref(), after: after.as_deref(), body });
        let changed = self.changed.iter().map(|change| line(Body::Changed(change)));
        let added = self.added.iter().map(|id| line(Body::Added { id }));
        let removed = self.removed.iter().map(|id| line(Body::Removed { id }));
        let counts = Body::Counts {
            changed: self.changed.len(),
            added: self.added.len(),
            removed: self.removed.len(),
            unchanged: self.unchanged,
            left_out: self.left_out,
        };
        changed.chain(added).chain(removed).chain([line(counts)]).collect()
    }
}

/// A line of JSON: what changed, and the names that the two subjects were asked for by.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    body: Body<'a>,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Body<'a> {
    Changed(&'a Change),
    Added { id: &'a str },
    Removed { id: &'a str },
    Counts { changed: usize, added: usize, removed: usize, unchanged: usize, left_out: usize },
}

fn difference(was: &Kept, is: &Kept) -> Option<String> {
    let drift = compare(&was.block, &is.block, "", Basis::OnRecord, Policy::Strict).drift;
    drift.map(|drift| drift.diff)
}

/// A record as a snapshot would hold it; of one that could not be run also why.
fn block(record: &Record) -> String {
    let note = record.note.iter().filter(|_| record.status == Status::Broken);
    let note: String = note.flat_map(|note| note.lines()).map(|line| format!("\n  {line}")).collect();
    record.entry().block() + &note
}
