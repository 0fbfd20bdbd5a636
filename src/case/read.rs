//! Reads one `[[case]]` table: a case for each of its families.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::verdict::Level;
use crate::world::{Changes, Entry, File, Keys, Source, Spelt, Value, World, Worlds, Zone};

use super::family;
use super::lint::{self, Draft};
use super::{Case, CaseId, Varies, rule, steps};

/// How long a case may take that does not say so.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What holds for all cases of a file.
pub(super) struct Context<'a> {
    /// `area/topic`.
    pub(super) topic: &'a str,
    /// The world of the cases that name none.
    pub(super) world: Option<String>,
    /// All worlds.
    pub(super) worlds: &'a Worlds,
}

/// Reads one `[[case]]` table. Gives its name too, since it may be that no case can be made of it.
pub(super) fn read(value: Value<'_>, context: &Context<'_>, source: &mut Source<'_>) -> (Option<Spelt>, Vec<Case>) {
    let Some(mut keys) = source.keys("case", value) else { return (None, Vec::new()) };
    let name = keys.need("name", source);
    if let Some(name) = name.as_ref().filter(|name| !is_kebab(&name.text)) {
        let text = format!("`{}` is no name of a case", name.text);
        source.fault_with(
            name.span.clone(),
            text,
            "lower-case words and numbers, joined by `-`: `tcp-after-truncation`",
        );
    }
    let families = keys.place("families");
    let mut cases = Vec::new();
    let words = family::take(&mut keys, source);
    // Each family has the keys for itself; the last one needs no copy.
    let copies = vec![keys; words.len()];
    for (words, mut keys) in words.into_iter().zip(copies) {
        let mut put = 0;
        keys.change(|key, value| {
            let count = words.put(key, value, source);
            put += if key == "about" { 0 } else { count };
        });
        if let Some(span) = families.clone().filter(|_| words.family.is_some() && put == 0) {
            let hint = "use `$family` (or `$record`, `$loopback`, `$any`, a name of `vars`) where the families differ";
            source.fault_with(span, "the case is the same for each of its families", hint);
        }
        let id = CaseId::new(context.topic, name.as_ref().map_or("", |name| &name.text), words.family.as_deref());
        cases.extend(one(id, keys, context, source));
    }
    (name, cases)
}

/// Whether a name is made of lower-case letters and digits, in words joined by `-`.
pub(super) fn is_kebab(name: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.split('-').all(word)
}

/// Reads the case for one family. All its keys are read, whatever is wrong with others.
fn one(id: CaseId, mut keys: Keys<'_>, context: &Context<'_>, source: &mut Source<'_>) -> Option<Case> {
    let at = keys.span();
    let about = keys.need("about", source);
    let world = world(&mut keys, context, source);
    let steps = steps::take(&mut keys, source);
    let rules = rule::take(&mut keys, source);
    let hurts = keys.take("hurts").map(|entry| hurts(entry, source)).unwrap_or_default();
    let survives = keys.take("survives").map(|entry| survives(entry, source)).unwrap_or_default();
    let env = keys.take("env").map(|entry| env(entry, source)).unwrap_or_default();
    let timeout = keys.take("timeout").and_then(|entry| timeout(&entry, source));
    let varies = keys.take("varies").and_then(|entry| varies(&entry, source));
    let bound = |written: &rule::Written| {
        written.rule.foresees() || matches!(written.rule.level, Level::Must | Level::Documented)
    };
    if varies == Some(Varies::Race) && !rules.iter().any(bound) {
        let hint = "list it under `unspecified`, as `either`: anything else is a drift";
        source.fault_with(at.clone(), "the case races and does not say what may come", hint);
    }
    keys.done(source);
    let steps = steps?;
    lint::lint(&Draft { at: at.clone(), steps: &steps, rules: &rules, world: world.is_some() }, source);
    Some(Case {
        id,
        about: about?.text,
        hurts,
        at: source.at(&at),
        world: world.flatten(),
        steps: steps.into_iter().map(|(_, step)| step).collect(),
        env,
        timeout: timeout.unwrap_or(TIMEOUT),
        varies,
        survives,
        rules: rules.into_iter().map(|written| written.rule).collect(),
    })
}

/// The case's world with the case's changes made. `None`: it has none. `Some(None)`: it has one that could not be read.
fn world(keys: &mut Keys<'_>, context: &Context<'_>, source: &mut Source<'_>) -> Option<Option<Arc<World>>> {
    let at = keys.span();
    let named = keys.take("world");
    let mut changes = Changes::take(keys, source);
    let files = keys.take("files").and_then(|entry| source.keys("files", entry.value));
    for Entry { name, key, value } in files.map(Keys::all).unwrap_or_default() {
        if let Some(text) = source.string(&name, &value) {
            changes.file(&name, key, Some(File::Text(text)), source);
        }
    }
    let records = keys.take("records").and_then(|entry| records(&entry.value, source));
    let name = match named {
        Some(entry) => {
            let Some(name) = source.string("world", &entry.value) else { return Some(None) };
            if !context.worlds.contains_key(&name) {
                source.unknown(entry.value.span(), "world", &name, &names(context.worlds));
            }
            name
        }
        None => match &context.world {
            Some(name) => name.clone(),
            None => {
                if !changes.is_empty() || records.is_some() {
                    source.fault_with(at, "the case changes a world, and it has none", lint::WORLD);
                }
                return None;
            }
        },
    };
    let Some(base) = context.worlds.get(&name) else { return Some(None) };
    if changes.is_empty() && records.is_none() {
        return Some(Some(Arc::clone(base)));
    }
    let mut world = World::clone(base);
    world.records = records.or(world.records);
    changes.make(&mut world, &at, source);
    Some(Some(Arc::new(world)))
}

/// The names of all worlds.
pub(super) fn names(worlds: &Worlds) -> Vec<&str> {
    worlds.keys().map(String::as_str).collect()
}

/// Further records of a case. Their lines are counted from where the text begins in the file.
fn records(value: &Value<'_>, source: &mut Source<'_>) -> Option<Zone> {
    let text = source.string("records", value)?;
    let span = value.span();
    let written = source.text(&span);
    let below = ["\"\"\"", "'''"].iter().any(|quotes| {
        written.strip_prefix(quotes).is_some_and(|text| text.starts_with('\n') || text.starts_with("\r\n"))
    });
    let line = source.at(&span).line + usize::from(below);
    Some(Zone { origin: ".".to_owned(), path: source.file().to_owned(), line, text })
}

/// Behaviours that the case shows, and a line for each on whom it hurts.
fn hurts(entry: Entry<'_>, source: &mut Source<'_>) -> BTreeMap<String, String> {
    let behaviour = |name: &str| {
        name.split_once('/').is_some_and(|(group, name)| is_kebab(group) && is_kebab(&name.replace('.', "-")))
    };
    let wrong = ("is no name of a behaviour", "two names with a `/` between them: `transport/tc-then-tcp`");
    remarks(entry, behaviour, wrong, "whom it hurts", source)
}

/// Wrong outcomes that the rules let pass, and why.
fn survives(entry: Entry<'_>, source: &mut Source<'_>) -> BTreeMap<String, String> {
    let outcome = |name: &str| name.split_once(": ").is_some_and(|(facet, kind)| !facet.is_empty() && !kind.is_empty());
    let wrong = ("names no wrong outcome", "a facet and what is wrong with it: `\"answer.addresses: added\"`");
    remarks(entry, outcome, wrong, "the reason", source)
}

/// A table of remarks, each in one line. `wrong` says what is the matter with a name that is not right, and how it is written.
fn remarks(
    entry: Entry<'_>,
    right: impl Fn(&str) -> bool,
    wrong: (&str, &str),
    what: &str,
    source: &mut Source<'_>,
) -> BTreeMap<String, String> {
    let mut remarks = BTreeMap::new();
    for Entry { name, key, value } in source.keys(&entry.name, entry.value).map(Keys::all).unwrap_or_default() {
        if !right(&name) {
            source.fault_with(key, format!("`{name}` {}", wrong.0), wrong.1);
        } else if let Some(text) = source.string(&name, &value) {
            if text.trim().is_empty() || text.contains('\n') {
                source.fault(value.span(), format!("{what} is told in one line"));
            }
            remarks.insert(name.into_owned(), text);
        }
    }
    remarks
}

/// Environment variables: names and texts.
fn env(entry: Entry<'_>, source: &mut Source<'_>) -> BTreeMap<String, String> {
    let mut env = BTreeMap::new();
    for Entry { name, key, value } in source.keys("env", entry.value).map(Keys::all).unwrap_or_default() {
        if name.is_empty() || name.contains(['=', '\0']) {
            source.fault(key, format!("`{name}` is no name of an environment variable"));
        } else if let Some(text) = source.string(&name, &value) {
            env.insert(name.into_owned(), text);
        }
    }
    env
}

fn timeout(entry: &Entry<'_>, source: &mut Source<'_>) -> Option<Duration> {
    let text = source.string("timeout", &entry.value)?;
    match humantime::parse_duration(&text) {
        Ok(Duration::ZERO) => {
            source.fault(entry.value.span(), "in no time nothing can be done");
            None
        }
        Ok(timeout) => Some(timeout),
        Err(error) => {
            let text = format!("`timeout` is no time: {error}");
            source.fault_with(entry.value.span(), text, "write it as `\"900ms\"` or `\"20s\"`");
            None
        }
    }
}

fn varies(entry: &Entry<'_>, source: &mut Source<'_>) -> Option<Varies> {
    match source.string("varies", &entry.value)?.as_str() {
        "kernel" => Some(Varies::Kernel),
        "race" => Some(Varies::Race),
        other => {
            source.unknown(entry.value.span(), "reason to vary", other, &["kernel", "race"]);
            None
        }
    }
}
