//! Whether the background thread gets to run in time. A thread that the system keeps waiting reads a query late, and the
//! query itself does not show it: it lay in the socket all the while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time between two beats.
const PERIOD: Duration = Duration::from_millis(20);

/// When the background thread was last seen to run.
#[derive(Debug)]
pub(super) struct Pulse {
    last: Mutex<Instant>,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self { last: Mutex::new(Instant::now()) }
    }

    /// How long a query that is read `now` may have lain unread because the thread did not run: at most so long.
    pub(super) fn lag(&self, now: Instant) -> Duration {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        now.saturating_duration_since(last).saturating_sub(PERIOD)
    }

    fn note(&self, now: Instant) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

/// Beats for as long as the runtime lives.
pub(super) async fn beat(pulse: Arc<Pulse>) {
    loop {
        pulse.note(Instant::now());
        tokio::time::sleep(PERIOD).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_after_a_missed_beat_is_late() {
        let (pulse, begun) = (Pulse::new(), Instant::now());
        pulse.note(begun);
        assert_eq!(pulse.lag(begun + PERIOD), Duration::ZERO);
        assert_eq!(pulse.lag(begun + PERIOD * 8), PERIOD * 7);
        pulse.note(begun + PERIOD * 8);
        assert_eq!(pulse.lag(begun + PERIOD * 8), Duration::ZERO);
    }
}
