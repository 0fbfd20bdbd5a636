//! `netdbspec audit`: runs cases against subjects, reports, and says by its status what came of it.

pub(super) mod in_place;
mod narrow;
mod record;

use std::collections::HashSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use super::args::{Audit, Isolation};
use super::exit::{Exit, stop, stop_with_help, with_exit};
use super::outputs::{Outputs, one_to_stdout};
use super::{is_watched, load, paint};
use crate::case::{Case, CaseId};
use crate::event::{Event, Shard};
use crate::report::{Format, Verbosity};
use crate::runner::{self, Plan};
use crate::sandbox::Spawner;
use crate::snapshot::Policy;
use crate::subject::{self, Absent, Root, Subject};
use crate::tree::Tree;
use crate::verdict::{Level, Status};

use narrow::Narrow;
use record::Recorder;

/// Runs the audit that the arguments describe.
pub(super) fn run(audit: &Audit) -> miette::Result<Exit> {
    let on_stdout = one_to_stdout(&audit.format)?;
    if audit.differences && audit.subject.len() < 2 {
        let help = "name another: --subject libc --subject python";
        return Err(stop_with_help(Exit::USAGE, "choosing what to show: one subject differs from nobody", help));
    }
    // First of all: they start while the cases are loaded.
    let processors = available_parallelism().map_or(1, NonZero::get);
    let _spawner = Spawner::start(processors.min(8), &own_executable()?);
    let load::Loaded { worlds, suite } = match audit.record {
        // What is on record and belongs to no case any more is only told with all of them.
        Some(_) => load::load(&audit.sources)?,
        None => load::load_selected(&audit.sources, &audit.selection)?,
    };
    let levels: Vec<Level> = audit.level.iter().map(|level| Level::from(*level)).collect();
    let cases = narrow::cases(load::select(&suite, &audit.selection)?, &levels);
    if cases.is_empty() {
        return Err(stop_with_help(
            Exit::NOTHING,
            "selecting cases: none has a rule of this level",
            "leave out --level",
        ));
    }
    let cases = sharded(cases, audit.shard)?;
    let root = rooted(audit.root.as_deref())?;
    let (subjects, absent) = subjects(&audit.subject, root.as_ref())?;
    for absent in &absent {
        anstream::eprintln!("{absent}");
    }
    if subjects.is_empty() && absent.is_empty() {
        let help = "leave out --subject, or choose among: netdbspec subjects";
        return Err(stop_with_help(Exit::USAGE, "choosing subjects: none is named", help));
    }
    if subjects.is_empty() {
        return Ok(Exit::UNABLE);
    }
    let mut recorder = audit.record.as_deref().map(|folder| Recorder::new(folder, &suite));
    let chosen: HashSet<CaseId> = cases.into_iter().map(|case| case.id.clone()).collect();
    let cases = suite.cases.into_iter().filter(|case| chosen.contains(&case.id)).collect();
    drop(worlds);
    let mut plan = plan(audit, cases, subjects)?;
    if audit.isolation == Isolation::InPlace {
        if audit.jobs.is_some_and(|jobs| jobs > 1) {
            anstream::eprintln!("--jobs is 1 in place: there is one /etc");
        }
        plan.in_place = Some(in_place::open()?);
    }
    let options = audit.options(paint().colour);
    // Lines of JSON on a terminal would mix with the progress line.
    let shown = is_watched() && options.verbosity != Verbosity::Quiet && on_stdout != Some(Format::Json);
    let mut outputs = Outputs::open(&audit.format, options, shown)?;
    let mut narrow = Narrow::new(levels);
    let mut in_the_way: Option<String> = None;
    runner::run(&plan, &mut |event| {
        if let Event::CaseFinished(record) = &event
            && record.status == Status::Broken
            && in_the_way.is_none()
        {
            in_the_way.clone_from(&record.note);
        }
        if let Some(recorder) = &mut recorder {
            recorder.event(&event);
        }
        outputs.event(&narrow.event(event));
    })
    .map_err(|error| with_exit(Exit::UNABLE, error))?;
    if let Some(here) = &plan.in_place {
        in_place::close(here)?;
    }
    outputs.close()?;
    // The last line says how many could not be run, and would leave their user without a clue.
    if let Some(note) = in_the_way.filter(|_| options.verbosity == Verbosity::Quiet) {
        anstream::eprintln!("{note}");
    }

    let summary = narrow.into_summary();
    let ran = Exit::of_run(summary.conclusion(audit.strict));
    let ran = match recorder {
        Some(recorder) => recorder.write(summary.counts.broken)?,
        None => ran,
    };
    Ok(if ran == Exit::OK && !absent.is_empty() { Exit::UNABLE } else { ran })
}

/// The cases of a part of the selection.
fn sharded(cases: Vec<&Case>, shard: Option<Shard>) -> miette::Result<Vec<&Case>> {
    let (all, Some(shard)) = (cases.len(), shard) else { return Ok(cases) };
    let part = shard.keep(cases);
    if part.is_empty() {
        let text = format!("selecting cases: there are {all}, and shard {shard} has none of them");
        return Err(stop_with_help(Exit::NOTHING, text, format!("split them into {all} parts at most")));
    }
    Ok(part)
}

fn plan(audit: &Audit, cases: Vec<Case>, subjects: Vec<Subject>) -> miette::Result<Plan> {
    let baseline = match &audit.baseline {
        None => Tree::snapshots(),
        Some(folder) if folder.is_dir() => Tree::Disk(folder.clone()),
        Some(folder) => {
            let text = format!("reading the baseline from `{}`: there is no such folder", folder.display());
            let help = "give a folder of snapshots, as --record writes them";
            return Err(stop_with_help(Exit::USAGE, text, help));
        }
    };
    let mut selection = audit.selection.selectors.clone();
    selection.extend(audit.selection.families().into_iter().map(|family| format!("--family {family}")));
    selection.extend(audit.level.iter().map(|level| format!("--level {}", Level::from(*level))));
    let mut options = audit.sources.options();
    options.extend(audit.baseline.iter().flat_map(|folder| ["--baseline".to_owned(), folder.display().to_string()]));
    options.extend(audit.root.iter().flat_map(|folder| ["--root".to_owned(), folder.display().to_string()]));
    let processors = available_parallelism().map_or(1, NonZero::get);
    // Most of a run is waiting for replies that do not come, and the more subjects there are, the more of them wait for
    // the same.
    let lanes = ((4 * subjects.len()).min(16) * processors).min(affordable());
    Ok(Plan {
        cases,
        subjects,
        selection,
        options,
        shard: audit.shard,
        strict: audit.strict,
        jobs: audit.jobs.map_or(lanes, usize::from),
        fail_fast: audit.fail_fast,
        retries: audit.retries,
        timeout: audit.timeout,
        baseline,
        policy: Policy::from_env(),
        in_place: None,
    })
}

/// How many lanes the limit of open files allows for: each has its sandbox, with pipes and nameservers.
fn affordable() -> usize {
    const OURS: u64 = 24;
    const A_LANE: u64 = 20;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(limit.saturating_sub(OURS) / A_LANE).unwrap_or(usize::MAX).max(1)
}

/// The subjects of these names, and those that cannot run here. A name that nobody has is an error.
fn subjects(names: &[String], root: Option<&Root>) -> miette::Result<(Vec<Subject>, Vec<Absent>)> {
    let exe = own_executable()?;
    let (mut here, mut absent) = (Vec::new(), Vec::new());
    let mut seen: Vec<&str> = Vec::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        if seen.contains(&name.as_str()) {
            continue;
        }
        seen.push(name);
        match find(name, &exe, root) {
            Ok(subject) => here.push(subject),
            Err(error) if error.wrong => return Err(with_exit(Exit::USAGE, error)),
            Err(error) => absent.push(error),
        }
    }
    Ok((here, absent))
}

/// The subject of this name, in a root file system or on this machine.
pub(super) fn find(name: &str, exe: &Path, root: Option<&Root>) -> Result<Subject, Absent> {
    root.map_or_else(|| subject::find(name, exe), |root| subject::find_in(root, name, exe))
}

/// The root file system that subjects shall live in.
pub(super) fn rooted(folder: Option<&Path>) -> miette::Result<Option<Root>> {
    let root = folder.map(Root::open).transpose();
    root.map_err(|error| stop_with_help(Exit::USAGE, error.to_string(), error.hint()))
}

/// This program's own executable, which is the subject `libc`.
pub(super) fn own_executable() -> miette::Result<PathBuf> {
    let exe = std::env::current_exe();
    exe.map_err(|error| stop(Exit::UNABLE, format!("finding this program's own executable: {error}")))
}
