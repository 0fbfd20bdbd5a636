//! x
mod zones;
