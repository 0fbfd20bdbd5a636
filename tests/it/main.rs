//! The integration tests: one binary, one module a subject.

mod load;
mod readme;
mod suite;

mod calls;
