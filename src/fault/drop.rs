//! Answers nothing.

use serde::Deserialize;

use super::{Apply, Exchange, Plan};

/// The query is seen and logged, and nothing is sent. Over TCP the stream stays open.
///
/// ```toml
/// fault = [{ on = { server = "127.0.0.1" }, drop = {} }]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drop {}

impl Apply for Drop {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        plan.sends.clear();
        plan.notes.push("drop".to_owned());
    }
}
