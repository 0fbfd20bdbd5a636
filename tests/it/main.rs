//! x
mod bench;
mod differential;
mod look_ups;
mod server;
mod zones;
