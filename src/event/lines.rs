//! Events as lines of JSON, and back. One event a line; the key `kind` says which: `header`, `case` or `footer`.

use serde::{Deserialize, Serialize};

use super::{Event, Header, Record, Summary};

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line<'a> {
    Header(&'a Header),
    Case(&'a Record),
    Footer(&'a Summary),
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// An event as a line of JSON, without the newline; `None` for one that the JSON report leaves out.
///
/// # Errors
/// When the event holds a value that JSON cannot express.
pub fn line(event: &Event) -> Option<serde_json::Result<String>> {
    let line = match event {
        Event::Started(header) => Line::Header(header),
        Event::CaseStarted { .. } => return None,
        Event::CaseFinished(record) => Line::Case(record),
        Event::Finished(summary) => Line::Footer(summary),
    };
    Some(serde_json::to_string(&line))
}

/// The event that a line holds; none where it is of a kind that this version does not know.
pub(super) fn event(line: &[u8]) -> serde_json::Result<Option<Event>> {
    let Kind { kind } = serde_json::from_slice(line)?;
    Ok(Some(match kind.as_str() {
        "header" => Event::Started(serde_json::from_slice(line)?),
        "case" => Event::CaseFinished(Box::new(serde_json::from_slice(line)?)),
        "footer" => Event::Finished(serde_json::from_slice(line)?),
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_case_is_no_line() {
        assert!(line(&Event::CaseStarted { id: "a/b/c".to_owned(), subject: "libc".to_owned() }).is_none());
    }
}
