//! `netdbspec list`: the cases, with level and clause.

mod clauses;
mod combinations;
mod coverage;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::args::Selection;
use super::exit::{Exit, stop, with_exit};
use super::load::{self, Sources};
use crate::case::Case;
use crate::tree::Tree;
use crate::verdict::Level;
use coverage::Coverage;

/// The arguments of `list`.
#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sources: Sources,
    /// What the list looks like; json: a line of JSON for each case
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Form,
    /// Instead: which clauses and behaviours the cases cover, and which combinations of arguments no case asks
    #[arg(long)]
    coverage: bool,
    /// Snapshots of your own instead of the suite's
    #[arg(long, value_name = "DIR", requires = "coverage")]
    baseline: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Terminal,
    Json,
}

/// One line of the list.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<&'a str>,
    about: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    hurts: &'a BTreeMap<String, String>,
    level: Level,
    clause: &'a str,
    clauses: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    world: Option<&'a str>,
    file: &'a str,
    line: usize,
}

impl<'a> Line<'a> {
    fn of(case: &'a Case) -> Self {
        let strongest = case.rules.iter().min_by_key(|rule| rule.level);
        let mut clauses: Vec<&str> = case.rules.iter().map(|rule| rule.clause.as_str()).collect();
        clauses.retain(|clause| !clause.is_empty());
        clauses.dedup();
        Self {
            id: case.id.as_str(),
            family: case.id.family(),
            about: &case.about,
            hurts: &case.hurts,
            level: strongest.map_or(Level::Unspecified, |rule| rule.level),
            clause: strongest.map_or("", |rule| rule.clause.as_str()),
            clauses,
            world: case.world.as_ref().map(|world| world.name.as_str()),
            file: &case.at.file,
            line: case.at.line,
        }
    }
}

/// Lists the cases.
pub(super) fn run(list: &List) -> miette::Result<Exit> {
    let loaded = load::load_selected(&list.sources, &list.selection)?;
    let cases = load::select(&loaded.suite, &list.selection)?;
    if list.coverage {
        let snapshots = list.baseline.clone().map_or_else(Tree::snapshots, Tree::Disk);
        let clauses = clauses::clauses(&cases, &snapshots).map_err(|error| with_exit(Exit::UNABLE, error))?;
        let coverage = Coverage::of(&cases, clauses);
        let text = match list.format {
            Form::Terminal => coverage.text(),
            Form::Json => json(&coverage.json())?,
        };
        super::print(&text)?;
        return Ok(Exit::OK);
    }
    let lines: Vec<Line<'_>> = cases.iter().map(|case| Line::of(case)).collect();
    let text = match list.format {
        Form::Terminal => table(&lines),
        Form::Json => json(&lines)?,
    };
    super::print(&text)?;
    Ok(Exit::OK)
}

fn table(lines: &[Line<'_>]) -> String {
    let id = lines.iter().map(|line| line.id.len()).max().unwrap_or(0);
    let row = |line: &Line<'_>| format!("{:id$}  {:11}  {}", line.id, line.level.to_string(), line.clause);
    lines.iter().map(|line| row(line).trim_end().to_owned() + "\n").collect()
}

fn json(lines: &[impl Serialize]) -> miette::Result<String> {
    let lines: Result<Vec<String>, _> = lines.iter().map(serde_json::to_string).collect();
    let lines = lines.map_err(|error| stop(Exit::OURS, format!("writing the list as JSON: {error}")))?;
    Ok(lines.join("\n") + "\n")
}
