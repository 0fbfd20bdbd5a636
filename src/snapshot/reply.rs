//! Replies and queries as short, complete text.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::outcome::{Query, Reply};

/// The longest line that fields are joined into.
const LINE: usize = 100;

/// More entries than these are not told one by one.
const MANY: usize = 200;

/// How many of very many entries are told at the beginning and at the end.
const ENDS: usize = 3;

/// What stands in place of a part of a socket address that the subject does not tell.
pub(super) const UNTOLD: &str = "-";

/// A reply in lines: a failure by its canonical name, an entry of a list in a line of its own, other answers as fields.
#[must_use]
pub fn reply_lines(reply: &Reply) -> Vec<String> {
    told(reply).iter().map(|told| line(told)).collect()
}

fn line(told: &[Told]) -> String {
    told.iter().filter(|told| !told.unsaid).map(|told| told.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// One value of a reply, as a line of it tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The name of the field; empty where it is none.
    pub key: String,
    /// What stands in the line: the value, with the name of its field where that does not go without saying.
    pub text: String,
    /// It goes without saying: a line leaves it out.
    pub unsaid: bool,
}

impl Told {
    fn whole(text: String) -> Vec<Self> {
        vec![Self { key: String::new(), text, unsaid: false }]
    }

    /// Whether the subject does not tell it.
    #[must_use]
    pub fn is_untold(&self) -> bool {
        self.text == UNTOLD
    }
}

/// The lines of [`reply_lines`], value by value.
#[must_use]
pub fn told(reply: &Reply) -> Vec<Vec<Told>> {
    let text = match reply {
        Reply::Answer(Value::Object(fields)) => return answer(fields),
        Reply::Answer(other) => other.to_string(),
        Reply::Failure(failure) => match &failure.errno {
            Some(errno) => format!("{} errno {errno}", failure.name),
            None => failure.name.clone(),
        },
        Reply::Unsupported(_) => "unsupported".to_owned(),
        Reply::Lost(lost) => format!("lost: {}", lost.word()),
    };
    vec![Told::whole(text)]
}

/// A query and what was done about it: `udp A www.example.test. → NOERROR 2`. What is usual (class IN, the flag RD alone,
/// no EDNS, the server 127.0.0.1) is not said.
#[must_use]
pub fn query_line(query: &Query) -> String {
    let mut line = query.line();
    if query.class != "IN" {
        _ = write!(line, " class {}", query.class);
    }
    if query.flags != ["RD"] {
        let flags = if query.flags.is_empty() { "none".to_owned() } else { query.flags.join("+") };
        _ = write!(line, " flags {flags}");
    }
    if let Some(edns) = &query.edns {
        _ = write!(line, " edns {}", edns.size);
        if edns.version != 0 {
            _ = write!(line, " version {}", edns.version);
        }
        if edns.dnssec_ok {
            line.push_str(" DO");
        }
    }
    if query.server != std::net::IpAddr::from([127, 0, 0, 1]) {
        _ = write!(line, " @{}", query.server);
    }
    _ = write!(line, " → {}", query.reply);
    line
}

fn answer(fields: &Map<String, Value>) -> Vec<Vec<Told>> {
    let single = fields.iter().next().filter(|_| fields.len() == 1);
    match single {
        Some((_, Value::Array(entries))) if entries.iter().all(Value::is_object) => {
            if entries.is_empty() {
                return vec![Told::whole("no entries".to_owned())];
            }
            shortened(
                entries.iter().filter_map(Value::as_object).map(entry).collect(),
                |told: &Vec<Told>| line(told),
                Told::whole,
            )
        }
        Some((_, Value::Object(values))) => answer(values),
        _ => joined(fields),
    }
}

/// Of very many lines the first and the last, and between them a number that stands for all of them (FNV-1a): none can
/// change unseen.
fn shortened<T>(mut lines: Vec<T>, text: impl Fn(&T) -> String, between: impl Fn(String) -> T) -> Vec<T> {
    if lines.len() > MANY {
        let bytes = lines.iter().flat_map(|line| text(line).into_bytes().into_iter().chain([b'\n']));
        let sum =
            bytes.fold(0xCBF2_9CE4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
        let between = between(format!("… {} in all, {sum:016x}", lines.len()));
        lines.splice(ENDS..lines.len() - ENDS, [between]);
    }
    lines
}

fn joined(fields: &Map<String, Value>) -> Vec<Vec<Told>> {
    let fields: Vec<Told> = pairs(fields).collect();
    let long = fields.iter().map(|told| told.text.chars().count() + 1).sum::<usize>() > LINE + 1;
    match fields.len() {
        0 => vec![Told::whole("nothing".to_owned())],
        2.. if long => fields.into_iter().map(|told| vec![told]).collect(),
        _ => vec![fields],
    }
}

fn pairs(fields: &Map<String, Value>) -> impl Iterator<Item = Told> {
    let told = fields.iter().filter(|(_, value)| !value.is_null());
    told.map(|(key, value)| Told { key: key.clone(), text: format!("{key}={}", text(value)), unsaid: false })
}

/// One entry of a list; a socket address with its family, type and protocol is told without the names of its fields, and
/// without what its family lets one expect.
fn entry(fields: &Map<String, Value>) -> Vec<Told> {
    let known = ["family", "address", "port", "socktype", "protocol"];
    if !known.iter().all(|key| fields.contains_key(*key)) || !fields.contains_key("addrlen") {
        return pairs(fields).collect();
    }
    let field = |key: &str| fields.get(key).filter(|value| !value.is_null()).map_or_else(|| UNTOLD.to_owned(), text);
    let bare = |key: &str| Told { key: key.to_owned(), text: field(key), unsaid: false };
    let mut line: Vec<Told> = known.map(bare).into();
    let usual = if fields.get("family").is_some_and(|family| family == "AF_INET6") { 28 } else { 16 };
    line.extend(pairs(fields).filter(|told| !known.contains(&told.key.as_str())).map(|told| {
        let expected = if told.key == "addrlen" { usual } else { 0 };
        let unsaid = fields.get(&told.key).is_some_and(|value| *value == expected);
        Told { unsaid, ..told }
    }));
    // Who tells the protocol tells the canonical name too, or that there is none.
    let names = |key| fields.get(key).is_some_and(|value| !value.is_null());
    if fields.contains_key("canonname") && names("protocol") && !names("canonname") {
        line.push(Told { key: "canonname".to_owned(), text: "canonname=none".to_owned(), unsaid: true });
    }
    line
}

/// A value as short as it can be without being taken for another: texts stand bare unless they would read as something else.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(elements) => {
            let elements = shortened(elements.iter().map(text).collect(), String::clone, |between| between);
            format!("[{}]", elements.join(", "))
        }
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let special = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '[' | ']' | '{' | '}' | ',' | '=');
    !text.is_empty() && !text.contains(special) && serde_json::from_str::<Value>(text).is_err()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::outcome::Lost;

    fn lines(answer: Value) -> String {
        reply_lines(&Reply::Answer(answer)).join("\n")
    }

    #[test]
    fn an_answer_is_told_in_fields() {
        insta::assert_snapshot!(lines(json!({"name": "box"})), @"name=box");
        insta::assert_snapshot!(lines(json!({"name": "a b", "aliases": [], "port": 80, "none": null})), @r#"name="a b" aliases=[] port=80"#);
        insta::assert_snapshot!(lines(json!({"text": "80", "other": "true", "empty": ""})), @r#"text="80" other="true" empty="""#);
        insta::assert_snapshot!(lines(json!({"values": {"AI_PASSIVE": 1, "NI_NUMERICSCOPE": null}})), @"AI_PASSIVE=1");
        insta::assert_snapshot!(lines(json!({"entries": []})), @"no entries");
        insta::assert_snapshot!(lines(json!({"entries": [{"name": "http", "aliases": ["www"], "port": 80}]})), @"name=http aliases=[www] port=80");
    }

    #[test]
    fn very_many_entries_are_summed_up() {
        let entries = |last: usize| (0..last).map(|n| json!({"port": n})).collect::<Vec<_>>();
        let told = lines(json!({"entries": entries(201)}));
        let told: Vec<_> = told.lines().collect();
        assert_eq!(told[..3], ["port=0", "port=1", "port=2"]);
        assert_eq!(told[3..], ["… 201 in all, a2079a19bd5e640f", "port=198", "port=199", "port=200"]);
        assert_eq!(lines(json!({"entries": entries(200)})).lines().count(), 200);
    }

    #[test]
    fn many_fields_stand_one_below_the_other() {
        let names: Map<String, Value> = (0..9).map(|n| (format!("CONSTANT_{n}"), json!(n))).collect();
        assert_eq!(reply_lines(&Reply::Answer(json!({"values": names}))).len(), 9);
    }

    #[test]
    fn a_lost_subject_is_told_in_one_word() {
        let lost = Lost::Crashed { signal: "SIGSEGV".to_owned(), stderr: "at 0x7f".to_owned() };
        assert_eq!(reply_lines(&Reply::Lost(lost)), ["lost: SIGSEGV"]);
    }
}
