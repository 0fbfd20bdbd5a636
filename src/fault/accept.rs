//! Takes streams, and does not serve them.

use serde::Deserialize;

use super::{Apply, Exchange, On, Plan};

/// What becomes of a stream before anything is read from it. `on` can have `server` and `nth`, which counts streams.
///
/// ```toml
/// fault = [
///     { accept = { how = "unread" } },
///     { on = { nth = [1] }, accept = { how = "reset" } },
///     { accept = { how = "full", until = { transport = "udp" }, ms = 500 } },
/// ]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// What becomes of it.
    pub how: Neglect,
    /// How many milliseconds later.
    #[serde(default)]
    pub ms: u64,
    /// What has to have been asked before those milliseconds begin.
    pub until: Option<On>,
}

/// How a stream is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Neglect {
    /// It stays open, and nothing is ever read.
    Unread,
    /// It is closed at once.
    Close,
    /// It is reset when something lies unread in it.
    Reset,
    /// It is read later.
    Late,
    /// Until the time has come the queue of the listening socket is full: a SYN gets no answer.
    Full,
}

impl Apply for Accept {
    fn apply(&self, _: &Exchange<'_>, _: &mut Plan) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_left_alone() {
        let plan = super::super::testing::applied(r#"accept = { how = "unread" }"#);
        assert_eq!(plan, Plan::reply(super::super::testing::reply()));
    }
}
