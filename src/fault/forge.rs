//! stub

use serde::Deserialize;

use super::{Apply, Exchange, Plan};

/// stub
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forge {}

impl Apply for Forge {
    fn apply(&self, _: &Exchange<'_>, _: &mut Plan) {}
}
