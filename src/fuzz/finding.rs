//! What is found in the outcomes of one input. Outcomes are compared coarsely: which addresses and which name came, or what
//! kind of failure; not in which order, and not under which of several codes for the same.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use serde_json::Value;

use super::Input;
use super::told::{Origin, Told};
use crate::outcome::{Outcome, Reply};

/// What is wrong, or what differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A subject crashed, hung, flooded or talked nonsense.
    Lost,
    /// An answer has an address or a name that was in no reply and no file.
    Invented,
    /// What a call opens it leaves open.
    Leak,
    /// Subjects make different things of the same bytes.
    Differ,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Lost => "lost",
            Self::Invented => "invented",
            Self::Leak => "leak",
            Self::Differ => "differ",
        })
    }
}

/// One finding. Two with the same kind and the same words are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Its kind.
    pub kind: Kind,
    /// Who did what: `glibc 2.36: no such name; musl 1.2.3: an answer`.
    pub what: String,
}

/// What came of an input with one subject, as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Answer {
        addresses: BTreeSet<String>,
        name: Option<String>,
    },
    Failed(String),
    Lost(String),
    /// The subject has no such call.
    Unasked,
}

impl Sight {
    /// What is seen of an outcome.
    pub(super) fn of(input: &Input, outcome: &Outcome) -> Self {
        match outcome.asked.last().map(|asked| &asked.reply) {
            Some(Reply::Answer(answer)) => {
                let named = input.call != "getaddrinfo"
                    || input.arguments.get("flags").is_some_and(|flags| flags.to_string().contains("AI_CANONNAME"));
                let name = names(answer).into_iter().next().filter(|_| named);
                let name = name.map(|name| name.trim_end_matches('.').to_ascii_lowercase());
                Self::Answer { addresses: addresses(answer), name }
            }
            Some(Reply::Failure(failure)) => Self::Failed(class(&failure.name).to_owned()),
            Some(Reply::Lost(lost)) => Self::Lost(lost.word()),
            Some(Reply::Unsupported(_)) | None => Self::Unasked,
        }
    }
}

/// What a failure says, whichever call says it.
fn class(name: &str) -> &str {
    match name {
        "EAI_NONAME" | "EAI_NODATA" | "HOST_NOT_FOUND" | "NO_DATA" | "NO_ADDRESS" => "no such name",
        "EAI_AGAIN" | "TRY_AGAIN" => "try again",
        "EAI_FAIL" | "NO_RECOVERY" => "no recovery",
        other => other,
    }
}

/// The addresses of an answer, whichever call's it is.
fn addresses(answer: &Value) -> BTreeSet<String> {
    let of_entries = answer["entries"].as_array().into_iter().flatten().map(|entry| &entry["address"]);
    let plain = answer["addresses"].as_array().into_iter().flatten();
    of_entries.chain(plain).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The names of an answer, the official one first.
fn names(answer: &Value) -> Vec<String> {
    let of_entries = answer["entries"].as_array().into_iter().flatten().map(|entry| &entry["canonname"]);
    let aliases = answer["aliases"].as_array().into_iter().flatten();
    let plain = ["name", "host"].iter().map(|key| &answer[*key]);
    of_entries.chain(plain).chain(aliases).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What a subject has answered that nothing told it.
pub(super) fn inventions(outcome: &Outcome, who: &str, told: &Told) -> Vec<Finding> {
    let answers = outcome.asked.iter().filter_map(|asked| match &asked.reply {
        Reply::Answer(answer) => Some(answer),
        _ => None,
    });
    let mut found = BTreeSet::new();
    for answer in answers {
        for address in addresses(answer) {
            let Ok(address) = address.split('%').next().unwrap_or_default().parse::<IpAddr>() else { continue };
            match told.origin(address) {
                Origin::Told => {}
                Origin::OtherBytes => _ = found.insert("an address out of bytes that are none"),
                Origin::Nowhere => _ = found.insert("an address that was in no reply"),
            }
        }
        if !names(answer).iter().all(|name| told.has_name(name)) {
            found.insert("a name that was in no reply");
        }
    }
    found.into_iter().map(|what| Finding { kind: Kind::Invented, what: format!("{who}: {what}") }).collect()
}

/// How subjects were lost, each with its name.
pub(super) fn losses(sights: &[(String, Sight)]) -> Vec<Finding> {
    let lost = sights.iter().filter_map(|(who, sight)| match sight {
        Sight::Lost(word) => Some(Finding { kind: Kind::Lost, what: format!("{who}: {word}") }),
        _ => None,
    });
    lost.collect()
}

/// Where subjects differ, if they do. Those that were lost or have no such call say nothing here.
pub(super) fn difference(sights: &[(String, Sight)]) -> Option<Finding> {
    let mut classes: Vec<(Vec<&str>, &Sight)> = Vec::new();
    for (who, sight) in sights.iter().filter(|(_, sight)| !matches!(sight, Sight::Lost(_) | Sight::Unasked)) {
        match classes.iter_mut().find(|(_, other)| same(other, sight)) {
            Some((class, _)) => class.push(who),
            None => classes.push((vec![who], sight)),
        }
    }
    if classes.len() < 2 {
        return None;
    }
    let first = classes.iter().find_map(|(_, sight)| as_answer(sight));
    let words = classes.iter().map(|(who, sight)| format!("{}: {}", who.join(", "), word(sight, first)));
    Some(Finding { kind: Kind::Differ, what: words.collect::<Vec<_>>().join("; ") })
}

type Answer<'s> = (&'s BTreeSet<String>, Option<&'s String>);

fn as_answer(sight: &Sight) -> Option<Answer<'_>> {
    match sight {
        Sight::Answer { addresses, name } => Some((addresses, name.as_ref())),
        _ => None,
    }
}

/// Whether two say the same. A name that an interface does not tell agrees with any.
fn same(one: &Sight, other: &Sight) -> bool {
    match (as_answer(one), as_answer(other)) {
        (Some((one, name)), Some((others, another))) => {
            one == others && (name.is_none() || another.is_none() || name == another)
        }
        _ => one == other,
    }
}

/// A sight in words; an answer beside the first answer.
fn word(sight: &Sight, first: Option<Answer<'_>>) -> String {
    let (addresses, _) = match sight {
        Sight::Answer { addresses, name } => (addresses, name),
        Sight::Failed(class) => return class.clone(),
        Sight::Lost(word) => return word.clone(),
        Sight::Unasked => return "not asked".to_owned(),
    };
    let word = match first {
        Some((all, _)) if std::ptr::eq(all, addresses) => "an answer",
        Some((all, _)) if all == addresses => "another name",
        Some((all, _)) if all.is_subset(addresses) => "more addresses",
        Some((all, _)) if all.is_superset(addresses) => "fewer addresses",
        _ => "other addresses",
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::outcome::{Asked, Failure};

    fn sight(call: &str, reply: Reply) -> Sight {
        let arguments = toml::from_str("flags = ['AI_CANONNAME']").unwrap();
        let asked = Asked { call: call.to_owned(), reply, at: None, elapsed: Default::default(), queries: 0..0 };
        Sight::of(&Input::plain(call, arguments), &Outcome { asked: vec![asked], wire: Vec::new() })
    }

    #[test]
    fn what_differs_is_told_in_words() {
        let answer = |addresses: &[&str], name: Option<&str>| {
            let entries: Vec<_> =
                addresses.iter().map(|address| json!({"address": address, "canonname": name})).collect();
            sight("getaddrinfo", Reply::Answer(json!({ "entries": entries })))
        };
        let failure = |name: &str| sight("getaddrinfo", Reply::Failure(Failure::named(name)));
        let told = |sights: &[Sight]| {
            let names = ["one", "two", "three"].map(str::to_owned);
            difference(&names.into_iter().zip(sights.iter().cloned()).collect::<Vec<_>>()).map(|found| found.what)
        };
        assert_eq!(told(&[failure("EAI_NODATA"), failure("EAI_NONAME")]), None);
        assert_eq!(told(&[answer(&["1.1.1.1"], Some("A.")), answer(&["1.1.1.1"], Some("a"))]), None);
        assert_eq!(told(&[answer(&["1.1.1.1"], None), answer(&["1.1.1.1"], Some("a"))]), None);
        insta::assert_snapshot!(
            told(&[failure("EAI_AGAIN"), answer(&["1.1.1.1"], None), answer(&[], None)]).unwrap(),
            @"one: try again; two: an answer; three: fewer addresses"
        );
        insta::assert_snapshot!(
            told(&[answer(&["1.1.1.1"], Some("a")), answer(&["1.1.1.1"], Some("b")), answer(&["1.1.1.2"], None)]).unwrap(),
            @"one: an answer; two: another name; three: other addresses"
        );
    }
}
