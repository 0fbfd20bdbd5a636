//! `netdbspec selftest`: whether every rule can fail.

use std::collections::{BTreeMap, BTreeSet};
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
use crate::verdict::mutate::Kind;

/// The arguments of `selftest`.
#[derive(Args, Debug)]
pub(super) struct Selftest {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sources: Sources,
    /// Snapshots of your own instead of the suite's
    #[arg(long, value_name = "DIR")]
    baseline: Option<PathBuf>,
    /// A line for each case and facet in which something passes
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

/// What the form of a test lets pass. A must rule on what came back is where a rule may be weaker than its clause.
fn table(proof: &Proof, reasons: &Reasons, verbose: bool) -> String {
    let mut text = String::new();
    let mut forms: BTreeMap<&str, (BTreeSet<Kind>, [BTreeSet<String>; 4])> = BTreeMap::new();
    for ((level, form, kind), survivors) in &proof.passed {
        let (kinds, cases) = forms.entry(form).or_default();
        kinds.insert(*kind);
        for (case, facets) in &survivors.cases {
            for facet in facets {
                let column = match level {
                    Level::Must if facet.starts_with("wire") => 1,
                    Level::Must => 0,
                    Level::Documented => 2,
                    _ => 3,
                };
                cases[column].insert(format!("{case}  {facet}"));
            }
        }
    }
    if !forms.is_empty() {
        _ = writeln!(text, "what the form of a test lets pass, in so many facets of cases\n");
        _ = writeln!(text, "  form        must: reply    wire   documented   should");
    }
    for (form, (kinds, cases)) in forms {
        let kinds: Vec<String> = kinds.iter().map(Kind::to_string).collect();
        let because = reasons.because(form).unwrap_or_default();
        let [reply, wire, documented, should] = cases.each_ref().map(BTreeSet::len);
        _ = writeln!(text, "  {form:12}{reply:>11}{wire:>8}{documented:>13}{should:>9}   {}", kinds.join(", "));
        _ = writeln!(text, "  {:53}   {because}", "");
        for (level, cases) in ["must", "must", "documented", "should"].iter().zip(&cases).filter(|_| verbose) {
            cases.iter().for_each(|case| _ = writeln!(text, "      {level:10}  {case}"));
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
        "{mark}: {}, {}, {}, {} for which a right one was made; {}",
        count(proof.cases, "case", "cases"),
        count(proof.rules, "rule", "rules"),
        count(proof.outcomes, "wrong outcome", "wrong outcomes"),
        count(proof.made, "rule", "rules"),
        count(proof.faults.len(), "fault", "faults"),
    );
    text
}
