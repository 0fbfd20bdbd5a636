//! How an outcome stands to the one on record, and whether a difference counts. Pure.

use serde::{Deserialize, Serialize};
use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{ChangeTag, DiffOp};

use super::block::{rules, status};

/// What an outcome is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// What is on record for this very version.
    OnRecord,
    /// What is on record for the nearest version, because this one was never recorded.
    Nearest,
}

/// Which differences make a run fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Every one where the version is on record; else only where a must rule is broken that the nearest version keeps.
    #[default]
    ByVersion,
    /// Every one.
    Strict,
}

impl Policy {
    /// The policy that the environment variable `NETDBSPEC_SNAPSHOTS` names: `strict`, or the usual one.
    #[must_use]
    pub fn from_env() -> Self {
        match std::env::var("NETDBSPEC_SNAPSHOTS") {
            Ok(value) if value == "strict" => Self::Strict,
            _ => Self::ByVersion,
        }
    }
}

/// How an outcome differs from the one on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The implementation and version on record: `glibc 2.36`.
    pub against: String,
    /// The status on record.
    pub was: String,
    /// The lines that differ: `- ` before one that is on record, `+ ` before one that came, two blanks before one of both.
    pub diff: String,
    /// Whether the difference makes the run fail.
    pub counts: bool,
}

/// How an outcome stands to the one on record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// It is on record, and every rule that is broken now is broken there too.
    pub known: bool,
    /// How it differs, where it does.
    pub drift: Option<Drift>,
}

/// Holds the block of a case against the one on record, which `against` names.
#[must_use]
pub fn compare(recorded: &str, now: &str, against: &str, basis: Basis, policy: Policy) -> Standing {
    let known = new_in(now, recorded, "broken").is_empty();
    if recorded == now {
        return Standing { known, drift: None };
    }
    let kept = rules(recorded, "kept");
    let breaks_a_must =
        new_in(now, recorded, "broken").iter().any(|rule| rule.starts_with("must ") && kept.contains(rule));
    Standing {
        known,
        drift: Some(Drift {
            against: against.to_owned(),
            was: status(recorded).to_owned(),
            diff: diff(recorded, now),
            counts: policy == Policy::Strict || basis == Basis::OnRecord || breaks_a_must,
        }),
    }
}

/// The rules that came out as `holding` in `now` more often than in `recorded`.
fn new_in<'a>(now: &'a str, recorded: &str, holding: &str) -> Vec<&'a str> {
    let mut known = rules(recorded, holding);
    let mut new = rules(now, holding);
    new.retain(|rule| match known.iter().position(|known| known == rule) {
        Some(at) => {
            known.swap_remove(at);
            false
        }
        None => true,
    });
    new
}

fn diff(recorded: &str, now: &str) -> String {
    let (old, new) = (lines(recorded), lines(now));
    let mut lines: Vec<String> = Vec::new();
    for (nth, group) in groups(&old, &new).iter().enumerate() {
        if nth > 0 {
            lines.push("  …".to_owned());
        }
        for change in group.iter().flat_map(|op| op.iter_changes(&*old, &*new)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            lines.push(format!("{sign} {}", change.value().trim_end()));
        }
    }
    lines.join("\n")
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The differences, those that stand together with one line around them. `similar::TextDiff` would build in each of its seven
/// algorithms several times, which is a tenth of all that this crate is compiled to.
fn groups(old: &[&str], new: &[&str]) -> Vec<Vec<DiffOp>> {
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    // To gather what it finds cannot fail.
    let _ = myers::diff(&mut found, old, 0..old.len(), new, 0..new.len());
    found.into_inner().into_inner().into_grouped_ops(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASS: &str = "a: pass\n  must POSIX: kept\n  documented hosts(5): kept\n  gethostname → name=box";
    const MUST: &str = "a: fail\n  must POSIX: broken\n    required: x\n    came: y\n  documented hosts(5): kept\n  gethostname → name=y";
    const DOCUMENTED: &str = "a: fail\n  must POSIX: kept\n  documented hosts(5): broken\n  gethostname → name=z";
    const OTHER: &str = "a: pass\n  must POSIX: kept\n  documented hosts(5): kept\n  gethostname → name=other";

    fn stand(recorded: &str, now: &str, basis: Basis, policy: Policy) -> (bool, Option<bool>) {
        let standing = compare(recorded, now, "glibc 2.36", basis, policy);
        (standing.known, standing.drift.map(|drift| drift.counts))
    }

    #[test]
    fn an_equal_outcome_is_known_whatever_it_breaks() {
        for block in [PASS, MUST, DOCUMENTED] {
            assert_eq!(stand(block, block, Basis::Nearest, Policy::Strict), (true, None));
        }
    }

    #[test]
    fn on_record_every_difference_counts() {
        assert_eq!(stand(PASS, OTHER, Basis::OnRecord, Policy::ByVersion), (true, Some(true)));
        assert_eq!(stand(PASS, MUST, Basis::OnRecord, Policy::ByVersion), (false, Some(true)));
        assert_eq!(stand(MUST, PASS, Basis::OnRecord, Policy::ByVersion), (true, Some(true)));
    }

    #[test]
    fn against_another_version_only_a_must_that_it_keeps_counts() {
        assert_eq!(stand(PASS, OTHER, Basis::Nearest, Policy::ByVersion), (true, Some(false)));
        assert_eq!(stand(PASS, DOCUMENTED, Basis::Nearest, Policy::ByVersion), (false, Some(false)));
        assert_eq!(stand(PASS, MUST, Basis::Nearest, Policy::ByVersion), (false, Some(true)));
        assert_eq!(stand(DOCUMENTED, MUST, Basis::Nearest, Policy::ByVersion), (false, Some(true)));
        assert_eq!(stand(MUST, PASS, Basis::Nearest, Policy::ByVersion), (true, Some(false)));
        assert_eq!(stand(PASS, OTHER, Basis::Nearest, Policy::Strict), (true, Some(true)));
    }

    #[test]
    fn a_must_that_the_other_version_does_not_have_does_not_count() {
        let without = "a: pass\n  documented hosts(5): kept\n  gethostname → name=box";
        assert_eq!(stand(without, MUST, Basis::Nearest, Policy::ByVersion), (false, Some(false)));
    }

    #[test]
    fn the_difference_shows_what_went_and_what_came() {
        let standing = compare(PASS, MUST, "glibc 2.36", Basis::OnRecord, Policy::ByVersion);
        insta::assert_snapshot!(standing.drift.unwrap().diff, @"
- a: pass
-   must POSIX: kept
+ a: fail
+   must POSIX: broken
+     required: x
+     came: y
    documented hosts(5): kept
-   gethostname → name=box
+   gethostname → name=y
");
    }
}
