//! Which cases are wanted: by id, by glob or by clause.

use super::{Case, Glob, Suite};
use crate::world::nearest;

/// Which cases are wanted.
#[derive(Clone, Debug)]
pub struct Selector {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// The beginning of an id, in whole components; or, where no id begins so, the beginning of a clause.
    Prefix,
    /// A pattern for the whole id.
    Glob(Glob),
}

/// Why nothing is selected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// The text is no glob.
    #[error("`{text}` is no pattern: {why}")]
    Pattern {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// No case is called like the glob.
    #[error("no case is called like `{text}`")]
    Glob {
        /// The glob.
        text: String,
    },
    /// No case has an id or a clause that begins so.
    #[error("no case or clause begins with `{text}`{}", nearby(near))]
    Nothing {
        /// The text.
        text: String,
        /// Ids and clauses that look like it, the likeliest first.
        near: Vec<String>,
    },
    /// The cases that were selected have none of the families.
    #[error("no selected case is for {}", families.join(" or "))]
    Family {
        /// The families that were asked for.
        families: Vec<String>,
    },
}

fn nearby(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; near it: {}", near.join(", ")) }
}

impl Selector {
    /// Reads a selector: the beginning of an id (`dns/truncation`), a glob (`*/tcp-*`) or the beginning of a clause
    /// (`RFC3493`, `RFC 6724 §6`).
    ///
    /// # Errors
    /// Why a glob is none.
    pub fn parse(text: &str) -> Result<Self, SelectError> {
        let text = text.trim().trim_end_matches('/').to_owned();
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(Self { text, kind: Kind::Prefix });
        }
        match Glob::new(&text) {
            Ok(glob) => Ok(Self { text, kind: Kind::Glob(glob) }),
            Err(why) => Err(SelectError::Pattern { text, why }),
        }
    }

    /// Whether the case is wanted, of a suite where an id begins like this selector, or where none does.
    fn wants(&self, case: &Case, by_id: bool) -> bool {
        match &self.kind {
            Kind::Glob(glob) => glob.matches(case.id.as_str()),
            Kind::Prefix if by_id => begins_with_components(case.id.as_str(), &self.text),
            Kind::Prefix => case.rules.iter().any(|rule| begins_with_clause(&rule.clause, &self.text)),
        }
    }

    /// Whether a case of the topic `area/topic` can have an id that this selector wants.
    #[cfg(feature = "cli")]
    pub(crate) fn may_want(&self, topic: &str) -> bool {
        match &self.kind {
            // What stands before the first sign of a pattern is plain text.
            Kind::Glob(_) => {
                let plain = self.text.split(['*', '?', '[', '{', '\\']).next().unwrap_or_default();
                let topic = format!("{topic}/");
                topic.starts_with(plain) || plain.starts_with(&topic)
            }
            Kind::Prefix => begins_with_components(topic, &self.text) || begins_with_components(&self.text, topic),
        }
    }

    /// Whether this selector speaks of ids, which those of a few topics can tell, and not of clauses, which may be anywhere.
    #[cfg(feature = "cli")]
    pub(crate) fn is_about_ids(&self, some: &Suite) -> bool {
        matches!(self.kind, Kind::Glob(_)) || self.is_id(some)
    }

    /// Whether some id of the suite begins like this selector.
    fn is_id(&self, suite: &Suite) -> bool {
        suite.cases.iter().any(|case| begins_with_components(case.id.as_str(), &self.text))
    }

    /// The cases of a suite that any of the selectors wants, in the suite's order; all of them without selectors. With
    /// families, of the cases that have families only those.
    ///
    /// # Errors
    /// When a selector wants no case at all, or nothing is left for these families.
    pub fn select<'s>(suite: &'s Suite, selectors: &[Self], families: &[String]) -> Result<Vec<&'s Case>, SelectError> {
        let selectors: Vec<(&Self, bool)> =
            selectors.iter().map(|selector| (selector, selector.is_id(suite))).collect();
        for (selector, by_id) in &selectors {
            if !suite.cases.iter().any(|case| selector.wants(case, *by_id)) {
                return Err(selector.nothing(suite));
            }
        }
        let wanted = |case: &&Case| {
            selectors.is_empty() || selectors.iter().any(|(selector, by_id)| selector.wants(case, *by_id))
        };
        let family = |case: &&Case| {
            families.is_empty() || case.id.family().is_none_or(|family| families.iter().any(|wanted| wanted == family))
        };
        let cases: Vec<_> = suite.cases.iter().filter(wanted).filter(family).collect();
        if cases.is_empty() && !families.is_empty() {
            return Err(SelectError::Family { families: families.to_vec() });
        }
        Ok(cases)
    }

    /// The error for a selector that wants nothing, with what it may have been meant to be.
    fn nothing(&self, suite: &Suite) -> SelectError {
        let text = self.text.clone();
        if matches!(self.kind, Kind::Glob(_)) {
            return SelectError::Glob { text };
        }
        let mut known: Vec<&str> = Vec::new();
        let mut near: Vec<String> = Vec::new();
        for case in &suite.cases {
            let id = case.id.as_str().split('@').next().unwrap_or_default();
            if id.rsplit('/').next() == Some(&text) {
                near.push(id.to_owned());
            }
            known.extend([case.id.area(), case.id.topic(), id]);
            known.extend(case.rules.iter().map(|rule| rule.clause.as_str()).filter(|clause| !clause.is_empty()));
        }
        near.dedup();
        while near.len() < 3 {
            let fresh = known.iter().copied().filter(|word| !near.iter().any(|known| known == word));
            match nearest(&text, fresh) {
                Some(word) => near.push(word.to_owned()),
                None => break,
            }
        }
        near.truncate(3);
        SelectError::Nothing { text, near }
    }
}

/// Whether an id begins with whole components: `dns/truncation` begins `dns/truncation/tcp`, not `dns/truncations/tcp`.
/// The family is a component too.
fn begins_with_components(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '@']))
}

/// Whether a clause begins with whole words and numbers, blanks and case left out: `RFC6724§6` begins `RFC 6724 §6 rule 1`
/// and `RFC 6724 §6.2`, not `RFC 6724 §60`.
fn begins_with_clause(clause: &str, prefix: &str) -> bool {
    let mut left = tokens(clause).into_iter();
    let right = tokens(prefix);
    !right.is_empty() && right.into_iter().all(|token| left.next().as_ref() == Some(&token))
}

/// The words, numbers and signs of a text. A word ends where a number begins, so that `RFC3493` is `RFC 3493`.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut last = Sort::Blank;
    for c in text.chars().flat_map(char::to_lowercase) {
        let sort = Sort::of(c);
        match tokens.last_mut() {
            Some(token) if sort == last && matches!(sort, Sort::Letter | Sort::Digit) => token.push(c),
            _ if sort != Sort::Blank => tokens.push(c.to_string()),
            _ => {}
        }
        last = sort;
    }
    tokens
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Letter,
    Digit,
    Sign,
    Blank,
}

impl Sort {
    fn of(c: char) -> Self {
        match c {
            _ if c.is_whitespace() => Self::Blank,
            _ if c.is_numeric() => Self::Digit,
            _ if c.is_alphabetic() || c == '_' => Self::Letter,
            _ => Self::Sign,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::{SelectError, Selector};
    use crate::case::{Case, CaseId, Suite};
    use crate::verdict::{Level, Rule};
    use crate::world::Position;

    fn case(topic: &str, name: &str, family: Option<&str>, clause: &str) -> Case {
        let rule = Rule {
            level: Level::Must,
            clause: clause.to_owned(),
            whose: String::new(),
            step: None,
            either: vec![Vec::new()],
        };
        Case {
            id: CaseId::new(topic, name, family),
            about: String::new(),
            hurts: BTreeMap::new(),
            survives: BTreeMap::new(),
            at: Position::default(),
            world: None,
            steps: Vec::new(),
            env: BTreeMap::new(),
            timeout: Duration::ZERO,
            varies: None,
            rules: vec![rule],
        }
    }

    fn suite() -> Suite {
        let cases = vec![
            case("dns/truncation", "tcp", Some("inet"), "RFC 1123 §6.1.3.2"),
            case("dns/truncation", "tcp", Some("inet6"), "RFC 1123 §6.1.3.2"),
            case("dns/truncations", "late", None, "RFC 3493 §6.1"),
            case("order/rules", "rule-1", Some("inet6"), "RFC 6724 §6 rule 1"),
            case("order/rules", "rule-10", Some("inet6"), "RFC 6724 §6 rule 10"),
            case("services/file", "tcp-alias", None, "services(5)"),
        ];
        Suite { cases, topics: BTreeMap::new() }
    }

    /// The ids that selectors and families give, or the error.
    #[track_caller]
    fn check(selectors: &[&str], families: &[&str], expected: &str) {
        let suite = suite();
        let selected = || {
            let selectors = selectors.iter().map(|text| Selector::parse(text)).collect::<Result<Vec<_>, _>>()?;
            let families: Vec<_> = families.iter().map(|family| (*family).to_owned()).collect();
            Selector::select(&suite, &selectors, &families)
        };
        let text = match selected() {
            Ok(cases) => cases.iter().map(|case| case.id.as_str()).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        assert_eq!(text, expected, "{selectors:?} {families:?}");
    }

    const TRUNCATION: &str = "dns/truncation/tcp@inet dns/truncation/tcp@inet6";

    #[test]
    fn by_whole_components_of_the_id() {
        check(&["dns"], &[], "dns/truncation/tcp@inet dns/truncation/tcp@inet6 dns/truncations/late");
        check(&["dns/truncation"], &[], TRUNCATION);
        check(&["dns/truncation/"], &[], TRUNCATION);
        check(&["dns/truncation/tcp"], &[], TRUNCATION);
        check(&["dns/truncation/tcp@inet"], &[], "dns/truncation/tcp@inet");
        check(&["order/rules/rule-1"], &[], "order/rules/rule-1@inet6");
    }

    #[test]
    fn by_glob() {
        check(&["*/tcp*"], &[], "dns/truncation/tcp@inet dns/truncation/tcp@inet6 services/file/tcp-alias");
        check(&["dns/*/{late,early}"], &[], "dns/truncations/late");
        check(&["dns/[x"], &[], "`dns/[x` is no pattern: a `[` without its `]`");
    }

    #[test]
    fn by_clause() {
        check(&["RFC3493"], &[], "dns/truncations/late");
        check(&["rfc 1123 §6.1"], &[], TRUNCATION);
        check(&["RFC 6724 §6"], &[], "order/rules/rule-1@inet6 order/rules/rule-10@inet6");
        check(&["RFC6724§6rule1"], &[], "order/rules/rule-1@inet6");
        check(&["services(5)"], &[], "services/file/tcp-alias");
    }

    #[test]
    fn a_clause_is_looked_at_only_where_no_id_begins_so() {
        let cases = vec![case("hosts/file", "first", None, "POSIX"), case("order/rules", "second", None, "hosts(5)")];
        let suite = Suite { cases, topics: BTreeMap::new() };
        let ids = |text: &str| {
            let chosen = Selector::select(&suite, &[Selector::parse(text).unwrap()], &[]).unwrap();
            chosen.iter().map(|case| case.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids("hosts"), ["hosts/file/first"]);
        assert_eq!(ids("hosts/"), ["hosts/file/first"]);
        assert_eq!(ids("hosts(5)"), ["order/rules/second"]);
    }

    #[test]
    fn several_selectors_add_up_in_the_order_of_the_suite() {
        check(&["services", "RFC 3493"], &[], "dns/truncations/late services/file/tcp-alias");
        let all = suite().cases.len();
        assert_eq!(Selector::select(&suite(), &[], &[]).unwrap().len(), all);
    }

    #[test]
    fn by_family() {
        check(&["dns"], &["inet6"], "dns/truncation/tcp@inet6 dns/truncations/late");
        check(&["order"], &["inet", "unix"], "no selected case is for inet or unix");
    }

    #[test]
    fn what_selects_nothing_names_what_is_near() {
        check(
            &["dns/trunkation"],
            &[],
            "no case or clause begins with `dns/trunkation`; near it: dns/truncation, dns/truncations",
        );
        check(&["RFC 112"], &[], "no case or clause begins with `RFC 112`");
        check(&["tcp"], &[], "no case or clause begins with `tcp`; near it: dns/truncation/tcp");
        check(&["zzz*"], &[], "no case is called like `zzz*`");
        let error = Selector::select(&suite(), &[Selector::parse("serivces").unwrap()], &[]).unwrap_err();
        assert!(matches!(error, SelectError::Nothing { near, .. } if near == ["services"]));
    }
}
