//! Lanes: some threads take case after case, one collects. A panic in a lane breaks its case, not the run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::baseline::Baseline;
use super::{Met, Plan, one};
use crate::case::Case;
use crate::event::{Event, Record};
use crate::server::Server;
use crate::verdict::Status;

/// Runs every case of the plan against every subject.
pub(super) fn run(plan: &Plan, met: &[Met], server: &Server, sink: &mut dyn FnMut(Event)) {
    let pairs: Vec<(&Case, &Met)> = plan.cases.iter().flat_map(|case| met.iter().map(move |met| (case, met))).collect();
    let baseline = Baseline::new(plan);
    let next = AtomicUsize::new(0);
    let enough = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..plan.jobs.clamp(1, pairs.len().max(1)) {
            let (sender, pairs, next, enough, baseline) = (sender.clone(), &pairs, &next, &enough, &baseline);
            scope.spawn(move || {
                while !enough.load(Ordering::Relaxed)
                    && let Some((case, met)) = pairs.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let started = Event::CaseStarted { id: case.id.to_string(), subject: met.who.name.clone() };
                    let finished = || Event::CaseFinished(Box::new(attempt(plan, case, met, server, baseline)));
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

fn ends_the_run(record: &Record) -> bool {
    record.status == Status::Broken || record.status == Status::Fail && record.is_new()
}

/// One case against one subject. A panic is ours, and breaks the case.
fn attempt(plan: &Plan, case: &Case, met: &Met, server: &Server, baseline: &Baseline<'_>) -> Record {
    catch_unwind(AssertUnwindSafe(|| compared(plan, case, met, server, baseline))).unwrap_or_else(|panic| {
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

/// Runs a case once, and once more where the stub server was too slow to say anything certain.
fn compared(plan: &Plan, case: &Case, met: &Met, server: &Server, baseline: &Baseline<'_>) -> Record {
    let mut record = one::run(case, met, server, plan.timeout);
    if one::was_late(&record) {
        record = one::run(case, met, server, plan.timeout);
        record.rerun = true;
    }
    baseline.compare(&met.who, &mut record);
    record
}
