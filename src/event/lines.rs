//! Events as lines of JSON, and back. One event a line; the key `kind` says which: `header`, `case` or `footer`.

use serde::{Deserialize, Serialize};

use super::{Event, Header, Record, Summary};

/// A saved run that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A line is no event.
    #[error("reading line {line} of a saved run: {source}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A newer netdbspec wrote it.
    #[error(
        "reading a saved run: its format is version {version}, and this netdbspec reads up to {}: update netdbspec",
        Header::FORMAT
    )]
    Version {
        /// The version of the format.
        version: u32,
    },
}

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

/// The events of a saved run. Lines of a kind that this version does not know are left out, and so are unknown keys.
///
/// # Errors
/// When a line is no JSON or lacks something, or the format is of a higher version.
pub fn read(text: &str) -> Result<Vec<Event>, ReadError> {
    let mut events = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let event = event(line).map_err(|source| ReadError::Line { line: number + 1, source })?;
        if let Some(Event::Started(header)) = &event
            && header.version > Header::FORMAT
        {
            return Err(ReadError::Version { version: header.version });
        }
        events.extend(event);
    }
    Ok(events)
}

fn event(line: &str) -> serde_json::Result<Option<Event>> {
    let Kind { kind } = serde_json::from_str(line)?;
    Ok(Some(match kind.as_str() {
        "header" => Event::Started(serde_json::from_str(line)?),
        "case" => Event::CaseFinished(Box::new(serde_json::from_str(line)?)),
        "footer" => Event::Finished(serde_json::from_str(line)?),
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Who;

    fn header() -> Header {
        let who = Who { name: "libc".to_owned(), implementation: "glibc".to_owned(), version: "2.36".to_owned() };
        Header::new(vec![who], 3)
    }

    #[test]
    fn what_is_written_is_read_again() {
        for event in [Event::Started(header()), Event::Finished(Summary::default())] {
            let written = line(&event).unwrap().unwrap();
            assert_eq!(read(&written).unwrap(), [event]);
        }
    }

    #[test]
    fn the_start_of_a_case_is_no_line() {
        assert!(line(&Event::CaseStarted { id: "a/b/c".to_owned(), subject: "libc".to_owned() }).is_none());
    }

    #[test]
    fn a_newer_format_and_a_bad_line_are_refused_in_words() {
        let newer = line(&Event::Started(Header { version: 7, ..header() })).unwrap().unwrap();
        insta::assert_snapshot!(read(&newer).unwrap_err(), @"reading a saved run: its format is version 7, and this netdbspec reads up to 1: update netdbspec");
        insta::assert_snapshot!(read("{\"kind\":\"note\"}\n{\"kind\":\"case\"}").unwrap_err(), @"reading line 2 of a saved run: missing field `id` at line 1 column 15");
    }
}
