//! The integration tests: one binary, one file a boundary.

mod adapter;
mod bench;
mod calls;
mod cli;
mod coverage;
mod differential;
mod exec;
mod load;
mod look_ups;
mod no_sandbox;
mod platform;
mod readme;
mod report;
mod rootfs;
mod sandbox;
mod selftest;
mod server;
mod streams;
mod subject;
mod suite;
mod support;
mod tidy;
mod transcript;
mod under;
mod vicious;
mod zones;
