//! Where a run is told: the reports, and the progress line. A report that cannot be written does not end the run.

use std::io;

use super::exit::{Exit, stop_with_help, with_exit};
use super::progress::Progress;
use crate::event::Event;
use crate::report::{Format, OpenError, Options, Reporter, Target};

/// All that is told.
pub(super) struct Outputs {
    reporters: Vec<(String, Box<dyn Reporter>)>,
    progress: Progress,
    /// The first report that could not be written, and why.
    trouble: Option<(String, io::Error)>,
}

impl Outputs {
    /// Opens every report before anything is run, so that a path that cannot be written is known at once.
    /// A progress line is `shown` beside them.
    pub(super) fn open(targets: &[Target], options: Options, shown: bool) -> miette::Result<Self> {
        let open = |target: &Target| Ok((place(target), target.open(|| Box::new(io::stdout()), options)?));
        let reporters: Result<Vec<_>, OpenError> = targets.iter().map(open).collect();
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
        self.reporters.retain_mut(|(place, reporter)| match reporter.event(event) {
            Ok(()) => true,
            Err(error) => {
                // A reader that has gone, as `head` does, has read what it wanted.
                if error.kind() != io::ErrorKind::BrokenPipe {
                    trouble.get_or_insert_with(|| (std::mem::take(place), error));
                }
                false
            }
        });
    }

    /// Says whether a report could not be written.
    pub(super) fn close(self) -> miette::Result<()> {
        match self.trouble {
            None => Ok(()),
            Some((place, error)) => {
                let text = format!("writing the report to {place}: {error}");
                Err(stop_with_help(
                    Exit::UNABLE,
                    text,
                    "the run itself went on to its end; what was written is not whole",
                ))
            }
        }
    }
}

/// Where a report goes, in words.
fn place(target: &Target) -> String {
    target.file.as_ref().map_or_else(|| "standard output".to_owned(), |file| format!("`{}`", file.display()))
}

/// The one report that goes to standard output, if any does. More than one would mix there; but a workflow's annotations,
/// which its runner takes out again, may stand beside what a person reads.
pub(super) fn one_to_stdout(targets: &[Target]) -> miette::Result<Option<Format>> {
    let on_stdout: Vec<Format> =
        targets.iter().filter(|target| target.is_on_stdout()).map(|target| target.format).collect();
    let mix = |one: &Format, other: &Format| {
        let pair = [*one, *other];
        !(pair.contains(&Format::Github) && pair.contains(&Format::Terminal))
    };
    let pairs =
        on_stdout.iter().enumerate().flat_map(|(nth, one)| on_stdout[..nth].iter().map(move |other| (other, one)));
    for (one, other) in pairs {
        if mix(one, other) {
            let (one, other) = (one.name(), other.name());
            let text = format!("choosing formats: the {one} and the {other} report would mix on standard output");
            return Err(stop_with_help(Exit::USAGE, text, "give all but one a file: --format json=FILE"));
        }
    }
    Ok(on_stdout.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_report_at_most_goes_to_standard_output_and_annotations_beside_it() {
        let of = |texts: &[&str]| {
            let targets = texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Target>>();
            one_to_stdout(&targets).map_err(|error| error.to_string())
        };
        assert_eq!(of(&["json=a", "terminal"]), Ok(Some(Format::Terminal)));
        assert_eq!(of(&["json=a"]), Ok(None));
        assert_eq!(of(&["terminal", "github", "json=a"]), Ok(Some(Format::Terminal)));
        assert_eq!(of(&["github=a"]), Ok(Some(Format::Github)));
        insta::assert_snapshot!(of(&["json", "terminal"]).unwrap_err(), @"choosing formats: the json and the terminal report would mix on standard output");
        insta::assert_snapshot!(of(&["github=a", "json"]).unwrap_err(), @"choosing formats: the github and the json report would mix on standard output");
        insta::assert_snapshot!(of(&["terminal", "github", "terminal"]).unwrap_err(), @"choosing formats: the terminal and the terminal report would mix on standard output");
    }
}
