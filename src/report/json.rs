//! The complete report: one line of JSON for the run's header, one for each case and subject, one for what it came to.

use std::io::{self, Write};

use super::{Options, Reporter};
use crate::event::{Event, line};

pub(super) struct Json {
    out: Box<dyn Write>,
}

impl Json {
    pub(super) fn new(out: Box<dyn Write>, _: Options) -> Self {
        Self { out }
    }
}

impl Reporter for Json {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if let Some(line) = line(event) {
            writeln!(self.out, "{}", line?)?;
        }
        if matches!(event, Event::Finished(_)) { self.out.flush() } else { Ok(()) }
    }
}
