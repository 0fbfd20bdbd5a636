//! `cargo fuzz run snapshot`: see `entry/snapshot.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdbspec_fuzz::snapshot::run(input));
