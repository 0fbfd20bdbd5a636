//! `cargo fuzz run zone`: see `entry/zone.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdbspec_fuzz::zone::run(input));
