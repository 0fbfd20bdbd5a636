//! What the picture shows, in words.

use std::time::Duration;

use super::happened::{Event, Kind, What};
use crate::outcome::Query;
use crate::report::terminal::count;
use crate::snapshot::query_line;

/// A time as short as it can be told: `0.3 ms`, `12 ms`, `5.01 s`.
pub(super) fn time(of: Duration) -> String {
    let millis = of.as_secs_f64() * 1e3;
    if millis < 0.05 {
        "0 ms".to_owned()
    } else if millis < 9.95 {
        format!("{millis:.1} ms")
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else if millis < 99_950.0 {
        format!("{:.2} s", millis / 1e3)
    } else {
        format!("{:.0} s", millis / 1e3)
    }
}

/// A word for what stands out about a message.
pub(super) fn word(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Plain => None,
        Kind::Truncated => Some("truncated"),
        Kind::Late => Some("late"),
        Kind::Forged => Some("forged"),
    }
}

/// A query with what is unusual about it, but for the server, which its lane tells, and what came of it.
pub(super) fn asked(query: &Query) -> String {
    let line = query_line(query);
    let end = line.find(" @").or_else(|| line.find(" → ")).unwrap_or(line.len());
    line[..end].to_owned()
}

/// Everything in the order in which it happened, for who does not see the picture.
pub(super) fn label(wire: &[Query], events: &[Event]) -> String {
    let several = wire.iter().any(|query| query.server != wire[0].server);
    let mut text = format!("{}:", count(wire.len(), "query", "queries"));
    for event in events {
        let at = time(event.at);
        let sentence = match &event.what {
            What::Query { of, again } => {
                let query = &wire[*of];
                let to = if several { format!(" to {}", query.server) } else { String::new() };
                let again = if *again { ", again" } else { "" };
                format!("{} at {at}: {}{to}{again}", of + 1, asked(query))
            }
            What::Reply { of, reply, kind, after } => {
                let word = word(*kind).map_or_else(String::new, |word| format!(", {word}"));
                let after = after.map_or_else(String::new, |after| format!(" after {}", time(after)));
                format!("reply to {}{after}: {reply}{word}", of + 1)
            }
            What::Lost { of, why } => format!("no reply to {}: {why}", of + 1),
            What::Returned { after } => format!("the call returned after {}", time(*after)),
        };
        text.push(' ');
        text.push_str(&sentence);
        // A name ends in a dot already.
        text.push_str(if sentence.ends_with('.') { "" } else { "." });
    }
    text
}
