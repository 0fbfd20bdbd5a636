//! Answers more than once.

use std::time::Duration;

use serde::Deserialize;

use super::{Apply, Exchange, Plan};

/// All messages of the plan go out again, `times` times, each round `ms` milliseconds after the one before.
///
/// ```toml
/// fault = [{ duplicate = {} }, { duplicate = { times = 3, ms = 20 } }]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicate {
    /// How often.
    #[serde(default = "once")]
    pub times: u32,
    /// How many milliseconds later each time.
    #[serde(default)]
    pub ms: u64,
}

fn once() -> u32 {
    1
}

impl Apply for Duplicate {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        let first = plan.sends.clone();
        for round in 1..=self.times {
            let later = Duration::from_millis(self.ms.saturating_mul(round.into()));
            plan.sends.extend(first.iter().cloned().map(|mut send| {
                send.after = send.after.saturating_add(later);
                send
            }));
        }
        plan.notes.push(format!("duplicate {}", self.times));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::applied;

    #[test]
    fn each_round_comes_later() {
        let after = |fault| applied(fault).sends.iter().map(|send| send.after.as_millis()).collect::<Vec<_>>();
        assert_eq!(after("duplicate = {}"), [0, 0]);
        assert_eq!(after("duplicate = { times = 2, ms = 30 }"), [0, 30, 60]);
    }
}
