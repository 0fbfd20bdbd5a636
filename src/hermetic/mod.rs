//! Hermetic DNS for programs and tests: a [`World`] of names, files and nameservers, and three ways to use it.
//!
//! | | |
//! |---|---|
//! | [`World::test`] | the body of a `#[test]` runs inside the world |
//! | [`World::start`], [`World::command`] | any program runs inside it, started by std's `Command` |
//! | [`Stub::start`] | its nameservers answer on a free port of this process, for a resolver that takes an address |
//!
//! All of them give a [`Net`]: the queries that were sent, faults that are switched on and off, records that change.

mod error;
mod live;
mod net;
mod running;
mod stub;
mod test;
mod world;

pub use error::Error;
pub use net::Net;
pub use running::Running;
#[cfg(feature = "cli")]
pub(crate) use running::steers;
pub use stub::Stub;
pub use test::TestResult;
pub use world::World;
