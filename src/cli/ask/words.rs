//! From the words of a command line to a call: each becomes the TOML value that the call's own type takes for it, and the whole
//! is read as a case file is. Which arguments a call has, and in which order, its type says as well.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use serde::de::Visitor;
use serde::de::value::Error;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess};
use serde::{Deserialize, forward_to_deserialize_any};
use toml::de::ValueDeserializer;
use toml::{Table, Value};

use crate::call::Ask;

/// What the names of constants begin with that are known without it: `inet6`, `stream`, `canonname`.
const PREFIXES: [&str; 6] = ["AF_", "SOCK_", "IPPROTO_", "AI_", "NI_", "EAI_"];

/// The names of a call's arguments, in the order in which it takes them.
pub(super) fn arguments(call: &str) -> &'static [&'static str] {
    let look = Look { call, arguments: Cell::default() };
    // It stops as soon as it has said which arguments it takes.
    let _ = Ask::deserialize(&look);
    look.arguments.get()
}

/// The call as a case file writes it: `ask.getaddrinfo = { node = "www", family = "AF_INET6" }`. Of `words`, those of the form
/// `KEY=VALUE` name their argument; the others, and all of `verbatim`, are for those that no other word names, in order.
///
/// # Errors
/// Which word is one too many.
pub(super) fn written(call: &str, words: &[OsString], verbatim: &[OsString]) -> Result<String, String> {
    let known = arguments(call);
    let mut given: Vec<(String, Value)> = Vec::new();
    let mut bare: Vec<OsString> = Vec::new();
    for word in words {
        let Some((key, word)) = named(word) else {
            bare.push(word.clone());
            continue;
        };
        if given.iter().any(|(other, _)| other == key) {
            return Err(format!("`{key}` is given twice"));
        }
        given.push((key.to_owned(), value(call, key, word)));
    }
    bare.extend(verbatim.iter().cloned());
    let mut free =
        known.iter().filter(|name| !given.iter().any(|(given, _)| given == *name)).copied().collect::<Vec<_>>();
    // A call that takes one list takes its elements as words.
    if let ([only], 2..) = (free.as_slice(), bare.len())
        && known.len() == 1
        && accepts(call, only, &Value::Array(Vec::new()))
    {
        bare = vec![bare.join(OsStr::new(","))];
    }
    if bare.len() > free.len() {
        let word = bare[free.len()].display();
        return Err(match (known, free.as_slice()) {
            ([], _) => format!("{call} has no arguments; `{word}` is one"),
            (_, []) => format!("`{word}` is one too many: no argument of {call} is left for it"),
            _ => format!("`{word}` is one too many: {call} has {}", known.join(", ")),
        });
    }
    free.truncate(bare.len());
    given.extend(free.iter().zip(&bare).map(|(name, word)| ((*name).to_owned(), value(call, name, word))));
    // In the order of the call, and what it does not have last.
    given.sort_by_key(|(name, _)| known.iter().position(|known| known == name).unwrap_or(known.len()));
    let given: Vec<_> = given.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    Ok(format!("ask.{call} = {{ {} }}", given.join(", ")).replace("{  }", "{}"))
}

/// The two halves of `KEY=VALUE`.
fn named(word: &OsStr) -> Option<(&str, &OsStr)> {
    let bytes = word.as_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=')?;
    let key = str::from_utf8(&bytes[..at]).ok()?;
    let is_key = key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    is_key.then(|| (key, OsStr::from_bytes(&bytes[at + 1..])))
}

/// What a word stands for as this argument of the call. One that it cannot be is kept as it is: whoever reads it complains.
fn value(call: &str, argument: &str, word: &OsStr) -> Value {
    let Some(word) = word.to_str() else {
        return Table::from_iter([("hex".to_owned(), hex::encode(word.as_bytes()).into())]).into();
    };
    if let Some(value) = readings(word).find(|value| accepts(call, argument, value)) {
        return value;
    }
    if !accepts(call, argument, &Value::Array(Vec::new())) {
        return literal(word).unwrap_or_else(|| word.into());
    }
    let words = word.split([',', '|']).map(str::trim).filter(|word| !word.is_empty());
    let element = |word: &str| {
        let found = readings(word).find(|value| accepts(call, argument, &Value::Array(vec![value.clone()])));
        found.unwrap_or_else(|| word.into())
    };
    words.map(element).collect::<Vec<_>>().into()
}

/// What a word may stand for: a number, `true`, `{ … }` or `[ … ]` as TOML has them; itself; a constant without its prefix.
fn readings(word: &str) -> impl Iterator<Item = Value> {
    let constant = word.to_ascii_uppercase();
    let constants = PREFIXES.into_iter().map(move |prefix| Value::from(format!("{prefix}{constant}")));
    literal(word).into_iter().chain([Value::from(word)]).chain(constants)
}

fn literal(word: &str) -> Option<Value> {
    let value = word.parse().ok()?;
    matches!(value, Value::Integer(_) | Value::Boolean(_) | Value::Array(_) | Value::Table(_)).then_some(value)
}

/// Whether the call takes this value for this argument: what is wrong with it, if anything, is then not in the value.
fn accepts(call: &str, argument: &str, value: &Value) -> bool {
    let before = format!("{{ {call} = {{ {argument} = ");
    let text = format!("{before}{value} }} }}");
    let read = ValueDeserializer::parse(&text).and_then(Ask::deserialize);
    read.map_or_else(|error| error.span().is_some_and(|span| span.start < before.len()), |_| true)
}

/// A call without arguments, which notes those that the call's type asks for.
struct Look<'l> {
    call: &'l str,
    arguments: Cell<&'static [&'static str]>,
}

impl<'de> Deserializer<'de> for &Look<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a call with named arguments is read here, and nothing else"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.arguments.set(fields);
        Err(Error::custom("the arguments are not there"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for &Look<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(self.call.into_deserializer())?, self))
    }
}

impl<'de> VariantAccess<'de> for &Look<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Err(Error::custom("a call has arguments"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a call has named arguments"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a call has a type of its own"))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect()
    }

    #[track_caller]
    fn check(call: &str, line: &str, expected: &str) {
        assert_eq!(written(call, &words(line), &[]).as_deref(), Ok(format!("ask.{call} = {expected}").as_str()));
    }

    #[test]
    fn words_go_to_the_arguments_in_order_or_by_name() {
        check("getaddrinfo", "www http", r#"{ node = "www", service = "http" }"#);
        check("getaddrinfo", "service=http www", r#"{ node = "www", service = "http" }"#);
        check("getaddrinfo", "node=www http", r#"{ node = "www", service = "http" }"#);
        check("getaddrinfo", "", "{}");
        check("gethostname", "", "{}");
        check("getaddrinfo", "node=a=b.test", r#"{ node = "a=b.test" }"#);
    }

    #[test]
    fn the_type_of_an_argument_says_what_its_word_is() {
        check("getaddrinfo", "10 80 hints=false", r#"{ node = "10", service = "80", hints = false }"#);
        check("getnameinfo", "192.0.2.1 80", r#"{ address = "192.0.2.1", port = 80 }"#);
        check(
            "getnameinfo",
            "fe80::1 80 0x10 lo",
            r#"{ address = "fe80::1", port = 80, flowinfo = 16, scope_id = "lo" }"#,
        );
        check("if_indextoname", "1", "{ index = 1 }");
        check("inet_ntop", "family=-1 bytes=10000000", r#"{ family = -1, bytes = "10000000" }"#);
        check("python", "1", r#"{ code = "1" }"#);
        check("under", "{gethostname={}} threads=2", "{ call = { gethostname = {} }, threads = 2 }");
    }

    #[test]
    fn constants_need_no_prefix_and_flags_are_a_list() {
        check("getaddrinfo", "family=inet6 socktype=stream", r#"{ family = "AF_INET6", socktype = "SOCK_STREAM" }"#);
        check("getaddrinfo", "flags=canonname,AI_PASSIVE|4", r#"{ flags = ["AI_CANONNAME", "AI_PASSIVE", 4] }"#);
        check("getaddrinfo", "flags=", "{ flags = [] }");
        check("getaddrinfo", "family=6 protocol=udp", r#"{ family = 6, protocol = "IPPROTO_UDP" }"#);
        check("gai_strerror", "noname", r#"{ code = "EAI_NONAME" }"#);
        check("constants", "AF_INET AI_PASSIVE,SO_ERROR", r#"{ names = ["AF_INET", "AI_PASSIVE", "SO_ERROR"] }"#);
        check("in6addr", "in6addr_any", r#"{ name = "in6addr_any" }"#);
    }

    #[test]
    fn a_name_is_taken_as_it_stands() {
        for name in ["[::1]", "[1]", "{x", "80 # x", "true", "a\"b", "a\nb", "inet", "x = 1", "7f", "+1", "1e3"] {
            let text = written("gethostbyname", &[], &[name.into()]).unwrap();
            let read: Ask = serde_json::from_value(serde_json::json!({ "gethostbyname": { "name": name } })).unwrap();
            assert_eq!(crate::case::read_call("here", &text), Ok(read), "{text}");
        }
        let latin = OsString::from_vec(b"name=\xe9cole".to_vec());
        let expected = r#"ask.gethostbyname = { name = { hex = "e9636f6c65" } }"#;
        assert_eq!(written("gethostbyname", &[latin], &[]).as_deref(), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_left_to_whoever_reads_it() {
        check("getaddrinfo", "famly=inet6", r#"{ famly = "inet6" }"#);
        check("getnameinfo", "192.0.2.1 70000", r#"{ address = "192.0.2.1", port = 70000 }"#);
        check("getaddrinfo", "flags=canonname,x", r#"{ flags = ["AI_CANONNAME", "x"] }"#);
    }

    #[test]
    fn a_word_too_many_is_named() {
        let why = |call: &str, line: &str| written(call, &words(line), &[]).unwrap_err();
        insta::assert_snapshot!(why("gethostname", "x"), @"gethostname has no arguments; `x` is one");
        insta::assert_snapshot!(why("getservbyname", "http tcp udp"), @"`udp` is one too many: getservbyname has name, protocol");
        insta::assert_snapshot!(why("getservbyname", "name=http protocol=tcp x"), @"`x` is one too many: no argument of getservbyname is left for it");
        insta::assert_snapshot!(why("getservbyname", "name=http name=x"), @"`name` is given twice");
    }

    #[test]
    fn every_call_says_which_arguments_it_has() {
        assert_eq!(arguments("getservbyname"), ["name", "protocol"]);
        let without: Vec<_> = Ask::NAMES.iter().filter(|name| arguments(name).is_empty()).collect();
        assert_eq!(without, [&"gethostname", &"if_nameindex"]);
    }
}
