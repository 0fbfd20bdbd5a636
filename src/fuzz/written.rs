//! Values as a case file has them: inline, in an order for people.

use std::fmt::Write as _;

use toml::{Table, Value};

/// The keys that come first, in this order; all others follow as the alphabet has them.
const FIRST: [&str; 8] = ["on", "node", "name", "address", "service", "family", "socktype", "rcode"];

/// A value on one line.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(self::value).collect::<Vec<_>>().join(", "))
        }
        Value::Table(of) => table(of),
        other => other.to_string(),
    }
}

/// A table on one line.
pub(super) fn table(table: &Table) -> String {
    let place = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| place(key));
    let entries: Vec<_> = entries.into_iter().map(|(key, of)| format!("{key} = {}", value(of))).collect();
    if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}

/// A text: as it stands where nothing in it means anything to TOML. `$` is doubled, since a case has words with it.
pub(super) fn string(text: &str) -> String {
    let text = text.replace('$', "$$");
    let plain = |c: char| c != '\'' && !c.is_control();
    if text.contains(['\\', '"']) && text.chars().all(plain) {
        return format!("'{text}'");
    }
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            // Writing to a String cannot fail.
            c if c.is_control() => _ = write!(written, "\\u{:04X}", u32::from(c)),
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// Lines as a text of several lines, which begins below its key.
pub(super) fn lines(lines: &[String]) -> String {
    let text = lines.join("\n").replace('$', "$$");
    if lines.iter().any(|line| line.contains(char::is_control)) {
        return string(&format!("{}\n", lines.join("\n")));
    }
    if text.contains('\\') && !text.contains("'''") {
        return format!("'''\n{text}\n'''");
    }
    format!("\"\"\"\n{}\n\"\"\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["a", "a\"b", "a\\032b", "it's \\ \" x", "two\nlines\tand \u{1}", "é"] {
            let read: Table = format!("text = {}", string(text)).parse().unwrap();
            assert_eq!(read["text"].as_str(), Some(text));
            let read: Table = format!("text = {}", lines(&[text.to_owned(), "x".to_owned()])).parse().unwrap();
            assert_eq!(read["text"].as_str(), Some(format!("{text}\nx\n").as_str()));
        }
        let of: Table = toml::from_str("answer = { aa = true }\non = { type = 'A', nth = [1, 2] }\nx = {}").unwrap();
        assert_eq!(table(&of), r#"{ on = { nth = [1, 2], type = "A" }, answer = { aa = true }, x = {} }"#);
    }
}
