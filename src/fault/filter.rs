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
    /// Which of the queries that pass the other keys, counted from 1.
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
    let pattern = pattern.to_ascii_lowercase();
    match pattern.strip_prefix('*') {
        Some(below) => name.ends_with(&below) && name.len() > below.len(),
        None => name.trim_end_matches('.') == pattern.trim_end_matches('.'),
    }
}
