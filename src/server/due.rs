//! What waits to be sent: until its time has come, or at first until a query has.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::log::Log;
use crate::fault::On;

/// Things that wait, by the time they are due, then in order of arrival.
#[derive(Debug)]
pub(super) struct Due<T> {
    timed: BTreeMap<(Instant, u64), T>,
    /// What waits for a query, and how long after it each is due.
    held: Vec<(On, Duration, T)>,
    /// What tells of queries, as long as something waits for one.
    additions: Option<watch::Receiver<()>>,
    count: u64,
}

impl<T> Default for Due<T> {
    fn default() -> Self {
        Self { timed: BTreeMap::new(), held: Vec::new(), additions: None, count: 0 }
    }
}

impl<T> Due<T> {
    /// Adds what is due so long after `arrived`, or after the query that `until` describes. A time past all times never
    /// comes.
    pub(super) fn add(&mut self, arrived: Instant, after: Duration, until: Option<On>, what: T) {
        if let Some(until) = until {
            self.held.push((until, after, what));
        } else if let Some(due) = arrived.checked_add(after) {
            self.count += 1;
            self.timed.insert((due, self.count), what);
        }
    }

    /// Whether anything waits for a query.
    pub(super) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.timed.is_empty() && self.held.is_empty()
    }

    /// Counts the time from now on for what has waited for a query that has come.
    pub(super) fn release(&mut self, log: &Log) {
        for (until, after, what) in std::mem::take(&mut self.held) {
            let until = Some(until).filter(|until| !log.has(until));
            self.add(Instant::now(), after, until, what);
        }
        match self.held.is_empty() {
            true => self.additions = None,
            false => _ = self.additions.get_or_insert_with(|| log.additions()),
        }
    }

    /// Waits until a query has come since [`release`](Self::release) began to look for one; for ever where nothing waits
    /// for any.
    pub(super) async fn addition(&mut self) {
        let came = match &mut self.additions {
            Some(additions) => additions.changed().await.is_ok(),
            None => false,
        };
        if !came {
            std::future::pending().await
        }
    }

    /// When the next is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.timed.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes the next out if it is due, with the time it was due at.
    pub(super) fn take(&mut self) -> Option<(Instant, T)> {
        let first = self.timed.first_entry().filter(|first| first.key().0 <= Instant::now())?;
        let ((due, _), what) = first.remove_entry();
        Some((due, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_first_comes_first() {
        let mut due = Due::default();
        let begun = Instant::now();
        for (after, what) in [(0, 'a'), (3_600_000, 'd'), (0, 'b')] {
            due.add(begun, Duration::from_millis(after), None, what);
        }
        due.add(begun, Duration::MAX, None, 'x');
        due.add(begun, Duration::ZERO, Some(On::default()), 'c');
        assert_eq!((due.take().map(|taken| taken.1), due.take().map(|taken| taken.1)), (Some('a'), Some('b')));
        assert!(due.take().is_none() && due.holds() && !due.is_empty());
        due.release(&Log::new(None));
        assert!(due.take().is_none() && due.holds());
    }
}
