//! `netdbspec report`: any report from saved runs, which are merged where there are several.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use clap::Args;

use super::args::{Told, format_help, target};
use super::exit::{Exit, stop, stop_with_help, with_exit};
use super::outputs::{Outputs, one_to_stdout};
use super::paint;
use crate::report::merge::{Merge, MergeError, Merged};
use crate::report::{Options, Target};
use crate::tree::Tree;

/// The arguments of `report`.
#[derive(Args, Debug)]
pub(super) struct Report {
    /// Saved runs, as `audit --format json=FILE` writes them; `-` is standard input. Several are merged: the shards of one
    /// run, or the same cases asked of other subjects
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    files: Vec<PathBuf>,
    #[arg(long, help = format_help(), value_name = "FORMAT[=FILE]", default_value = "terminal", value_parser = target)]
    format: Vec<Target>,
    /// Keep the subjects of each file apart, to see runs of one name side by side: `libc of debian` is that of debian.jsonl
    #[arg(long)]
    apart: bool,
    /// Count known deviations too
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    told: Told,
    /// Print the JSON Schema of a saved run's lines
    #[arg(long, exclusive = true)]
    schema: bool,
}

impl Report {
    pub(super) const HELP: &str = "\
Exit status, as the runs had it:
  0  every required rule holds, or its breach is known from the subject's snapshot
  1  a required rule is newly broken (--strict: broken at all), or a recorded outcome drifted
  2  the command line is wrong, a file is no whole saved run, or two files do not go together
  3  cases could not be run, or a shard is missing
  4  the subjects had none of the calls";
}

/// Makes the reports.
pub(super) fn run(report: &Report) -> miette::Result<Exit> {
    if report.schema {
        let schema = Tree::fixtures().read("report.schema.json");
        let schema = schema.map_err(|error| stop(Exit::OURS, format!("reading the embedded schema: {error}")))?;
        return super::print(&schema).map(|()| Exit::OK);
    }
    one_to_stdout(&report.format)?;
    let mut merged = merged(report).map_err(|error| {
        let exit = if matches!(error, MergeError::Keep(_)) { Exit::UNABLE } else { Exit::USAGE };
        match error.hint() {
            Some(hint) => stop_with_help(exit, error.to_string(), hint),
            None => stop(exit, error.to_string()),
        }
    })?;
    merged.header.strict |= report.strict;
    for remark in &merged.remarks {
        anstream::eprintln!("note: {remark}");
    }
    for missing in &merged.missing {
        anstream::eprintln!("missing: shard {missing}");
    }
    let options = Options { verbosity: report.told.verbosity(), colour: paint().colour };
    let mut outputs = Outputs::open(&report.format, options, false)?;
    let exit = Exit::of_run(merged.summary.conclusion(merged.header.strict));
    let exit = if exit == Exit::OK && !merged.missing.is_empty() { Exit::UNABLE } else { exit };
    merged.tell(&mut |event| outputs.event(event)).map_err(|error| with_exit(Exit::UNABLE, error))?;
    outputs.close()?;
    Ok(exit)
}

fn merged(report: &Report) -> Result<Merged, MergeError> {
    let mut merge = Merge::new(report.apart);
    for file in &report.files {
        let name = file.display().to_string();
        let open = || -> io::Result<Box<dyn BufRead>> {
            if name == "-" {
                return Ok(Box::new(io::stdin().lock()));
            }
            Ok(Box::new(BufReader::new(File::open(file)?)))
        };
        let lines = open().map_err(|error| MergeError::Read { file: name.clone(), source: error.into() })?;
        merge.add(&name, lines)?;
    }
    merge.finish()
}
