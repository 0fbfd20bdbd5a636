//! What is on record: each snapshot file is read once, when the first case of its topic is over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Plan;
use crate::event::{Record, Who};
use crate::snapshot::{self, Recorded};
use crate::verdict::Status;

/// A topic's snapshot, where there is one; or why it cannot be read.
type Read = Result<Option<Arc<Recorded>>, String>;

/// The snapshots of a run, read as they are needed.
pub(super) struct Baseline<'p> {
    plan: &'p Plan,
    topics: Mutex<HashMap<(Who, String), Read>>,
}

impl<'p> Baseline<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        Self { plan, topics: Mutex::default() }
    }

    /// Holds a record against what is on record of its topic. A snapshot that cannot be read breaks the case.
    pub(super) fn compare(&self, who: &Who, record: &mut Record) {
        match self.topic(who, &record.topic) {
            Ok(recorded) => record.hold_against(recorded.as_deref(), self.plan.policy),
            Err(error) => {
                record.status = Status::Broken;
                record.note = Some(error);
            }
        }
    }

    fn topic(&self, who: &Who, topic: &str) -> Read {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics
            .entry((who.clone(), topic.to_owned()))
            .or_insert_with(|| {
                snapshot::read(&self.plan.baseline, &who.owner(), topic)
                    .map(|recorded| recorded.map(Arc::new))
                    .map_err(|error| super::trouble::chain(&error))
            })
            .clone()
    }
}
