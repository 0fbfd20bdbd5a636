//! What is on record. Each record has its topic's file read anew: it is built into this binary or in the page cache, and a
//! process that forks once a case must be small, while a run of many subjects has some ten megabytes of snapshots.

use super::Plan;
use crate::event::{Record, Who};
use crate::snapshot;
use crate::verdict::Status;

/// Holds a record against what is on record of its topic. A snapshot that cannot be read breaks the case.
pub(super) fn compare(plan: &Plan, who: &Who, record: &mut Record) {
    match snapshot::read(&plan.baseline, &who.owner(), &record.topic) {
        Ok(recorded) => record.hold_against(recorded.as_ref(), plan.policy),
        Err(error) => {
            record.status = Status::Broken;
            record.note = Some(super::trouble::chain(&error));
        }
    }
}
