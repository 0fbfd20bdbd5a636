//! stub

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Problem, World};
use crate::tree::Tree;

/// All worlds of a tree, by name.
pub type Worlds = BTreeMap<String, Arc<World>>;

/// Reads every world of a folder of worlds.
///
/// # Errors
/// All faults of all worlds.
pub fn load(_tree: &Tree) -> Result<Worlds, Vec<Problem>> {
    Ok(Worlds::new())
}
