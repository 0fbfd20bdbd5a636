//! One case of the report: what it asks, in which world, and what each group of subjects made of it, side by side.

use crate::event::Header;
use crate::report::explain::CaseInfo;
use crate::report::matrix::Row;

/// How a section looks; its colours are custom properties, which the page sets.
pub(crate) const CSS: &str = include_str!("case.css");

/// The id of a case's section: a fragment that begins with `#case=` leads to it without a script.
pub(crate) fn anchor(id: &str) -> String {
    format!("case={id}")
}

/// The section of one case. `names` are those of [`crate::report::matrix::Matrix::names`].
pub(crate) fn section(row: &Row<'_>, names: &[String], header: &Header, info: Option<&CaseInfo>) -> String {
    _ = (names, header, info);
    format!("<section id=\"{}\"></section>", anchor(&row.any().id))
}
