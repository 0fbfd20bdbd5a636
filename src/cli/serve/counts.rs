//! What was asked, in numbers.

use std::collections::BTreeMap;
use std::fmt;

use crate::outcome::{Query, Transport};
use crate::report::terminal::count;

/// The queries of a service.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) all: usize,
    tcp: usize,
    /// Those that no fault was for, by the code of their reply.
    codes: BTreeMap<String, usize>,
    faults: usize,
    outside: usize,
}

impl Counts {
    /// Adds a query.
    pub(super) fn add(&mut self, query: &Query) {
        self.all += 1;
        self.tcp += usize::from(query.transport == Transport::Tcp);
        self.outside += usize::from(query.outside);
        let code = query.reply.split(' ').next().unwrap_or_default();
        // A code is in capitals, what a fault did is not.
        let plain = !query.reply.contains("; ") && code.starts_with(|first: char| first.is_ascii_uppercase());
        match plain {
            true => *self.codes.entry(code.to_owned()).or_default() += 1,
            false if query.reply == "no reply" => *self.codes.entry("without a reply".to_owned()).or_default() += 1,
            false => self.faults += 1,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", count(self.all, "query", "queries"))?;
        if self.all == 0 {
            return Ok(());
        }
        write!(f, ": {} udp, {} tcp", self.all - self.tcp, self.tcp)?;
        let codes = self.codes.iter().map(|(code, number)| format!("{number} {code}"));
        let others = [(self.faults, "with a fault"), (self.outside, "outside all zones")];
        let others = others.into_iter().filter(|(number, _)| *number > 0);
        let parts: Vec<_> = codes.chain(others.map(|(number, what)| format!("{number} {what}"))).collect();
        write!(f, "; {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_counted_by_what_came_of_them() {
        let mut counts = Counts::default();
        assert_eq!(counts.to_string(), "0 queries");
        for (transport, reply, outside) in [
            (Transport::Udp, "NOERROR 2", false),
            (Transport::Udp, "NOERROR 0 TC", false),
            (Transport::Tcp, "NXDOMAIN", false),
            (Transport::Udp, "REFUSED (outside all zones)", true),
            (Transport::Udp, "NOERROR 1; delay 20ms", false),
            (Transport::Udp, "drop", false),
            (Transport::Udp, "no reply", false),
        ] {
            counts.add(&Query { transport, reply: reply.to_owned(), outside, ..Query::made_up(1) });
        }
        insta::assert_snapshot!(counts, @"7 queries: 6 udp, 1 tcp; 2 NOERROR, 1 NXDOMAIN, 1 REFUSED, 1 without a reply, 2 with a fault, 1 outside all zones");
    }
}
