//! Why a form of a test lets some wrong outcomes pass.

use std::collections::BTreeMap;
use std::io;

use crate::case::FORMS;
use crate::tree::Tree;
use crate::verdict::Test;
use crate::verdict::mutate::Kind;

/// The reasons by form, and by what is wrong with the outcome.
#[derive(Clone, Debug, Default)]
pub struct Reasons(BTreeMap<&'static str, BTreeMap<Kind, String>>);

/// The file of reasons cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// There is none.
    #[error("reading `{file}`: {0}", file = Reasons::FILE)]
    Missing(#[from] io::Error),
    /// It is no table of tables of texts.
    #[error("reading `{file}`: {0}", file = Reasons::FILE)]
    Syntax(#[from] toml::de::Error),
    /// It names what there is not.
    #[error("reading `{file}`: there is no {what} `{name}`", file = Reasons::FILE)]
    Unknown {
        /// What it should be.
        what: &'static str,
        /// What it says.
        name: String,
    },
}

impl Reasons {
    /// The file, below the fixtures.
    pub const FILE: &'static str = "survivors.toml";

    /// The form of a rule with several alternatives.
    pub const EITHER: &'static str = "either";

    /// Reads the file.
    ///
    /// # Errors
    /// When it is not there, or names a form or a kind that there is not.
    pub fn read(fixtures: &Tree) -> Result<Self, Unreadable> {
        let read: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(&fixtures.read(Self::FILE)?)?;
        let mut reasons = Self::default();
        for (form, kinds) in read {
            let known = FORMS.into_iter().chain([Self::EITHER]).find(|known| *known == form);
            let form = known.ok_or(Unreadable::Unknown { what: "form of a test", name: form })?;
            for (kind, reason) in kinds {
                let known = Kind::ALL.into_iter().find(|known| known.to_string() == kind);
                let kind = known.ok_or(Unreadable::Unknown { what: "kind of wrong outcome", name: kind })?;
                reasons.0.entry(form).or_default().insert(kind, reason);
            }
        }
        Ok(reasons)
    }

    /// Why a form lets it pass; `None` where it has to notice.
    #[must_use]
    pub fn of(&self, form: &str, kind: Kind) -> Option<&str> {
        self.0.get(form)?.get(&kind).map(String::as_str)
    }

    /// All that have a reason.
    pub fn forms(&self) -> impl Iterator<Item = (&'static str, Kind)> {
        self.0.iter().flat_map(|(form, kinds)| kinds.keys().map(|kind| (*form, *kind)))
    }
}

/// The form of a test as case files write it; the bare value is `is`.
pub(super) fn form(test: &Test) -> &'static str {
    match test {
        Test::Is(_) => "is",
        Test::Any(_) => "any",
        Test::Not(_) => "not",
        Test::Set(_) => "set",
        Test::Only(_) => "only",
        Test::Has(_) => "has",
        Test::Lacks(_) => "lacks",
        Test::Begins(_) => "begins",
        Test::Order(_) => "order",
        Test::Count(_) => "count",
        Test::Within(range) if range.max.is_some() => "max",
        Test::Within(_) => "min",
        Test::Pattern(_) => "pattern",
        Test::Distinct(_) => "distinct",
        Test::Absent => "absent",
        Test::Present => "present",
    }
}
