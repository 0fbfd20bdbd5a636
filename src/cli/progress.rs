//! How far a run is, on a terminal's standard error: cases done of all, about how long the rest takes, who is being asked,
//! and the case that has been running longest.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::event::Event;

/// A case is named only when it runs for so long.
const LONG: Duration = Duration::from_millis(500);

/// How often the lines are drawn.
const TICK: Duration = Duration::from_millis(200);

/// The columns that the subjects have beside the bar and the numbers, and the longest case on a line of its own.
const SUBJECTS: usize = 28;
const LONGEST: usize = 76;

/// Two lines that show how far a run is, and go away when it is over.
pub(super) struct Progress {
    bar: ProgressBar,
    shown: bool,
    running: Arc<Mutex<Running>>,
}

/// The cases that are being asked now.
#[derive(Default)]
struct Running(Vec<(String, String, Instant)>);

impl Progress {
    /// Progress lines, where `shown`; without it, nothing is drawn.
    pub(super) fn new(shown: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let running = Arc::new(Mutex::new(Running::default()));
        // Written when they are drawn: the time of a case goes on while nothing happens.
        let key = |text: fn(&Running) -> String| {
            let running = Arc::clone(&running);
            move |_: &ProgressState, out: &mut dyn Write| {
                let text = text(&running.lock().unwrap_or_else(PoisonError::into_inner));
                // A line that cannot be drawn is drawn again soon.
                let _ = out.write_str(&text);
            }
        };
        let left = |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&left(state.pos(), state.eta()));
        };
        let style = ProgressStyle::with_template("  {bar:20} {pos}/{len}  {left}  {subjects}\n    {longest}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▓░");
        let style = style.with_key("left", left).with_key("subjects", key(Running::subjects));
        bar.set_style(style.with_key("longest", key(|running| running.longest(Instant::now()))));
        Self { bar, shown, running }
    }

    /// Takes the next event. To be called after what is printed at the start, and before what is printed at the end.
    pub(super) fn event(&mut self, event: &Event) {
        let running = || self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started(header) => {
                self.bar.set_length(header.runs() as u64);
                if self.shown {
                    self.bar.set_draw_target(ProgressDrawTarget::stderr());
                    self.bar.enable_steady_tick(TICK);
                }
            }
            Event::CaseStarted { id, subject } => {
                running().0.push((id.clone(), subject.clone(), Instant::now()));
            }
            Event::CaseFinished(record) => {
                running().0.retain(|(id, subject, _)| *id != record.id || *subject != record.subject_name);
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

/// About how long the rest takes; not said before a few are done.
fn left(done: u64, left: Duration) -> String {
    let seconds = left.as_secs();
    match (done, seconds) {
        (..5, _) => "…".to_owned(),
        (_, ..60) => format!("{seconds} s left"),
        (_, ..3600) => format!("{} min {} s left", seconds / 60, seconds % 60),
        _ => format!("{} h {} min left", seconds / 3600, seconds / 60 % 60),
    }
}

impl Running {
    /// Who is being asked: as many names as there is room for.
    fn subjects(&self) -> String {
        let mut names: Vec<&str> = self.0.iter().map(|(_, subject, _)| subject.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for shown in (1..=names.len()).rev() {
            let mut text = names[..shown].join(", ");
            if shown < names.len() {
                text.push_str(&format!(" and {} more", names.len() - shown));
            }
            if text.chars().count() <= SUBJECTS || shown == 1 {
                return cut(&text, SUBJECTS);
            }
        }
        String::new()
    }

    /// The case that has been running longest and its time, where that is long.
    fn longest(&self, now: Instant) -> String {
        let Some((id, subject, since)) = self.0.iter().min_by_key(|(.., since)| *since) else { return String::new() };
        let time = now.duration_since(*since);
        if time < LONG {
            return String::new();
        }
        let time = format!("{:.1} s  ", time.as_secs_f64());
        let who = if self.0.iter().all(|(_, other, _)| other == subject) { "" } else { subject };
        cut(format!("{time}{id}  {who}").trim_end(), LONGEST)
    }
}

/// A text in at most so many columns.
fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    text.chars().take(columns - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(now: Instant, cases: &[(&str, &str, u64)]) -> Running {
        let ago = |ago: u64| now.checked_sub(Duration::from_millis(ago)).expect("a minute ago there was a time");
        Running(cases.iter().map(|(id, who, since)| ((*id).to_owned(), (*who).to_owned(), ago(*since))).collect())
    }

    #[test]
    fn the_case_that_runs_longest_is_named_once_it_is_long() {
        let now = Instant::now() + Duration::from_secs(60);
        assert_eq!(running(now, &[]).longest(now), "");
        assert_eq!(running(now, &[("a/b/quick", "libc", 10)]).longest(now), "");
        let cases = [("a/b/quick", "libc", 10), ("a/b/slow", "libc", 900)];
        assert_eq!(running(now, &cases).longest(now), "0.9 s  a/b/slow");
        let cases = [("a/b/quick", "libc", 10), ("a/b/slow", "go", 12_340)];
        assert_eq!(running(now, &cases).longest(now), "12.3 s  a/b/slow  go");
    }

    #[test]
    fn as_many_subjects_are_named_as_there_is_room_for() {
        let now = Instant::now() + Duration::from_secs(60);
        let of = |names: &[&str]| {
            let cases: Vec<_> = names.iter().map(|name| ("a/b/c", *name, 1)).collect();
            running(now, &cases).subjects()
        };
        assert_eq!(of(&[]), "");
        assert_eq!(of(&["libc", "go", "libc"]), "go, libc");
        assert_eq!(of(&["libc", "cc:musl-gcc", "go", "node-dns", "python"]), "cc:musl-gcc, go and 3 more");
        assert_eq!(of(&["cmd:/opt/a/very/long/path/to/some/adapter"]), "cmd:/opt/a/very/long/path/t…");
    }

    #[test]
    fn what_is_left_is_said_once_it_is_known() {
        let seconds = Duration::from_secs;
        assert_eq!(left(0, seconds(0)), "…");
        assert_eq!(left(9, seconds(7)), "7 s left");
        assert_eq!(left(9, seconds(307)), "5 min 7 s left");
        assert_eq!(left(9, seconds(7400)), "2 h 3 min left");
    }
}
