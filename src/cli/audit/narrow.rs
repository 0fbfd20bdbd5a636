//! Only rules of some levels. Everything is run and compared as always; what is told is narrowed.

use crate::case::Case;
use crate::event::{Event, Record, Summary};
use crate::verdict::{Level, Status};

/// Narrows events, and counts what is left.
pub(super) struct Narrow {
    levels: Vec<Level>,
    summary: Summary,
}

/// The cases that have a rule of one of the levels; all of them without levels.
pub(super) fn cases<'s>(mut cases: Vec<&'s Case>, levels: &[Level]) -> Vec<&'s Case> {
    cases.retain(|case| levels.is_empty() || case.rules.iter().any(|rule| levels.contains(&rule.level)));
    cases
}

impl Narrow {
    /// Without levels, nothing is changed.
    pub(super) fn new(levels: Vec<Level>) -> Self {
        Self { levels, summary: Summary::default() }
    }

    /// The event, narrowed.
    pub(super) fn event(&mut self, mut event: Event) -> Event {
        if let Event::CaseFinished(record) = &mut event {
            if !self.levels.is_empty() {
                self.record(record);
            }
            self.summary.add(record);
        }
        if let Event::Finished(summary) = &mut event {
            self.summary.elapsed = summary.elapsed;
            summary.clone_from(&self.summary);
        }
        event
    }

    /// What the run came to.
    pub(super) fn into_summary(self) -> Summary {
        self.summary
    }

    fn record(&self, record: &mut Record) {
        record.verdicts.retain(|verdict| self.levels.contains(&verdict.level));
        if matches!(record.status, Status::Broken | Status::Unsupported) {
            return;
        }
        record.status = Status::of(&record.verdicts);
        record.level = record.verdicts.iter().map(|verdict| verdict.level).min().unwrap_or(record.level);
        record.clauses.retain(|clause| record.verdicts.iter().any(|verdict| verdict.clause == *clause));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::read;

    const MIXED: &str = include_str!("../../../fixtures/runs/mixed.jsonl");

    fn narrowed(levels: &[Level]) -> (Vec<Record>, Summary) {
        let mut narrow = Narrow::new(levels.to_vec());
        let events: Vec<_> = read(MIXED).unwrap().into_iter().map(|event| narrow.event(event)).collect();
        let records = events.iter().filter_map(|event| match event {
            Event::CaseFinished(record) => Some((**record).clone()),
            _ => None,
        });
        let records = records.collect();
        let Some(Event::Finished(footer)) = events.last() else { panic!("the run has no footer") };
        assert_eq!(*footer, narrow.summary);
        (records, narrow.into_summary())
    }

    #[test]
    fn without_levels_all_stays_as_it_is() {
        let (records, summary) = narrowed(&[]);
        assert_eq!(records.len(), summary.counts.all());
        assert!(summary.required.broken > 0 && summary.recommended.broken > 0);
    }

    #[test]
    fn other_levels_are_neither_told_nor_counted() {
        let (records, summary) = narrowed(&[Level::Should]);
        assert!(records.iter().flat_map(|record| &record.verdicts).all(|verdict| verdict.level == Level::Should));
        assert_eq!((summary.counts.fail, summary.required.broken), (0, 0));
        assert!(summary.recommended.broken > 0);
    }
}
