//! `cargo fuzz run case`: see `entry/case.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdbspec_fuzz::case::run(input));
