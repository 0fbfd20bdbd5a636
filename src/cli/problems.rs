//! What is wrong with case, world and zone files, each with its place, all of it at once.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, MietteHandler, MietteHandlerOpts, NamedSource, Report, SourceCode};
use textwrap::WordSeparator;

use super::exit::{Exit, stop_over};
use crate::report::terminal::count;
use crate::tree::Tree;
use crate::world::Problem;

/// How errors look: the same on a terminal and in a pipe, but for colours.
pub(super) fn handler(colour: bool) -> MietteHandler {
    MietteHandlerOpts::new()
        .color(colour)
        .unicode(true)
        .terminal_links(false)
        .force_graphical(true)
        .context_lines(1)
        .width(100)
        .break_words(false)
        // An id or a path stays whole.
        .word_separator(WordSeparator::AsciiSpace)
        .build()
}

/// One error for all problems of all files. This program ends with status 2.
pub(super) fn report(problems: &[Problem]) -> Report {
    let mut files: Vec<&str> = problems.iter().map(|problem| problem.at.file.as_str()).collect();
    files.dedup();
    let text = format!(
        "reading cases and worlds: {} in {}",
        count(problems.len(), "problem", "problems"),
        count(files.len(), "file", "files")
    );
    stop_over(Exit::USAGE, text, None, problems.iter().map(|problem| Placed::of(problem).into()).collect())
}

/// A problem, and the text it is in.
#[derive(Debug)]
struct Placed {
    text: String,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    span: (usize, usize),
}

/// A problem in a text that is no file.
pub(super) fn within(problem: &Problem, text: &str) -> Report {
    Placed::new(problem, Some(text.to_owned())).into()
}

impl Placed {
    fn of(problem: &Problem) -> Self {
        Self::new(problem, text_of(&problem.at.file))
    }

    fn new(problem: &Problem, text: Option<String>) -> Self {
        let text = text.filter(|text| !text.is_empty());
        let span = text.as_deref().map_or((0, 0), |text| span(text, problem.at.line, problem.at.column));
        let message = match text {
            Some(_) => problem.text.clone(),
            None => problem.to_string(),
        };
        let source = text.map(|text| NamedSource::new(&problem.at.file, text));
        Self { text: message, help: problem.hint.clone(), source, span }
    }
}

/// The text of a file by the name that messages have for it.
fn text_of(name: &str) -> Option<String> {
    let embedded = || Tree::fixtures().read(name.strip_prefix("fixtures/")?).ok().map(Into::into);
    std::fs::read_to_string(name).ok().or_else(embedded)
}

/// The byte offset and length of the word at a line and column, counted from 1.
fn span(text: &str, line: usize, column: usize) -> (usize, usize) {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text[start..].lines().next().unwrap_or_default();
    let before: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    let word = rest[before..].find([' ', '=', ',', ']', '}']).unwrap_or(rest.len() - before);
    (start + before, word)
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Placed {}

impl Diagnostic for Placed {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.source.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, self.span))))
    }
}

#[cfg(test)]
mod tests {
    use miette::ReportHandler;

    use super::*;
    use crate::world::Position;

    struct Shown<'a>(&'a MietteHandler, &'a dyn Diagnostic);

    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.debug(self.1, f)
        }
    }

    #[test]
    fn a_place_becomes_the_word_there() {
        let text = "a = 1\nélan = [\"x\", 2]\n";
        assert_eq!(span(text, 1, 1), (0, 1));
        assert_eq!(span(text, 2, 1), (6, 5));
        assert_eq!(&text[span(text, 2, 9).0..][..span(text, 2, 9).1], "\"x\"");
        assert_eq!(span(text, 9, 9), (text.len(), 0));
    }

    #[test]
    fn all_problems_are_told_each_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("basic.toml");
        std::fs::write(&file, "about = \"x\"\n[[case]]\nnaem = \"a\"\nwrold = \"b\"\n").unwrap();
        let problem = |line, text: &str, hint: Option<&str>| Problem {
            at: Position { file: file.display().to_string(), line, column: 1 },
            text: text.to_owned(),
            hint: hint.map(str::to_owned),
        };
        let gone = Problem {
            at: Position { file: "gone.toml".to_owned(), line: 1, column: 1 },
            text: "cannot read this file".to_owned(),
            hint: None,
        };
        let report = report(&[
            problem(3, "unknown key `naem`", Some("did you mean `name`?")),
            problem(4, "unknown key `wrold`", None),
            gone,
        ]);
        let parts = super::super::exit::parts(&report).iter().chain([&report]);
        let text: String = parts.map(|part| Shown(&handler(false), part.as_ref()).to_string() + "\n").collect();
        insta::assert_snapshot!(text.replace(&folder.path().display().to_string(), "DIR"));
    }
}
