//! `netdbspec diff`: what changed between two saved runs.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::{Exit, stop, stop_with_help};
use super::list::Form;
use crate::event::{Header, ReadError};
use crate::report::changes::{Changes, Run, changes};
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
    let read = File::open(path).map_err(ReadError::from).and_then(|file| Run::read(BufReader::new(file)));
    read.map_err(|error| {
        let text = format!("reading the saved run `{}`: {error}", path.display());
        stop_with_help(Exit::USAGE, text, error.hint())
    })
}
