//! Lanes: some threads take case after case, one collects. A panic in a lane breaks its case, not the run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, mpsc};
use std::thread;

use super::{Met, Plan, baseline, in_place, one};
use crate::case::Case;
use crate::event::{Event, Record};
use crate::server::Server;
use crate::snapshot::Drift;
use crate::verdict::Status;

/// Runs every case of the plan against every subject.
pub(super) fn run(plan: &Plan, met: &[Met], server: &Server, sink: &mut dyn FnMut(Event)) {
    let pairs: Vec<(&Case, &Met)> = plan.cases.iter().flat_map(|case| met.iter().map(move |met| (case, met))).collect();
    // There is one /etc.
    let jobs = if plan.in_place.is_some() { 1 } else { plan.jobs };
    let pairs = if jobs > 1 { spread(&pairs) } else { pairs };
    let next = AtomicUsize::new(0);
    let enough = AtomicBool::new(false);
    let together = RwLock::new(());
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, pairs.len().max(1)) {
            let (sender, pairs, next, enough, together) = (sender.clone(), &pairs, &next, &enough, &together);
            scope.spawn(move || {
                while !enough.load(Ordering::Relaxed)
                    && let Some((case, met)) = pairs.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let started = Event::CaseStarted { id: case.id.to_string(), subject: met.who.name.clone() };
                    let finished = || Event::CaseFinished(Box::new(attempt(plan, case, met, server, together)));
                    if sender.send(started).is_err() || sender.send(finished()).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for event in receiver {
            if plan.fail_fast && matches!(&event, Event::CaseFinished(record) if ends_the_run(record)) {
                enough.store(true, Ordering::Relaxed);
            }
            sink(event);
        }
    });
}

/// The same in another order, always the same one: neighbours come far apart. Cases of one topic wait for the same
/// time-outs; side by side they would keep every lane waiting, and the processors idle.
fn spread<T: Copy>(all: &[T]) -> Vec<T> {
    let common = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    // About the golden section, and without a divisor in common: each place comes once, and neighbours never soon.
    let about = all.len() * 618 / 1000;
    let step = (about..).find(|step| common(*step, all.len()) <= 1).unwrap_or(1);
    (0..all.len()).map(|nth| all[nth * step % all.len()]).collect()
}

fn ends_the_run(record: &Record) -> bool {
    record.status == Status::Broken || record.status == Status::Fail && record.is_new()
}

/// One case against one subject. A panic is ours, and breaks the case.
fn attempt(plan: &Plan, case: &Case, met: &Met, server: &Server, together: &RwLock<()>) -> Record {
    catch_unwind(AssertUnwindSafe(|| compared(plan, case, met, server, together))).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        let mut record = Record::new(case, &met.who);
        record.note = Some(format!("this is a defect of netdbspec: a lane panicked: {said}"));
        record
    })
}

/// Runs a case, and again, where that is wanted, while it comes out otherwise than it should: alone then, since a machine that is
/// busy with other cases may be why.
fn compared(plan: &Plan, case: &Case, met: &Met, server: &Server, together: &RwLock<()>) -> Record {
    let first = {
        let _beside_others = together.read().unwrap_or_else(PoisonError::into_inner);
        once(plan, case, met, server)
    };
    for _ in 0..plan.retries {
        let Some(otherwise) = otherwise(&first) else { break };
        let _alone = together.write().unwrap_or_else(PoisonError::into_inner);
        let again = once(plan, case, met, server);
        if again.status != Status::Broken && self::otherwise(&again).is_none() {
            return Record { flaky: Some(otherwise), ..again };
        }
    }
    first
}

/// How a record differs from what it should be, where that makes the run fail.
fn otherwise(record: &Record) -> Option<Drift> {
    let rules = || {
        let broken =
            record.broken_rules().into_iter().map(|verdict| format!("+ {} · {}", verdict.level, verdict.clause));
        let diff = broken.collect::<Vec<_>>().join("\n");
        Drift { against: "its rules".to_owned(), was: Status::Pass.to_string(), diff, counts: false }
    };
    match &record.drift {
        Some(drift) if drift.counts => Some(Drift { counts: false, ..drift.clone() }),
        _ => (record.status == Status::Fail && record.is_new()).then(rules),
    }
}

/// Runs a case once, and once more where the stub server was too slow to say anything certain.
fn once(plan: &Plan, case: &Case, met: &Met, server: &Server) -> Record {
    if let Some(record) = in_place::out_of_reach(case, met) {
        return record;
    }
    let mut record = one::run(case, met, server, plan.timeout);
    if one::was_late(&record) {
        record = one::run(case, met, server, plan.timeout);
        record.rerun = true;
    }
    // What says nothing of the subject is not held against what is on record of it.
    if !in_place::is_in_doubt(case, met, &mut record) {
        baseline::compare(plan, &met.who, &mut record);
    }
    record
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn each_comes_once_and_neighbours_come_apart() {
        for length in [0, 1, 2, 3, 10, 2198] {
            let all: Vec<usize> = (0..length).collect();
            let mut spread = spread(&all);
            assert!(length < 10 || spread.windows(2).all(|pair| pair[0].abs_diff(pair[1]) > 1), "{length}");
            spread.sort_unstable();
            assert_eq!(spread, all);
        }
    }
}
