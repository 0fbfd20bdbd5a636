//! The integration tests: one binary, one module a subject.

mod adapter;
mod cli;
mod load;
mod readme;
mod report;
mod sandbox;
mod subject;
mod suite;
mod zones;
