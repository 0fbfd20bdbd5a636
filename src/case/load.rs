//! stub

use super::Case;
use crate::tree::Tree;
use crate::world::{Problem, Worlds};

/// All cases of a tree.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// The cases, by id.
    pub cases: Vec<Case>,
}

/// Reads every case file of a folder of cases.
///
/// # Errors
/// All faults of all files.
pub fn load(_tree: &Tree, _worlds: &Worlds) -> Result<Suite, Vec<Problem>> {
    Ok(Suite::default())
}
