//! What a look-up costs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{End, Name, Step, Trace};
use crate::outcome::{Query, millis};

/// What a look-up costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bill {
    /// How many names the DNS was asked for.
    pub names: usize,
    /// How many queries it took.
    pub queries: usize,
    /// How many of them repeat another.
    pub repeated: usize,
    /// How long it took.
    #[serde(rename = "ms", with = "millis")]
    pub elapsed: Duration,
    /// How much of that was waiting for replies that did not come in time.
    #[serde(rename = "waited_ms", with = "millis")]
    pub waited: Duration,
}

impl Bill {
    pub(super) fn of(names: &[Name], wire: &[Query], elapsed: Duration) -> Self {
        let steps = || names.iter().flat_map(|name| &name.queries);
        let repeated = steps().filter(|step| step.again.is_some()).count();
        Self { names: names.len(), queries: wire.len(), repeated, elapsed, waited: waited(steps()) }
    }
}

/// How long was waited in all. Queries that wait side by side wait once.
pub(super) fn waited<'s>(steps: impl Iterator<Item = &'s Step>) -> Duration {
    let mut spans: Vec<_> = steps.filter_map(|step| Some((step.at, step.at + step.waited?))).collect();
    spans.sort_unstable();
    let (mut waited, mut until) = (Duration::ZERO, Duration::ZERO);
    for (from, to) in spans {
        waited += to.saturating_sub(from.max(until));
        until = until.max(to);
    }
    waited
}

/// What another spelling or setting costs: measured, not computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// What was changed.
    pub change: Change,
    /// What it cost.
    pub bill: Bill,
    /// What came back.
    pub end: End,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Another spelling of the name.
    Name(String),
    /// This in the options of resolv.conf.
    Options(String),
}

impl Other {
    /// What a trace that was made with this change comes to.
    #[must_use]
    pub fn of(change: Change, trace: &Trace) -> Self {
        Self { change, bill: trace.bill.clone(), end: trace.end.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_side_by_side_waits_once() {
        let ms = Duration::from_millis;
        let step = |at, waited: Option<u64>| {
            let query = Query { at: ms(at), ..Query::made_up(0) };
            super::super::names::made_up(&query, waited.map(ms))
        };
        let steps = [step(0, Some(100)), step(1, Some(100)), step(50, None), step(200, Some(10))];
        assert_eq!(waited(steps.iter()), ms(111));
    }
}
