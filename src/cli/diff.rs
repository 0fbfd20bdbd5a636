//! `netdbspec diff`: what changed between two saved runs.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::{Exit, stop, stop_with_help};
use super::list::Form;
use crate::event::Header;
use crate::report::changes::{Changes, Run, RunError, changes};
use crate::report::terminal;

/// The arguments of `diff`.
#[derive(Args, Debug)]
pub(super) struct Diff {
    /// The run before, as `audit --format json=FILE` writes it
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The run after
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// What the comparison looks like; json: a line of JSON for each change
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Form,
}

impl Diff {
    pub(super) const HELP: &str = "\
Two runs of one subject each are compared whatever the subjects are called, others name by name. Times are \
not compared, nor cases whose runs may differ.

Exit status:
  0  nothing changed
  1  a case was added, removed or changed
  2  the command line is wrong, or a file is no whole saved run";
}

/// Compares the runs.
pub(super) fn run(diff: &Diff) -> miette::Result<Exit> {
    let (before, after) = (read(&diff.before)?, read(&diff.after)?);
    let Some(all) = changes(&before, &after) else {
        let text = format!(
            "comparing two runs: no subject stands in both: `{}` has {}, `{}` has {}",
            diff.before.display(),
            names(&before.header),
            diff.after.display(),
            names(&after.header)
        );
        return Err(stop_with_help(Exit::USAGE, text, "save a run of one subject each, and any two can be compared"));
    };
    let text = match diff.format {
        Form::Terminal => {
            let (one, other) = (diff.before.display().to_string(), diff.after.display().to_string());
            terminal::changes((&one, &before.header), (&other, &after.header), &all, super::paint())
        }
        Form::Json => {
            let lines: Result<Vec<Vec<String>>, _> = all.iter().map(Changes::lines).collect();
            let lines = lines.map_err(|error| stop(Exit::OURS, format!("writing the changes as JSON: {error}")))?;
            lines.concat().join("\n") + "\n"
        }
    };
    super::print(&text)?;
    Ok(if all.iter().all(Changes::is_empty) { Exit::OK } else { Exit::DEVIATES })
}

fn names(header: &Header) -> String {
    header.subjects.iter().map(|who| who.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Reads a saved run, which has to be whole.
fn read(path: &Path) -> miette::Result<Run> {
    let doing = format!("reading the saved run `{}`", path.display());
    let text = fs::read_to_string(path).map_err(|error| stop(Exit::USAGE, format!("{doing}: {error}")))?;
    Run::parse(&text).map_err(|error| {
        let help = match error {
            RunError::Line { .. } | RunError::NoHeader => "give what `audit --format json=FILE` wrote",
            RunError::Newer { .. } => "update netdbspec",
            RunError::Incomplete { .. } => "run it again to its end",
            RunError::Several => "give each run a file of its own",
        };
        stop_with_help(Exit::USAGE, format!("{doing}: {error}"), help)
    })
}
