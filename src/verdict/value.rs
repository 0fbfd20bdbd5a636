//! Values of facets: when two of them are equal, and what they are called in messages.

use serde_json::{Number, Value};

/// Whether two values are equal. Numbers are compared as numbers, so that 1 is 1.0; texts byte by byte.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => equal_numbers(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        _ => left == right,
    }
}

fn equal_numbers(left: &Number, right: &Number) -> bool {
    left == right || (left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64()
}

/// A value in words: a text as it is, a list with commas.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Array(list) if list.is_empty() => "an empty list".to_owned(),
        Value::Array(list) => joined(list, ", ", ", "),
        other => element(other),
    }
}

/// Values in words, with `between` between them and `last` before the last.
pub(super) fn joined(values: &[Value], between: &str, last: &str) -> String {
    let mut text = String::new();
    for (i, value) in values.iter().enumerate() {
        match values.len() - i {
            _ if i == 0 => {}
            1 => text.push_str(last),
            _ => text.push_str(between),
        }
        text.push_str(&element(value));
    }
    text
}

fn element(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() || text.trim() != text || text.contains(char::is_control) => {
            format!("{text:?}")
        }
        Value::String(text) => text.clone(),
        Value::Number(number) => shown_number(number.as_f64(), number),
        Value::Array(list) => format!("[{}]", joined(list, ", ", ", ")),
        other => other.to_string(),
    }
}

fn shown_number(float: Option<f64>, number: &Number) -> String {
    match float {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}
