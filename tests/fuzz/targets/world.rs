//! `cargo fuzz run world`: see `entry/world.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdbspec_fuzz::world::run(input));
