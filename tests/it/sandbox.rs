//! The sandbox, from outside. Where none can be made the tests fail with the doctor's diagnosis.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so does what it is made of")]
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

pub(crate) mod given;
mod inside;
mod machine;
mod nested;
mod network;
mod program;
mod root;
mod running;
mod unusual;
mod watch;
