//! `cargo fuzz run fault`: see `entry/fault.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdbspec_fuzz::fault::run(input));
