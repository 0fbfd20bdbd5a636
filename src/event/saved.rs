//! A saved run, read line by line: only a whole one is one.

use std::io::{self, BufRead};

use super::lines::event;
use super::{Event, Header};

/// A text that is no whole saved run.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line is no event.
    #[error("line {line}: {what}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A newer netdbspec wrote it.
    #[error("its format is version {version}, and this netdbspec reads up to {}", Header::FORMAT)]
    Newer {
        /// The version of the format.
        version: u32,
    },
    /// It does not begin with a header.
    #[error("line 1 is no header")]
    NoHeader,
    /// It stops before the run was over.
    #[error("line {line} is its last and no footer: the run did not come to its end")]
    Incomplete {
        /// The last line, counted from 1.
        line: usize,
    },
    /// It goes on after a footer, or begins anew.
    #[error("it holds more than one run")]
    Several,
}

impl ReadError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io(_) => "give a file that can be read",
            Self::Line { .. } | Self::NoHeader => "give what `audit --format json=FILE` wrote",
            Self::Newer { .. } => "update netdbspec",
            Self::Incomplete { .. } => "run it again to its end",
            Self::Several => "give each run a file of its own",
        }
    }
}

/// The events of a saved run: its header first, its footer last. Lines of a kind that this version does not know are left
/// out, and so are unknown keys. After an error nothing more comes.
#[derive(Debug)]
pub struct Saved<R> {
    lines: R,
    line: Vec<u8>,
    number: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begin,
    Within,
    Footer,
    Over,
}

impl<R: BufRead> Saved<R> {
    /// Reads what a JSON report holds.
    pub fn new(lines: R) -> Self {
        Self { lines, line: Vec::new(), number: 0, stage: Stage::Begin }
    }

    /// The next event; none at the end.
    fn event(&mut self) -> Result<Option<Event>, ReadError> {
        loop {
            self.line.clear();
            if self.lines.read_until(b'\n', &mut self.line)? == 0 {
                return match self.stage {
                    Stage::Begin => Err(ReadError::NoHeader),
                    Stage::Within => Err(ReadError::Incomplete { line: self.number }),
                    Stage::Footer | Stage::Over => Ok(None),
                };
            }
            self.number += 1;
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            let event = match event(&self.line) {
                Ok(Some(event)) => event,
                // What a newer version says besides cannot stand where a header has to.
                Ok(None) if self.stage == Stage::Begin => return Err(ReadError::NoHeader),
                Ok(None) => continue,
                Err(error) => return Err(self.wrong(&error)),
            };
            self.stage = match (self.stage, &event) {
                (Stage::Begin, Event::Started(header)) if header.version > Header::FORMAT => {
                    return Err(ReadError::Newer { version: header.version });
                }
                (Stage::Begin, Event::Started(_)) => Stage::Within,
                (Stage::Begin, _) => return Err(ReadError::NoHeader),
                (Stage::Within, Event::Finished(_)) => Stage::Footer,
                (Stage::Within, Event::CaseFinished(_)) => Stage::Within,
                _ => return Err(ReadError::Several),
            };
            return Ok(Some(event));
        }
    }

    /// What is wrong with a line; the last of a run that was cut off says so.
    fn wrong(&mut self, error: &serde_json::Error) -> ReadError {
        let line = self.number;
        if error.is_eof() && self.lines.fill_buf().is_ok_and(<[u8]>::is_empty) {
            return ReadError::Incomplete { line };
        }
        ReadError::Line { line, what: error.to_string().replace("at line 1 column", "at column") }
    }
}

impl<R: BufRead> Iterator for Saved<R> {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.stage == Stage::Over {
            return None;
        }
        let event = self.event().transpose();
        if !matches!(event, Some(Ok(_))) {
            self.stage = Stage::Over;
        }
        event
    }
}

/// The events of a saved run that is at hand as text.
///
/// # Errors
/// When it is no whole one.
pub fn read(text: &str) -> Result<Vec<Event>, ReadError> {
    Saved::new(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Summary, Who, line};

    fn header() -> Header {
        let who = Who { name: "libc".to_owned(), implementation: "glibc".to_owned(), version: "2.36".to_owned() };
        Header::new(vec![who], 3)
    }

    fn lines(events: &[Event]) -> String {
        events.iter().map(|event| line(event).unwrap().unwrap() + "\n").collect()
    }

    fn run() -> [Event; 2] {
        [Event::Started(header()), Event::Finished(Summary::default())]
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(read(&lines(&run())).unwrap(), run());
        let with_a_note = lines(&run()).replace("\n{", "\n\n{\"kind\":\"note\"}\n{");
        assert_eq!(read(&with_a_note).unwrap(), run());
    }

    #[test]
    fn only_a_whole_run_is_one() {
        let [header, footer] = run();
        let wrong = |text: &str| read(text).unwrap_err().to_string();
        let text = lines(&run());
        let cut = &text[..text.len() - 9];
        insta::assert_snapshot!(wrong(cut), @"line 2 is its last and no footer: the run did not come to its end");
        insta::assert_snapshot!(wrong(&lines(&[header])), @"line 1 is its last and no footer: the run did not come to its end");
        insta::assert_snapshot!(wrong(&lines(&[footer])), @"line 1 is no header");
        insta::assert_snapshot!(wrong(""), @"line 1 is no header");
        insta::assert_snapshot!(wrong(&text.repeat(2)), @"it holds more than one run");
        let newer = lines(&[Event::Started(Header { version: 7, ..self::header() })]);
        insta::assert_snapshot!(wrong(&newer), @"its format is version 7, and this netdbspec reads up to 1");
        let bad = lines(&run()).replace("\n{\"kind\":\"footer\"", "\n{\"kind\":\"case\"}\n{\"kind\":\"footer\"");
        insta::assert_snapshot!(wrong(&bad), @"line 2: missing field `id` at column 15");
    }
}
