//! The suite against this platform: every case file, asked of libc and of Python, judged by its rules and held against the
//! snapshots. `netdbspec audit --record snapshots` writes them.
#![expect(clippy::print_stdout, reason = "libtest shows what a test prints")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use netdbspec::case::{self, Case, Suite};
use netdbspec::event::{Event, Record, Who};
use netdbspec::runner::{self, Plan};
use netdbspec::snapshot::{self, Entry, Policy};
use netdbspec::subject;
use netdbspec::tree::Tree;
use netdbspec::verdict::Status;
use netdbspec::world;
use rstest::rstest;

use crate::support::{self, Folder, absent, netdbspec, root};

#[rstest]
fn libc(#[files("fixtures/cases/**/*.toml")] file: PathBuf) {
    check("libc", &file);
}

#[rstest]
fn python(#[files("fixtures/cases/**/*.toml")] file: PathBuf) {
    check("python", &file);
}

fn suite() -> &'static Suite {
    static SUITE: OnceLock<Suite> = OnceLock::new();
    SUITE.get_or_init(|| {
        let fixtures = Tree::Disk(root().join("fixtures"));
        let worlds = world::load(&fixtures.below("worlds")).expect("the worlds are right");
        case::load(&fixtures.below("cases"), &worlds).expect("the cases are right")
    })
}

/// Runs one topic against one subject, and holds what came against what is on record.
fn check(subject: &str, file: &Path) {
    let topic = topic_of(file);
    let cases: Vec<Case> = suite().cases.iter().filter(|case| case.id.topic() == topic).cloned().collect();
    assert!(!cases.is_empty(), "{topic} holds no case");
    if let Some((who, records)) = run(subject, cases) {
        hold_against_record(&who, &topic, &snapshots(), &records);
    }
}

/// The socket cases of one family, without those of the others: the outcome of a case does not depend on its neighbours.
#[rstest]
fn a_family_alone(#[values("inet", "inet6", "unix")] family: &str, #[values("libc", "python")] subject: &str) {
    let wanted = |case: &&Case| case.id.area() == "sockets" && case.id.family() == Some(family);
    let cases: Vec<Case> = suite().cases.iter().filter(wanted).cloned().collect();
    assert!(!cases.is_empty(), "no case for {family}");
    let Some((_, records)) = run(subject, cases) else { return };
    let drift: Vec<_> =
        records.iter().filter_map(|record| record.drift.as_ref().filter(|drift| drift.counts)).collect();
    assert!(drift.is_empty(), "{drift:?}");
}

fn snapshots() -> Tree {
    Tree::Disk(root().join("snapshots"))
}

/// Runs cases against a subject, none of which may be broken; `None` where the subject is absent.
fn run(subject: &str, cases: Vec<Case>) -> Option<(Who, Vec<Record>)> {
    let subject = match subject::find(subject, &netdbspec()) {
        Ok(subject) => subject,
        Err(missing) => {
            absent(subject, &missing.to_string());
            return None;
        }
    };
    // What waits does not compute: more lanes than cores overlap the waits of a topic.
    let plan = Plan { jobs: 4, baseline: snapshots(), policy: Policy::from_env(), ..Plan::new(cases, vec![subject]) };
    let (mut who, mut records) = (Who::default(), Vec::new());
    runner::run(&plan, &mut |event| match event {
        Event::Started(header) => who.clone_from(&header.subjects[0]),
        Event::CaseFinished(record) => records.push(*record),
        _ => {}
    })
    .expect("the run begins");
    let broken: Vec<_> = records.iter().filter(|record| record.status == Status::Broken).map(told).collect();
    assert!(broken.is_empty(), "could not be run:\n{}", broken.join("\n"));
    // No snapshot holds these: their rules have to.
    let failed: Vec<_> = records
        .iter()
        .filter(|record| {
            record.varies.is_some() && !record.known && (record.status == Status::Fail || record.drift.is_some())
        })
        .collect();
    assert!(
        failed.is_empty(),
        "break a required rule or bring what is not foreseen, and are in no snapshot: {failed:#?}"
    );
    Some((who, records))
}

/// The version on record has to give just what is on record; insta holds that. Another version is held against the
/// nearest, as the reports do.
fn hold_against_record(who: &Who, topic: &str, snapshots: &Tree, records: &[Record]) {
    let recorded = snapshot::read(snapshots, &who.owner(), topic).expect("the snapshot can be read");
    let (area, name) = topic.split_once('/').expect("a topic lies in an area");
    // The file of this very version, where it has one of its own.
    let file = recorded.as_ref().map(|recorded| root().join("snapshots").join(recorded.path()));
    let folder = file
        .as_deref()
        .and_then(Path::parent)
        .map_or_else(|| root().join("snapshots").join(who.owner().folder()).join(area), Path::to_owned);
    let exact = match &recorded {
        Some(recorded) => recorded.description() == who.display(),
        // Nothing on record at all, or only of another implementation or of later versions.
        None => !folder.join(format!("{name}.snap")).exists(),
    };
    if exact {
        let entries: Vec<Entry<'_>> = records.iter().map(Record::entry).filter(Entry::is_kept).collect();
        if entries.is_empty() {
            return;
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(who.display());
        settings.bind(|| insta::assert_snapshot!(name, snapshot::render(&entries)));
        return;
    }
    if recorded.is_none() {
        assert!(Policy::from_env() != Policy::Strict, "{topic}: nothing is on record of {}", who.display());
        return println!("{topic}: nothing is on record of {}", who.display());
    }
    let counts: Vec<_> = records
        .iter()
        .filter_map(|record| record.drift.as_ref().map(|drift| (record, drift)))
        .inspect(|(record, drift)| println!("{} differs from {}:\n{}", record.id, drift.against, drift.diff))
        .filter(|(_, drift)| drift.counts)
        .map(|(record, _)| record.id.clone())
        .collect();
    assert!(counts.is_empty(), "breaks what the version on record keeps: {}", counts.join(", "));
}

/// What `audit --record` writes is byte for byte what insta holds the outcomes against above. Cases without a world are
/// asked in no time.
#[test]
fn recording_writes_the_bytes_that_insta_holds() {
    let outside = |topic: &&String| {
        let mut cases = suite().cases.iter().filter(|case| case.id.topic() == *topic).peekable();
        cases.peek().is_some_and(|case| case.id.area() != "sockets") && cases.all(|case| case.world.is_none())
    };
    let topics: Vec<&String> = suite().topics.keys().filter(outside).collect();
    assert!(!topics.is_empty(), "every topic has a world");
    let folder = Folder::new();
    let arguments = topics.iter().map(|topic| topic.as_str());
    let recorded = folder.path().join("snapshots");
    let recorded = ["-q", "--record", &recorded.display().to_string()].map(str::to_owned);
    let ran = support::run(root(), ["audit"].into_iter().chain(arguments).chain(recorded.iter().map(String::as_str)));
    assert_eq!(ran.exit, 0, "{}", ran.err);
    for topic in topics {
        let file = format!("snapshots/{}/{topic}.snap", netdbspec::call::libc_version().0);
        let Ok(held) = std::fs::read_to_string(root().join(&file)) else { continue };
        let recorded = folder.read(&file);
        let description = |text: &str| text.lines().find(|line| line.starts_with("description: ")).map(str::to_owned);
        if description(&held) == description(&recorded) {
            assert_eq!(recorded, held, "{file}");
        } else {
            println!("{file}: another version is on record");
        }
    }
}

fn told(record: &Record) -> String {
    format!("{}: {}", record.id, record.note.as_deref().unwrap_or_default())
}

/// `area/topic` of a case file.
fn topic_of(file: &Path) -> String {
    let below = file.strip_prefix(root().join("fixtures/cases")).expect("a case file lies in fixtures/cases");
    below.with_extension("").display().to_string()
}

/// A new file is never left out in silence: what is built in is what is on disk.
#[test]
fn what_is_built_in_is_what_is_on_disk() {
    for (name, built_in) in [("fixtures", Tree::fixtures()), ("snapshots", Tree::snapshots())] {
        let on_disk = Tree::Disk(root().join(name));
        let files: BTreeSet<String> = on_disk.files().expect("it can be read").into_iter().collect();
        let embedded: BTreeSet<String> = built_in.files().expect("it can be read").into_iter().collect();
        assert_eq!(embedded, files, "{name}");
        for file in files {
            assert!(built_in.read(&file).ok() == on_disk.read(&file).ok(), "{name}/{file} was built in as it was");
        }
    }
}
