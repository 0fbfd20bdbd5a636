//! stub

/// Which cases are wanted.
#[derive(Clone, Debug)]
pub struct Selector {}
