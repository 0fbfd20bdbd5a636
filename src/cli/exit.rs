//! Exit status, and errors that carry one.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use miette::{Diagnostic, Report};

use crate::event::Conclusion;
use crate::runner::hint;
use crate::sandbox;

/// How this program ends. Each status means the same in every verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exit(u8);

impl Exit {
    /// Every required rule holds, or its breach is known from the subject's snapshot.
    pub(super) const OK: Self = Self(0);
    /// A required rule is newly broken (with `--strict`: broken at all), or a recorded outcome drifted.
    pub(super) const DEVIATES: Self = Self(1);
    /// The command line is wrong, or a case, world or zone file is.
    pub(super) const USAGE: Self = Self(2);
    /// Cases could not be run here.
    pub(super) const UNABLE: Self = Self(3);
    /// Nothing was selected, or no subject has the calls of any case that was.
    pub(super) const NOTHING: Self = Self(4);
    /// `exec` failed before it could run its program.
    pub(super) const OURS: Self = Self(125);
    /// `exec` found its program, and it could not be executed.
    pub(super) const NOT_EXECUTABLE: Self = Self(126);
    /// `exec` did not find its program.
    pub(super) const NOT_FOUND: Self = Self(127);

    /// The statuses of an audit, for its help.
    pub(super) const HELP: &str = "\
Exit status:
  0  every required rule holds, or its breach is known from the subject's snapshot
  1  a required rule is newly broken (--strict: broken at all), or a recorded outcome drifted
  2  the command line is wrong, or a case, world or zone file is
  3  cases could not be run here
  4  nothing was selected, or the subjects have none of its calls";

    /// The status that a run comes to.
    pub(super) fn of_run(conclusion: Conclusion) -> Self {
        match conclusion {
            Conclusion::Holds => Self::OK,
            Conclusion::Deviates => Self::DEVIATES,
            Conclusion::Unable => Self::UNABLE,
            Conclusion::Nothing => Self::NOTHING,
        }
    }

    /// The status that passes on how a program ended: its own, or 128 and the signal's number, as a shell says it.
    pub(super) fn of_program(exit: sandbox::Exit) -> Self {
        match exit {
            sandbox::Exit::Status(status) => Self(u8::try_from(status).unwrap_or(u8::MAX)),
            sandbox::Exit::Signal(signal) => Self(u8::try_from(128 + signal).unwrap_or(u8::MAX)),
        }
    }

    /// The status for a program that could not be executed, as a shell says it.
    pub(super) fn of_exec(error: &sandbox::Error) -> Self {
        match error {
            sandbox::Error::Exec { errno: libc::ENOENT, .. } => Self::NOT_FOUND,
            sandbox::Error::Exec { .. } => Self::NOT_EXECUTABLE,
            _ => Self::OURS,
        }
    }

    /// The status that an error carries, where it carries one.
    pub(super) fn of_report(report: &Report) -> Option<Self> {
        report.downcast_ref::<Stop>().map(|stop| stop.exit)
    }
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        exit.0
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// An error that ends this program with a status.
#[derive(Debug)]
pub(super) struct Stop {
    exit: Exit,
    text: String,
    help: Option<String>,
    parts: Vec<Report>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// An error that ends this program with a status: what was being done, to what, and what happened.
pub(super) fn stop(exit: Exit, text: impl Into<String>) -> Report {
    Stop { exit, text: text.into(), help: None, parts: Vec::new(), source: None }.into()
}

/// The same, with what to do next.
pub(super) fn stop_with_help(exit: Exit, text: impl Into<String>, help: impl Into<String>) -> Report {
    Stop { exit, text: text.into(), help: Some(help.into()), parts: Vec::new(), source: None }.into()
}

/// An error that sums up others, with what to do next where there is something to do.
pub(super) fn stop_over(exit: Exit, text: String, help: Option<String>, parts: Vec<Report>) -> Report {
    Stop { exit, text, help, parts, source: None }.into()
}

/// An error as a person reads it: first what it sums up, and itself last, where the eye is.
pub(super) fn tell(report: &Report) -> String {
    parts(report).iter().chain([report]).map(|report| format!("{report:?}\n")).collect()
}

/// Gives an error a status. What to do about it is told where it or one of its causes knows.
pub(super) fn with_exit(exit: Exit, error: impl Error + Send + Sync + 'static) -> Report {
    Stop { exit, text: error.to_string(), help: hint(&error), parts: Vec::new(), source: source(error) }.into()
}

/// The same error with another status.
pub(super) fn restated(mut report: Report, exit: Exit) -> Report {
    if let Some(stop) = report.downcast_mut::<Stop>() {
        stop.exit = exit;
    }
    report
}

/// What lies behind an error, as errors of their own.
fn source(error: impl Error) -> Option<Box<dyn Error + Send + Sync>> {
    let behind = error.source()?;
    Some(Box::new(Stop {
        exit: Exit::OURS,
        text: behind.to_string(),
        help: None,
        parts: Vec::new(),
        source: source_of(behind),
    }))
}

fn source_of(error: &dyn Error) -> Option<Box<dyn Error + Send + Sync>> {
    source(error)
}

/// What an error sums up.
pub(super) fn parts(report: &Report) -> &[Report] {
    report.downcast_ref::<Stop>().map_or(&[], |stop| &stop.parts)
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Stop {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl Diagnostic for Stop {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }
}
