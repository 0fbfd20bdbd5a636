//! `netdbspec list --coverage`: what the cases cover, and what none of them does.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::clauses::{Cited, Clauses, Held};
use super::combinations::{Combinations, FAMILIES, NODES, SERVICES, WITHOUT, addrinfo_flags, nameinfo_flags};
use crate::call::Ask;
use crate::case::Case;
use crate::report::terminal::{count, wrap};

/// How wide a line may be.
const COLUMNS: usize = 120;

/// How wide the first column of a table is.
const LABEL: usize = 28;

/// Behaviours, and the cases that show them with the line on whom they hurt.
type Behaviours<'c> = BTreeMap<&'c str, Vec<(&'c Case, &'c str)>>;

/// What cases cover.
pub(super) struct Coverage<'c> {
    clauses: Clauses<'c>,
    combinations: Combinations,
    behaviours: Behaviours<'c>,
}

impl<'c> Coverage<'c> {
    pub(super) fn of(cases: &[&'c Case], clauses: Clauses<'c>) -> Self {
        let mut behaviours = Behaviours::new();
        for case in cases {
            for (behaviour, whom) in &case.hurts {
                behaviours.entry(behaviour).or_default().push((case, whom));
            }
        }
        Self { clauses, combinations: Combinations::of(cases), behaviours }
    }

    /// For a person.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut document = "";
        for (place, cited) in &self.clauses {
            if place.document != document {
                document = &place.document;
                _ = writeln!(text, "{}{document}", if text.is_empty() { "" } else { "\n" });
            }
            let clause = if place.clause.is_empty() { "as a whole" } else { &place.clause };
            _ = writeln!(text, "  {clause}: {}", summary(cited));
            for held in [Held::Broken, Held::Kept, Held::Recorded, Held::Missing] {
                let of: Vec<&Cited<'_>> = cited.iter().filter(|cited| cited.held() == held).collect();
                if !of.is_empty() {
                    let ids = short(of.iter().map(|cited| (cited.case, by(cited))));
                    text.push_str(&listed(held.words(), 15, &ids));
                }
            }
        }
        if !self.behaviours.is_empty() {
            text.push_str("\nbehaviours that hurt\n");
        }
        for (behaviour, shown) in &self.behaviours {
            _ = writeln!(text, "  {behaviour}");
            let whom = shown.first().map_or("", |(_, whom)| whom);
            text.push_str(&listed("", 0, &[whom.to_owned()]));
            text.push_str(&listed("", 0, &short(shown.iter().map(|(case, _)| (*case, String::new())))));
        }
        text + "\n" + &self.tables()
    }

    /// The combinations, and how many calls ask each.
    fn tables(&self) -> String {
        self.addrinfo() + &self.nameinfo() + &self.calls()
    }

    /// One digit for each combination: there are many.
    fn addrinfo(&self) -> String {
        let digit = |count: Option<&usize>| match count {
            None => '·'.to_string(),
            Some(count @ 0..=9) => count.to_string(),
            Some(_) => '+'.to_string(),
        };
        let mut text =
            "getaddrinfo: calls by flag, family, node and service (· for none, + for ten and more)\n".to_owned();
        let families = FAMILIES.map(|family| format!("{family:30}")).concat();
        let nodes = FAMILIES.map(|_| NODES.map(|node| format!("{node:10}")).concat()).concat();
        let services = FAMILIES.map(|_| NODES.map(|_| "- # a     ").concat()).concat();
        for (label, row) in [("", families), ("node", nodes), ("service: null, # or a name", services)] {
            _ = writeln!(text, "  {label:LABEL$}{}", row.trim_end());
        }
        for flag in addrinfo_flags() {
            let mut row = String::new();
            for (family, node) in FAMILIES.iter().flat_map(|family| NODES.map(|node| (*family, node))) {
                let cells =
                    SERVICES.map(|service| digit(self.combinations.addrinfo.get(&[flag, family, node, service])));
                _ = write!(row, "{:10}", cells.join(" "));
            }
            _ = writeln!(text, "  {flag:LABEL$}{}", row.trim_end());
        }
        text
    }

    fn nameinfo(&self) -> String {
        let families = [FAMILIES[1], FAMILIES[2]];
        let mut text = format!("\ngetnameinfo: calls by flag and family\n  {:LABEL$}{}\n", "", right(families));
        for flag in nameinfo_flags() {
            let row = right(families.map(|family| cell(self.combinations.nameinfo.get(&[flag, family]))));
            _ = writeln!(text, "  {flag:LABEL$}{row}");
        }
        text
    }

    fn calls(&self) -> String {
        let calls = &self.combinations.calls;
        let families = ["AF_UNSPEC", "AF_INET", "AF_INET6", "AF_UNIX", WITHOUT];
        let mut text = format!("\ncalls by family\n  {:LABEL$}{}{}\n", "", right(families), right(["other"]));
        for call in Ask::NAMES {
            let row = right(families.map(|family| cell(calls.get(&(*call, family.to_owned())))));
            let others =
                calls.iter().filter(|((name, family), _)| name == call && !families.contains(&family.as_str()));
            let other: usize = others.map(|(_, count)| count).sum();
            let other = cell(Some(&other).filter(|other| **other > 0));
            _ = writeln!(text, "  {call:LABEL$}{row}{}", right([other]));
        }
        let unused = count(self.combinations.unused().len(), "combination", "combinations");
        text + &format!("\n{unused} that no case asks\n")
    }

    /// As lines of JSON: clauses, behaviours, and combinations that no case asks.
    pub(super) fn json(&self) -> Vec<Value> {
        let cited = |cited: &Cited<'_>| {
            let by: serde_json::Map<String, Value> =
                cited.by_subject.iter().map(|(name, held)| (name.clone(), json!(held))).collect();
            json!({ "id": cited.case.id.as_str(), "held": cited.held(), "subjects": by })
        };
        let clauses = self.clauses.iter().map(|(place, cases)| {
            let cases: Vec<Value> = cases.iter().map(cited).collect();
            json!({ "kind": "clause", "document": place.document, "clause": place.clause, "cases": cases })
        });
        let behaviours = self.behaviours.iter().map(|(behaviour, shown)| {
            let cases: Vec<Value> =
                shown.iter().map(|(case, whom)| json!({ "id": case.id.as_str(), "hurts": whom })).collect();
            json!({ "kind": "behaviour", "behaviour": behaviour, "cases": cases })
        });
        let names = |call: &str| match call {
            "getaddrinfo" => &["flag", "family", "node", "service"][..],
            "getnameinfo" => &["flag", "family"],
            _ => &["family"],
        };
        let unused = self.combinations.unused().into_iter().map(|(call, combined)| {
            let mut line = json!({ "kind": "unused", "call": call });
            for (name, value) in names(call).iter().zip(combined) {
                line[*name] = value.into();
            }
            line
        });
        clauses.chain(behaviours).chain(unused).collect()
    }
}

/// Cells at the right of their columns.
fn right<const N: usize>(cells: [impl AsRef<str>; N]) -> String {
    cells.map(|cell| format!("{:>10}", cell.as_ref())).concat()
}

fn cell(count: Option<&usize>) -> String {
    count.map_or_else(|| "·".to_owned(), ToString::to_string)
}

/// `18 cases: 2 broken, 16 kept`.
fn summary(cited: &[Cited<'_>]) -> String {
    let of = |held| cited.iter().filter(|cited| cited.held() == held).count();
    let held = [Held::Broken, Held::Kept, Held::Recorded, Held::Missing].map(|held| (of(held), held.words()));
    let told: Vec<String> = held.iter().filter(|(n, _)| *n > 0).map(|(n, held)| format!("{n} {held}")).collect();
    format!("{}: {}", count(cited.len(), "case", "cases"), told.join(", "))
}

/// The subjects that break a clause, where not all do that have it on record.
fn by(cited: &Cited<'_>) -> String {
    let broken: Vec<&str> =
        cited.by_subject.iter().filter(|(_, held)| **held == Held::Broken).map(|(name, _)| name.as_str()).collect();
    if broken.is_empty() { String::new() } else { format!(" ({})", broken.join(", ")) }
}

/// Ids, those that differ in their family together: `dns/basic/both@inet,inet6`.
fn short<'c>(cases: impl Iterator<Item = (&'c Case, String)>) -> Vec<String> {
    let mut short: Vec<(String, String)> = Vec::new();
    for (case, note) in cases {
        let id = case.id.as_str();
        match (id.split_once('@'), short.last_mut()) {
            (Some((base, family)), Some((last, noted))) if *noted == note && last.split('@').next() == Some(base) => {
                _ = write!(last, ",{family}");
            }
            _ => short.push((id.to_owned(), note)),
        }
    }
    short.into_iter().map(|(ids, note)| ids + &note).collect()
}

/// Lines of a list after its label.
fn listed(label: &str, width: usize, items: &[String]) -> String {
    let mut text = String::new();
    for (nth, line) in wrap(&items.join(if width == 0 { " " } else { ", " }), COLUMNS - width - 4).iter().enumerate() {
        let label = if nth == 0 { label } else { "" };
        _ = writeln!(text, "    {label:width$}{line}");
    }
    text
}
