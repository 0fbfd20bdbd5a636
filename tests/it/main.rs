//! The suite's own tests, one file for each boundary.

mod adapter;
mod subject;
