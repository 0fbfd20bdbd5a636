//! What of an input may matter: words by which findings are grouped. Of two inputs with the same finding, one that has all
//! the features of a smallest one is taken for the same.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::Input;
use super::grow::asked;

/// The features of an input.
pub(super) fn of(input: &Input) -> BTreeSet<String> {
    let mut found = BTreeSet::from([input.call.clone()]);
    for (key, value) in &input.arguments {
        match (key.as_str(), value) {
            ("node" | "name", Value::String(name)) => found.extend(form(name).map(str::to_owned)),
            ("flags", Value::Array(flags)) => found.extend(flags.iter().filter_map(Value::as_str).map(str::to_owned)),
            ("service", value) => _ = found.insert(format!("service {value}")),
            _ => {}
        }
    }
    let mut has = |what: &str, there: bool| {
        if there {
            found.insert(what.to_owned());
        }
    };
    has("hosts", input.hosts.is_some());
    has("search", !input.search.is_empty());
    has("records", !input.records.is_empty());
    found.extend(input.nsswitch.clone());
    let option = |option: &String| format!("option {}", option.split(':').next().unwrap_or_default());
    found.extend(input.options.iter().map(option));
    input.faults.iter().for_each(|each| fault(each, &asked(input), &mut found));
    found
}

/// The form of a name, where it is not the usual one.
fn form(name: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    if name.is_empty() || name.contains("..") || name.starts_with('.') {
        Some("empty label")
    } else if name.contains(':') || name.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'x' | 'f')) {
        Some("numeric name")
    } else if name.split('.').any(|label| label.len() > 63) {
        Some("long label")
    } else if name.ends_with('.') {
        Some("final dot")
    } else if !name.contains('.') {
        Some("one label")
    } else if !name.to_ascii_lowercase().chars().all(plain) {
        Some("odd character")
    } else {
        None
    }
}

fn fault(fault: &Table, asked: &str, found: &mut BTreeSet<String>) {
    for (kind, keys) in fault.iter().filter(|(kind, _)| *kind != "on") {
        let Some(keys) = keys.as_table() else { continue };
        if keys.is_empty() || ["bytes", "forge", "answer"].contains(&kind.as_str()) {
            found.insert(kind.clone());
        }
        for (key, value) in keys {
            match (kind.as_str(), key.as_str(), value) {
                ("answer", "answer" | "authority" | "additional", Value::String(lines)) => {
                    lines.lines().for_each(|line| record(line, key, asked, found));
                }
                ("bytes", "hex", _) | ("forge", _, _) | ("damage", "record", _) => {}
                ("damage", "owner" | "data", Value::String(name)) => _ = found.insert(format!("{key} {name}")),
                (_, "code" | "rcode", Value::String(code)) => _ = found.insert(code.clone()),
                _ => _ = found.insert(format!("{kind} {key}")),
            }
        }
    }
}

/// What is remarkable in a record.
fn record(line: &str, section: &str, asked: &str, found: &mut BTreeSet<String>) {
    let words: Vec<&str> = line.split(' ').collect();
    let [owner, _, class, rtype, data, ..] = words.as_slice() else { return };
    let own = owner.eq_ignore_ascii_case(asked);
    let mut word = (*rtype).to_owned();
    if *data == r"\#" && !line.contains('{') {
        word = format!("{word} of {} bytes", words.get(5).copied().unwrap_or_default());
    }
    if *class != "IN" {
        word = format!("{word} in another class");
    }
    if !own {
        word = format!("{word} of another name");
    }
    found.insert(if section == "answer" { word } else { format!("{word} in {section}") });
}
