//! The integration tests: one file a boundary.

mod calls;
