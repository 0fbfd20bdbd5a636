//! What must be true: rules, the tests they are made of, and the judgement of an outcome by them. Knows no case, no
//! subject and no snapshot.

mod facet;
mod judge;
pub mod mutate;
mod test;
mod value;

pub use facet::Facet;
pub use judge::{FacetOf, judge, unforeseen};
pub use test::{Range, Test};

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a rule demands. Ordered from the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A "shall" or MUST of a standard.
    Must,
    /// A promise of an implementation's own manual; it binds that implementation only.
    Documented,
    /// A SHOULD or a recommendation.
    Should,
    /// A MAY: allowed, and nothing follows from it.
    May,
    /// No clause speaks of it, or clauses contradict each other: recorded, never judged.
    Unspecified,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "must",
            Self::Documented => "documented",
            Self::Should => "should",
            Self::May => "may",
            Self::Unspecified => "unspecified",
        })
    }
}

/// One normative sentence: who says it, how strongly, and how an outcome is held against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// How much it demands.
    pub level: Level,
    /// Who says so: `RFC 3493 §6.1`, `POSIX getaddrinfo`, `resolv.conf(5)`.
    pub clause: String,
    /// For a documented rule, the implementation whose manual it is: `glibc`, `linux`, `cpython`.
    pub whose: String,
    /// The call it speaks about, counted from 1, where the case asks several; without it, about each of them.
    pub step: Option<usize>,
    /// What it asks for: all of the checks of any one of these alternatives. At least one; an alternative may be empty
    /// only in a rule that is recorded and never judged.
    pub either: Vec<Vec<Check>>,
}

impl Rule {
    /// Whether it demands nothing and says what may come all the same.
    #[must_use]
    pub fn foresees(&self) -> bool {
        self.level == Level::Unspecified && self.either.iter().all(|checks| !checks.is_empty())
    }
}

/// One facet of an outcome, and what it has to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is looked at.
    pub facet: Facet,
    /// What it has to be.
    pub test: Test,
}

/// A rule held against an outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// How much the rule demands.
    pub level: Level,
    /// Who says so.
    pub clause: String,
    /// What came of it.
    pub holding: Holding,
}

impl Verdict {
    /// Whether one of two verdicts on the same rule says that it is kept, and the other that it is broken. One that is not
    /// judged, because the manual is another implementation's, says nothing against either.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        matches!(
            (&self.holding, &other.holding),
            (Holding::Kept, Holding::Broken { .. }) | (Holding::Broken { .. }, Holding::Kept)
        )
    }
}

/// What came of holding a rule against an outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Holding {
    /// The outcome keeps the rule.
    Kept,
    /// The outcome breaks the rule.
    Broken {
        /// What the rule requires, in words: `answer.addresses is 192.0.2.1`.
        required: String,
        /// What came instead.
        came: String,
    },
    /// The rule is not judged: it is unspecified or a may, or another implementation's manual, or the subject has no such call.
    Recorded,
}

/// What a case comes to for one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It could not be run: our trouble, never the subject's.
    Broken,
    /// A must or documented rule is broken.
    Fail,
    /// A should rule is broken.
    Warn,
    /// Every rule that was judged is kept, and at least one was judged.
    Pass,
    /// Nothing was there to judge.
    Recorded,
    /// The subject has no such call.
    Unsupported,
}

impl Status {
    /// The status that a case's verdicts come to.
    #[must_use]
    pub fn of(verdicts: &[Verdict]) -> Self {
        let broken = |level| verdicts.iter().any(|v| v.level == level && matches!(v.holding, Holding::Broken { .. }));
        if broken(Level::Must) || broken(Level::Documented) {
            Self::Fail
        } else if broken(Level::Should) {
            Self::Warn
        } else if verdicts.iter().any(|v| v.holding == Holding::Kept) {
            Self::Pass
        } else {
            Self::Recorded
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broken => "broken",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Pass => "pass",
            Self::Recorded => "recorded",
            Self::Unsupported => "unsupported",
        })
    }
}
