//! The integration tests: one binary, one module a subject.

mod adapter;
mod load;
mod report;
mod subject;
