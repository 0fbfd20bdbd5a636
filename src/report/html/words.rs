//! Numbers, and how a status is written on the page.

pub(super) use crate::report::terminal::{count, glyph, number};
use crate::verdict::Status;

/// The statuses in the order of a bar's parts.
pub(super) const STATUSES: [Status; 6] =
    [Status::Pass, Status::Recorded, Status::Unsupported, Status::Warn, Status::Fail, Status::Broken];

/// The class of a status: one letter, since there are fifty thousand of them on a page.
pub(super) fn letter(status: Status) -> char {
    match status {
        Status::Pass => 'P',
        Status::Fail => 'F',
        Status::Warn => 'W',
        Status::Recorded => 'R',
        Status::Unsupported => 'U',
        Status::Broken => 'X',
    }
}

/// What a status means.
pub(super) fn meaning(status: Status) -> &'static str {
    match status {
        Status::Pass => "every rule that was judged is kept",
        Status::Fail => "a must, or a promise of its own manual, is broken",
        Status::Warn => "a recommendation is not followed",
        Status::Recorded => "no clause demands anything here",
        Status::Unsupported => "it does not have the call",
        Status::Broken => "it could not be asked: no fault of the subject",
    }
}
