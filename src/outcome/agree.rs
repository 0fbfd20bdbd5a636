//! Whether two outcomes say the same, as far as both say it.
//!
//! What an interface does not hand back is null, and null agrees with anything. Two nulls are values all the same: the
//! `canonname` of an entry that tells its `protocol` (the interface is getaddrinfo's, and there is no name), and a constant
//! that a platform does not have.
//!
//! Fields that a question did not ask for (`canonname` without AI_CANONNAME) can be left out of account: some libraries fill
//! them all the same.
//!
//! An interface without socket types gives each address once. So where one of two lists leaves out `socktype` or
//! `protocol` throughout, entries of the other that differ in nothing else are one.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Asked, Failure, Outcome, Reply};

/// The call whose nulls are all values.
const CONSTANTS: &str = "constants";

/// What an entry is repeated for.
const TYPES: [&str; 2] = ["socktype", "protocol"];

impl Outcome {
    /// Whether the replies agree, call by call, without the fields that are `unasked` of the nth call. The wire is left
    /// out too: whether it matters is for rules to say.
    #[must_use]
    pub fn agrees(&self, other: &Self, unasked: impl Fn(usize) -> &'static [&'static str]) -> bool {
        let mut pairs = self.asked.iter().zip(&other.asked).enumerate();
        self.asked.len() == other.asked.len() && pairs.all(|(nth, (one, other))| one.agrees(other, unasked(nth)))
    }

    /// How much the replies tell: the number of values in them that are not null.
    #[must_use]
    pub fn fullness(&self) -> usize {
        self.asked.iter().map(|asked| if let Reply::Answer(answer) = &asked.reply { told(answer) } else { 0 }).sum()
    }
}

impl Asked {
    /// Whether the two replies agree, without fields of these names. A call that one of them does not have says nothing
    /// against the other.
    #[must_use]
    pub fn agrees(&self, other: &Self, unasked: &[&str]) -> bool {
        match (&self.reply, &other.reply) {
            (Reply::Unsupported(_), _) | (_, Reply::Unsupported(_)) => true,
            (Reply::Answer(one), Reply::Answer(other)) if self.call == CONSTANTS => one == other,
            (Reply::Answer(one), Reply::Answer(other)) => values(one, other, unasked),
            (Reply::Failure(one), Reply::Failure(other)) => failures(one, other),
            (Reply::Lost(one), Reply::Lost(other)) => one.word() == other.word(),
            _ => false,
        }
    }
}

/// How many values there are that are not null.
fn told(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Array(elements) => elements.iter().map(told).sum(),
        Value::Object(fields) => fields.values().map(told).sum(),
        _ => 1,
    }
}

/// Codes and texts are each implementation's own. Not every interface hands errno on.
fn failures(one: &Failure, other: &Failure) -> bool {
    let errno = match (&one.errno, &other.errno) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    let untold = [one, other].iter().any(|failure| failure.name == Failure::UNTOLD);
    untold || one.name == other.name && errno
}

fn values(one: &Value, other: &Value, unasked: &[&str]) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => objects(one, other, unasked),
        (Value::Array(one), Value::Array(other)) => {
            let entries =
                |list: &[Value]| list.iter().map(|entry| entry.as_object().cloned()).collect::<Option<Vec<_>>>();
            match (entries(one), entries(other)) {
                (Some(one), Some(other)) => lists(one, other, unasked),
                _ => one.len() == other.len() && one.iter().zip(other).all(|(one, other)| values(one, other, unasked)),
            }
        }
        _ => one == other,
    }
}

type Fields = Map<String, Value>;

/// The value of a field, `None` where the interface does not tell it.
fn field<'a>(fields: &'a Fields, key: &str) -> Option<&'a Value> {
    let is_value = key == "canonname" && fields.get("protocol").is_some_and(|protocol| !protocol.is_null());
    fields.get(key).filter(|value| is_value || !value.is_null())
}

fn objects(one: &Fields, other: &Fields, unasked: &[&str]) -> bool {
    let mut asked = one.keys().chain(other.keys()).filter(|key| !unasked.contains(&key.as_str()));
    asked.all(|key| match (field(one, key), field(other, key)) {
        (Some(one), Some(other)) => values(one, other, unasked),
        _ => true,
    })
}

fn lists(mut one: Vec<Fields>, mut other: Vec<Fields>, unasked: &[&str]) -> bool {
    if !one.is_empty() && !other.is_empty() {
        let untold = |list: &[Fields], key: &str| list.iter().all(|entry| field(entry, key).is_none());
        let left_out = TYPES.map(|key| untold(&one, key) != untold(&other, key));
        if left_out.contains(&true) {
            for list in [&mut one, &mut other] {
                for (key, left_out) in TYPES.iter().zip(left_out) {
                    list.iter_mut().filter(|_| left_out).for_each(|entry| _ = entry.shift_remove(*key));
                }
                once(list, unasked);
            }
        }
    }
    one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| objects(one, other, unasked))
}

/// Leaves out what agrees with an entry before it. An entry is held against those of its own address, and those without
/// one: a reply may have thousands.
fn once(list: &mut Vec<Fields>, unasked: &[&str]) {
    let address = |entry: &Fields| field(entry, "address").map(Value::to_string);
    let mut kept: Vec<Fields> = Vec::new();
    let mut places: HashMap<Option<String>, Vec<usize>> = HashMap::new();
    for entry in list.drain(..) {
        let own = address(&entry);
        let of = |address: &Option<String>| places.get(address).into_iter().flatten();
        let agrees = |nth: &usize| objects(&kept[*nth], &entry, unasked);
        let before = match &own {
            Some(_) => of(&own).chain(of(&None)).any(agrees),
            None => kept.iter().any(|before| objects(before, &entry, unasked)),
        };
        if !before {
            places.entry(own).or_default().push(kept.len());
            kept.push(entry);
        }
    }
    *list = kept;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::outcome::Lost;

    fn asked(call: &str, reply: Reply) -> Asked {
        Asked { call: call.to_owned(), reply, at: None, elapsed: Duration::ZERO, queries: 0..0 }
    }

    fn agree(call: &str, one: Value, other: Value) -> bool {
        let (one, other) = (asked(call, Reply::Answer(one)), asked(call, Reply::Answer(other)));
        let agree = one.agrees(&other, &[]);
        assert_eq!(agree, other.agrees(&one, &[]), "agreement goes both ways");
        agree
    }

    fn entry(address: &str, socktype: Value, protocol: Value, canonname: Value) -> Value {
        json!({"address": address, "socktype": socktype, "protocol": protocol, "canonname": canonname})
    }

    #[test]
    fn null_agrees_with_anything_and_so_does_what_is_not_there() {
        let whole = json!({"name": "http", "aliases": ["www"], "port": 80});
        assert!(agree("getservbyname", whole.clone(), json!({"name": null, "aliases": null, "port": 80})));
        assert!(agree("getservbyname", whole.clone(), json!({"port": 80})));
        assert!(!agree("getservbyname", whole.clone(), json!({"name": null, "port": 81})));
        assert!(!agree("getservbyname", whole, json!({"aliases": [], "port": 80})));
        assert!(!agree("constants", json!({"values": {"AI_ALL": 16}}), json!({"values": {"AI_ALL": null}})));
    }

    #[test]
    fn a_canonical_name_that_is_not_there_is_a_value_where_the_protocol_is_told() {
        let list = |protocol: Value, name: Value| json!({"entries": [entry("192.0.2.1", "SOCK_STREAM".into(), protocol, name)]});
        let tcp = || Value::from("IPPROTO_TCP");
        assert!(!agree("getaddrinfo", list(tcp(), Value::Null), list(tcp(), "box".into())));
        assert!(agree("getaddrinfo", list(tcp(), "box".into()), list(Value::Null, Value::Null)));
        assert!(agree("getaddrinfo", list(tcp(), Value::Null), list(Value::Null, Value::Null)));
    }

    #[test]
    fn a_field_that_was_not_asked_for_can_be_left_out_of_account() {
        let named = |name: Value| {
            let tcp = Value::from("IPPROTO_TCP");
            asked(
                "getaddrinfo",
                Reply::Answer(json!({"entries": [entry("192.0.2.1", "SOCK_STREAM".into(), tcp, name)]})),
            )
        };
        assert!(named(Value::Null).agrees(&named("box".into()), &["canonname"]));
        assert!(!named(Value::Null).agrees(&named("box".into()), &[]));
    }

    #[test]
    fn addresses_alone_agree_with_entries_for_each_type() {
        let typed = |address: &str, name: Value| {
            let kinds = [("SOCK_STREAM", "IPPROTO_TCP"), ("SOCK_DGRAM", "IPPROTO_UDP")];
            kinds.map(|(socktype, protocol)| entry(address, socktype.into(), protocol.into(), name.clone())).to_vec()
        };
        let both = ["192.0.2.1", "192.0.2.2"].map(|address| typed(address, Value::Null)).concat();
        let full = json!({"entries": both});
        let bare = |addresses: &[&str]| {
            let entries = addresses.iter().map(|address| entry(address, Value::Null, Value::Null, Value::Null));
            json!({"entries": entries.collect::<Vec<_>>()})
        };
        assert!(agree("getaddrinfo", full.clone(), bare(&["192.0.2.1", "192.0.2.2"])));
        assert!(!agree("getaddrinfo", full.clone(), bare(&["192.0.2.2", "192.0.2.1"])));
        assert!(!agree("getaddrinfo", full.clone(), bare(&["192.0.2.1"])));
        assert!(!agree("getaddrinfo", full.clone(), bare(&[])));
        assert!(!agree("getaddrinfo", full, json!({"entries": [both[0], both[2]]})), "both tell types");
        assert!(agree("getaddrinfo", bare(&[]), bare(&[])));
    }

    #[test]
    fn failures_agree_by_name_and_losses_by_word() {
        let failure = |name: &str, errno: Option<&str>, text: &str| {
            let errno = errno.map(str::to_owned);
            asked("getaddrinfo", Reply::Failure(Failure { errno, text: text.to_owned(), ..Failure::named(name) }))
        };
        assert!(failure("EAI_NONAME", None, "a").agrees(&failure("EAI_NONAME", None, "b"), &[]));
        assert!(!failure("EAI_NONAME", None, "").agrees(&failure("EAI_AGAIN", None, ""), &[]));
        assert!(!failure("EAI_SYSTEM", Some("EIO"), "").agrees(&failure("EAI_SYSTEM", Some("EMFILE"), ""), &[]));
        assert!(failure("EAI_SYSTEM", Some("EIO"), "").agrees(&failure("EAI_SYSTEM", None, ""), &[]));
        let lost = |after| asked("getaddrinfo", Reply::Lost(Lost::Hung { after: Duration::from_secs(after) }));
        assert!(lost(1).agrees(&lost(2), &[]));
        assert!(!lost(1).agrees(&failure("EAI_NONAME", None, ""), &[]));
        assert!(lost(1).agrees(&asked("getaddrinfo", Reply::Unsupported("no such call".to_owned())), &[]));
    }

    #[test]
    fn an_outcome_agrees_call_by_call() {
        let outcome = |ports: &[u16]| Outcome {
            asked: ports.iter().map(|port| asked("getservbyname", Reply::Answer(json!({"port": port})))).collect(),
            wire: Vec::new(),
        };
        assert!(outcome(&[1, 2]).agrees(&outcome(&[1, 2]), |_| &[]));
        assert!(!outcome(&[1, 2]).agrees(&outcome(&[1, 3]), |_| &[]));
        assert!(!outcome(&[1, 2]).agrees(&outcome(&[1]), |_| &[]));
        assert_eq!(outcome(&[1, 2]).fullness(), 2);
    }
}
