//! Which cases are wanted: by id, by glob or by clause.

use globset::{Glob, GlobMatcher};

use super::{Case, Suite};
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
    Glob(Box<GlobMatcher>),
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
    /// No case has such an id or clause.
    #[error("no case is called `{text}`, and no clause{}", if near.is_empty() { String::new() } else { format!("; near it are: {}", near.join(", ")) })]
    Nothing {
        /// The text.
        text: String,
        /// Ids or clauses that look like it, the likeliest first.
        near: Vec<String>,
    },
    /// The cases that were selected have none of the families.
    #[error("no selected case is for {}", families.join(" or "))]
    Family {
        /// The families that were asked for.
        families: Vec<String>,
    },
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
            Ok(glob) => Ok(Self { text, kind: Kind::Glob(Box::new(glob.compile_matcher())) }),
            Err(error) => Err(SelectError::Pattern { text, why: error.kind().to_string() }),
        }
    }

    /// Whether the case is wanted.
    #[must_use]
    pub fn wants(&self, case: &Case) -> bool {
        match &self.kind {
            Kind::Glob(glob) => glob.is_match(case.id.as_str()),
            Kind::Prefix => {
                begins_with_components(case.id.as_str(), &self.text)
                    || case.rules.iter().any(|rule| begins_with_clause(&rule.clause, &self.text))
            }
        }
    }

    /// The cases of a suite that any of the selectors wants, in the suite's order; all of them without selectors. With
    /// families, of the cases that have families only those.
    ///
    /// # Errors
    /// When a selector wants no case at all, or nothing is left for these families.
    pub fn select<'s>(suite: &'s Suite, selectors: &[Self], families: &[String]) -> Result<Vec<&'s Case>, SelectError> {
        for selector in selectors {
            if !suite.cases.iter().any(|case| selector.wants(case)) {
                return Err(selector.nothing(suite));
            }
        }
        let wanted = |case: &&Case| selectors.is_empty() || selectors.iter().any(|selector| selector.wants(case));
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
        let words = || {
            let ids = suite.cases.iter().flat_map(|case| {
                let id = case.id.as_str();
                let plain = id.split('@').next().unwrap_or(id);
                [case.id.area(), case.id.topic(), plain, plain.rsplit('/').next().unwrap_or(plain)]
            });
            ids.chain(suite.cases.iter().flat_map(|case| case.rules.iter().map(|rule| rule.clause.as_str())))
        };
        let mut near: Vec<String> = Vec::new();
        for _ in 0..3 {
            let fresh = words().filter(|word| !near.iter().any(|known| known == word));
            match nearest(&self.text, fresh) {
                Some(word) => near.push(word.to_owned()),
                None => break,
            }
        }
        SelectError::Nothing { text: self.text.clone(), near }
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
