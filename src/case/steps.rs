//! Reads what a case does: one call, or several steps.

use crate::call::Ask;
use crate::world::{Entry, FILES, File, Keys, Problem, Source, Span, Value};

use super::Step;

/// Reads one call, written as case files write it: `ask.getservbyname = { name = "http" }`. Messages call the text `name`.
///
/// # Errors
/// All that is wrong with it.
pub fn read_call(name: &str, text: &str) -> Result<Ask, Vec<Problem>> {
    let mut source = Source::new(name.to_owned(), text);
    let read = source.parse().and_then(|mut keys| {
        let ask = keys.take("ask");
        if ask.is_none() {
            source.fault(keys.span(), "missing key `ask`");
        }
        keys.done(&mut source);
        call(ask?.value, &mut source)
    });
    let problems = source.problems();
    read.filter(|_| problems.is_empty()).ok_or(problems)
}

/// Takes the steps out of a case, each with its place; `None` where one of them cannot be read.
pub(super) fn take(keys: &mut Keys<'_>, source: &mut Source<'_>) -> Option<Vec<(Span, Step)>> {
    match (keys.take("ask"), keys.take("steps")) {
        (Some(ask), None) => {
            let span = ask.key;
            call(ask.value, source).map(|ask| vec![(span, Step::Ask(ask))])
        }
        (None, Some(steps)) => {
            let read: Vec<_> =
                source.list("steps", steps.value)?.into_iter().map(|value| step(value, source)).collect();
            read.into_iter().collect()
        }
        (Some(ask), Some(_)) => {
            source.fault_with(
                ask.key,
                "`ask` and `steps` are both there",
                "put the call into `steps`: `{ ask.CALL = { … } }`",
            );
            None
        }
        (None, None) => {
            source.fault(keys.span(), "missing key `ask` or `steps`");
            None
        }
    }
}

fn step(value: Value<'_>, source: &mut Source<'_>) -> Option<(Span, Step)> {
    let keys = source.keys("steps", value)?;
    let span = keys.span();
    let mut entries = keys.all();
    let (Some(entry), true) = (entries.pop(), entries.is_empty()) else {
        source.fault(span, "a step is a table with one key: `ask`, `write` or `remove`");
        return None;
    };
    let step = match &*entry.name {
        "ask" => Step::Ask(call(entry.value, source)?),
        "write" => write(entry.value, source)?,
        "remove" => {
            let name = source.string("remove", &entry.value)?;
            file(&name, entry.value.span(), source)?;
            Step::Write(name, None)
        }
        other => {
            source.unknown(entry.key, "step", other, &["ask", "write", "remove"]);
            return None;
        }
    };
    Some((span, step))
}

/// Reads a call: a table with one key, the call's name, and its arguments.
fn call(value: Value<'_>, source: &mut Source<'_>) -> Option<Ask> {
    let span = value.span();
    let keys = source.keys("ask", value.clone())?;
    let names = keys.all();
    let [Entry { name, key, .. }] = names.as_slice() else {
        let names: Vec<_> = names.iter().map(|entry| &*entry.name).collect();
        let text = format!("`ask` has one call, not {}: {}", names.len(), names.join(", "));
        source.fault_with(span, text, "several calls go into `steps`");
        return None;
    };
    if !Ask::NAMES.contains(&&**name) {
        source.unknown_word(key.clone(), "call", name, Ask::NAMES, "fixtures/README.md has the table of calls");
        return None;
    }
    source.read(&format!("ask.{name}"), value)
}

fn write(value: Value<'_>, source: &mut Source<'_>) -> Option<Step> {
    let mut keys = source.keys("write", value)?;
    let name = keys.need("file", source);
    let text = keys.take("text");
    if text.is_none() {
        source.fault(keys.span(), "missing key `text`");
    }
    let text = text.and_then(|entry| source.string("text", &entry.value));
    keys.done(source);
    let name = name?;
    file(&name.text, name.span, source)?;
    Some(Step::Write(name.text, Some(File::Text(text?))))
}

fn file(name: &str, span: Span, source: &mut Source<'_>) -> Option<()> {
    if FILES.contains(&name) {
        return Some(());
    }
    source.unknown(span, "file of /etc", name, &FILES);
    None
}
