//! Answers more than once.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

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
    #[serde(default = "once", deserialize_with = "times")]
    pub times: u32,
    /// How many milliseconds later each time.
    #[serde(default)]
    pub ms: u64,
}

/// How often at most: each time is a message in memory, and another duplicate multiplies them.
const MOST: u32 = 100;

fn once() -> u32 {
    1
}

fn times<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let times = u32::deserialize(deserializer)?;
    if times > MOST { Err(D::Error::custom(format!("`times` is at most {MOST}"))) } else { Ok(times) }
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

    #[test]
    fn no_number_fills_the_memory() {
        let error = toml::from_str::<super::Duplicate>("times = 4294967295").unwrap_err();
        assert_eq!(error.message(), "`times` is at most 100");
    }
}
