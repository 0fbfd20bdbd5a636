//! Why a form of a test lets some wrong outcomes pass.

use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;

use crate::case::FORMS;
use crate::tree::Tree;
use crate::verdict::Test;
use crate::verdict::mutate::Kind;

/// The reasons by form.
#[derive(Clone, Debug, Default)]
pub struct Reasons(BTreeMap<&'static str, (Vec<Kind>, String)>);

/// What the file says of one form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    passes: Vec<String>,
    because: String,
}

/// The file of reasons cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// There is none.
    #[error("reading `{file}`: {0}", file = Reasons::FILE)]
    Missing(#[from] io::Error),
    /// It is not written as it should be.
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
        let read: BTreeMap<String, Written> = toml::from_str(&fixtures.read(Self::FILE)?)?;
        let mut reasons = Self::default();
        for (form, Written { passes, because }) in read {
            let known = FORMS.into_iter().chain([Self::EITHER]).find(|known| *known == form);
            let form = known.ok_or(Unreadable::Unknown { what: "form of a test", name: form })?;
            let kind = |name: String| {
                let known = Kind::ALL.into_iter().find(|known| known.to_string() == name);
                known.ok_or(Unreadable::Unknown { what: "kind of wrong outcome", name })
            };
            let kinds = passes.into_iter().map(kind).collect::<Result<_, _>>()?;
            reasons.0.insert(form, (kinds, because));
        }
        Ok(reasons)
    }

    /// Why a form lets some wrong outcomes pass.
    #[must_use]
    pub fn because(&self, form: &str) -> Option<&str> {
        self.0.get(form).map(|(_, because)| because.as_str())
    }

    /// Whether a form lets it pass with reason.
    #[must_use]
    pub fn excuse(&self, form: &str, kind: Kind) -> bool {
        self.0.get(form).is_some_and(|(kinds, _)| kinds.contains(&kind))
    }

    /// The forms that have one.
    pub fn forms(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
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
