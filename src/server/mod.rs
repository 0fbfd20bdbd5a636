//! x
mod answer;
mod encode;
mod lookup;
mod zone;
pub use answer::Handler;
pub use zone::Zones;
