//! Splits the text of a master file into entries and tokens (RFC 1035 §5.1). Knows parentheses, quotes, escapes and
//! comments, and nothing of what the tokens mean.

use std::ops::Range;

/// What is wrong with a zone's text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    /// The offset in bytes.
    pub(super) at: usize,
    /// What is wrong.
    pub(super) text: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

impl Complaint {
    pub(super) fn new(at: usize, text: impl Into<String>) -> Self {
        Self { at, text: text.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// A line of the file, or several that parentheses make one. It has at least one token unless it is broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Whether its line begins with a blank, so that it has no owner name of its own.
    pub(super) indented: bool,
    /// Its tokens.
    pub(super) tokens: Vec<Token>,
    /// Whether a complaint has been made about it, so that its tokens are not all there.
    pub(super) broken: bool,
}

/// A word or a quoted string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Where it is, quotes included.
    pub(super) span: Range<usize>,
    /// Whether nothing is between it and the token before it.
    pub(super) glued: bool,
}

/// All entries of a text, and what is wrong with it.
pub(super) fn entries(text: &str) -> (Vec<Entry>, Vec<Complaint>) {
    let mut scanner = Scanner { text, at: 0, open: Vec::new(), entry: Entry::default(), complaints: Vec::new() };
    let mut entries = Vec::new();
    while scanner.at < text.len() {
        if scanner.line() {
            entries.push(std::mem::take(&mut scanner.entry));
        }
    }
    if let Some(open) = scanner.open.first() {
        scanner.complaints.push(
            Complaint::new(*open, "this parenthesis is never closed")
                .hint("write `)` after the last word of the record that begins here"),
        );
        scanner.entry.broken = true;
    }
    entries.push(scanner.entry);
    entries.retain(|entry| entry.broken || !entry.tokens.is_empty());
    (entries, scanner.complaints)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Where the parentheses stand that are open.
    open: Vec<usize>,
    entry: Entry,
    complaints: Vec<Complaint>,
}

impl Scanner<'_> {
    /// Reads one line. True where its end is that of an entry.
    fn line(&mut self) -> bool {
        if self.open.is_empty() {
            self.entry.indented = matches!(self.byte(), Some(b' ' | b'\t'));
        }
        while let Some(byte) = self.byte() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    return self.open.is_empty();
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b';' => self.skip_line(),
                b'(' => {
                    self.open.push(self.at);
                    self.at += 1;
                }
                b')' => {
                    if self.open.pop().is_none() {
                        self.complain(self.at, "a closing parenthesis without an opening one");
                    }
                    self.at += 1;
                }
                b'"' => self.quoted(),
                _ => self.word(),
            }
        }
        self.open.is_empty()
    }

    fn quoted(&mut self) {
        let start = self.at;
        self.at += 1;
        loop {
            match self.byte() {
                None | Some(b'\n') => {
                    self.complain(start, "this quoted string has no end on its line");
                    return;
                }
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        self.push(start);
    }

    fn word(&mut self) {
        let start = self.at;
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'(' | b')' | b'"' => break,
                b'\\' if matches!(self.text.as_bytes().get(self.at + 1), None | Some(b'\r' | b'\n')) => {
                    self.complain(self.at, "a backslash at the end of the line");
                    self.skip_line();
                    return;
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.push(start);
    }

    fn push(&mut self, start: usize) {
        // An escape may have stepped into the middle of a character.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        let glued = self.entry.tokens.last().is_some_and(|last| last.span.end == start);
        self.entry.tokens.push(Token { span: start..self.at, glued });
    }

    fn complain(&mut self, at: usize, text: &str) {
        self.entry.broken = true;
        self.complaints.push(Complaint::new(at, text));
    }

    fn skip_line(&mut self) {
        while !matches!(self.byte(), None | Some(b'\n')) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, words: &[&[&str]], wrong: &[(usize, &str)]) {
        let (entries, complaints) = entries(text);
        let read: Vec<Vec<&str>> =
            entries.iter().map(|entry| entry.tokens.iter().map(|token| &text[token.span.clone()]).collect()).collect();
        assert_eq!(read, words);
        let said: Vec<_> = complaints.iter().map(|complaint| (complaint.at, &*complaint.text)).collect();
        assert_eq!(said, wrong);
    }

    #[test]
    fn parentheses_quotes_and_comments() {
        check(
            "a b ; c\r\n\n  \n; d\n e (f ; g\n \"h ; ( i\" )j\n",
            &[&["a", "b"], &["e", "f", "\"h ; ( i\"", "j"]],
            &[],
        );
        check(r#"a\;b "c\"d" e\ f \195é"#, &[&[r"a\;b", r#""c\"d""#, r"e\ f", r"\195é"]], &[]);
    }

    #[test]
    fn a_file_needs_no_final_newline() {
        check("a b", &[&["a", "b"]], &[]);
        check("", &[], &[]);
    }

    #[test]
    fn words_next_to_each_other_are_known() {
        let (entries, _) = entries("k=\"v\" w");
        assert_eq!(entries[0].tokens.iter().map(|token| token.glued).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn an_unclosed_parenthesis_is_found_where_it_was_opened() {
        check("a (b\nc\n", &[&["a", "b", "c"]], &[(2, "this parenthesis is never closed")]);
    }

    #[test]
    fn all_that_is_wrong_is_found_at_once() {
        check(
            "a )\nb \"c\nd \\\ne",
            &[&["a"], &["b"], &["d"], &["e"]],
            &[
                (2, "a closing parenthesis without an opening one"),
                (6, "this quoted string has no end on its line"),
                (11, "a backslash at the end of the line"),
            ],
        );
    }

    #[test]
    fn an_escaped_character_of_several_bytes_stays_whole() {
        check("a \\é\" b\n", &[&["a", "\\é"]], &[(5, "this quoted string has no end on its line")]);
    }
}
