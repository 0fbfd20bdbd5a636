//! x
mod bench;
#[cfg(target_os = "linux")]
mod differential;
mod look_ups;
mod server;
mod zones;
