//! The arguments, and what becomes of them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::ask::AskArguments;
use super::completions::Completions;
use super::diff::Diff;
use super::exec::Exec;
use super::exit::Exit;
use super::fuzz::Fuzz;
use super::list::List;
use super::load::Sources;
use super::man::Manual;
use super::report::Report;
use super::selftest::Selftest;
use super::serve::Serve;
use super::show::Show;
use super::subjects::Subjects;
use super::trace::TraceArgs;
use crate::event::Shard;
use crate::report::{Format, Options, Target, Verbosity};
use crate::verdict::Level;

/// Hold this platform's name resolution, or another subject's, against the standards and manuals, clause by clause
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
    /// Run cases against subjects, and report; without a verb, too
    #[command(after_help = Exit::HELP)]
    Audit(Audit),
    /// List the cases with level and clause, or what they cover
    List(List),
    /// Explain one case: its world, call and rules, and what is on record
    Show(Show),
    /// Compare two saved runs
    #[command(after_help = Diff::HELP)]
    Diff(Diff),
    /// Make any report from saved runs; several are merged
    #[command(after_help = Report::HELP)]
    Report(Report),
    /// Prove that every rule can fail, by handing it wrong outcomes
    #[command(after_help = Selftest::HELP)]
    Selftest(Selftest),
    /// Put subjects under fire: replies, worlds and calls that are made up
    #[command(after_help = Fuzz::HELP)]
    Fuzz(Fuzz),
    /// Run any program, unmodified, inside a world
    Exec(Exec),
    /// Serve a world's zones on any address and port: the stub server alone
    #[command(after_help = Serve::HELP)]
    Serve(Serve),
    /// Show how a name is resolved: files, queries, waits, and what it cost
    Trace(TraceArgs),
    /// Ask one call, on this machine as it is or inside a world
    #[command(after_help = AskArguments::HELP)]
    Ask(AskArguments),
    /// Say who can be asked here, and how to get the others; try an adapter out
    #[command(after_help = Subjects::HELP)]
    Subjects(Subjects),
    /// Say whether sandboxes can be made here, and how to allow it if not
    Doctor,
    /// Print a script with which a shell completes command lines
    #[command(after_help = Completions::HELP)]
    Completions(Completions),
    /// Print the manual page, or write all pages into a folder
    #[command(after_help = Manual::HELP)]
    Man(Manual),
}

/// The arguments of `audit`.
#[derive(Args, Debug)]
pub(super) struct Audit {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Who is asked: libc, python, cc:musl-gcc, cmd:COMMAND … (see `netdbspec subjects`); repeatable
    #[arg(long, value_name = "NAME", default_value = "libc")]
    pub(super) subject: Vec<String>,
    /// Ask the subjects of the root file system in this folder, such as an unpacked container image
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// Only rules of this level: must, documented, should, may or unspecified; repeatable
    #[arg(long, value_name = "LEVEL", hide_possible_values = true, conflicts_with = "record")]
    pub(super) level: Vec<LevelName>,
    #[arg(long, help = format_help(), value_name = "FORMAT[=FILE]", default_value = "terminal", value_parser = target)]
    pub(super) format: Vec<Target>,
    #[command(flatten)]
    pub(super) sources: Sources,
    /// Snapshots of your own instead of the suite's: they say what is known
    #[arg(long, value_name = "DIR")]
    pub(super) baseline: Option<PathBuf>,
    /// Let known deviations count as new ones do
    #[arg(long)]
    pub(super) strict: bool,
    /// Write the outcomes into this folder, as snapshots
    #[arg(long, value_name = "DIR")]
    pub(super) record: Option<PathBuf>,
    /// Run one part of the cases only: 1/3 is the first of three; `netdbspec report` merges them
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    /// How many cases run at once [default: four for each subject, at most sixteen, times the processors]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    /// Ask a case that drifts or newly breaks a rule again, alone, so many times; what then comes out as it should is told as flaky
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "record")]
    pub(super) retries: u8,
    /// Stop at the first new deviation
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// How long a subject may take for one call, in seconds or as 1m30s [default: as the case says]
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub(super) timeout: Option<Duration>,
    /// A process and a sandbox of its own for each case: it is always so
    #[arg(long)]
    pub(super) isolate: bool,
    /// Where worlds stand: `sandbox`, or `in-place` of the files in /etc of a container that can be thrown away, as root and
    /// one case at a time, where no sandbox can be made
    #[arg(long, value_name = "HOW", default_value = "sandbox", conflicts_with_all = ["root", "record"])]
    pub(super) isolation: Isolation,
    /// Only the cases in which the subjects differ; with several subjects it is so without -v
    #[arg(long, conflicts_with_all = ["verbose", "quiet"])]
    pub(super) differences: bool,
    #[command(flatten)]
    told: Told,
}

impl Audit {
    /// How a report may look.
    pub(super) fn options(&self, colour: bool) -> Options {
        Options { verbosity: self.told.verbosity(), colour }
    }
}

/// Where worlds stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Isolation {
    /// Each in namespaces of its own
    Sandbox,
    /// In place of this container's own files
    InPlace,
}

/// How much is told.
#[derive(Args, Debug)]
pub(super) struct Told {
    /// A line for each case
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
    /// The last line only
    #[arg(long, short)]
    quiet: bool,
}

impl Told {
    /// As a report takes it.
    pub(super) fn verbosity(&self) -> Verbosity {
        match (self.verbose, self.quiet) {
            (true, _) => Verbosity::Verbose,
            (_, true) => Verbosity::Quiet,
            _ => Verbosity::Usual,
        }
    }
}

/// Which cases are meant.
#[derive(Args, Debug)]
pub(super) struct Selection {
    /// Which cases: the beginning of an id, a glob ('*/tcp-*') or a clause ('RFC 6724 §6') [default: all]
    #[arg(value_name = "SELECTOR")]
    pub(super) selectors: Vec<String>,
    /// Of cases that have families, only this: inet, inet6 or unix; repeatable
    #[arg(long, value_name = "FAMILY", hide_possible_values = true)]
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

/// The help of `--format`.
pub(super) fn format_help() -> String {
    format!("What the report looks like: {}; repeatable as FORMAT=FILE", Format::NAMES.join(", "))
}

pub(super) fn target(text: &str) -> Result<Target, String> {
    text.parse()
}

/// Reads seconds (`2.5`) or a duration with units (`1m30s`).
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let read = match text.parse() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string()),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string()),
    };
    match read {
        Ok(time) if time.is_zero() => Err("no time at all: give more than 0".to_owned()),
        read => read,
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
    fn in_place_there_is_neither_another_root_nor_a_record() {
        let in_place = ["netdbspec", "inet", "--isolation", "in-place"];
        assert_eq!(Cli::parse_from(in_place).audit.isolation, Isolation::InPlace);
        for with in ["--root", "--record"] {
            assert!(Cli::try_parse_from(in_place.iter().chain(&[with, "x"])).is_err());
            assert!(Cli::try_parse_from(["netdbspec", "inet", with, "x"]).is_ok());
        }
    }

    #[test]
    fn a_time_is_seconds_or_has_units() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        assert_eq!(seconds("1m30s"), Ok(Duration::from_secs(90)));
        assert!(seconds("0").is_err());
        assert!(seconds("-1").is_err());
        assert!(seconds("soon").is_err());
    }
}
