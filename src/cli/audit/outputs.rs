//! Where a run is told: the reports, and the progress line. A report that cannot be written does not end the run.

use std::io;

use super::super::exit::{Exit, stop, with_exit};
use super::super::progress::Progress;
use crate::event::Event;
use crate::report::{Options, Reporter, Target};

/// All that is told.
pub(super) struct Outputs {
    reporters: Vec<Box<dyn Reporter>>,
    progress: Progress,
    trouble: Option<io::Error>,
}

impl Outputs {
    /// Opens every report before anything is run, so that a path that cannot be written is known at once.
    /// A progress line is `shown` beside them.
    pub(super) fn open(targets: &[Target], options: Options, shown: bool) -> miette::Result<Self> {
        let reporters: Result<Vec<_>, _> =
            targets.iter().map(|target| target.open(|| Box::new(io::stdout()), options)).collect();
        let reporters = reporters.map_err(|error| with_exit(Exit::USAGE, error))?;
        Ok(Self { reporters, progress: Progress::new(shown), trouble: None })
    }

    /// Tells one event.
    pub(super) fn event(&mut self, event: &Event) {
        if matches!(event, Event::Started(_)) {
            self.tell(event);
            self.progress.event(event);
        } else {
            self.progress.event(event);
            self.tell(event);
        }
    }

    fn tell(&mut self, event: &Event) {
        let trouble = &mut self.trouble;
        self.reporters.retain_mut(|reporter| match reporter.event(event) {
            Ok(()) => true,
            Err(error) => {
                // A reader that has gone, as `head` does, has read what it wanted.
                if error.kind() != io::ErrorKind::BrokenPipe {
                    trouble.get_or_insert(error);
                }
                false
            }
        });
    }

    /// Says whether a report could not be written.
    pub(super) fn close(self) -> miette::Result<()> {
        match self.trouble {
            None => Ok(()),
            Some(error) => Err(stop(Exit::UNABLE, format!("writing a report: {error}"))),
        }
    }
}
