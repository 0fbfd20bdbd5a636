//! Which queries a fault is for.

use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;

use super::Exchange;
use super::random::Random;
use crate::outcome::Transport;

/// The filter of a fault: every key that is written must hold. An empty filter lets every query through.
///
/// ```toml
/// on = { name = "www.example.test.", type = "AAAA", transport = "udp", server = "127.0.0.2", nth = [1, 2], edns = true }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct On {
    /// QNAME, compared without regard to case; `*.example.test.` stands for every name below it.
    pub name: Option<String>,
    /// QTYPE by its mnemonic.
    #[serde(rename = "type")]
    pub qtype: Option<String>,
    /// The transport.
    pub transport: Option<Transport>,
    /// The nameserver address.
    pub server: Option<IpAddr>,
    /// Which of the queries that pass the other keys, counted from 1 at each nameserver address.
    pub nth: Option<Nth>,
    /// Whether the query carries an OPT record.
    pub edns: Option<bool>,
}

/// Which queries of a count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "`nth` is a list of numbers, or a table with `from`, `to`, `every`, `percent` or `seed`")]
pub enum Nth {
    /// Those with these numbers.
    These(Vec<u32>),
    /// Those of a range.
    Range(Range),
}

/// A range of a count: all that its keys let through.
///
/// ```toml
/// nth = { from = 3, to = 9, every = 2, percent = 50, seed = 1 }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first.
    #[serde(default = "one")]
    pub from: u32,
    /// The last.
    #[serde(default = "last")]
    pub to: u32,
    /// Of so many one, the first first.
    #[serde(default = "one")]
    pub every: u32,
    /// Of a hundred so many, the same ones in each run.
    pub percent: Option<u8>,
    /// What stands for which.
    #[serde(default)]
    pub seed: u64,
}

fn one() -> u32 {
    1
}

fn last() -> u32 {
    u32::MAX
}

impl Nth {
    fn has(&self, number: u32) -> bool {
        match self {
            Self::These(these) => these.contains(&number),
            Self::Range(Range { from, to, every, percent, seed }) => {
                (*from..=*to).contains(&number)
                    && (number - from).is_multiple_of(*every)
                    && percent.is_none_or(|percent| {
                        Random::of(*seed, &number.to_be_bytes()).below(100) < usize::from(percent)
                    })
            }
        }
    }
}

impl fmt::Display for Nth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::These(these) => {
                let these: Vec<_> = these.iter().map(u32::to_string).collect();
                write!(f, "number {}", these.join(", "))
            }
            Self::Range(Range { from, to, every, percent, .. }) => {
                write!(f, "from number {from}")?;
                if *to < u32::MAX {
                    write!(f, " to {to}")?;
                }
                if *every > 1 {
                    write!(f, ", one in {every}")?;
                }
                percent.map_or(Ok(()), |percent| write!(f, ", {percent} in a hundred"))
            }
        }
    }
}

impl On {
    /// Whether the query passes every key but `nth`.
    #[must_use]
    pub fn matches(&self, exchange: &Exchange<'_>) -> bool {
        self.name.as_deref().is_none_or(|name| name_matches(name, exchange.name))
            && self.qtype.as_deref().is_none_or(|qtype| qtype.eq_ignore_ascii_case(exchange.qtype))
            && self.transport.is_none_or(|transport| transport == exchange.transport)
            && self.server.is_none_or(|server| server == exchange.server)
            && self.edns.is_none_or(|edns| edns == exchange.edns)
    }

    /// Whether the `nth` query that passed the other keys passes this one too. `nth` counts from 1.
    #[must_use]
    pub fn counts(&self, nth: u32) -> bool {
        self.nth.as_ref().is_none_or(|wanted| wanted.has(nth))
    }
}

fn name_matches(pattern: &str, name: &str) -> bool {
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern).to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(name);
    match pattern.strip_prefix("*.") {
        Some(zone) => name.strip_suffix(zone).is_some_and(|below| below.len() > 1 && below.ends_with('.')),
        None => name == pattern || pattern == "*",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::exchange;
    use super::*;

    fn check(on: &str) -> bool {
        toml::from_str::<On>(on).unwrap().matches(&exchange(Transport::Udp))
    }

    #[test]
    fn every_key_that_is_written_must_hold() {
        for on in [
            "",
            r#"name = "WWW.example.test""#,
            r#"name = "*.example.test.""#,
            r#"name = "*""#,
            r#"type = "a""#,
            r#"transport = "udp""#,
            r#"server = "127.0.0.1""#,
            "edns = true",
        ] {
            assert!(check(on), "{on}");
        }
        for on in [
            r#"name = "example.test.""#,
            r#"name = "*.www.example.test.""#,
            r#"name = "*.le.test.""#,
            r#"type = "AAAA""#,
            r#"transport = "tcp""#,
            r#"server = "127.0.0.2""#,
            "edns = false",
            "type = \"A\"\nedns = false",
        ] {
            assert!(!check(on), "{on}");
        }
    }

    #[test]
    fn queries_are_counted_from_one() {
        let on: On = toml::from_str("nth = [1, 3]").unwrap();
        assert_eq!([1, 2, 3, 4].map(|nth| on.counts(nth)), [true, false, true, false]);
        assert!(On::default().counts(7));
        let numbers = |text: &str| {
            let on: On = toml::from_str(text).unwrap();
            (1..=8).filter(|nth| on.counts(*nth)).collect::<Vec<_>>()
        };
        assert_eq!(numbers("nth = { from = 3 }"), [3, 4, 5, 6, 7, 8]);
        assert_eq!(numbers("nth = { from = 2, to = 6, every = 2 }"), [2, 4, 6]);
        assert!(numbers("nth = { percent = 0 }").is_empty());
        assert_eq!(numbers("nth = { percent = 100 }").len(), 8);
        let half = numbers("nth = { percent = 50, seed = 1 }");
        assert_eq!(half, numbers("nth = { percent = 50, seed = 1 }"));
        assert!((1..8).contains(&half.len()), "{half:?}");
    }
}
