//! A TOML file while it is read: its text, and everything found wrong in it so far. Cases are read with it too.

use std::cell::OnceCell;
use std::iter::once;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::keys::Keys;
use super::nearest::nearest;
use super::{Position, Problem};

/// A part of a file, in bytes.
pub(crate) type Span = Range<usize>;

/// A value of a file, and where it stands.
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// A TOML file, and what was found wrong in it.
pub(crate) struct Source<'t> {
    file: String,
    text: &'t str,
    /// Where each line begins. A file of thousands of cases is asked for thousands of places.
    lines: OnceCell<Vec<usize>>,
    problems: Vec<Problem>,
}

impl<'t> Source<'t> {
    /// A file that messages call `file`.
    pub(crate) fn new(file: String, text: &'t str) -> Self {
        Self { file, text, lines: OnceCell::new(), problems: Vec::new() }
    }

    /// The file, as messages name it.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The text of a part of the file.
    pub(crate) fn text(&self, span: &Span) -> &'t str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// Reads the file as TOML. With faults in its syntax there is nothing to go on with: what could be rescued of the
    /// file would only give rise to false complaints.
    pub(crate) fn parse(&mut self) -> Option<Keys<'t>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            self.fault(error.span().unwrap_or_default(), format!("not TOML: {}", error.message()));
        }
        errors.is_empty().then(|| Keys::new(table.span(), table.into_inner()))
    }

    /// The place of the beginning of a part.
    pub(crate) fn at(&self, span: &Span) -> Position {
        let begins = || once(0).chain(self.text.match_indices('\n').map(|(newline, _)| newline + 1)).collect();
        let lines: &Vec<usize> = self.lines.get_or_init(begins);
        let offset = if self.text.is_char_boundary(span.start) { span.start } else { self.text.len() };
        let line = lines.partition_point(|begin| *begin <= offset);
        let before = &self.text[lines[line - 1]..offset];
        Position { file: self.file.clone(), line, column: before.chars().count() + 1 }
    }

    /// Notes a fault.
    pub(crate) fn fault(&mut self, span: Span, text: impl Into<String>) {
        let at = self.at(&span);
        self.problems.push(Problem { at, text: text.into(), hint: None });
    }

    /// Notes a fault and what to do about it.
    pub(crate) fn fault_with(&mut self, span: Span, text: impl Into<String>, hint: impl Into<String>) {
        let at = self.at(&span);
        self.problems.push(Problem { at, text: text.into(), hint: Some(hint.into()) });
    }

    /// Notes that a word is none of the known ones, and which of them it may have been meant to be.
    pub(crate) fn unknown(&mut self, span: Span, what: &str, word: &str, known: &[&str]) {
        let mut sorted = known.to_vec();
        sorted.sort_unstable();
        let expected = match sorted.as_slice() {
            [] => "none is expected here".to_owned(),
            [one] => format!("expected `{one}`"),
            many => format!("expected one of `{}`", many.join("`, `")),
        };
        let text = format!("unknown {what} `{word}`: {expected}");
        match nearest(word, known.iter().copied()) {
            Some(meant) => self.fault_with(span, text, format!("did you mean `{meant}`?")),
            None => self.fault(span, text),
        }
    }

    /// Notes that a word is none of many known ones, too many to list; `see` says where they are.
    pub(crate) fn unknown_word(&mut self, span: Span, what: &str, word: &str, known: &[&str], see: &str) {
        let hint = match nearest(word, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => see.to_owned(),
        };
        self.fault_with(span, format!("unknown {what} `{word}`"), hint);
    }

    /// Reads a value as a `T`; `what` says in messages what is read.
    pub(crate) fn read<T: DeserializeOwned>(&mut self, what: &str, value: Value<'_>) -> Option<T> {
        let span = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(read) => Some(read),
            Err(error) => {
                let (text, hint) = reworded(error.message());
                let at = self.at(&error.span().unwrap_or(span));
                self.problems.push(Problem { at, text: format!("`{what}`: {text}"), hint });
                None
            }
        }
    }

    /// Reads a value as a table.
    pub(crate) fn keys<'v>(&mut self, what: &str, value: Value<'v>) -> Option<Keys<'v>> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => Some(Keys::new(span, table)),
            other => {
                self.fault(span, format!("`{what}` is a table, not {}", kind(&other)));
                None
            }
        }
    }

    /// Reads a value as a list.
    pub(crate) fn list<'v>(&mut self, what: &str, value: Value<'v>) -> Option<Vec<Value<'v>>> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(array) => Some(array.into_iter().collect()),
            other => {
                let hint = match &other {
                    DeValue::Table(_) => format!("write `{what} = [{{ … }}]` or `[[{what}]]`"),
                    _ => "put it between `[` and `]`".to_owned(),
                };
                self.fault_with(span, format!("`{what}` is a list, not {}", kind(&other)), hint);
                None
            }
        }
    }

    /// Reads a value as a text.
    pub(crate) fn string(&mut self, what: &str, value: &Value<'_>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.clone().into_owned()),
            other => {
                self.fault(value.span(), format!("`{what}` is a text between quotes, not {}", kind(other)));
                None
            }
        }
    }

    /// Everything found wrong.
    pub(crate) fn problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// What a value is, with its article.
pub(crate) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// What serde says, and what these files say instead.
const WORDS: [(&str, &str); 17] = [
    ("unknown field", "unknown key"),
    ("missing field", "missing key"),
    ("duplicate field", "key written twice"),
    ("there are no fields", "it has no keys"),
    ("unknown variant", "unknown word"),
    ("invalid type: ", "cannot be "),
    ("invalid value: ", "cannot be "),
    ("wanted exactly 1 element", "exactly one key is expected"),
    ("expected u8", "expected a number from 0 to 255"),
    ("expected u16", "expected a number from 0 to 65535"),
    ("expected u32", "expected a number from 0 to 4294967295"),
    ("expected u64", "expected a number from 0"),
    ("expected usize", "expected a number from 0"),
    ("expected i16", "expected a whole number"),
    ("expected i32", "expected a whole number"),
    ("expected i64", "expected a whole number"),
    ("expected f64", "expected a number"),
];

/// A message of serde in the words of these files, and the spelling that was probably meant.
fn reworded(message: &str) -> (String, Option<String>) {
    let text = WORDS.iter().fold(message.trim_end().to_owned(), |text, (theirs, ours)| text.replace(theirs, ours));
    let unknown = text.starts_with("unknown key") || text.starts_with("unknown word");
    let mut words = message.split('`').skip(1).step_by(2);
    let hint = words
        .next()
        .filter(|_| unknown)
        .and_then(|word| nearest(word, words).map(|meant| format!("did you mean `{meant}`?")));
    (text, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_from_the_lines_and_from_the_text() {
        for text in ["", "a", "a = 1\nélan = 2\n\nb = 3", "\n\n", "é\r\né"] {
            let source = Source::new("file".to_owned(), text);
            for offset in 0..text.len() + 2 {
                let expected = Position::of("file", text, offset);
                assert_eq!(source.at(&(offset..offset)), expected, "{offset} of {text:?}");
            }
        }
    }
}
