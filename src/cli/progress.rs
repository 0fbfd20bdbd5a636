//! How far a run is, on a terminal's standard error: cases done, the subject, the case that takes longest, the time left.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::event::Event;

/// A case is named only when it runs for so long.
const LONG: Duration = Duration::from_millis(500);

/// A line that shows how far a run is, and goes away when it is over.
pub(super) struct Progress {
    bar: ProgressBar,
    shown: bool,
    running: Vec<(String, String, Instant)>,
}

impl Progress {
    /// A progress line, where `shown`; without it, nothing is drawn.
    pub(super) fn new(shown: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("  {bar:20} {pos}/{len}  {eta} left  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▓░"));
        Self { bar, shown, running: Vec::new() }
    }

    /// Takes the next event. To be called after what is printed at the start, and before what is printed at the end.
    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Started(header) => {
                self.bar.set_length(header.runs() as u64);
                if self.shown {
                    self.bar.set_draw_target(ProgressDrawTarget::stderr());
                    self.bar.enable_steady_tick(Duration::from_millis(200));
                }
            }
            Event::CaseStarted { id, subject } => {
                self.running.push((id.clone(), subject.clone(), Instant::now()));
                self.bar.set_message(longest(&self.running, Instant::now()));
            }
            Event::CaseFinished(record) => {
                self.running.retain(|(id, subject, _)| *id != record.id || *subject != record.subject_name);
                self.bar.inc(1);
            }
            Event::Finished(_) => self.bar.finish_and_clear(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The subject that is asked, and the case that it has been asked for longest, where that is long.
fn longest(running: &[(String, String, Instant)], now: Instant) -> String {
    let Some((id, subject, since)) = running.iter().min_by_key(|(.., since)| *since) else { return String::new() };
    if now.duration_since(*since) < LONG { subject.clone() } else { format!("{subject}  {id}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_that_runs_longest_is_named_once_it_is_long() {
        let now = Instant::now() + Duration::from_secs(60);
        let case = |id: &str, ago| (id.to_owned(), "libc".to_owned(), now - Duration::from_millis(ago));
        assert_eq!(longest(&[], now), "");
        assert_eq!(longest(&[case("a/b/quick", 10)], now), "libc");
        assert_eq!(longest(&[case("a/b/quick", 10), case("a/b/slow", 900)], now), "libc  a/b/slow");
    }
}
