//! `cargo fuzz run protocol`: see `entry/protocol.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdbspec_fuzz::protocol::run(input));
