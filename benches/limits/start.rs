//! From the start of the program to its first case: reading the case files, and all that comes before a first answer.
#![expect(clippy::unwrap_used, reason = "a bench that cannot do its work ends")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use netdbspec::tree::Tree;
use netdbspec::{case, world};

use super::table::{Goal, Row, Table, median};

const PROGRAM: &str = env!("CARGO_BIN_EXE_netdbspec");

/// A few cases of one topic, and all there are.
const SELECTED: [(&str, &[&str]); 2] =
    [("start to first case, one topic selected", &["dns/truncation"]), ("start to first case, all cases", &[])];

/// In how many seconds the case files are to be read, and the first case is to begin.
const LOADED: f64 = 0.05;
const BEGUN: f64 = 0.02;

/// Measures both.
pub(crate) fn bench(table: &mut Table) {
    let times = if table.short { 3 } else { 31 };
    loading(table, times);
    for (what, selectors) in SELECTED {
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..times {
            bare.push(until_version());
            ours.push(until_first_case(selectors));
        }
        let (ours, bare) = (median(ours), median(bare));
        table.add(Row {
            what: what.to_owned(),
            measured: milliseconds(ours),
            limit: format!("{} (`netdbspec --version`: {})", milliseconds(BEGUN), milliseconds(bare)),
            ratio: ours / BEGUN,
            goal: Goal::AtMost(1.0),
        });
    }
}

/// All case files; for comparison the reading of their bytes, and a TOML parser that makes nothing of them.
fn loading(table: &mut Table, times: usize) {
    let fixtures = Tree::Disk(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    let cases = fixtures.below("cases");
    let worlds = world::load(&fixtures.below("worlds")).expect("the suite's worlds are correct");
    let paths: Vec<String> = cases.files().unwrap().into_iter().filter(|path| path.ends_with(".toml")).collect();
    let texts: Vec<_> = paths.iter().map(|path| cases.read(path).unwrap()).collect();
    let (mut ours, mut bytes, mut toml) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..times {
        bytes.push(seconds(|| paths.iter().map(|path| cases.read(path).unwrap().len()).sum::<usize>()));
        toml.push(seconds(|| texts.iter().map(|text| toml::de::DeTable::parse(text).unwrap()).collect::<Vec<_>>()));
        ours.push(seconds(|| case::load(&cases, &worlds).expect("the suite's cases are correct")));
    }
    let (ours, bytes, toml) = (median(ours), median(bytes), median(toml));
    let size: u64 = texts.iter().map(|text| text.len() as u64).sum();
    table.add(Row {
        what: format!("all case files, {:.1} MB in {}, to checked cases", size as f64 / 1e6, paths.len()),
        measured: milliseconds(ours),
        limit: format!(
            "{} (their bytes: {}, their TOML, on one core: {})",
            milliseconds(LOADED),
            milliseconds(bytes),
            milliseconds(toml)
        ),
        ratio: ours / LOADED,
        goal: Goal::AtMost(1.0),
    });
}

/// From the start of the process to its end: what starting this program costs at least.
fn until_version() -> f64 {
    seconds(|| {
        let output = Command::new(PROGRAM).arg("--version").output().unwrap();
        assert!(output.status.success(), "{output:?}");
    })
}

/// From the start of the process to the line that it writes when it turns to the first case.
fn until_first_case(selectors: &[&str]) -> f64 {
    let begun = Instant::now();
    let mut program = Command::new(PROGRAM)
        .arg("audit")
        .args(selectors)
        .args(["--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    let elapsed = begun.elapsed().as_secs_f64();
    assert!(first.contains("\"kind\":\"header\""), "the run wrote `{first}`");
    // It notices that nobody listens any more; a run of all cases would take long.
    drop(lines);
    program.kill().unwrap();
    program.wait().unwrap();
    elapsed
}

fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let begun = Instant::now();
    let done = work();
    let elapsed = begun.elapsed().as_secs_f64();
    drop(std::hint::black_box(done));
    elapsed
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1e3)
}
