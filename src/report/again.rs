//! The command that shows a case again.

use crate::event::{Header, Record, asked_for};

/// The command that runs one case for one subject alone, in lines of at most so many columns as far as its words allow;
/// each but the last ends in a backslash, so that a shell takes them as one.
pub(in crate::report) fn again(header: &Header, record: &Record, columns: usize) -> Vec<String> {
    in_lines(words(header, &record.id, &[record.subject_name.as_str()]), columns)
}

/// The command that runs one case for these subjects, in one line.
#[cfg(feature = "cli")]
pub(in crate::report) fn of_all(header: &Header, id: &str, subjects: &[&str]) -> String {
    words(header, id, subjects).join(" ")
}

/// The words of the command; an option and its value are one.
fn words(header: &Header, id: &str, subjects: &[&str]) -> Vec<String> {
    let mut parts = vec!["netdbspec audit".to_owned(), quote(id)];
    // Runs side by side may have a subject twice.
    let mut names: Vec<&str> = Vec::new();
    for name in subjects.iter().map(|name| asked_for(name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names != ["libc"] {
        parts.extend(names.iter().map(|name| format!("--subject {}", quote(name))));
    }
    let mut options = header.options.iter().peekable();
    while let Some(option) = options.next() {
        let value = options.next_if(|value| !value.starts_with("--"));
        parts.push([Some(option), value].into_iter().flatten().map(|word| quote(word)).collect::<Vec<_>>().join(" "));
    }
    parts
}

fn in_lines(parts: Vec<String>, columns: usize) -> Vec<String> {
    let width = |text: &str| text.chars().count();
    let mut lines: Vec<String> = Vec::new();
    let last = parts.len() - 1;
    for (nth, part) in parts.into_iter().enumerate() {
        let backslash = if nth == last { 0 } else { 2 };
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(&part) + backslash <= columns => *line = format!("{line} {part}"),
            Some(line) => {
                line.push_str(" \\");
                lines.push(part);
            }
            None => lines.push(part),
        }
    }
    lines
}

/// A word as a shell reads it.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/@._-+=:,%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell_only_where_they_must() {
        assert_eq!(quote("dns/search/ndots@inet6"), "dns/search/ndots@inet6");
        assert_eq!(quote("cmd:./it's here"), r"'cmd:./it'\''s here'");
    }

    #[test]
    fn several_subjects_are_named_and_libc_alone_is_not() {
        let header = Header { options: vec!["--cases".to_owned(), "my cases".to_owned()], ..Header::default() };
        assert_eq!(of_all(&header, "a/b/c", &["libc"]), "netdbspec audit a/b/c --cases 'my cases'");
        assert_eq!(
            of_all(&header, "a/b/c", &["libc", "go"]),
            "netdbspec audit a/b/c --subject libc --subject go --cases 'my cases'"
        );
    }
}
