//! stub

use serde::Deserialize;

use super::{Apply, Exchange, Plan};

/// stub
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rcode {}

impl Apply for Rcode {
    fn apply(&self, _: &Exchange<'_>, _: &mut Plan) {}
}
