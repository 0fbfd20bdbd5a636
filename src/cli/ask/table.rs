//! An answer as lines of text: its fields one below the other, a list of entries as a table.

use serde_json::{Map, Value};

/// What stands for nothing: null, which is what a subject does not tell or what is not there.
const NOTHING: &str = "-";

/// What is left out of a table where it holds what one expects throughout.
const USUAL: [&str; 3] = ["addrlen", "flowinfo", "scope_id"];

/// An answer in lines. `quiet` leaves out what only names the values.
pub(super) fn lines(answer: &Value, quiet: bool) -> Vec<String> {
    let Value::Object(fields) = answer else { return vec![text(answer)] };
    let mut only = fields.iter().filter(|(_, value)| !value.is_null());
    match (only.next(), only.next()) {
        (None, _) => vec!["nothing".to_owned()],
        (Some((_, Value::Array(entries))), None)
            if entries.iter().all(|entry| entry.is_object() || entry.is_array()) =>
        {
            listed(entries, quiet)
        }
        (Some((_, inner @ Value::Object(_))), None) => lines(inner, quiet),
        (Some((_, value)), None) if quiet && fields.len() == 1 => vec![text(value)],
        _ => below(fields, quiet),
    }
}

/// Fields one below the other, each value in a column of its own.
fn below(fields: &Map<String, Value>, quiet: bool) -> Vec<String> {
    let width = fields.keys().map(String::len).max().unwrap_or_default();
    let mut lines = Vec::new();
    for (key, value) in fields {
        match value {
            Value::Array(entries) if entries.first().is_some_and(Value::is_object) => {
                lines.push(key.clone());
                lines.extend(listed(entries, quiet).iter().map(|line| format!("  {line}")));
            }
            _ => lines.push(format!("{key:width$}  {}", text(value)).trim_end().to_owned()),
        }
    }
    lines
}

/// A list of entries: a table where they have fields.
fn listed(entries: &[Value], quiet: bool) -> Vec<String> {
    let rows: Vec<&Map<String, Value>> = entries.iter().filter_map(Value::as_object).collect();
    if entries.is_empty() {
        return vec!["no entries".to_owned()];
    }
    if rows.len() != entries.len() {
        return entries.iter().map(text).collect();
    }
    let mut columns: Vec<&str> = rows[0].keys().map(String::as_str).collect();
    columns.retain(|column| !rows.iter().all(|row| row.get(*column).is_none_or(|value| usual(column, value, row))));
    // Of socket addresses, what one looks for stands first.
    let first: &[&str] = if columns.contains(&"address") { &["address", "port"] } else { &[] };
    columns.sort_by_key(|column| first.iter().position(|first| first == column).unwrap_or(first.len()));
    let heading = columns.iter().map(|column| (*column).to_owned()).collect();
    let cell = |row: &Map<String, Value>, column: &str| row.get(column).map_or_else(|| NOTHING.to_owned(), cell);
    let cells = rows.iter().map(|row| columns.iter().map(|column| cell(row, column)).collect());
    let table: Vec<Vec<String>> = std::iter::once(heading).filter(|_| !quiet).chain(cells).collect();
    let width = |nth: usize| table.iter().map(|row| row[nth].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    table.iter().map(line).collect()
}

/// Whether a value need not be told: null, and of a socket address what its family lets one expect.
fn usual(column: &str, value: &Value, row: &Map<String, Value>) -> bool {
    let length = if row.get("family").is_some_and(|family| family == "AF_INET6") { 28 } else { 16 };
    let expected = if column == "addrlen" { length } else { 0 };
    value.is_null() || (USUAL.contains(&column) && *value == expected)
}

/// A value within a table: a text that has blanks stands in quotes.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains(' ') => value.to_string(),
        Value::Array(elements) if !elements.is_empty() => elements.iter().map(cell).collect::<Vec<_>>().join(","),
        _ => text(value),
    }
}

/// A value as it is, but for what a terminal would not print.
fn text(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.to_owned(),
        Value::String(text) if !text.is_empty() => printable(text),
        Value::Array(elements) if elements.is_empty() => NOTHING.to_owned(),
        Value::Array(elements) => elements.iter().map(cell).collect::<Vec<_>>().join("  "),
        other => other.to_string(),
    }
}

/// A text of whatever origin without control characters.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() { shown.extend(char.escape_default()) } else { shown.push(char) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(answer: Value) -> String {
        lines(&answer, false).join("\n")
    }

    #[test]
    fn socket_addresses_are_a_table_without_what_one_expects() {
        let entry = |family: &str, address: &str, addrlen: u32, scope_id: u32, canonname: Option<&str>| {
            json!({"family": family, "socktype": "SOCK_STREAM", "protocol": "IPPROTO_TCP", "address": address, "port": 80,
                "flowinfo": 0, "scope_id": scope_id, "addrlen": addrlen, "canonname": canonname})
        };
        let one = entry("AF_INET6", "2001:db8::80", 28, 0, Some("www.example.test"));
        let other = entry("AF_INET", "192.0.2.80", 16, 0, None);
        insta::assert_snapshot!(shown(json!({"entries": [one, other]})), @"
        address       port  family    socktype     protocol     canonname
        2001:db8::80  80    AF_INET6  SOCK_STREAM  IPPROTO_TCP  www.example.test
        192.0.2.80    80    AF_INET   SOCK_STREAM  IPPROTO_TCP  -
        ");
        insta::assert_snapshot!(shown(json!({"entries": [entry("AF_INET6", "fe80::1", 24, 2, None)]})), @"
        address  port  family    socktype     protocol     scope_id  addrlen
        fe80::1  80    AF_INET6  SOCK_STREAM  IPPROTO_TCP  2         24
        ");
        assert_eq!(shown(json!({"entries": []})), "no entries");
    }

    #[test]
    fn other_answers_are_fields_one_below_the_other() {
        insta::assert_snapshot!(shown(json!({"name": "http", "aliases": ["www", "web server"], "port": 80})), @r#"
        name     http
        aliases  www  "web server"
        port     80
        "#);
        insta::assert_snapshot!(shown(json!({"values": {"AI_PASSIVE": 1, "NI_NUMERICSCOPE": null}})), @"
        AI_PASSIVE       1
        NI_NUMERICSCOPE  -
        ");
        insta::assert_snapshot!(shown(json!({"size": 2, "members": [{"name": "a", "type": "struct in_addr"}]})), @r#"
        size     2
        members
          name  type
          a     "struct in_addr"
        "#);
        assert_eq!(shown(json!({"links": [[1, "lo"], [2, "eth0"]]})), "1  lo\n2  eth0");
    }

    #[test]
    fn a_quiet_answer_is_the_value_alone() {
        assert_eq!(lines(&json!({"name": "box"}), true), ["box"]);
        assert_eq!(lines(&json!({"host": "a", "service": null}), true), ["host     a", "service  -"]);
        assert_eq!(lines(&json!({"entries": [{"name": "a"}]}), true), ["a"]);
    }

    #[test]
    fn nothing_of_an_answer_steers_the_terminal() {
        assert_eq!(shown(json!({"name": "a\u{1b}[2Jb"})), "name  a\\u{1b}[2Jb");
        assert_eq!(shown(json!({"name": ""})), "name  \"\"");
    }
}
