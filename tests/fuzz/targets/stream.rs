//! `cargo fuzz run stream`: see `entry/stream.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdbspec_fuzz::stream::run(input));
