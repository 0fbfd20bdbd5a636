//! A part of a selection, so that several machines share a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How many parts a selection can have. A saved run names its part, and the others are looked for.
const MOST: usize = 10_000;

/// One of several parts of a selection: `2/3` is the second of three. Each case is in exactly one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    nth: usize,
    of: usize,
}

impl Shard {
    /// How many parts there are.
    #[must_use]
    pub fn of(self) -> usize {
        self.of
    }

    /// All parts of as many.
    pub fn all(of: usize) -> impl Iterator<Item = Self> {
        (1..=of).map(move |nth| Self { nth, of })
    }

    /// Keeps what belongs to this part: every `of`th, so that cases of one topic, which wait for the same time-outs, are
    /// shared out.
    #[must_use]
    pub fn keep<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip(self.nth - 1).step_by(self.of).collect()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(nth, of)| Some((nth.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((_, of)) if of > MOST => Err(format!("there are at most {MOST} parts")),
            Some((nth, of)) if (1..=of).contains(&nth) => Ok(Self { nth, of }),
            Some((_, 0)) => Err("there is no part of nothing: give 1/1 or more parts".to_owned()),
            Some((_, of)) => Err(format!("the parts are counted from 1: give 1/{of} to {of}/{of}")),
            None => Err("give which of how many parts, such as 1/3".to_owned()),
        }
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.nth, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_in_exactly_one_part() {
        for of in [1, 2, 3, 7, 40] {
            let mut kept: Vec<usize> = Shard::all(of).flat_map(|shard| shard.keep((0..20).collect())).collect();
            kept.sort_unstable();
            assert_eq!(kept, (0..20).collect::<Vec<_>>(), "{of} parts");
        }
        assert_eq!("2/3".parse::<Shard>().unwrap().keep(vec!['a', 'b', 'c', 'd', 'e']), ['b', 'e']);
    }

    #[test]
    fn what_is_no_part_is_refused_in_words() {
        let wrong = |text: &str| text.parse::<Shard>().unwrap_err();
        insta::assert_snapshot!(wrong("3"), @"give which of how many parts, such as 1/3");
        insta::assert_snapshot!(wrong("a/3"), @"give which of how many parts, such as 1/3");
        insta::assert_snapshot!(wrong("0/3"), @"the parts are counted from 1: give 1/3 to 3/3");
        insta::assert_snapshot!(wrong("4/3"), @"the parts are counted from 1: give 1/3 to 3/3");
        insta::assert_snapshot!(wrong("1/18446744073709551615"), @"there are at most 10000 parts");
        insta::assert_snapshot!(wrong("1/0"), @"there is no part of nothing: give 1/1 or more parts");
    }
}
