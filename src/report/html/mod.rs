//! The HTML report: one self-contained file.

#[cfg_attr(not(test), expect(dead_code, reason = "the page that calls it comes with the report itself"))]
pub(crate) mod case;
pub(crate) mod escape;
pub(crate) mod wire;
