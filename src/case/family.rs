//! What a case says differently for each of its families: `$family`, `$record`, the case's own `$NAME`.

use std::collections::BTreeMap;

use toml::de::DeValue;

use crate::world::{Entry, Keys, Source, Span, Value};

/// The families that a case can have.
pub(super) const FAMILIES: [&str; 3] = ["inet", "inet6", "unix"];

/// How many bytes one of the case's own words may stand for. Words are made of words before them, twice as long each time.
const LONGEST: usize = 4096;

/// What `$NAME` stands for, by name, in one family.
#[derive(Clone, Default)]
pub(super) struct Words<'t> {
    /// The family, where the case has families.
    pub(super) family: Option<String>,
    values: BTreeMap<String, DeValue<'t>>,
}

/// Names after `$` that belong to what the texts are written for, not to the case.
const FOREIGN: [(&str, &str); 4] = [("TMP", ""), ("ORIGIN", "records"), ("TTL", "records"), ("INCLUDE", "records")];

/// Takes `families` and `vars` out of a case. Without families there is one set of words, an empty one.
pub(super) fn take<'t>(keys: &mut Keys<'t>, source: &mut Source<'_>) -> Vec<Words<'t>> {
    let families = keys.take("families");
    let vars = keys.take("vars");
    let Some(families) = families else {
        if let Some(vars) = vars {
            source.fault(vars.key, "`vars` are for families, and the case has none");
        }
        return vec![Words::default()];
    };
    let span = families.value.span();
    let mut all: Vec<Words<'t>> = Vec::new();
    for value in source.list("families", families.value).unwrap_or_default() {
        let Some(family) = source.string("families", &value) else { continue };
        if !FAMILIES.contains(&family.as_str()) {
            source.unknown(value.span(), "family", &family, &FAMILIES);
        } else if all.iter().any(|words| words.family.as_ref() == Some(&family)) {
            source.fault(value.span(), format!("the family `{family}` is there twice"));
        } else {
            all.push(Words { values: known(&family), family: Some(family) });
        }
    }
    if all.is_empty() {
        source.fault(span, "`families` names no family");
    }
    for var in vars.and_then(|vars| source.keys("vars", vars.value)).map(Keys::all).unwrap_or_default() {
        take_var(var, &mut all, source);
    }
    all
}

/// What every case may say of a family.
fn known<'t>(family: &str) -> BTreeMap<String, DeValue<'t>> {
    let words: &[(&str, &'static str)] = match family {
        "inet" => &[("family", "AF_INET"), ("record", "A"), ("loopback", "127.0.0.1"), ("any", "0.0.0.0")],
        "inet6" => &[("family", "AF_INET6"), ("record", "AAAA"), ("loopback", "::1"), ("any", "::")],
        _ => &[("family", "AF_UNIX")],
    };
    words.iter().map(|(name, word)| ((*name).to_owned(), DeValue::String((*word).into()))).collect()
}

/// Reads one of the case's own words: a value for each family.
fn take_var<'t>(var: Entry<'t>, all: &mut [Words<'t>], source: &mut Source<'_>) {
    let name = var.name.into_owned();
    if ["family", "record", "loopback", "any", "TMP"].contains(&name.as_str()) {
        return source.fault(var.key, format!("`${name}` has a meaning already"));
    }
    let Some(keys) = source.keys(&name, var.value) else { return };
    let mut values: BTreeMap<String, Value<'t>> = BTreeMap::new();
    for entry in keys.all() {
        if all.iter().any(|words| words.family.as_deref() == Some(&*entry.name)) {
            values.insert(entry.name.into_owned(), entry.value);
        } else {
            let families: Vec<_> = all.iter().filter_map(|words| words.family.as_deref()).collect();
            source.unknown(entry.key, "family of this case", &entry.name, &families);
        }
    }
    for words in all {
        let Some(mut value) = words.family.as_ref().and_then(|family| values.remove(family)) else {
            let family = words.family.as_deref().unwrap_or_default();
            source.fault(var.key.clone(), format!("`vars.{name}` says nothing for `{family}`"));
            words.values.insert(name.clone(), DeValue::String("".into()));
            continue;
        };
        words.put(&name, &mut value, source);
        let value = Some(value.into_inner()).filter(|value| length(value) <= LONGEST).unwrap_or_else(|| {
            source.fault(var.key.clone(), format!("`${name}` stands for more than {LONGEST} bytes"));
            DeValue::String("".into())
        });
        words.values.insert(name.clone(), value);
    }
}

/// How many bytes of text a value has, each of its parts counted as one more.
fn length(value: &DeValue<'_>) -> usize {
    1 + match value {
        DeValue::String(text) => text.len(),
        DeValue::Array(array) => array.iter().map(|element| length(element.get_ref())).sum(),
        DeValue::Table(table) => table.iter().map(|(key, value)| key.get_ref().len() + length(value.get_ref())).sum(),
        _ => 0,
    }
}

impl<'t> Words<'t> {
    /// Puts what the words stand for in their place, in the value of the key `key` and all below it. Says how many there
    /// were. A word that stands for nothing is a fault.
    pub(super) fn put(&self, key: &str, value: &mut Value<'t>, source: &mut Source<'_>) -> usize {
        let span = value.span();
        match value.get_mut() {
            DeValue::String(text) => {
                if !text.contains('$') {
                    return 0;
                }
                if let Some(whole) = text.strip_prefix('$').and_then(|name| self.values.get(name)) {
                    *value.get_mut() = whole.clone();
                    return 1;
                }
                let (put, count) = self.text(key, text, &span, source);
                *text = put.into();
                count
            }
            DeValue::Array(array) => array.iter_mut().map(|element| self.put(key, element, source)).sum(),
            DeValue::Table(table) => {
                table.into_iter().map(|(name, value)| self.put(name.get_ref().as_ref(), value, source)).sum()
            }
            _ => 0,
        }
    }

    fn text(&self, key: &str, text: &str, span: &Span, source: &mut Source<'_>) -> (String, usize) {
        let mut put = String::with_capacity(text.len());
        let mut count = 0;
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            put.push_str(before);
            let letters = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let (name, tail) = after.split_at(letters);
            rest = tail;
            if let Some(tail) = after.strip_prefix('$') {
                put.push('$');
                rest = tail;
            } else if name.is_empty() || FOREIGN.iter().any(|(word, at)| *word == name && (at.is_empty() || *at == key))
            {
                put.push('$');
                put.push_str(name);
            } else {
                count += 1;
                match self.values.get(name) {
                    Some(DeValue::String(word)) => put.push_str(word),
                    Some(DeValue::Integer(number)) => put.push_str(&number.to_string()),
                    Some(_) => source.fault(
                        span.clone(),
                        format!("`${name}` stands for a list: it can only be the whole of a text"),
                    ),
                    None => self.unknown(name, span, source),
                }
            }
        }
        put.push_str(rest);
        (put, count)
    }

    fn unknown(&self, name: &str, span: &Span, source: &mut Source<'_>) {
        let text = match &self.family {
            Some(family) if known("inet").contains_key(name) => {
                format!("`${name}` stands for nothing in the family `{family}`")
            }
            Some(_) => format!("`${name}` stands for nothing in this case"),
            None => format!("`${name}` stands for nothing: the case has no `families`"),
        };
        let known: Vec<_> = self.values.keys().map(|name| format!("${name}")).collect();
        let known = if known.is_empty() { String::new() } else { format!("known are {}; ", known.join(", ")) };
        source.fault_with(span.clone(), text, format!("{known}`$$` is a plain `$`"));
    }
}
