//! What a case costs, from spawn to verdict, and what the suite costs but for its waits; beside as many worlds made by a
//! bare program.

use std::num::NonZero;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use netdbspec::case::{self, Case};
use netdbspec::event::Event;
use netdbspec::runner::{self, Plan};
use netdbspec::sandbox::Spawner;
use netdbspec::subject::{self, Subject};
use netdbspec::tree::Tree;
use netdbspec::verdict::Status;
use netdbspec::world;

use super::bare::{self, Bare, Lane};
use super::table::{Goal, Row, Table, median};

/// One query over UDP and its answer, in the world `default`: what the bare program does.
const ONE: &str = "dns/answer/ra-clear@inet";

/// A case that takes so many times as long as the middle one waits for something: a time-out, or a reply that comes late.
const WAITS: u32 = 10;

/// The rows.
pub(crate) fn bench(table: &mut Table) {
    let processors = available_parallelism().map_or(1, NonZero::get);
    let _spawner = Spawner::start(processors.min(8), Path::new(env!("CARGO_BIN_EXE_netdbspec")));
    let worlds = world::load(&Tree::fixtures().below("worlds")).expect("the worlds are right");
    let suite = case::load(&Tree::fixtures().below("cases"), &worlds).expect("the cases are right");
    let subject = subject::find("libc", Path::new(env!("CARGO_BIN_EXE_netdbspec"))).expect("libc is here");
    let bare = Bare::compile();
    if bare.is_none() {
        table.absent("one case for libc, from spawn to verdict", "no C compiler for the bare program");
    }

    let one = suite.cases.iter().find(|case| case.id.to_string() == ONE).expect("the case is there");
    let (rounds, each) = if table.short { (2, 4) } else { (25, 40) };
    for (lanes, words) in [(1, "one lane".to_owned()), (processors, format!("{processors} lanes"))] {
        let Some(bare) = &bare else { break };
        let mut bare: Vec<Lane> = (0..lanes).map(|_| bare.start(None)).collect();
        let cases = vec![one.clone(); each * lanes + 1];
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(run(&subject, cases.clone(), lanes).each);
            theirs.push(bare::make(&mut bare, each * lanes));
        }
        let what = format!("one case for libc, from spawn to verdict, {words}");
        table.add(beside(what, "a bare program", &ours, &theirs));
    }

    let all = suite.cases.len();
    let every = if table.short { 40 } else { 1 };
    let cases: Vec<Case> = suite.cases.into_iter().step_by(every).collect();
    let quick = without_waits(&subject, cases, processors);
    let mut bare: Vec<Lane> = bare.iter().flat_map(|bare| (0..processors).map(|_| bare.start(None))).collect();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..if table.short { 1 } else { 5 } {
        ours.push(run(&subject, quick.clone(), processors).each);
        if !bare.is_empty() {
            theirs.push(bare::make(&mut bare, quick.len()));
        }
    }
    let rate = 1.0 / median(ours.iter().map(Duration::as_secs_f64).collect());
    table.add(Row {
        what: format!("the suite for libc without waits: {} of {} cases, {processors} lanes", quick.len(), all),
        measured: format!("{rate:.0} cases/s"),
        limit: "500 cases/s".to_owned(),
        ratio: rate / 500.0,
        goal: Goal::AtLeast(1.0),
    });
    if !theirs.is_empty() {
        table.add(beside("the same, a case".to_owned(), "as many bare programs", &ours, &theirs));
    }
}

fn beside(what: String, limit: &str, ours: &[Duration], theirs: &[Duration]) -> Row {
    let middle = |all: &[Duration]| median(all.iter().map(Duration::as_secs_f64).collect()) * 1e3;
    let (ours, theirs) = (middle(ours), middle(theirs));
    Row {
        what,
        measured: format!("{ours:.2} ms"),
        limit: format!("{limit}, {theirs:.2} ms"),
        ratio: ours / theirs,
        goal: Goal::AtMost(1.3),
    }
}

/// What a run took.
struct Took {
    /// From the end of the first case on, for one.
    each: Duration,
    /// Each case from its start to its end, in the order of the plan.
    cases: Vec<Duration>,
}

/// Runs these cases, every one of which has to come out.
fn run(subject: &Subject, cases: Vec<Case>, lanes: usize) -> Took {
    let ids: Vec<String> = cases.iter().map(|case| case.id.to_string()).collect();
    let mut took = vec![Duration::ZERO; ids.len()];
    let mut plan = Plan::new(cases, vec![subject.clone()]);
    plan.jobs = lanes;
    let (mut ended, mut last) = (0, Instant::now());
    let mut first = last;
    let done = runner::run(&plan, &mut |event| {
        if let Event::CaseFinished(record) = event {
            assert!(record.status != Status::Broken, "{}: {:?}", record.id, record.note);
            if let Some(nth) = ids.iter().position(|id| *id == record.id) {
                took[nth] = record.elapsed;
            }
            (ended, last) = (ended + 1, Instant::now());
            if ended == 1 {
                first = last;
            }
        }
    });
    done.expect("the run begins");
    assert_eq!(ended, ids.len(), "some cases have no end");
    Took { each: (last - first).div_f64((ended - 1) as f64), cases: took }
}

/// The cases in which nobody waits: those that are quick at least once in two runs. How long a case takes says so, and no list.
fn without_waits(subject: &Subject, cases: Vec<Case>, lanes: usize) -> Vec<Case> {
    let runs = [(); 2].map(|()| run(subject, cases.clone(), 4 * lanes).cases);
    let least: Vec<Duration> = runs[0].iter().zip(&runs[1]).map(|(one, other)| *one.min(other)).collect();
    let middle = median(least.iter().map(Duration::as_secs_f64).collect());
    let waits = Duration::from_secs_f64(middle) * WAITS;
    cases.into_iter().zip(least).filter(|(_, least)| *least < waits).map(|(case, _)| case).collect()
}
