//! Which calls there are, and how each is asked: what their types and `fixtures/README.md` say of them.

use std::fmt::Write as _;

use serde_json::Value;

use super::words::arguments;
use crate::call::Ask;
use crate::report::terminal::wrap;
use crate::runner::questions;
use crate::tree::Tree;

/// All calls, each with its arguments.
pub(super) fn all() -> String {
    let mut text = String::new();
    let width = Ask::NAMES.iter().map(|name| name.len()).max().unwrap_or_default();
    for name in Ask::NAMES {
        let mut lines = wrap(&in_order(name), 78 - width).into_iter();
        _ = writeln!(text, "{}", format!("{name:width$}  {}", lines.next().unwrap_or_default()).trim_end());
        lines.for_each(|line| _ = writeln!(text, "{:width$}  {line}", ""));
    }
    text + "\nIn brackets: what can be left out. More about one: netdbspec ask --list CALL\n"
}

/// All there is to say of one call.
pub(super) fn one(name: &str) -> String {
    let mut text = format!("{name} {}\n", in_order(name)).replace(" \n", "\n");
    let readme = Tree::fixtures().read("README.md").unwrap_or_default();
    let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap_or_default();
    let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
    let mut field = |label: &str, value: &str| {
        for (nth, line) in wrap(&value.replace('`', ""), 67).iter().enumerate() {
            _ = writeln!(text, "  {:9}  {line}", if nth == 0 { label } else { "" });
        }
    };
    if let [_, arguments, answer] = cells.as_slice() {
        field("arguments", if arguments.is_empty() { "none" } else { arguments });
        field("answer", answer);
    }
    if let Some(question) = questions().iter().find_map(|question| question.get(name)) {
        // In one line, to be copied.
        _ = writeln!(text, "  example    {}", command(name, question));
    }
    text
}

/// The arguments in their order, in brackets those without which the call can be made.
fn in_order(name: &str) -> String {
    let questions = questions();
    let ordinary = questions.iter().find(|question| question.get(name).is_some());
    let is_needed = |argument: &&str| {
        let mut question = ordinary.cloned().unwrap_or_default();
        question[name].as_object_mut().is_some_and(|given| given.shift_remove(*argument).is_some())
            && serde_json::from_value::<Ask>(question).is_err()
    };
    let shown = |argument: &&str| match argument.to_uppercase() {
        name if is_needed(argument) => name,
        name => format!("[{name}]"),
    };
    arguments(name).iter().map(shown).collect::<Vec<_>>().join(" ")
}

/// The command line that asks this question. The arguments that come first stand without their names.
pub(super) fn command(name: &str, question: &Value) -> String {
    let mut words = vec!["netdbspec".to_owned(), "ask".to_owned(), name.to_owned()];
    let mut in_order = true;
    for argument in arguments(name) {
        let Some(value) = question.get(*argument) else {
            in_order = false;
            continue;
        };
        let word = word(value);
        let bare = in_order && !word.contains('=') && !word.starts_with('-');
        let quoted = shlex::try_quote(&word).unwrap_or_default();
        words.push(if bare { quoted.into_owned() } else { format!("{argument}={quoted}") });
    }
    words.join(" ")
}

/// A value as one word. What has parts is written as in a case file.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(elements) if !elements.iter().any(Value::is_object) => {
            elements.iter().map(word).collect::<Vec<_>>().join(",")
        }
        Value::Array(_) | Value::Object(_) => {
            toml::Value::try_from(value).map_or_else(|_| value.to_string(), |value| value.to_string())
        }
        other => other.to_string(),
    }
}
