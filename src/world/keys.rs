//! The keys of one table, taken out one after the other; what is left over in the end is unknown.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use toml::de::DeTable;

use super::source::{Source, Span, Value};

/// One table of a file.
#[derive(Clone)]
pub(crate) struct Keys<'t> {
    span: Span,
    entries: DeTable<'t>,
    known: Vec<&'static str>,
}

/// One key of a table, and its value.
pub(crate) struct Entry<'t> {
    /// The key.
    pub(crate) name: Cow<'t, str>,
    /// Where the key stands.
    pub(crate) key: Span,
    /// The value.
    pub(crate) value: Value<'t>,
}

impl<'t> Keys<'t> {
    /// The keys of a table.
    pub(crate) fn new(span: Span, entries: DeTable<'t>) -> Self {
        Self { span, entries, known: Vec::new() }
    }

    /// Where the table stands.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Whether no key is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where the key `name` stands, if it is there still.
    pub(crate) fn place(&self, name: &str) -> Option<Span> {
        self.entries.get_key_value(name).map(|(key, _)| key.span())
    }

    /// Changes every value that is left, in place.
    pub(crate) fn change(&mut self, mut change: impl FnMut(&str, &mut Value<'t>)) {
        for (key, value) in &mut self.entries {
            change(key.get_ref(), value);
        }
    }

    /// Takes out the key `name`, which is known from then on.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Entry<'t>> {
        if self.known.is_empty() {
            // As many as a case is asked for: the list does not grow then.
            self.known.reserve(32);
        }
        self.known.push(name);
        let (key, value) = self.entries.remove_entry(name)?;
        Some(Entry { name: Cow::Borrowed(name), key: key.span(), value })
    }

    /// Takes out the key `name` and reads its value as a text that is not blank. It is a fault if it is not there.
    pub(crate) fn need(&mut self, name: &'static str, source: &mut Source<'_>) -> Option<Spelt> {
        let Some(entry) = self.take(name) else {
            source.fault(self.span(), format!("missing key `{name}`"));
            return None;
        };
        let text = source.string(name, &entry.value)?;
        if text.trim().is_empty() {
            source.fault(entry.value.span(), format!("`{name}` says nothing"));
            return None;
        }
        Some(Spelt { span: entry.value.span(), text })
    }

    /// Takes out the key `name`, a list, and reads each element by itself, with its place.
    pub(crate) fn each<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
        source: &mut Source<'_>,
    ) -> Option<Vec<(Span, T)>> {
        let entry = self.take(name)?;
        let elements = source.list(name, entry.value)?;
        let read = |value: Value<'t>| Some((value.span(), source.read(name, value)?));
        Some(elements.into_iter().filter_map(read).collect())
    }

    /// Takes out all keys that are left, in the order in which they stand in the file.
    pub(crate) fn all(self) -> Vec<Entry<'t>> {
        let mut all: Vec<_> = self
            .entries
            .into_iter()
            .map(|(key, value)| Entry { key: key.span(), name: key.into_inner(), value })
            .collect();
        all.sort_by_key(|entry| entry.key.start);
        all
    }

    /// Notes every key that nobody took as unknown.
    pub(crate) fn done(self, source: &mut Source<'_>) {
        let known = self.known.clone();
        for entry in self.all() {
            source.unknown(entry.key, "key", &entry.name, &known);
        }
    }
}

/// A text, and where it stands.
pub(crate) struct Spelt {
    /// Where it stands.
    pub(crate) span: Span,
    /// The text.
    pub(crate) text: String,
}
