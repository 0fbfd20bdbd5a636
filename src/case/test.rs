//! Reads a test: a bare value, or a table with one key that says how the value is compared.

use serde_json::Value as Json;
use toml::de::{DeFloat, DeValue};

use crate::verdict::{Range, Test};
use crate::world::{Entry, Source, Span, Value, kind};

/// The keys that say how a value is compared.
pub const FORMS: [&str; 15] = [
    "absent", "any", "begins", "count", "distinct", "has", "lacks", "max", "min", "not", "only", "order", "pattern",
    "present", "set",
];

/// Reads the test of the facet that messages call `facet`.
pub(super) fn read(facet: &str, value: Value<'_>, source: &mut Source<'_>) -> Option<Test> {
    if !value.get_ref().is_table() {
        return json(facet, value, source).map(Test::Is);
    }
    let time = facet == "elapsed";
    let keys = source.keys(facet, value)?;
    let span = keys.span();
    let mut entries = keys.all();
    if entries.len() == 2 && entries.iter().all(|entry| matches!(&*entry.name, "min" | "max")) {
        return range(entries, time, source).map(Test::Within);
    }
    let Some(entry) = entries.pop() else {
        source.fault_with(span, format!("the test of `{facet}` is empty"), format!("one of {}", FORMS.join(", ")));
        return None;
    };
    for more in &entries {
        let text = format!("a test has one key, and this one has `{}` beside `{}`", entry.name, more.name);
        source.fault_with(more.key.clone(), text, "write two rules");
    }
    if entries.is_empty() { form(entry, time, source) } else { None }
}

fn form(entry: Entry<'_>, time: bool, source: &mut Source<'_>) -> Option<Test> {
    let Entry { name, key, value } = entry;
    Some(match &*name {
        "any" => Test::Any(list(&name, value, source)?),
        "not" => Test::Not(json(&name, value, source)?),
        "set" => Test::Set(list(&name, value, source)?),
        "only" => Test::Only(one_or_more(&name, value, source)?),
        "has" => Test::Has(one_or_more(&name, value, source)?),
        "lacks" => Test::Lacks(one_or_more(&name, value, source)?),
        "begins" => Test::Begins(list(&name, value, source)?),
        "order" => {
            let span = value.span();
            let list = list(&name, value, source)?;
            if list.len() < 2 {
                source.fault(span, "`order` needs two values at least");
            }
            Test::Order(list)
        }
        "count" => Test::Count(count(value, source)?),
        "min" | "max" => Test::Within(range(vec![Entry { name, key, value }], time, source)?),
        "pattern" => pattern(&value, source)?,
        "distinct" => distinct(&value, source)?,
        "absent" => only_true(Test::Absent, "present", &name, &value, source)?,
        "present" => only_true(Test::Present, "absent", &name, &value, source)?,
        _ => {
            source.unknown(key, "form of a test", &name, &FORMS);
            return None;
        }
    })
}

/// A list that is not empty.
fn list(name: &str, value: Value<'_>, source: &mut Source<'_>) -> Option<Vec<Json>> {
    let span = value.span();
    let list = source.list(name, value)?;
    if list.is_empty() {
        source.fault_with(span, format!("`{name}` is empty: it tests nothing"), "for an empty list write `count = 0`");
        return None;
    }
    list.into_iter().map(|value| json(name, value, source)).collect()
}

fn one_or_more(name: &str, value: Value<'_>, source: &mut Source<'_>) -> Option<Vec<Json>> {
    if value.get_ref().is_array() { list(name, value, source) } else { json(name, value, source).map(|one| vec![one]) }
}

/// A value without tables.
fn json(what: &str, value: Value<'_>, source: &mut Source<'_>) -> Option<Json> {
    match value.get_ref() {
        DeValue::Array(_) => {
            let list = source.list(what, value)?;
            list.into_iter().map(|value| json(what, value, source)).collect::<Option<Vec<_>>>().map(Json::Array)
        }
        DeValue::Float(float) if !is_finite(float) => no_number(what, &value, source),
        DeValue::Table(_) | DeValue::Datetime(_) => {
            source.fault(
                value.span(),
                format!(
                    "`{what}` is compared with a text, a number, true, false or lists of them, not with {}",
                    kind(value.get_ref())
                ),
            );
            None
        }
        _ => source.read(what, value),
    }
}

fn count(value: Value<'_>, source: &mut Source<'_>) -> Option<Range> {
    if value.get_ref().is_table() {
        let keys = source.keys("count", value)?;
        let span = keys.span();
        let entries = keys.all();
        let strange = entries.iter().find(|entry| !matches!(&*entry.name, "min" | "max"));
        if let Some(strange) = strange {
            source.unknown(strange.key.clone(), "key", &strange.name, &["min", "max"]);
            return None;
        }
        if entries.is_empty() {
            source.fault(span, "`count` has `min` or `max` or both");
            return None;
        }
        return range(entries, false, source);
    }
    let count: u32 = source.read("count", value)?;
    Some(Range { min: Some(count.into()), max: Some(count.into()) })
}

/// `min` and `max`: numbers, or for a time also texts as `"900ms"`.
fn range(entries: Vec<Entry<'_>>, time: bool, source: &mut Source<'_>) -> Option<Range> {
    let mut range = Range::default();
    let mut whole = Span::default();
    let mut sound = true;
    for Entry { name, key, value } in entries {
        let Some(bound) = bound(&name, value, time, source) else {
            sound = false;
            continue;
        };
        if name == "min" {
            range.min = Some(bound)
        } else {
            range.max = Some(bound)
        }
        whole = key;
    }
    if range.min.zip(range.max).is_some_and(|(min, max)| min > max) {
        source.fault(whole, "nothing is in a range whose `min` is above its `max`");
        return None;
    }
    sound.then_some(range)
}

fn bound(name: &str, value: Value<'_>, time: bool, source: &mut Source<'_>) -> Option<f64> {
    match value.get_ref() {
        DeValue::String(text) if time => match humantime::parse_duration(text) {
            Ok(duration) => Some(duration.as_secs_f64() * 1e3),
            Err(error) => {
                source.fault_with(
                    value.span(),
                    format!("`{name}` is no time: {error}"),
                    "write it as `\"900ms\"` or `\"2s\"`",
                );
                None
            }
        },
        DeValue::Float(float) if !is_finite(float) => no_number(name, &value, source),
        _ => source.read(name, value),
    }
}

fn is_finite(float: &DeFloat<'_>) -> bool {
    float.as_str().parse().is_ok_and(f64::is_finite)
}

fn no_number<T>(what: &str, value: &Value<'_>, source: &mut Source<'_>) -> Option<T> {
    source.fault(value.span(), format!("`{what}` is compared with a number, and this is none"));
    None
}

fn pattern(value: &Value<'_>, source: &mut Source<'_>) -> Option<Test> {
    let pattern = source.string("pattern", value)?;
    match Test::regex(&pattern) {
        Ok(_) => Some(Test::Pattern(pattern)),
        Err(error) => {
            source.fault(value.span(), format!("`pattern` is no regular expression: {error}"));
            None
        }
    }
}

fn distinct(value: &Value<'_>, source: &mut Source<'_>) -> Option<Test> {
    match value.get_ref() {
        DeValue::Boolean(true) => Some(Test::Distinct(None)),
        DeValue::Integer(number) if number.as_str().parse::<usize>().is_ok_and(|number| number > 0) => {
            Some(Test::Distinct(number.as_str().parse().ok()))
        }
        _ => {
            source.fault(value.span(), "`distinct` is true, or the number of different elements");
            None
        }
    }
}

fn only_true(test: Test, other: &str, name: &str, value: &Value<'_>, source: &mut Source<'_>) -> Option<Test> {
    if matches!(value.get_ref(), DeValue::Boolean(true)) {
        return Some(test);
    }
    source.fault_with(value.span(), format!("`{name}` can only be true"), format!("its contrary is `{other} = true`"));
    None
}
