//! Answers late.

use std::time::Duration;

use serde::Deserialize;

use super::{Apply, Exchange, On, Plan};

/// Every message of the plan leaves this much later: `ms` all, `each` one by one. With `until` they wait at first for a query
/// that passes that filter, or that has passed it already: at any nameserver, `nth` counted over all.
///
/// ```toml
/// fault = [
///     { on = { type = "AAAA" }, delay = { ms = 200 } },
///     { delay = { each = [0, 100, 200] } },
///     { on = { type = "A" }, delay = { until = { type = "AAAA", nth = [1] } } },
/// ]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// The delay in milliseconds.
    #[serde(default)]
    pub ms: u64,
    /// Further milliseconds for the first message, the second and so on.
    #[serde(default)]
    pub each: Vec<u64>,
    /// Which query they wait for.
    pub until: Option<On>,
}

impl Apply for Delay {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        for (index, send) in plan.sends.iter_mut().enumerate() {
            let own = self.each.get(index).copied().unwrap_or(0);
            send.after = send.after.saturating_add(Duration::from_millis(self.ms.saturating_add(own)));
            send.until = self.until.clone().or_else(|| send.until.take());
        }
        plan.ends = plan.ends.saturating_add(Duration::from_millis(self.ms));
        plan.notes.push(match (self.ms, &self.until) {
            (0, Some(_)) => "held".to_owned(),
            (_, Some(_)) => format!("held, delay {}ms", self.ms),
            (0, None) => format!("delay {:?}ms", self.each),
            (_, None) => format!("delay {}ms", self.ms),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::applied;

    #[test]
    fn messages_are_late_one_by_one() {
        let plan = applied("delay = { ms = 10, each = [5] }");
        assert_eq!((plan.sends[0].after.as_millis(), plan.ends.as_millis()), (15, 10));
        assert_eq!(applied("delay = { each = [0, 7] }").notes, ["delay [0, 7]ms"]);
    }

    #[test]
    fn messages_wait_for_a_query() {
        let plan = applied(r#"delay = { until = { type = "AAAA" } }"#);
        assert_eq!(plan.sends[0].until.as_ref().and_then(|on| on.qtype.as_deref()), Some("AAAA"));
        assert_eq!(plan.notes, ["held"]);
    }
}
