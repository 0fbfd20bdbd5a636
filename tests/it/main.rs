//! The integration tests: one binary, one module a subject.

mod load;
mod readme;
mod suite;
//! The integration tests: one file a boundary.

mod calls;
