//! Reads the case files of a folder: `AREA/TOPIC.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Case;
use super::read::{self, Context, is_kebab};
use crate::tree::Tree;
use crate::world::{Keys, Position, Problem, Source, Spelt, Worlds};

/// All cases of a tree.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// The cases, by file, and within a file in its order.
    pub cases: Vec<Case>,
    /// The topics, by `area/topic`.
    pub topics: BTreeMap<String, Topic>,
}

/// One case file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// What its cases are about, in a few words.
    pub about: String,
    /// The file, as messages name it.
    pub path: String,
}

impl Suite {
    /// The names of the cases that may be on record, by topic: all but those whose runs differ.
    #[must_use]
    pub fn recordable(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for case in &self.cases {
            let topic = names.entry(case.id.topic().to_owned()).or_default();
            if case.varies.is_none() {
                topic.insert(case.id.name().to_owned());
            }
        }
        names
    }
}

/// Reads every case file of a folder of cases.
///
/// # Errors
/// All faults of all files.
pub fn load(tree: &Tree, worlds: &Worlds) -> Result<Suite, Vec<Problem>> {
    let (suite, problems) = read(tree, worlds);
    if problems.is_empty() { Ok(suite) } else { Err(problems) }
}

/// Reads every case file of a folder of cases: the cases that can be read, and all faults.
#[must_use]
pub fn read(tree: &Tree, worlds: &Worlds) -> (Suite, Vec<Problem>) {
    read_some(tree, worlds, |_| true)
}

/// The same, of the files alone whose topics are wanted. What is no case file is a fault all the same.
pub(crate) fn read_some(tree: &Tree, worlds: &Worlds, wanted: impl Fn(&str) -> bool) -> (Suite, Vec<Problem>) {
    let mut suite = Suite::default();
    let mut problems = Vec::new();
    let mut files = tree.files().unwrap_or_else(|error| {
        problems.push(whole(tree, "", format!("cannot read the folder of cases: {error}"), None));
        Vec::new()
    });
    // Pages for people may lie beside the case files.
    files.retain(|path| !path.ends_with(".md") && topic(path).is_none_or(&wanted));
    for (of_file, wrong) in one_by_one(&files, |path| one(tree, path, worlds)) {
        suite.cases.extend(of_file.cases);
        suite.topics.extend(of_file.topics);
        problems.extend(wrong);
    }
    problems.sort();
    problems.dedup();
    (suite, problems)
}

/// What comes of each file, in their order. As many threads as there are processors take one after the other.
fn one_by_one<T: Send>(files: &[String], read: impl Fn(&str) -> T + Sync) -> Vec<T> {
    let readers = thread::available_parallelism().map_or(1, NonZero::get).min(files.len());
    let next = AtomicUsize::new(0);
    let some = || {
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|nth| *nth < files.len());
        std::iter::from_fn(take).map(|nth| (nth, read(&files[nth]))).collect::<Vec<_>>()
    };
    let mut all = thread::scope(|scope| {
        let others: Vec<_> = (1..readers).map(|_| scope.spawn(some)).collect();
        let mut all = some();
        all.extend(others.into_iter().flat_map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic))));
        all
    });
    all.sort_unstable_by_key(|(nth, _)| *nth);
    all.into_iter().map(|(_, read)| read).collect()
}

/// Reads the text of one case file of the topic `area/topic`. Messages call the file `name`.
///
/// # Errors
/// All that is wrong with it.
pub fn read_text(topic: &str, name: &str, text: &str, worlds: &Worlds) -> Result<Vec<Case>, Vec<Problem>> {
    let mut source = Source::new(name.to_owned(), text);
    let mut suite = Suite::default();
    if let Some(keys) = source.parse() {
        file(topic, keys, worlds, &mut source, &mut suite);
    }
    let problems = source.problems();
    if problems.is_empty() { Ok(suite.cases) } else { Err(problems) }
}

/// Reads one file of a folder of cases.
fn one(tree: &Tree, path: &str, worlds: &Worlds) -> (Suite, Vec<Problem>) {
    let mut suite = Suite::default();
    let Some(topic) = topic(path) else {
        let hint = "a case file is called AREA/TOPIC.toml, both in lower-case words joined by `-`";
        return (suite, vec![whole(tree, path, "this file is no case file".to_owned(), Some(hint))]);
    };
    match tree.read(path) {
        Ok(text) => {
            let mut source = Source::new(tree.name(path), &text);
            if let Some(keys) = source.parse() {
                file(topic, keys, worlds, &mut source, &mut suite);
            }
            (suite, source.problems())
        }
        Err(error) => {
            let wrong = whole(tree, path, format!("cannot read this file as UTF-8 text: {error}"), None);
            (suite, vec![wrong])
        }
    }
}

/// The topic `area/topic` that a path stands for.
fn topic(path: &str) -> Option<&str> {
    let topic = path.strip_suffix(".toml")?;
    let (area, name) = topic.split_once('/')?;
    (is_kebab(area) && is_kebab(name)).then_some(topic)
}

fn whole(tree: &Tree, path: &str, text: String, hint: Option<&str>) -> Problem {
    Problem { at: Position::of(&tree.name(path), "", 0), text, hint: hint.map(str::to_owned) }
}

/// Reads one case file.
fn file(topic: &str, mut keys: Keys<'_>, worlds: &Worlds, source: &mut Source<'_>, suite: &mut Suite) {
    let about = keys.need("about", source).map(|about| about.text).unwrap_or_default();
    let world = keys.take("world").and_then(|entry| {
        let name = source.string("world", &entry.value)?;
        if !worlds.contains_key(&name) {
            source.unknown(entry.value.span(), "world", &name, &read::names(worlds));
        }
        Some(name)
    });
    let context = Context { topic, world, worlds };
    let cases = keys.take("case");
    if cases.is_none() {
        source.fault(keys.span(), "missing `[[case]]`: the file has no case");
    }
    keys.done(source);
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    for value in cases.and_then(|entry| source.list("case", entry.value)).unwrap_or_default() {
        let (name, cases) = read::read(value, &context, source);
        if let Some(Spelt { span, text }) = name {
            let line = source.at(&span).line;
            let first = *named.entry(text).or_insert(line);
            if first != line {
                source.fault(span, format!("the case at line {first} has this name already"));
            }
        }
        suite.cases.extend(cases);
    }
    suite.topics.insert(topic.to_owned(), Topic { about, path: source.file().to_owned() });
}
