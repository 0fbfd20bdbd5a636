//! stub

use serde::Deserialize;

use super::{Apply, Exchange, Plan};

/// stub
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bytes {}

impl Apply for Bytes {
    fn apply(&self, _: &Exchange<'_>, _: &mut Plan) {}
}
