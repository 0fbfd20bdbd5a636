//! What the doctor finds out about this machine.

/// Whether sandboxes can be made here, and what stands in their way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// One finding for each thing that was looked at, in the order in which a sandbox needs them.
    pub findings: Vec<Finding>,
    /// Whether a sandbox could be made. A finding that is not `ok` may still cost a part of the worlds, such as IPv6.
    pub usable: bool,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is: `namespaces`, `/etc`, `IPv6`.
    pub what: String,
    /// Whether it is as a sandbox needs it.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it, where it is not `ok`.
    pub remedy: Option<String>,
}

impl Finding {
    /// A finding that something is in the way.
    pub(super) fn bad(what: &str, detail: impl Into<String>, remedy: Option<String>) -> Self {
        Self { what: what.to_owned(), ok: false, detail: detail.into(), remedy }
    }
}
