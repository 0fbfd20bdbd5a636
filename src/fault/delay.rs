//! Answers late.

use std::time::Duration;

use serde::Deserialize;

use super::{Apply, Exchange, Plan};

/// Every message of the plan leaves this much later.
///
/// ```toml
/// fault = [{ on = { type = "AAAA" }, delay = { ms = 200 } }]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// The delay in milliseconds.
    pub ms: u64,
}

impl Apply for Delay {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        for send in &mut plan.sends {
            send.after = send.after.saturating_add(Duration::from_millis(self.ms));
        }
        plan.notes.push(format!("delay {}ms", self.ms));
    }
}
