//! The last event of a run: what it all came to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Record;
use crate::outcome::millis;
use crate::verdict::{Level, Status};

/// What a run came to. Cases are counted once for each subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Cases by status.
    pub counts: Counts,
    /// Must and documented rules that are broken.
    pub required: Rules,
    /// Should rules that are broken.
    pub recommended: Rules,
    /// Cases that break a rule as the baseline has it.
    pub known: usize,
    /// Cases that newly break a must or documented rule.
    pub new: usize,
    /// Cases whose outcome differs from what is on record, where that makes the run fail.
    pub drift: usize,
    /// Cases whose outcome differs from what is on record of another version, where that does not make the run fail.
    pub differ: usize,
    /// Cases that were run again because this machine was too slow to serve their replies in time.
    #[serde(default)]
    pub reruns: usize,
    /// Cases that drifted or newly broke a rule, and did not when they were asked again.
    #[serde(default)]
    pub flaky: usize,
    /// The time that the run took.
    #[serde(with = "millis")]
    pub elapsed: Duration,
}

/// How many cases have each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// [`Status::Pass`].
    pub pass: usize,
    /// [`Status::Fail`].
    pub fail: usize,
    /// [`Status::Warn`].
    pub warn: usize,
    /// [`Status::Recorded`].
    pub recorded: usize,
    /// [`Status::Unsupported`].
    pub unsupported: usize,
    /// [`Status::Broken`].
    pub broken: usize,
}

/// How many rules of a kind are broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// All of them.
    pub broken: usize,
    /// Those in cases where that is new.
    pub new: usize,
}

/// What a run comes to in one word. The exit status is made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// Every required rule holds, or its breach is known.
    Holds,
    /// A required rule is newly broken, or an outcome on record drifted.
    Deviates,
    /// Cases could not be run here.
    Unable,
    /// Nothing was run: no case was selected, or no subject has the calls of any of them.
    Nothing,
}

impl Counts {
    /// Counts one more case.
    pub fn add(&mut self, status: Status) {
        *match status {
            Status::Pass => &mut self.pass,
            Status::Fail => &mut self.fail,
            Status::Warn => &mut self.warn,
            Status::Recorded => &mut self.recorded,
            Status::Unsupported => &mut self.unsupported,
            Status::Broken => &mut self.broken,
        } += 1;
    }

    /// Counts others with these.
    pub fn merge(&mut self, other: &Self) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.warn += other.warn;
        self.recorded += other.recorded;
        self.unsupported += other.unsupported;
        self.broken += other.broken;
    }

    /// How many cases have this status.
    #[must_use]
    pub fn of(&self, status: Status) -> usize {
        match status {
            Status::Pass => self.pass,
            Status::Fail => self.fail,
            Status::Warn => self.warn,
            Status::Recorded => self.recorded,
            Status::Unsupported => self.unsupported,
            Status::Broken => self.broken,
        }
    }

    /// How many cases there are.
    #[must_use]
    pub fn all(&self) -> usize {
        // The footer of a saved run may claim any number.
        let all = [self.pass, self.fail, self.warn, self.recorded, self.unsupported, self.broken];
        all.into_iter().fold(0, usize::saturating_add)
    }
}

impl Summary {
    /// Counts one more record.
    pub fn add(&mut self, record: &Record) {
        let new = record.is_new();
        self.counts.add(record.status);
        self.reruns += usize::from(record.rerun);
        self.flaky += usize::from(record.flaky.is_some());
        self.known += usize::from(record.deviates() && record.known);
        self.new += usize::from(new && record.status == Status::Fail);
        match &record.drift {
            Some(drift) if drift.counts => self.drift += 1,
            Some(_) => self.differ += 1,
            None => {}
        }
        for verdict in record.broken_rules() {
            let rules = match verdict.level {
                Level::Must | Level::Documented => &mut self.required,
                Level::Should => &mut self.recommended,
                Level::May | Level::Unspecified => continue,
            };
            rules.broken += 1;
            rules.new += usize::from(new);
        }
    }

    /// What the run comes to; `strict` counts known deviations too. A deviation outweighs a case that could not be run.
    #[must_use]
    pub fn conclusion(&self, strict: bool) -> Conclusion {
        if self.new > 0 || self.drift > 0 || (strict && self.counts.fail > 0) {
            Conclusion::Deviates
        } else if self.counts.broken > 0 {
            Conclusion::Unable
        } else if self.counts.all() == self.counts.unsupported {
            Conclusion::Nothing
        } else {
            Conclusion::Holds
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_run_may_claim_any_number() {
        let counts = Counts { pass: usize::MAX, fail: 1, ..Counts::default() };
        assert_eq!(counts.all(), usize::MAX);
    }

    #[test]
    fn deviations_outweigh_broken_cases_and_strict_counts_the_known() {
        let counts = Counts { pass: 1, ..Counts::default() };
        let run = |summary: Summary| (summary.conclusion(false), summary.conclusion(true));
        assert_eq!(run(Summary::default()), (Conclusion::Nothing, Conclusion::Nothing));
        assert_eq!(run(Summary { counts, ..Summary::default() }), (Conclusion::Holds, Conclusion::Holds));
        let unsupported = Counts { unsupported: 3, ..Counts::default() };
        let silent = Summary { counts: unsupported, ..Summary::default() };
        assert_eq!(run(silent), (Conclusion::Nothing, Conclusion::Nothing));
        let known = Counts { fail: 1, ..counts };
        assert_eq!(run(Summary { counts: known, ..Summary::default() }), (Conclusion::Holds, Conclusion::Deviates));
        let broken = Counts { broken: 1, ..counts };
        assert_eq!(run(Summary { counts: broken, ..Summary::default() }), (Conclusion::Unable, Conclusion::Unable));
        let both = Summary { counts: broken, new: 1, ..Summary::default() };
        assert_eq!(run(both), (Conclusion::Deviates, Conclusion::Deviates));
        assert_eq!(
            run(Summary { counts, drift: 1, ..Summary::default() }),
            (Conclusion::Deviates, Conclusion::Deviates)
        );
    }
}
