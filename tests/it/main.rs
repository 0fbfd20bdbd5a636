//! The integration tests: one binary, one module a subject.

mod adapter;
mod load;
mod readme;
mod report;
mod subject;
mod suite;
