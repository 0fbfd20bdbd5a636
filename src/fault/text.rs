//! Shared by all kinds: a fault as one word of a command line: `AAAA:rcode=SERVFAIL`, `@127.0.0.2,nth=1-3:delay=200ms`.

use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;
use toml::de::ValueDeserializer;
use toml::{Table, Value};

use super::{Fault, Kind};

/// What a kind is told first, so that `rcode=SERVFAIL` is enough.
const FIRST: [(&str, &str); 14] = [
    ("accept", "how"),
    ("answer", "answer"),
    ("bytes", "hex"),
    ("delay", "ms"),
    ("duplicate", "times"),
    ("edns", "size"),
    ("forge", "address"),
    ("fuzz", "seed"),
    ("header", "id"),
    ("icmp", "error"),
    ("packet", "checksum"),
    ("rcode", "code"),
    ("stream", "end"),
    ("truncate", "keep"),
];

/// Reads `[FILTER:]KIND[=VALUE][,KEY=VALUE…]`.
///
/// KIND and its keys are those of case files; VALUE alone is the kind's first key, and times may have a unit. FILTER is a
/// list of `udp` or `tcp`, a record type, a name (with a dot in it), `@ADDRESS` of the nameserver, `nth=N`, `nth=FROM-TO`,
/// and any other `KEY=VALUE` of `on`. A text that begins with `{` is the table that a case file has.
impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let table = if text.starts_with('{') { written(text)? } else { table(text)? };
        // Case files are read with this deserializer: to read the table with another would compile all kinds once more.
        let text = Value::Table(table).to_string();
        let table = ValueDeserializer::parse(&text).and_then(Self::deserialize);
        table.map_err(|error| error.message().trim_end().to_owned())
    }
}

/// The table that a case file would have written out.
fn written(text: &str) -> Result<Table, String> {
    let table = toml::from_str::<Table>(&format!("fault = {text}")).map_err(|error| error.message().to_owned())?;
    match table.into_iter().next() {
        Some((_, Value::Table(table))) => Ok(table),
        _ => Err("it is no table".to_owned()),
    }
}

fn table(text: &str) -> Result<Table, String> {
    let (filter, kind) = split(text).ok_or_else(|| {
        format!("it names no kind; write [FILTER:]KIND[=VALUE], where KIND is one of {}", Kind::NAMES.join(", "))
    })?;
    let (name, told) = kind.split_at(kind.find(['=', ',']).unwrap_or(kind.len()));
    let mut keys = Table::new();
    for (nth, part) in told.split(',').filter(|part| !part.is_empty()).enumerate() {
        let (key, value) = match part.split_once('=') {
            Some(("", value)) if nth == 0 => (first(name)?, value),
            Some((key, value)) => (key, value),
            None => (part, "true"),
        };
        keys.insert(key.to_owned(), value_of(key, value));
    }
    let mut fault = Table::new();
    if !filter.is_empty() {
        fault.insert("on".to_owned(), Value::Table(on(filter)?));
    }
    fault.insert(name.to_owned(), Value::Table(keys));
    Ok(fault)
}

/// The filter, and the rest from the kind on. Addresses have colons too: the kind begins after the first that a kind follows.
fn split(text: &str) -> Option<(&str, &str)> {
    let is_kind = |rest: &str| Kind::NAMES.contains(&rest.split(['=', ',']).next().unwrap_or_default());
    if is_kind(text) {
        return Some(("", text));
    }
    let mut colons = text.match_indices(':').map(|(at, _)| (&text[..at], &text[at + 1..]));
    colons.find(|(_, rest)| is_kind(rest))
}

fn first(kind: &str) -> Result<&'static str, String> {
    let found = FIRST.iter().find(|(name, _)| *name == kind).map(|(_, key)| *key);
    found.ok_or_else(|| format!("`{kind}` takes no value by itself: write {kind},KEY=VALUE"))
}

fn on(filter: &str) -> Result<Table, String> {
    let mut on = Table::new();
    for word in filter.split(',').filter(|word| !word.is_empty()) {
        let (key, value) = match word.split_once('=') {
            Some(("nth", numbers)) => ("nth", nth(numbers)?),
            Some((key, value)) => (key, value_of(key, value)),
            None => match word.strip_prefix('@') {
                Some(server) => {
                    server.parse::<IpAddr>().map_err(|_| format!("`{server}` is no address of a nameserver"))?;
                    ("server", server.into())
                }
                None if ["udp", "tcp"].contains(&word) => ("transport", word.into()),
                None if word == "edns" => ("edns", true.into()),
                None if word.contains('.') => ("name", word.into()),
                None => ("type", word.into()),
            },
        };
        on.insert(key.to_owned(), value);
    }
    Ok(on)
}

/// `2`, `1-3`, `3-`.
fn nth(numbers: &str) -> Result<Value, String> {
    let number = |text: &str| {
        let number = text.parse::<u32>().ok().filter(|number| *number > 0);
        number.map(i64::from).ok_or_else(|| format!("`nth={numbers}`: queries are counted from 1: write 2, 1-3 or 3-"))
    };
    let Some((from, to)) = numbers.split_once('-') else { return Ok(vec![number(numbers)?].into()) };
    let mut range = Table::from_iter([("from".to_owned(), number(from)?.into())]);
    if !to.is_empty() {
        range.insert("to".to_owned(), number(to)?.into());
    }
    Ok(range.into())
}

/// A value as TOML has it, a time in milliseconds, or else a text.
fn value_of(key: &str, text: &str) -> Value {
    if key.ends_with("ms")
        && let Ok(time) = humantime::parse_duration(text)
    {
        return i64::try_from(time.as_millis()).unwrap_or(i64::MAX).into();
    }
    let read = toml::from_str::<Table>(&format!("value = {text}")).ok();
    read.and_then(|mut table| table.remove("value")).unwrap_or_else(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match text.parse::<Fault>() {
            Ok(fault) => format!("{fault:?}"),
            Err(why) => why,
        }
    }

    #[test]
    fn a_word_says_what_a_table_says() {
        for (word, table) in [
            ("drop", "{ drop = {} }"),
            ("AAAA:rcode=SERVFAIL", "{ on = { type = 'AAAA' }, rcode = { code = 'SERVFAIL' } }"),
            ("rcode=3,keep", "{ rcode = { code = 3, keep = true } }"),
            ("udp,www.a.test:truncate", "{ on = { transport = 'udp', name = 'www.a.test' }, truncate = {} }"),
            ("@127.0.0.2,nth=2:delay=1500ms", "{ on = { server = '127.0.0.2', nth = [2] }, delay = { ms = 1500 } }"),
            ("@::1,edns,nth=3-:drop", "{ on = { server = '::1', edns = true, nth = { from = 3 } }, drop = {} }"),
            ("tcp:stream=reset", "{ on = { transport = 'tcp' }, stream = { end = 'reset' } }"),
            ("truncate,keep=2,tcp", "{ truncate = { keep = 2, tcp = true } }"),
            ("nth=1-3:duplicate=2,ms=5", "{ on = { nth = { from = 1, to = 3 } }, duplicate = { times = 2, ms = 5 } }"),
        ] {
            assert_eq!(read(word), read(table), "{word}");
            assert!(read(word).starts_with("Fault"), "{word}: {}", read(word));
        }
    }

    #[test]
    fn what_is_no_fault_is_told_in_words() {
        insta::assert_snapshot!(read("AAAA:rcod=SERVFAIL"), @"it names no kind; write [FILTER:]KIND[=VALUE], where KIND is one of accept, answer, bytes, damage, delay, drop, duplicate, edns, forge, fuzz, header, icmp, packet, rcode, stream, truncate");
        insta::assert_snapshot!(read("rcode=SERVFIAL"), @r#"invalid value: string "SERVFIAL", expected a response code: a mnemonic such as "SERVFAIL", or a number from 0 to 4095"#);
        insta::assert_snapshot!(read("damage=2"), @"`damage` takes no value by itself: write damage,KEY=VALUE");
        insta::assert_snapshot!(read("nth=0:drop"), @"`nth=0`: queries are counted from 1: write 2, 1-3 or 3-");
        insta::assert_snapshot!(read("@localhost:drop"), @"`localhost` is no address of a nameserver");
        insta::assert_snapshot!(read("drop,ms=3"), @"unknown field `ms`, there are no fields");
        insta::assert_snapshot!(read("{ drop = {} "), @"unclosed inline table, expected `}`");
    }
}
