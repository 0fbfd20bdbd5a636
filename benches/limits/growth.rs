//! What grows with the number of cases: time and memory; and what a run leaves behind, which is nothing.
#![expect(clippy::unwrap_used, reason = "a bench that cannot do its work ends")]

mod generate;
mod left;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use netdbspec::tree::Tree;
use netdbspec::{case, subject, world};
use rustix::process::{Pid, WaitId, WaitIdOptions, set_child_subreaper, waitid};

use super::table::{Goal, Row, Table, median};
use left::There;

const PROGRAM: &str = env!("CARGO_BIN_EXE_netdbspec");

/// Who is asked, so many as are here.
const SUBJECTS: [&str; 11] =
    ["libc", "cc:gcc", "c-ares", "perl", "hickory", "rust", "busybox", "python", "php", "ruby", "cc:musl-gcc"];

/// What a run may take at most, in KiB.
const MEMORY: f64 = 200.0 * 1024.0;

/// A folder for what this bench writes, with the cases in it.
struct Place {
    folder: tempfile::TempDir,
    few: usize,
    many: usize,
}

/// What a run took.
struct Cost {
    /// Of it and all its children, in seconds.
    cpu: f64,
    wall: f64,
    /// The most memory that it had of its own, in KiB.
    peak: f64,
}

/// Measures all of it.
pub(crate) fn bench(table: &mut Table) {
    let (few, many, most) = if table.short { (20, 100, 2) } else { (1_000, 10_000, 8) };
    let place = Place { folder: tempfile::tempdir().unwrap(), few, many };
    for count in [1, few, many] {
        generate::cases(&place.cases(count), count);
    }
    fs::create_dir(place.temporary()).unwrap();
    loading(&place, table);
    let here = |name: &&&str| subject::find(name, Path::new(PROGRAM)).is_ok();
    let subjects: Vec<&str> = SUBJECTS.iter().filter(here).take(most).copied().collect();
    if subjects.len() < most {
        let why = format!("only {} are here: {}", subjects.len(), subjects.join(", "));
        table.absent(&format!("{most} subjects"), &why);
    }
    running(&place, &subjects, table);
}

/// Reading ten times as many cases takes ten times as long.
fn loading(place: &Place, table: &mut Table) {
    let worlds = world::load(&Tree::fixtures().below("worlds")).expect("the suite's worlds are correct");
    let load = |count| {
        let cases = Tree::Disk(place.cases(count));
        let begun = Instant::now();
        let suite = case::load(&cases, &worlds).expect("the cases that this bench writes are correct");
        let elapsed = begun.elapsed().as_secs_f64();
        assert_eq!(suite.cases.len(), count);
        elapsed
    };
    let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        of_few.push(load(place.few));
        of_many.push(load(place.many));
    }
    linear("loading generated cases", place, median(of_few), median(of_many), table, "");
}

/// Asking all subjects, in ten times as many cases.
fn running(place: &Place, subjects: &[&str], table: &mut Table) {
    // What is compiled for a subject is compiled once, and kept.
    run(place, 1, subjects);
    let me = Pid::from_raw(std::process::id().cast_signed());
    set_child_subreaper(me).unwrap();
    let before = There::now(&place.temporary());
    let of_few = run(place, place.few, subjects);
    let of_many = run(place, place.many, subjects);
    let after = nothing_left(place, &before);
    let wall = format!(", {:.0} s by the clock", of_many.wall);
    let what = format!("running generated cases for {}, CPU time", subjects.join(", "));
    linear(&what, place, of_few.cpu, of_many.cpu, table, &wall);
    table.add(Row {
        what: "the most memory of that run".to_owned(),
        measured: format!("{:.0} MB", of_many.peak / 1024.0),
        limit: format!("{:.0} MB; of {} cases {:.0} MB", MEMORY / 1024.0, place.few, of_few.peak / 1024.0),
        ratio: of_many.peak / MEMORY,
        goal: Goal::AtMost(1.0),
    });
    table.add(Row {
        what: "there after these runs".to_owned(),
        measured: after.to_string(),
        limit: format!("before them {before}"),
        ratio: after.all() as f64 / before.all() as f64,
        goal: Goal::AtMost(1.0),
    });
    assert_eq!(after, before, "a run left something behind");
}

/// What is there once the kernel has cleared away what ended.
fn nothing_left(place: &Place, before: &There) -> There {
    let deadline = Instant::now() + Duration::from_secs(2);
    loop {
        let after = There::now(&place.temporary());
        if after == *before || Instant::now() > deadline {
            return after;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Adds the row that says whether time grows as the number of cases does.
fn linear(what: &str, place: &Place, of_few: f64, of_many: f64, table: &mut Table, more: &str) {
    let times = place.many as f64 / place.few as f64;
    table.add(Row {
        what: format!("{what}: {}", place.many),
        measured: format!("{of_many:.2} s{more}"),
        limit: format!("{times} × that of {}, {:.2} s", place.few, of_few * times),
        ratio: of_many / (of_few * times),
        goal: Goal::AtMost(1.3),
    });
}

/// Runs the cases, every one of which must have come to an outcome.
fn run(place: &Place, count: usize, subjects: &[&str]) -> Cost {
    let report = place.folder.path().join("run.jsonl");
    let begun = Instant::now();
    let mut program = Command::new(PROGRAM)
        .args(["audit", "--quiet", "--cases"])
        .arg(place.cases(count))
        .arg("--baseline")
        .arg(place.temporary())
        .args(subjects.iter().flat_map(|name| ["--subject", name]))
        .arg(format!("--format=json={}", report.display()))
        .env("TMPDIR", place.temporary())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid = Pid::from_child(&program);
    let mut peak = 0.0;
    // It stays a zombie until its times are read.
    while waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG)
        .unwrap()
        .is_none()
    {
        peak = high_water(program.id()).unwrap_or(peak);
        thread::sleep(Duration::from_millis(5));
    }
    let wall = begun.elapsed().as_secs_f64();
    let cpu = cpu(program.id());
    let status = program.wait().unwrap();
    let lines = fs::read_to_string(&report).unwrap();
    let done = lines.lines().filter(|line| line.starts_with("{\"kind\":\"case\"")).count();
    let broken = lines.lines().find(|line| line.contains("\"status\":\"broken\""));
    assert!(broken.is_none() && done == count * subjects.len(), "{status}, {done} outcomes; broken: {broken:?}");
    Cost { cpu, wall, peak }
}

/// The most memory that a process had, in KiB; none once it has ended.
fn high_water(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The CPU time of a process and of those that it waited for, in seconds. Linux counts it here in hundredths.
fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().skip(11).take(4).map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

impl Place {
    fn cases(&self, count: usize) -> PathBuf {
        self.folder.path().join(format!("cases-{count}"))
    }

    fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }
}
