//! Which queries a fault is for.

use std::net::IpAddr;

use serde::Deserialize;

use super::Exchange;
use crate::outcome::Transport;

/// The filter of a fault: every key that is written must hold. An empty filter lets every query through.
///
/// ```toml
/// on = { name = "www.example.test.", type = "AAAA", transport = "udp", server = "127.0.0.2", nth = [1, 2], edns = true }
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
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
    pub nth: Option<Vec<u32>>,
    /// Whether the query carries an OPT record.
    pub edns: Option<bool>,
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
        self.nth.as_ref().is_none_or(|wanted| wanted.contains(&nth))
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
    }
}
