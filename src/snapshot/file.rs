//! insta's file format: a head of `key: value` lines between two lines `---`, then the contents.

use std::borrow::Cow;

/// The test that insta names as the source of every product snapshot.
pub const SOURCE: &str = "tests/it/platform.rs";

/// One snapshot file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapFile {
    /// The implementation and version on record: `glibc 2.36`.
    pub description: String,
    /// The blocks of all cases.
    pub contents: String,
}

impl SnapFile {
    /// The text of the file, byte for byte as insta writes it for a test in the file `source` with this description and
    /// `omit_expression`.
    #[must_use]
    pub fn to_text(&self, source: &str) -> String {
        let (source, description) = (scalar(source), scalar(&self.description));
        format!("---\nsource: {source}\ndescription: {description}\n---\n{}\n", self.contents.trim_end())
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is missing for it to be one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let missing = || "it does not begin with a head between two lines `---`, as insta writes it".to_owned();
        let (head, contents) =
            text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).ok_or_else(missing)?;
        let description = head.lines().find_map(|line| line.strip_prefix("description: "));
        let description = description.ok_or("its head has no `description`, which names the version on record")?;
        let description = match serde_json::from_str::<String>(description) {
            Ok(unquoted) => unquoted,
            Err(_) => description.to_owned(),
        };
        Ok(Self { description, contents: contents.trim_end().to_owned() })
    }

    /// The implementation on record.
    #[must_use]
    pub fn implementation(&self) -> &str {
        self.description.split(' ').next().unwrap_or_default()
    }

    /// The version on record.
    #[must_use]
    pub fn version(&self) -> &str {
        self.description.split(' ').nth(1).unwrap_or_default()
    }
}

/// A YAML scalar as insta writes it: bare, or between double quotes where YAML would read it as something else.
fn scalar(text: &str) -> Cow<'_, str> {
    let bare = !text.is_empty()
        && !text.starts_with([' ', '&', '*', '?', '|', '-', '<', '>', '=', '!', '%', '@', '.'])
        && !text.ends_with(' ')
        && !text.contains([':', '{', '}', '[', ']', ',', '#', '`', '"', '\'', '\\'])
        && !text.contains(char::is_control)
        && text.parse::<f64>().is_err();
    if bare { Cow::Borrowed(text) } else { Cow::Owned(serde_json::Value::from(text).to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for description in ["glibc 2.36", "cpython 3.11.7, glibc 2.36", "7", "ends like a line ---"] {
            let file = SnapFile { description: description.to_owned(), contents: "a: pass\n\nb: fail".to_owned() };
            assert_eq!(SnapFile::parse(&file.to_text(SOURCE)), Ok(file));
        }
    }

    #[test]
    fn insta_writes_the_same_bytes() {
        let file =
            SnapFile { description: "glibc 2.36 (C.UTF-8, quoted)".to_owned(), contents: "a: pass\n".to_owned() };
        insta::with_settings!({ description => &file.description, omit_expression => true }, {
            insta::assert_snapshot!("as_insta_writes_it", file.contents);
        });
        let written = include_str!("snapshots/netdbspec__snapshot__file__tests__as_insta_writes_it.snap");
        assert_eq!(file.to_text("src/snapshot/file.rs"), written);
    }

    #[test]
    fn other_text_is_refused_with_what_is_missing() {
        insta::assert_snapshot!(SnapFile::parse("a: pass\n").unwrap_err(), @"it does not begin with a head between two lines `---`, as insta writes it");
        insta::assert_snapshot!(SnapFile::parse("---\nsource: x\n---\na: pass\n").unwrap_err(), @"its head has no `description`, which names the version on record");
    }
}
