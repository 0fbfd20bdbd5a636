//! The wire log as a picture: time runs down, the client and each nameserver address are lanes, each query and each message
//! that was sent for it is an arrow. What it shows stands in its label in words too.

mod draw;
mod happened;
mod words;

use std::time::Duration;

use crate::outcome::Query;

/// How the picture looks; its colours are custom properties, which the page sets.
pub(crate) const CSS: &str = include_str!("wire.css");

/// The picture of one call's queries; `elapsed` is how long the call took, where that is known.
pub(crate) fn timeline(wire: &[Query], elapsed: Option<Duration>) -> String {
    if wire.is_empty() {
        return "<p class=w0>nothing was sent</p>".to_owned();
    }
    // A subject that asks side by side has its log in another order.
    let mut wire = wire.to_vec();
    wire.sort_by_key(|query| query.at);
    let events = happened::of(&wire, elapsed);
    draw::svg(&wire, &events, &words::label(&wire, &events))
}

#[cfg(test)]
mod tests;
