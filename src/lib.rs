//! netdbspec: a conformance harness for the platform's name-resolution API.
//!
//! Modules in the order of their layers; each imports only from layers before its own.
#![warn(missing_docs)]

pub mod fault;
pub mod outcome;
pub mod tree;

pub mod call;
pub mod verdict;
pub mod world;

pub mod case;

pub mod sandbox;
pub mod server;
pub mod snapshot;
pub mod subject;

pub mod event;

pub mod report;
pub mod runner;

#[cfg(feature = "cli")]
pub mod cli;
