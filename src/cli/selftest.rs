//! `netdbspec selftest`: whether every rule can fail.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::args::Selection;
use super::exit::{Exit, with_exit};
use super::load::{self, Sources};
use crate::report::terminal::count;
use crate::selftest::{self, Proof, Reasons};
use crate::tree::Tree;
use crate::verdict::Level;

/// The arguments of `selftest`.
#[derive(Args, Debug)]
pub(super) struct Selftest {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sources: Sources,
    /// Take recorded outcomes from this folder instead of the embedded snapshots
    #[arg(long, value_name = "DIR")]
    baseline: Option<PathBuf>,
    /// Name the cases that let something pass
    #[arg(long, short)]
    verbose: bool,
}

impl Selftest {
    pub(super) const HELP: &str = "\
Exit status:
  0  every rule can fail, and what is let pass has a reason
  1  a rule cannot fail, or lets a wrong outcome pass without a reason
  2  the command line is wrong, or a case, world or zone file is
  4  nothing was selected";
}

/// Tries the cases.
pub(super) fn run(selftest: &Selftest) -> miette::Result<Exit> {
    let loaded = load::load(&selftest.sources)?;
    let cases = load::select(&loaded.suite, &selftest.selection)?;
    let whole = cases.len() == loaded.suite.cases.len() && selftest.sources.options().is_empty();
    let snapshots = selftest.baseline.clone().map_or_else(Tree::snapshots, Tree::Disk);
    let reasons = Reasons::read(&Tree::fixtures()).map_err(|error| with_exit(Exit::USAGE, error))?;
    let proof = selftest::run(&cases, &snapshots, &reasons, whole).map_err(|error| with_exit(Exit::UNABLE, error))?;
    super::print(&(table(&proof, &reasons, selftest.verbose) + &faults(&proof)))?;
    Ok(if proof.faults.is_empty() { Exit::OK } else { Exit::DEVIATES })
}

/// What the form of a test lets pass.
fn table(proof: &Proof, reasons: &Reasons, verbose: bool) -> String {
    let mut text = String::new();
    let levels = [Level::Must, Level::Documented, Level::Should];
    if !proof.passed.is_empty() {
        _ = writeln!(text, "what the form of a test lets pass\n");
        _ = writeln!(text, "  {:8}  {:9}  {:>6}  {:>10}  {:>6}   because", "form", "wrong", "must", "documented", "should");
    }
    let mut rows: Vec<_> = proof.passed.keys().map(|(_, form, kind)| (*form, *kind)).collect();
    rows.sort_unstable();
    rows.dedup();
    for (form, kind) in rows {
        let of = |level| proof.passed.get(&(level, form, kind));
        let cells = levels.map(|level| of(level).map_or(0, |survivors| survivors.cases.len()));
        let because = reasons.of(form, kind).unwrap_or_default();
        let [must, documented, should] = cells;
        _ = writeln!(text, "  {form:8}  {:9}  {must:>6}  {documented:>10}  {should:>6}   {because}", kind.to_string());
        for (case, facets) in of(Level::Must).filter(|_| verbose).iter().flat_map(|survivors| &survivors.cases) {
            let facets: Vec<&str> = facets.iter().map(String::as_str).collect();
            _ = writeln!(text, "      {case}  {}", facets.join(", "));
        }
    }
    for (case, what, why) in &proof.excused {
        _ = writeln!(text, "  {case}  {what}: {why}");
    }
    text
}

fn faults(proof: &Proof) -> String {
    let mut text = String::new();
    for fault in &proof.faults {
        match &fault.case {
            Some(case) => _ = writeln!(text, "✗ {case}\n    {}", fault.text),
            None => _ = writeln!(text, "✗ {}", fault.text),
        }
    }
    let mark = if proof.faults.is_empty() { "\n✓ ok" } else { "\n✗ no proof" };
    _ = writeln!(
        text,
        "{mark}: {} with {}, {}; {}",
        count(proof.cases, "case", "cases"),
        count(proof.rules, "rule that is judged", "rules that are judged"),
        count(proof.outcomes, "wrong outcome", "wrong outcomes"),
        count(proof.faults.len(), "fault", "faults"),
    );
    text
}
