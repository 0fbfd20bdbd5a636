//! x
mod differential;
mod look_ups;
mod zones;
