//! The arguments, and what becomes of them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::diff::Diff;
use super::exec::Exec;
use super::exit::Exit;
use super::list::List;
use super::load::Sources;
use super::selftest::Selftest;
use super::show::Show;
use super::subjects::Subjects;
use crate::report::{Format, Options, Target, Verbosity};
use crate::verdict::Level;

/// Holds this platform's name resolution, or another subject's, against the standards and manuals, clause by clause
#[derive(Debug, Parser)]
#[command(name = "netdbspec", version, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(after_help = Exit::HELP)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    #[command(flatten)]
    pub(super) audit: Audit,
}

/// What is to be done. Without a verb: audit.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run cases against a subject, and report (what no verb at all does too)
    #[command(after_help = Exit::HELP)]
    Audit(Audit),
    /// List the cases, with level and clause
    List(List),
    /// Explain one case: clause, world, call, rules, how to run it by hand, what is on record
    Show(Show),
    /// Compare two saved runs: cases added, removed and changed, each with its before and after
    #[command(after_help = Diff::HELP)]
    Diff(Diff),
    /// Prove that every rule can fail: hand it wrong outcomes, and list what none of them breaks
    #[command(after_help = Selftest::HELP)]
    Selftest(Selftest),
    /// Run any program, unmodified, inside a world
    Exec(Exec),
    /// Say which subjects can run here, their versions, and how to get the others; try an adapter out
    #[command(after_help = Subjects::HELP)]
    Subjects(Subjects),
    /// Say whether sandboxes can be made here; if not, which setting forbids it and how to allow it
    Doctor,
}

/// The arguments of `audit`.
#[derive(Args, Debug)]
pub(super) struct Audit {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Who is asked: libc, python, cc:musl-gcc, cmd:COMMAND …, as `netdbspec subjects` lists them; repeatable
    #[arg(long, value_name = "NAME", default_value = "libc")]
    pub(super) subject: Vec<String>,
    /// Ask the subjects of the root file system in this folder, such as an unpacked container image: its C library, its
    /// interpreters. Nothing of it is changed, and nothing of it runs outside a world
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// Only rules of this level; repeatable
    #[arg(long, value_name = "LEVEL", conflicts_with = "record")]
    pub(super) level: Vec<LevelName>,
    /// What the report looks like: terminal or json; repeatable as FORMAT=FILE
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = "terminal", value_parser = target)]
    pub(super) format: Vec<Target>,
    #[command(flatten)]
    pub(super) sources: Sources,
    /// Take what is known from this folder instead of the embedded snapshots
    #[arg(long, value_name = "DIR")]
    pub(super) baseline: Option<PathBuf>,
    /// Count known deviations too
    #[arg(long)]
    pub(super) strict: bool,
    /// Write the outcomes as snapshots below this folder
    #[arg(long, value_name = "DIR")]
    pub(super) record: Option<PathBuf>,
    /// How many cases run at once [default: for each processor four a subject, up to sixteen, since most of them wait]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    /// Ask a case that drifts or newly breaks a rule again, so many times; what then comes out as it should is told as flaky
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "record")]
    pub(super) retries: u8,
    /// Stop at the first new deviation
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Give a subject this long for one call, in seconds or as 1m30s, instead of the case's own time
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub(super) timeout: Option<Duration>,
    /// Give each case a process and a sandbox of its own. It is always so: nothing is ever shared, with or without this
    #[arg(long)]
    pub(super) isolate: bool,
    /// Only the cases in which the subjects differ. It is so with more than one subject, unless -v asks for all
    #[arg(long, conflicts_with_all = ["verbose", "quiet"])]
    pub(super) differences: bool,
    /// A line for each case
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
    /// The last line only
    #[arg(long, short)]
    quiet: bool,
}

impl Audit {
    /// How a report may look.
    pub(super) fn options(&self, colour: bool) -> Options {
        let verbosity = match (self.verbose, self.quiet) {
            (true, _) => Verbosity::Verbose,
            (_, true) => Verbosity::Quiet,
            _ => Verbosity::Usual,
        };
        Options { verbosity, colour }
    }
}

/// Which cases are meant.
#[derive(Args, Debug)]
pub(super) struct Selection {
    /// The beginning of an id (dns/truncation), a glob ('*/tcp-*') or a clause (RFC3493, 'RFC 6724 §6'); all without one
    #[arg(value_name = "SELECTOR")]
    pub(super) selectors: Vec<String>,
    /// Of the cases that have families, only this one; repeatable
    #[arg(long, value_name = "FAMILY")]
    pub(super) family: Vec<FamilyName>,
}

impl Selection {
    /// The families by name.
    pub(super) fn families(&self) -> Vec<String> {
        let name = |family: &FamilyName| match family {
            FamilyName::Inet => "inet",
            FamilyName::Inet6 => "inet6",
            FamilyName::Unix => "unix",
        };
        self.family.iter().map(|family| name(family).to_owned()).collect()
    }
}

/// A family, as ids write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FamilyName {
    /// AF_INET
    Inet,
    /// AF_INET6
    Inet6,
    /// AF_UNIX
    Unix,
}

/// A level, as case files write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelName {
    /// A "shall" of a standard
    Must,
    /// A promise of the subject's own manual
    Documented,
    /// A recommendation
    Should,
    /// An allowance: recorded
    May,
    /// Nobody says: recorded
    Unspecified,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Must => Self::Must,
            LevelName::Documented => Self::Documented,
            LevelName::Should => Self::Should,
            LevelName::May => Self::May,
            LevelName::Unspecified => Self::Unspecified,
        }
    }
}

fn target(text: &str) -> Result<Target, String> {
    text.parse()
}

/// Reads seconds (`2.5`) or a duration with units (`1m30s`).
fn seconds(text: &str) -> Result<Duration, String> {
    let read = match text.parse() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string()),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string()),
    };
    match read {
        Ok(time) if time.is_zero() => Err("no time at all: give more than 0".to_owned()),
        read => read,
    }
}

/// The one report that goes to standard output, if any does; more than one is an error.
pub(super) fn one_to_stdout(targets: &[Target]) -> Result<Option<Format>, String> {
    let mut formats = targets.iter().filter(|target| target.file.is_none()).map(|target| target.format);
    let first = formats.next();
    match formats.next() {
        None => Ok(first),
        Some(other) => {
            let first = first.map_or("", Format::name);
            Err(format!("the {first} and the {} report would mix on standard output", other.name()))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_verb_it_is_an_audit() {
        let cli = Cli::parse_from(["netdbspec", "dns/basic", "--subject", "python", "-v"]);
        assert!(cli.verb.is_none());
        assert_eq!(cli.audit.selection.selectors, ["dns/basic"]);
        assert_eq!(cli.audit.subject, ["python"]);
        assert_eq!(cli.audit.options(false).verbosity, Verbosity::Verbose);
        let cli = Cli::parse_from(["netdbspec", "audit", "dns/basic"]);
        assert!(matches!(cli.verb, Some(Verb::Audit(_))));
    }

    #[test]
    fn to_isolate_is_no_different() {
        let with = Cli::parse_from(["netdbspec", "audit", "dns/basic", "--isolate"]);
        assert!(matches!(with.verb, Some(Verb::Audit(Audit { isolate: true, .. }))));
    }

    #[test]
    fn a_time_is_seconds_or_has_units() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        assert_eq!(seconds("1m30s"), Ok(Duration::from_secs(90)));
        assert!(seconds("0").is_err());
        assert!(seconds("-1").is_err());
        assert!(seconds("soon").is_err());
    }

    #[test]
    fn one_report_at_most_goes_to_standard_output() {
        let targets = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Target>>();
        assert_eq!(one_to_stdout(&targets(&["json=a", "terminal"])), Ok(Some(Format::Terminal)));
        assert_eq!(one_to_stdout(&targets(&["json=a"])), Ok(None));
        insta::assert_snapshot!(one_to_stdout(&targets(&["json", "terminal"])).unwrap_err(), @"the json and the terminal report would mix on standard output");
    }
}
