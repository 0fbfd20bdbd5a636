//! `cargo fuzz run report`: see `entry/report.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdbspec_fuzz::report::run(input));
