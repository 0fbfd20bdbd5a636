//! Many inputs, one finding after the other: run, confirmed, put into its group, and shrunk where it is the first of its kind.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use toml::{Table, Value};

use super::finding::{self, Finding, Kind, Sight};
use super::told::Told;
use super::{Grower, Input, features, shrink};
use crate::case::Case;
use crate::outcome::{Failure, Outcome, Reply};
use crate::runner::{Came, Desk};
use crate::world::Worlds;

/// How many inputs are run before what they show is looked at: the same for each run, since groups depend on it.
const BATCH: u64 = 64;

/// How many runs a finding gets to become small, and how many of them are made at once.
const STEPS: usize = 120;
const SIDE_BY_SIDE: usize = 4;

/// One in so many inputs is asked for leaks, where nobody waited for a time-out: that would be too long.
const LEAKS: u64 = 8;
const QUICK: Duration = Duration::from_millis(900);

/// So many descriptors are left, and so many times a call is made: one that keeps one each time runs out of them.
const DESCRIPTORS: i64 = 8;
const TIMES: i64 = 24;

/// Descriptors enough for all of them.
const PLENTY: i64 = 16 * TIMES;

/// How far a hunt goes.
#[derive(Clone, Debug)]
pub struct Extent {
    /// What the inputs are drawn from.
    pub seed: u64,
    /// The number of the first input.
    pub first: u64,
    /// How many inputs there are at most.
    pub count: u64,
    /// After this time none is begun.
    pub time: Option<Duration>,
    /// How many inputs are asked at once.
    pub lanes: usize,
    /// Environment variables that each input has.
    pub env: BTreeMap<String, String>,
}

/// Findings that have the same smallest example.
#[derive(Clone, Debug)]
pub struct Group {
    /// What is found.
    pub finding: Finding,
    /// What of the example matters.
    pub features: BTreeSet<String>,
    /// How many inputs showed it, as far as that can be told without making each of them small.
    pub count: u64,
    /// The number of the first.
    pub number: u64,
    /// The smallest example.
    pub input: Input,
    /// The bytes of the first example's case file before it was made small.
    pub before: usize,
    /// How many runs that took.
    pub runs: usize,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// How many inputs have been asked.
    pub inputs: u64,
    /// How many groups there are.
    pub groups: usize,
    /// How many findings are being made small now.
    pub shrinking: usize,
}

/// What a hunt brought.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many inputs were asked.
    pub inputs: u64,
    /// How often a subject was asked.
    pub asked: u64,
    /// The findings, those that matter most first.
    pub groups: Vec<Group>,
    /// How many findings did not come again.
    pub unsteady: u64,
    /// Why inputs could not be asked, and how many.
    pub unable: BTreeMap<String, u64>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Subjects, and what their inputs are made with.
#[derive(Debug)]
pub struct Hunt<'h> {
    /// The subjects.
    pub desk: &'h Desk,
    /// The worlds that the inputs' cases are read with.
    pub worlds: &'h Worlds,
    /// What makes the inputs.
    pub grower: &'h Grower,
}

/// Hunts. What it finds depends on the seed, the numbers and the subjects alone.
pub fn hunt(of: &Hunt<'_>, extent: &Extent, progress: &mut dyn FnMut(Progress)) -> Report {
    let begun = Instant::now();
    let mut hunting = Hunting { of, names: names(of.desk), asked: AtomicU64::new(0), report: Report::default() };
    let mut number = extent.first;
    let end = extent.first.saturating_add(extent.count);
    while number < end && extent.time.is_none_or(|time| begun.elapsed() < time) {
        let batch: Vec<u64> = (number..end.min(number + BATCH)).collect();
        let seen = each(&batch, extent.lanes, |number| {
            let input = Input { env: extent.env.clone(), ..of.grower.grow(extent.seed, *number) };
            let found = hunting.see(&input, number % LEAKS == 0);
            (*number, input, found)
        });
        number += batch.len() as u64;
        hunting.report.inputs += batch.len() as u64;
        let mut fresh = Vec::new();
        for (number, input, found) in seen {
            match found {
                Ok(found) => found.into_iter().for_each(|finding| hunting.sort(number, &input, finding, &mut fresh)),
                Err(why) => *hunting.report.unable.entry(why).or_default() += 1,
            }
        }
        progress(hunting.progress(fresh.len()));
        let least = each(&fresh, extent.lanes.div_ceil(2), |first| hunting.least(first));
        fresh.into_iter().zip(least).for_each(|(first, least)| hunting.keep(first, least));
        progress(hunting.progress(0));
    }
    let asked = hunting.asked.load(Ordering::Relaxed);
    let mut report = Report { asked, elapsed: begun.elapsed(), ..hunting.report };
    report.groups.sort_by(|one, other| one.finding.cmp(&other.finding).then(one.number.cmp(&other.number)));
    report
}

/// What the subjects are called: implementation and version, and their own name where that is not enough.
fn names(desk: &Desk) -> Vec<String> {
    let who = desk.who();
    let shown: Vec<String> = who.iter().map(|who| who.display()).collect();
    let twice = |name: &String| shown.iter().filter(|other| *other == name).count() > 1;
    let name = |(who, name): (&&crate::event::Who, &String)| {
        if twice(name) { format!("{name} ({})", who.name) } else { name.clone() }
    };
    who.iter().zip(&shown).map(name).collect()
}

struct Hunting<'h> {
    of: &'h Hunt<'h>,
    names: Vec<String>,
    asked: AtomicU64,
    report: Report,
}

impl Hunting<'_> {
    /// Asks all subjects an input.
    fn see(&self, input: &Input, leaks: bool) -> Result<Vec<Finding>, String> {
        let case = input.case(self.of.worlds)?;
        let mut outcomes = Vec::new();
        let mut found = Vec::new();
        for (nth, who) in self.names.iter().enumerate() {
            self.asked.fetch_add(1, Ordering::Relaxed);
            match self.of.desk.ask(nth, &case) {
                Came::Outcome(outcome) => outcomes.push((who, outcome)),
                Came::Parted(lost) => {
                    let what = format!("{who}: lost after its reply, when it was to go: {}", first_line(&lost));
                    found.push(Finding { kind: Kind::Lost, what });
                }
                Came::Unable(why) => return Err(format!("{who}: {why}")),
            }
        }
        let sights: Vec<_> =
            outcomes.iter().map(|(who, outcome)| ((*who).clone(), Sight::of(input, outcome))).collect();
        found.extend(finding::losses(&sights));
        found.extend(finding::difference(&sights));
        for (who, outcome) in &outcomes {
            let told = || Told::of(input, &case, self.of.grower.zones(), outcome.wire.iter());
            if matches!(outcome.asked.last().map(|asked| &asked.reply), Some(Reply::Answer(_))) {
                found.extend(finding::inventions(outcome, who, &told()));
            }
        }
        if leaks {
            found.extend(self.leaks(input, &outcomes));
        }
        found.sort();
        Ok(found)
    }

    /// Asks the same many times with few descriptors left: who then fails otherwise than before, and not where there are plenty,
    /// has kept some.
    fn leaks(&self, input: &Input, outcomes: &[(&String, Outcome)]) -> Vec<Finding> {
        let case = |descriptors| many_times(input, descriptors).case(self.of.worlds);
        let (Ok(few), Ok(plenty)) = (case(DESCRIPTORS), case(PLENTY)) else { return Vec::new() };
        let mut found = Vec::new();
        for (nth, who) in self.names.iter().enumerate() {
            let Some((_, once)) = outcomes.iter().find(|(other, _)| *other == who) else { continue };
            let replied = |reply: &Reply| matches!(reply, Reply::Answer(_) | Reply::Failure(_));
            let quick = once.asked.iter().all(|asked| asked.elapsed < QUICK && replied(&asked.reply));
            if !quick {
                continue;
            }
            let fails = |case: &Case| {
                self.asked.fetch_add(1, Ordering::Relaxed);
                let Came::Outcome(often) = self.of.desk.ask(nth, case) else { return false };
                let full = |failure: &Failure| {
                    failure.errno.as_deref() == Some("EMFILE")
                        || ["DIFFERENT", "EMFILE"].contains(&failure.name.as_str())
                };
                often.asked.iter().any(|asked| matches!(&asked.reply, Reply::Failure(failure) if full(failure)))
            };
            if fails(&few) && !fails(&plenty) {
                let what = format!("{who}: no descriptor is left after {TIMES} calls");
                found.push(Finding { kind: Kind::Leak, what });
            }
        }
        found
    }

    /// Counts a finding in the group that it is of, or puts it among those that no group has yet.
    fn sort(&mut self, number: u64, input: &Input, finding: Finding, fresh: &mut Vec<First>) {
        let features = features::of(input);
        let known = |group: &&mut Group| group.finding == finding && group.features.is_subset(&features);
        if let Some(group) = self.report.groups.iter_mut().find(known) {
            group.count += 1;
        } else if let Some(first) = fresh.iter_mut().find(|one| one.finding == finding && one.features == features) {
            first.count += 1;
        } else {
            fresh.push(First { finding, features, number, input: input.clone(), count: 1 });
        }
    }

    /// The smallest input that shows the same, and how many runs it took; nothing where it does not come again.
    fn least(&self, first: &First) -> Option<(Input, usize)> {
        let leaks = first.finding.kind == Kind::Leak;
        let shows = |input: &Input| self.see(input, leaks).is_ok_and(|found| found.contains(&first.finding));
        // What a race has brought does not come twice more.
        if !(0..2).all(|_| shows(&first.input)) {
            return None;
        }
        let (least, runs) = smallest(&first.input, self.of.grower, self.of.worlds, &shows);
        Some(if shows(&least) { (least, runs) } else { (first.input.clone(), runs) })
    }

    /// Puts a finding into the group of its smallest input.
    fn keep(&mut self, first: First, least: Option<(Input, usize)>) {
        let Some((least, runs)) = least else { return self.report.unsteady += 1 };
        let features = features::of(&least);
        let same = |group: &&mut Group| group.finding == first.finding && group.features.is_subset(&features);
        if let Some(group) = self.report.groups.iter_mut().find(same) {
            group.count += first.count;
            return;
        }
        let input = if first.finding.kind == Kind::Leak { many_times(&least, DESCRIPTORS) } else { least };
        let (before, First { finding, number, count, .. }) = (first.input.size(), first);
        self.report.groups.push(Group { finding, features, count, number, input, before, runs });
    }

    fn progress(&self, shrinking: usize) -> Progress {
        Progress { inputs: self.report.inputs, groups: self.report.groups.len(), shrinking }
    }
}

/// The first input with a finding that no group has yet.
struct First {
    finding: Finding,
    features: BTreeSet<String>,
    number: u64,
    input: Input,
    count: u64,
}

/// The same call, many times in a row, with so many descriptors left.
fn many_times(input: &Input, descriptors: i64) -> Input {
    let call = Table::from_iter([(input.call.clone(), Value::from(input.arguments.clone()))]);
    let arguments = Table::from_iter([
        ("call".to_owned(), call.into()),
        ("descriptors".to_owned(), descriptors.into()),
        ("threads".to_owned(), 1.into()),
        ("times".to_owned(), TIMES.into()),
    ]);
    Input { call: "under".to_owned(), arguments, ..input.clone() }
}

/// The smallest input found that shows the same, and how many runs it took.
fn smallest(
    input: &Input,
    grower: &Grower,
    worlds: &Worlds,
    shows: &(dyn Fn(&Input) -> bool + Sync),
) -> (Input, usize) {
    let mut least = input.clone();
    let mut runs = 0;
    let mut tried = HashSet::new();
    loop {
        let steps = shrink::smaller(&least, grower.zones()).into_iter();
        let steps: Vec<_> =
            steps.filter(|step| tried.insert(step.file_text("", "")) && step.case(worlds).is_ok()).collect();
        let next = steps.chunks(SIDE_BY_SIDE).try_for_each(|steps| {
            if runs >= STEPS {
                return ControlFlow::Break(None);
            }
            runs += steps.len();
            let shown = each(steps, SIDE_BY_SIDE, |step| shows(step));
            match shown.iter().position(|shown| *shown) {
                Some(nth) => ControlFlow::Break(Some(steps[nth].clone())),
                None => ControlFlow::Continue(()),
            }
        });
        match next {
            ControlFlow::Break(Some(next)) => least = next,
            _ => return (least, runs),
        }
    }
}

/// The first line of a text.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// What becomes of each, several at once, in their order.
fn each<T: Sync, R: Send>(items: &[T], lanes: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..lanes.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(nth) else { break };
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((nth, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(nth, _)| *nth);
    done.into_iter().map(|(_, result)| result).collect()
}
