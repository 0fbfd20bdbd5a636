//! `netdbspec show`: one case explained.

use std::fmt::Write as _;

use clap::Args;

use super::args::Selection;
use super::exit::{Exit, stop_with_help, with_exit};
use super::load::{self, Loaded, Sources};
use crate::case::{Case, Varies};
use crate::report::explain::{CaseInfo, Demand, Part};
use crate::report::terminal::{Paint, count, wrap};
use crate::snapshot;
use crate::tree::Tree;

/// The most cases that are explained at once: one case for each of its families.
const CASES: usize = 3;

/// The arguments of `show`.
#[derive(Args, Debug)]
pub(super) struct Show {
    /// The case's id; without a family, all of its families
    #[arg(value_name = "CASE")]
    case: String,
    #[command(flatten)]
    sources: Sources,
    /// Snapshots of your own instead of the suite's
    #[arg(long, value_name = "DIR")]
    baseline: Option<std::path::PathBuf>,
}

/// Explains the case.
pub(super) fn run(show: &Show) -> miette::Result<Exit> {
    let selection = Selection { selectors: vec![show.case.clone()], family: Vec::new() };
    let loaded = load::load_selected(&show.sources, &selection)?;
    let cases = load::select(&loaded.suite, &selection)?;
    if cases.len() > CASES {
        let text = format!("explaining `{}`: it stands for {}", show.case, count(cases.len(), "case", "cases"));
        return Err(stop_with_help(Exit::USAGE, text, format!("choose one of: netdbspec list '{}'", show.case)));
    }
    let records = show.baseline.clone().map_or_else(Tree::snapshots, Tree::Disk);
    let mut texts = Vec::new();
    for case in cases {
        texts.push(explain(case, &loaded, super::paint()) + &on_record(case, &records, super::paint())?);
    }
    super::print(&texts.join("\n"))?;
    Ok(Exit::OK)
}

fn explain(case: &Case, loaded: &Loaded, paint: Paint) -> String {
    let mut text = format!("{}\n  {}\n\n", paint.strong(case.id.as_str()), paint.faint(&case.at.to_string()));
    text.push_str(&indented(2, &case.about));
    for (behaviour, whom) in &case.hurts {
        _ = write!(text, "\n{}", indented(2, &format!("hurts ({behaviour}): {whom}")));
    }
    for (what, why) in &case.survives {
        _ = write!(text, "\n{}", indented(2, &format!("lets pass ({what}): {why}")));
    }
    if let Some(varies) = case.varies {
        let why = if varies == Varies::Kernel { "the kernel" } else { "the subject itself, which races" };
        _ = writeln!(text, "\n  What comes depends on {why}: it is judged by its rules and never on record.");
    }
    let info = CaseInfo::of(case, loaded.worlds.get("default").map(AsRef::as_ref));
    _ = writeln!(text, "\n{}", paint.strong("rules"));
    for demand in &info.demands {
        text.push_str(&in_words(demand, paint));
    }
    if let Some(world) = &info.world {
        _ = writeln!(text, "\n{}", paint.strong(&format!("world {}", world.name)));
        text.push_str(&indented(2, &world.about));
        for part in &world.parts {
            match part {
                Part::Line(line) => _ = writeln!(text, "  {line}"),
                Part::Text { title, lines } => {
                    _ = writeln!(text, "  {}", paint.strong(title));
                    lines.iter().for_each(|line| _ = writeln!(text, "    {line}"));
                }
            }
        }
    }
    _ = writeln!(text, "\n{}", paint.strong("asked"));
    text.extend(info.steps.iter().map(|step| indented(2, step.words())));
    for (language, calls) in &info.code {
        _ = writeln!(text, "\n{}", paint.strong(&format!("in {language}")));
        calls.iter().flat_map(|call| call.lines()).for_each(|line| _ = writeln!(text, "  {line}"));
    }
    _ = writeln!(text, "\n{}", paint.strong("by hand"));
    _ = writeln!(text, "  netdbspec audit {} -v", case.id);
    if case.world.is_some() {
        _ = writeln!(text, "  netdbspec exec --case {} -- sh", case.id);
    }
    text
}

/// A rule: level and clause, then what it asks for.
fn in_words(demand: &Demand, paint: Paint) -> String {
    let mut text = format!("  {}\n", paint.strong(&demand.head()));
    if demand.either.is_empty() {
        text.push_str("    recorded, whatever it is\n");
    }
    for (nth, checks) in demand.either.iter().enumerate() {
        let or = if nth > 0 { "or " } else { "" };
        text.push_str(&indented(4, &format!("{or}{}", checks.join("\nand "))));
    }
    text
}

/// What is on record of the case, for each subject.
fn on_record(case: &Case, tree: &Tree, paint: Paint) -> miette::Result<String> {
    let mut text = String::new();
    let all = snapshot::all(tree, case.id.topic()).map_err(|error| with_exit(Exit::UNABLE, error))?;
    for (subject, recorded) in all {
        if let Some(block) = recorded.case(case.id.name()) {
            let status = block.lines().next().and_then(|line| line.rsplit_once(": ")).map_or("", |(_, status)| status);
            let head = format!("on record for {subject} ({}): {status}", recorded.description());
            _ = writeln!(text, "\n{}", paint.strong(&head));
            block.lines().skip(1).for_each(|line| _ = writeln!(text, "{line}"));
        }
    }
    if text.is_empty() {
        text = format!("\n{}\n", paint.strong("on record: nothing"));
    }
    Ok(text)
}

/// Lines of at most 80 columns, indented.
fn indented(indent: usize, text: &str) -> String {
    let left = " ".repeat(indent);
    wrap(text, 80 - indent).iter().map(|line| format!("{left}{line}").trim_end().to_owned() + "\n").collect()
}
