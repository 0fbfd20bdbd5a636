//! `cargo fuzz run packet`: see `entry/packet.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdbspec_fuzz::packet::run(input));
