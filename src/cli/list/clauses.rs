//! Clauses by the document they stand in, the cases that cite them, and how each came out on record.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::snapshot::{self, Error};
use crate::tree::Tree;

/// How the rules of a case that cite a clause came out. Ordered from what is told first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Held {
    /// One of them is broken.
    Broken,
    /// One of them is kept, and none broken.
    Kept,
    /// The case is on record, and they are not judged there.
    Recorded,
    /// The case is on record for no subject.
    Missing,
}

impl Held {
    /// In words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Kept => "kept",
            Self::Recorded => "recorded",
            Self::Missing => "not on record",
        }
    }
}

/// A case that cites a clause.
pub(super) struct Cited<'c> {
    pub(super) case: &'c Case,
    /// How it came out for each subject that has it on record.
    pub(super) by_subject: BTreeMap<String, Held>,
}

impl Cited<'_> {
    /// How it came out for all subjects together.
    pub(super) fn held(&self) -> Held {
        self.by_subject.values().copied().min().unwrap_or(Held::Missing)
    }
}

/// The cases that cite each clause, by document and clause.
pub(super) type Clauses<'c> = BTreeMap<Place, Vec<Cited<'c>>>;

/// A clause: its document, and where it stands there; nothing for the document as a whole. Ordered as people count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    order: (Vec<Part>, Vec<Part>),
    pub(super) document: String,
    pub(super) clause: String,
}

/// A part of a text in its order: numbers by their value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Text(String),
}

impl Place {
    pub(super) fn of(cited: &str) -> Self {
        let end = end_of_document(cited);
        let (document, clause) = cited.split_at(end);
        let clause = clause.trim_start_matches([',', ':', ' ']);
        let order = (parts(document), parts(clause));
        Self { order, document: document.to_owned(), clause: clause.to_owned() }
    }
}

/// Where the name of the document ends: `RFC 3493`, `POSIX`, `resolv.conf(5)`; else before a comma or a section.
fn end_of_document(cited: &str) -> usize {
    for name in ["POSIX", "Python"] {
        if cited.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')) {
            return name.len();
        }
    }
    let number = |rest: &str| rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    if let Some(rest) = cited.strip_prefix("RFC ") {
        return "RFC ".len() + number(rest);
    }
    let page = cited.find(')').filter(|end| cited[..*end].contains('(')).map(|end| end + 1);
    page.or_else(|| cited.find(", ")).or_else(|| cited.find(" §")).unwrap_or(cited.len())
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(match part.parse() {
            Ok(number) => Part::Number(number),
            Err(_) => Part::Text(part.to_lowercase()),
        });
        rest = after;
    }
    parts
}

/// The clauses that cases cite.
///
/// # Errors
/// When a snapshot cannot be read.
pub(super) fn clauses<'c>(cases: &[&'c Case], snapshots: &Tree) -> Result<Clauses<'c>, Error> {
    let mut topics: BTreeMap<&str, Vec<&'c Case>> = BTreeMap::new();
    for case in cases {
        topics.entry(case.id.topic()).or_default().push(case);
    }
    let mut clauses = Clauses::new();
    for (topic, cases) in topics {
        let on_record = snapshot::all(snapshots, topic)?;
        for case in cases {
            let mut cited: Vec<&str> = case.rules.iter().map(|rule| rule.clause.as_str()).collect();
            cited.retain(|clause| !clause.is_empty());
            cited.sort_unstable();
            cited.dedup();
            for clause in cited {
                let blocks =
                    on_record.iter().filter_map(|(subject, recorded)| Some((subject, recorded.case(case.id.name())?)));
                let by_subject = blocks.map(|(subject, block)| (subject.clone(), held(block, clause))).collect();
                clauses.entry(Place::of(clause)).or_default().push(Cited { case, by_subject });
            }
        }
    }
    Ok(clauses)
}

/// How the rules of a block that cite a clause came out.
fn held(block: &str, clause: &str) -> Held {
    let verdicts = snapshot::verdicts(block);
    let of = |wanted: &str| {
        let cites = |rule: &str| rule.split_once(' ').is_some_and(|(_, cited)| cited == clause);
        verdicts.iter().any(|(rule, held)| *held == wanted && cites(rule))
    };
    if of("broken") {
        Held::Broken
    } else if of("kept") {
        Held::Kept
    } else {
        Held::Recorded
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_clause_stands_in_its_document() {
        let mut places = [
            "RFC 6724 §10.2",
            "RFC 6724 §6 rule 9",
            "RFC 793",
            "resolv.conf(5)",
            "resolv.conf(5) ndots",
            "POSIX getaddrinfo AI_ALL",
            "glibc manual, Notes on NSS",
            "made up §1",
            "Python socket, Constants",
        ]
        .map(Place::of);
        places.sort();
        let told: Vec<String> = places.iter().map(|place| format!("{} | {}", place.document, place.clause)).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        glibc manual | Notes on NSS
        made up | §1
        POSIX | getaddrinfo AI_ALL
        Python | socket, Constants
        resolv.conf(5) | 
        resolv.conf(5) | ndots
        RFC 793 | 
        RFC 6724 | §6 rule 9
        RFC 6724 | §10.2
        ");
    }
}
