//! Saved runs put together: the parts of a run that several machines shared, or the same cases asked of other subjects.
//! Records wait outside the process's memory, and come in one order, whoever finished first.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead};
use std::path::Path;

use crate::event::{Event, Header, OF, ReadError, Saved, Shard, Store, Summary, Who};

/// Runs that cannot be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// A file is no whole saved run.
    #[error("reading the saved run `{file}`: {source}")]
    Read {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: ReadError,
    },
    /// A file does not hold what its last line says.
    #[error("reading the saved run `{file}`: its footer counts {told} records, and it holds {found}")]
    Count {
        /// The file.
        file: String,
        /// How many its footer counts.
        told: usize,
        /// How many there are.
        found: usize,
    },
    /// A record is of a subject that the header does not name.
    #[error("reading the saved run `{file}`: `{id}` was asked of `{subject}`, which its header does not name")]
    Stranger {
        /// The file.
        file: String,
        /// The case.
        id: String,
        /// The subject's name.
        subject: String,
    },
    /// A name stands for two subjects.
    #[error("merging `{file}`: its `{name}` is {other}, and {one} in the files before it")]
    Subject {
        /// The later file.
        file: String,
        /// The name.
        name: String,
        /// Who it is in the files before.
        one: String,
        /// Who it is in this file.
        other: String,
    },
    /// A case was asked of a subject in two runs.
    #[error("merging: `{id}` was asked of `{subject}` in `{one}` and in `{other}`")]
    Twice {
        /// The case.
        id: String,
        /// The subject's name.
        subject: String,
        /// One file.
        one: String,
        /// The other file, or the same.
        other: String,
    },
    /// The records cannot be kept.
    #[error("keeping the records of the saved runs: {0}")]
    Keep(#[from] io::Error),
}

impl MergeError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Read { source, .. } => source.hint().to_owned(),
            Self::Count { .. } | Self::Stranger { .. } => "lines are missing or changed: run it again".to_owned(),
            Self::Twice { one, other, .. } if one == other => "give each file once".to_owned(),
            Self::Subject { .. } | Self::Twice { .. } => "to see them side by side, add --apart".to_owned(),
            Self::Keep(_) => return None,
        })
    }
}

/// Takes saved runs in, one after another.
#[derive(Debug, Default)]
pub struct Merge {
    apart: bool,
    header: Header,
    files: Vec<String>,
    /// Of each record in the store: its case, its subject's place in the header, its file.
    keys: Vec<(String, usize, usize)>,
    store: Store,
    summary: Summary,
    remarks: Vec<String>,
    /// Which parts there are of a run of these subjects, by how many parts it has.
    shards: BTreeMap<(Vec<String>, usize), BTreeSet<Shard>>,
}

/// Saved runs, put together.
#[derive(Debug)]
pub struct Merged {
    /// The header that they have in common.
    pub header: Header,
    /// What they come to.
    pub summary: Summary,
    /// What differs between them, in sentences.
    pub remarks: Vec<String>,
    /// The parts that are not among them: `2/3 of libc`.
    pub missing: Vec<String>,
    store: Store,
    order: Vec<usize>,
}

impl Merge {
    /// Nothing yet. Where they shall stand `apart`, the subjects of each file are told from those of the others by its name:
    /// `libc of debian` is that of `debian.jsonl`.
    #[must_use]
    pub fn new(apart: bool) -> Self {
        Self { apart, ..Self::default() }
    }

    /// Takes one run in. `file` is what it is called in messages.
    ///
    /// # Errors
    /// When it is no whole run, or does not go together with those before it.
    pub fn add(&mut self, file: &str, lines: impl BufRead) -> Result<(), MergeError> {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let (first, nth) = (self.keys.len(), self.files.len());
        let origin = self.apart.then(|| Path::new(file).file_stem().unwrap_or_default().to_string_lossy());
        let named = |name: &mut String| {
            if let Some(origin) = &origin {
                *name = format!("{name}{OF}{origin}");
            }
        };
        for event in Saved::new(lines) {
            match event.map_err(|source| MergeError::Read { file: file.to_owned(), source })? {
                Event::Started(mut header) => {
                    header.subjects.iter_mut().for_each(|who| named(&mut who.name));
                    let names: Vec<String> = header.subjects.iter().map(|who| who.name.clone()).collect();
                    self.join(file, header)?;
                    let place = |name: &String| self.header.subjects.iter().position(|who| who.name == *name);
                    places = names.into_iter().filter_map(|name| Some((name.clone(), place(&name)?))).collect();
                }
                Event::CaseFinished(mut record) => {
                    named(&mut record.subject_name);
                    let stranger = || MergeError::Stranger {
                        file: file.to_owned(),
                        id: record.id.clone(),
                        subject: record.subject_name.clone(),
                    };
                    let place = *places.get(&record.subject_name).ok_or_else(stranger)?;
                    self.summary.add(&record);
                    self.store.push(&record)?;
                    self.keys.push((record.id, place, nth));
                }
                Event::Finished(footer) => {
                    let (told, found) = (footer.counts.all(), self.keys.len() - first);
                    if told != found {
                        return Err(MergeError::Count { file: file.to_owned(), told, found });
                    }
                    self.summary.elapsed = self.summary.elapsed.saturating_add(footer.elapsed);
                }
                Event::CaseStarted { .. } => {}
            }
        }
        self.files.push(file.to_owned());
        Ok(())
    }

    fn join(&mut self, file: &str, header: Header) -> Result<(), MergeError> {
        if let Some(shard) = header.shard {
            let names = header.subjects.iter().map(|who| who.name.clone()).collect();
            self.shards.entry((names, shard.of())).or_default().insert(shard);
        }
        let Some(first) = self.files.first() else {
            self.header = header;
            return Ok(());
        };
        let own = &mut self.header;
        if header.netdbspec != own.netdbspec {
            let (one, other) = (&own.netdbspec, &header.netdbspec);
            self.remarks.push(format!("`{file}` was written by netdbspec {other}, `{first}` by {one}"));
        }
        if header.system != own.system {
            let (one, other) = (own.system.display(), header.system.display());
            let ours = if one == other { "another system of that kind".to_owned() } else { one };
            self.remarks.push(format!("`{file}` is from {other}, `{first}` from {ours}, which the report names"));
        }
        if header.options != own.options {
            self.remarks.push(format!(
                "`{file}` was run with other options than `{first}`: the commands that the report names are without them"
            ));
            own.options.clear();
        }
        for who in header.subjects {
            match own.subjects.iter().find(|known| known.name == who.name) {
                Some(known) if *known == who => {}
                Some(known) => return Err(two(file, known, &who)),
                None => own.subjects.push(who),
            }
        }
        // Without selectors every case was wanted.
        if own.selection.is_empty() || header.selection.is_empty() {
            own.selection.clear();
        } else {
            let new: Vec<_> = header.selection.into_iter().filter(|chosen| !own.selection.contains(chosen)).collect();
            own.selection.extend(new);
        }
        own.strict |= header.strict;
        own.isolation = own.isolation.take().or(header.isolation);
        Ok(())
    }

    /// Puts all runs together that were taken in.
    ///
    /// # Errors
    /// When a case was asked of a subject in two of them.
    pub fn finish(self) -> Result<Merged, MergeError> {
        let Self { mut header, files, keys, store, summary, remarks, shards, .. } = self;
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|nth| &keys[*nth]);
        let of_case = |nth: usize| (&keys[nth].0, keys[nth].1);
        if let Some(pair) = order.windows(2).find(|pair| of_case(pair[0]) == of_case(pair[1])) {
            let (one, other) = (&keys[pair[0]], &keys[pair[1]]);
            return Err(MergeError::Twice {
                id: one.0.clone(),
                subject: header.subjects[one.1].name.clone(),
                one: files[one.2].clone(),
                other: files[other.2].clone(),
            });
        }
        let mut missing = Vec::new();
        if files.len() > 1 {
            header.cases = keys.iter().map(|(id, ..)| id).collect::<BTreeSet<_>>().len();
            header.shard = None;
            for ((names, of), found) in shards {
                let lost = Shard::all(of).filter(|shard| !found.contains(shard));
                missing.extend(lost.map(|shard| format!("{shard} of {}", names.join(", "))));
            }
        }
        Ok(Merged { header, summary, remarks, missing, store, order })
    }
}

fn two(file: &str, known: &Who, who: &Who) -> MergeError {
    let (file, name) = (file.to_owned(), who.name.clone());
    MergeError::Subject { file, name, one: known.display(), other: who.display() }
}

impl Merged {
    /// Tells it as a run is told: ordered by case, then as the header names the subjects.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn tell(self, sink: &mut dyn FnMut(&Event)) -> io::Result<()> {
        let Self { header, summary, mut store, order, .. } = self;
        sink(&Event::Started(header));
        for record in store.take_in(&order) {
            sink(&Event::CaseFinished(Box::new(record?)));
        }
        sink(&Event::Finished(summary));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{asked_for, line};

    const MATRIX: &str = include_str!("../../fixtures/runs/matrix.jsonl");

    /// The saved run of four subjects, as its header is changed, with the records that `keep` lets through.
    fn part(change: impl Fn(&mut Header), keep: impl Fn(&str, &str) -> bool) -> String {
        let mut summary = Summary::default();
        let mut text = String::new();
        for event in crate::event::read(MATRIX).unwrap() {
            let event = match event {
                Event::Started(mut header) => {
                    change(&mut header);
                    Event::Started(header)
                }
                Event::CaseFinished(record) if keep(&record.id, &record.subject_name) => {
                    summary.add(&record);
                    Event::CaseFinished(record)
                }
                Event::CaseFinished(_) => continue,
                Event::Finished(_) => Event::Finished(std::mem::take(&mut summary)),
                other => other,
            };
            text.push_str(&(line(&event).unwrap().unwrap() + "\n"));
        }
        text
    }

    fn merged(parts: &[&str]) -> Result<Merged, MergeError> {
        put_together(Merge::new(false), parts)
    }

    fn put_together(mut merge: Merge, parts: &[&str]) -> Result<Merged, MergeError> {
        for (nth, part) in parts.iter().enumerate() {
            merge.add(&format!("{nth}.jsonl"), part.as_bytes())?;
        }
        merge.finish()
    }

    fn told(merged: Merged) -> String {
        let mut text = String::new();
        merged.tell(&mut |event| text.push_str(&(line(event).unwrap().unwrap() + "\n"))).unwrap();
        text
    }

    fn shard(text: &'static str) -> impl Fn(&mut Header) {
        move |header| {
            (header.shard, header.cases) = (text.parse().ok(), 0);
        }
    }

    #[test]
    fn parts_come_to_the_whole() {
        let whole = part(|_| {}, |_, _| true);
        let of_one = merged(&[&whole]).unwrap();
        assert!(of_one.remarks.is_empty() && of_one.missing.is_empty());
        let of_one = told(of_one);
        let is_dns = |id: &str, _: &str| id.starts_with("dns/t");
        let (one, other) = (part(shard("1/2"), is_dns), part(shard("2/2"), |id, name| !is_dns(id, name)));
        for parts in [[&*one, &*other], [&*other, &*one]] {
            let both = merged(&parts).unwrap();
            assert!(both.remarks.is_empty() && both.missing.is_empty(), "{both:?}");
            assert_eq!(told(both), of_one);
        }
        let by_subject = |name: &'static str| {
            part(move |header| header.subjects.retain(|who| who.name == name), move |_, of| of == name)
        };
        let names = ["libc", "python", "cc:musl-gcc", "go"].map(by_subject);
        let subjects = merged(&names.each_ref().map(String::as_str)).unwrap();
        assert_eq!(subjects.summary.counts.all(), subjects.header.runs());
        assert_eq!(subjects.header.subjects.len(), 4);
    }

    #[test]
    fn subjects_of_one_name_can_be_kept_apart() {
        let whole = part(|_| {}, |_, _| true);
        let twice = put_together(Merge::new(true), &[&whole, &whole]).unwrap();
        let names: Vec<_> = twice.header.subjects.iter().map(|who| who.name.as_str()).collect();
        assert_eq!((names[0], names[5]), ("libc of 0", "python of 1"));
        assert_eq!((twice.header.runs(), twice.summary.counts.all()), (56, 56));
        assert_eq!(asked_for(names[5]), "python");
    }

    #[test]
    fn what_differs_is_told_and_a_part_that_is_not_there() {
        let one = part(shard("1/3"), |id, _| id.starts_with("dns/t"));
        let other = |header: &mut Header| {
            shard("3/3")(header);
            header.netdbspec = "0.2.0".to_owned();
            header.system.distribution = "Debian 13".to_owned();
            header.options = vec!["--cases".to_owned(), "mine".to_owned()];
        };
        let both = merged(&[&one, &part(other, |id, _| !id.starts_with("dns/t"))]).unwrap();
        insta::assert_snapshot!([both.remarks, both.missing].concat().join("\n"));
    }

    #[test]
    fn runs_that_do_not_go_together_are_refused() {
        let wrong = |parts: &[&str]| {
            let error = merged(parts).unwrap_err();
            format!("{error}\n  help: {}", error.hint().unwrap_or_default())
        };
        let whole = part(|_| {}, |_, _| true);
        let newer = part(|header| header.subjects[0].version = "2.41".to_owned(), |_, _| true);
        let lost = whole.lines().enumerate().filter(|(nth, _)| *nth != 3).map(|(_, line)| format!("{line}\n"));
        let stranger = part(|header| header.subjects.truncate(1), |_, _| true);
        insta::assert_snapshot!(
            [
                wrong(&[&whole, &whole]),
                wrong(&[&whole, &newer]),
                wrong(&[&lost.collect::<String>()]),
                wrong(&[&stranger]),
                wrong(&[&whole[..whole.len() - 4]]),
            ]
            .join("\n")
        );
    }
}
