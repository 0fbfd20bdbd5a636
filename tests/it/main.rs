//! x
mod differential;
mod look_ups;
mod server;
mod zones;
