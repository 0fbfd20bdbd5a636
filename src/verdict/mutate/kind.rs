//! What can be wrong with an outcome.

use std::fmt;

/// What is wrong with an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An element is not there.
    Dropped,
    /// There is one more.
    Added,
    /// One is there once more.
    Repeated,
    /// Two have changed places.
    Reordered,
    /// One value is another.
    Changed,
    /// One value is another that the test lists.
    Exchanged,
    /// It is not there at all.
    Gone,
    /// It is there, and should not be.
    Appeared,
    /// The call failed.
    Failed,
    /// The call answered.
    Answered,
    /// The call took too long.
    Late,
    /// The call took too little time.
    Early,
    /// The subject was lost.
    Lost,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Dropped,
        Self::Added,
        Self::Repeated,
        Self::Reordered,
        Self::Changed,
        Self::Exchanged,
        Self::Gone,
        Self::Appeared,
        Self::Failed,
        Self::Answered,
        Self::Late,
        Self::Early,
        Self::Lost,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dropped => "dropped",
            Self::Added => "added",
            Self::Repeated => "repeated",
            Self::Reordered => "reordered",
            Self::Changed => "changed",
            Self::Exchanged => "exchanged",
            Self::Gone => "gone",
            Self::Appeared => "appeared",
            Self::Failed => "failed",
            Self::Answered => "answered",
            Self::Late => "late",
            Self::Early => "early",
            Self::Lost => "lost",
        })
    }
}
