//! A trace as a page: one file, no network, no script.

use crate::trace::Trace;

/// The whole page.
pub(super) fn page(trace: &Trace) -> String {
    format!("{:?}", trace.node)
}
