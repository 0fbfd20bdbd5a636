//! Where cases and worlds come from, and reading them: all that is wrong with any of them is told at once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};

use super::args::{Cli, Selection};
use super::exit::{Exit, stop, stop_with_help};
use super::problems;
use crate::case::{self, Case, SelectError, Selector, Suite};
use crate::tree::Tree;
use crate::world::{self, Problem, Worlds, nearest};

/// Where cases and worlds come from.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Sources {
    /// Cases of your own instead of the suite's
    #[arg(long, value_name = "DIR")]
    pub(super) cases: Option<PathBuf>,
    /// Worlds of your own instead of the suite's; what they leave out is as in its `default`
    #[arg(long, value_name = "DIR")]
    pub(super) worlds: Option<PathBuf>,
    /// Cases of your own beside the suite's
    #[arg(long, value_name = "DIR", conflicts_with = "cases")]
    pub(super) with_cases: Option<PathBuf>,
}

impl Sources {
    /// The arguments that name these sources again.
    pub(super) fn options(&self) -> Vec<String> {
        let named = [("--cases", &self.cases), ("--worlds", &self.worlds), ("--with-cases", &self.with_cases)];
        let named = named.iter().filter_map(|(name, folder)| folder.as_ref().map(|folder| (name, folder)));
        named.flat_map(|(name, folder)| [(*name).to_owned(), folder.display().to_string()]).collect()
    }
}

/// Where the worlds are: in this folder, or in the suite.
fn worlds_of(folder: Option<&Path>) -> miette::Result<Tree> {
    match folder {
        Some(folder) => disk(folder, "worlds"),
        None => Ok(Tree::fixtures().below("worlds")),
    }
}

/// Reads all worlds of this folder, or of the suite, and no case.
pub(super) fn worlds(folder: Option<&Path>) -> miette::Result<Worlds> {
    let (worlds, problems) = world::read(&worlds_of(folder)?);
    if problems.is_empty() { Ok(worlds) } else { Err(problems::report(&problems)) }
}

/// Worlds, and all cases or those that are needed, all of them correct.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) worlds: Worlds,
    pub(super) suite: Suite,
}

/// Reads all worlds, and the cases that are selected: of the suite's own, which a test holds to be correct, only the topics
/// that can have them; where cases or worlds are the user's, all of them, so that their faults are told.
pub(super) fn load_selected(sources: &Sources, selection: &Selection) -> miette::Result<Loaded> {
    let selectors = selection.selectors.iter().map(|text| Selector::parse(text)).collect::<Result<Vec<_>, _>>();
    if let Ok(selectors) = &selectors
        && !selectors.is_empty()
        && sources.options().is_empty()
    {
        let (worlds, wrong) = world::read(&worlds_of(None)?);
        let wanted = |topic: &str| selectors.iter().any(|selector| selector.may_want(topic));
        let (suite, more) = case::read_some(&Tree::fixtures().below("cases"), &worlds, wanted);
        let by_id = selectors.iter().all(|selector| selector.is_about_ids(&suite));
        // A clause may be cited anywhere, and what is near a misspelt id is to be found among all of them.
        if by_id
            && [wrong, more].iter().all(Vec::is_empty)
            && Selector::select(&suite, selectors, &selection.families()).is_ok()
        {
            return Ok(Loaded { worlds, suite });
        }
    }
    load(sources)
}

/// Reads all worlds and cases.
pub(super) fn load(sources: &Sources) -> miette::Result<Loaded> {
    let worlds = worlds_of(sources.worlds.as_deref())?;
    let cases = match &sources.cases {
        Some(folder) => disk(folder, "cases")?,
        None => Tree::fixtures().below("cases"),
    };
    let (worlds, mut problems) = world::read(&worlds);
    let (mut suite, wrong) = case::read(&cases, &worlds);
    problems.extend(wrong);
    // The suite's own zones are held by a test, and to read them all takes as long as to read the cases.
    let mut foreign = match (&sources.worlds, &sources.cases) {
        (None, None) => 0..0,
        _ => 0..suite.cases.len(),
    };
    if let Some(folder) = &sources.with_cases {
        let (more, wrong) = case::read(&disk(folder, "cases")?, &worlds);
        problems.extend(wrong);
        problems.extend(twice(&suite, &more));
        foreign.start = if foreign.is_empty() { suite.cases.len() } else { 0 };
        suite.cases.extend(more.cases);
        suite.topics.extend(more.topics);
        foreign.end = suite.cases.len();
    }
    if !foreign.is_empty() {
        problems.extend(zones(&worlds, &suite.cases[foreign]));
    }
    problems.sort();
    problems.dedup();
    if problems.is_empty() { Ok(Loaded { worlds, suite }) } else { Err(problems::report(&problems)) }
}

/// The cases that are meant.
pub(super) fn select<'s>(suite: &'s Suite, selection: &Selection) -> miette::Result<Vec<&'s Case>> {
    let selectors: Result<Vec<_>, _> = selection.selectors.iter().map(|text| Selector::parse(text)).collect();
    let chosen = selectors.and_then(|selectors| Selector::select(suite, &selectors, &selection.families()));
    match chosen {
        Ok(cases) if cases.is_empty() => Err(stop(Exit::NOTHING, "selecting cases: there are none")),
        Ok(cases) => Ok(cases),
        Err(error) => Err(nothing(&error)),
    }
}

fn nothing(error: &SelectError) -> miette::Report {
    let text = format!("selecting cases: {error}");
    match error {
        SelectError::Pattern { .. } => stop(Exit::USAGE, text),
        SelectError::Glob { text: word } | SelectError::Nothing { text: word, .. } => {
            let command = Cli::command();
            let verbs: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            let help = match nearest(word, verbs) {
                Some(verb) => {
                    format!("if a verb was meant, it comes first: netdbspec {verb}; all cases: netdbspec list")
                }
                None => "all cases, with their clauses: netdbspec list".to_owned(),
            };
            stop_with_help(Exit::NOTHING, text, help)
        }
        SelectError::Family { .. } => stop_with_help(Exit::NOTHING, text, "leave out --family, or select other cases"),
    }
}

fn disk(folder: &Path, what: &str) -> miette::Result<Tree> {
    if folder.is_dir() {
        return Ok(Tree::Disk(folder.to_owned()));
    }
    let text = format!("reading {what} from `{}`: there is no such folder", folder.display());
    Err(stop_with_help(Exit::USAGE, text, format!("give the folder that holds the {what}")))
}

/// Cases of two folders with the same id.
fn twice(suite: &Suite, more: &Suite) -> Vec<Problem> {
    let ours: HashMap<&str, &Case> = suite.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let both = more.cases.iter().filter_map(|case| ours.get(case.id.as_str()).map(|other| (case, *other)));
    both.map(|(case, other)| Problem {
        at: case.at.clone(),
        text: format!("the case `{}` is in the suite already, at {}", case.id, other.at),
        hint: Some("give the topic or the case another name, or put it in the other's place with --cases".to_owned()),
    })
    .collect()
}

/// What is wrong with the zones of all worlds, and of these cases with records of their own.
fn zones(worlds: &Worlds, cases: &[Case]) -> Vec<Problem> {
    let own = cases.iter().filter_map(|case| case.world.as_ref());
    let own = own.filter(|world| world.records.is_some());
    worlds.values().chain(own).filter_map(|world| crate::server::Zones::read(world).err()).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids of what is read for these selectors, and of what they select.
    #[track_caller]
    fn read_and_selected(selectors: &[&str]) -> (usize, Vec<String>) {
        let selectors = selectors.iter().map(|text| (*text).to_owned()).collect();
        let selection = Selection { selectors, family: Vec::new() };
        let suite = load_selected(&Sources::default(), &selection).unwrap().suite;
        let cases = select(&suite, &selection).unwrap();
        (suite.topics.len(), cases.iter().map(|case| case.id.to_string()).collect())
    }

    #[test]
    fn what_is_selected_does_not_depend_on_what_is_read() {
        let all = load(&Sources::default()).unwrap().suite;
        let some = |selectors: &[&str]| {
            let (topics, ids) = read_and_selected(selectors);
            let parsed: Vec<_> = selectors.iter().map(|text| Selector::parse(text).unwrap()).collect();
            let expected = Selector::select(&all, &parsed, &[]).unwrap();
            assert_eq!(ids, expected.iter().map(|case| case.id.to_string()).collect::<Vec<_>>(), "{selectors:?}");
            topics
        };
        assert_eq!(some(&["dns/truncation"]), 1);
        assert_eq!(some(&["dns/truncation/retried-over-tcp@inet"]), 1);
        assert_eq!(some(&["dns/truncation/r*"]), 1);
        assert_eq!(some(&["dns/truncation/", "inet/ntoa"]), 2);
        assert!((2..all.topics.len()).contains(&some(&["dns/t*"])));
        assert!((2..all.topics.len()).contains(&some(&["dns"])));
        // Clauses, and patterns that begin with a star, may be anywhere.
        assert_eq!(some(&["RFC 6724"]), all.topics.len());
        assert_eq!(some(&["dns/truncation", "RFC 6724"]), all.topics.len());
        assert_eq!(some(&["*/tcp*"]), all.topics.len());
    }

    #[test]
    fn the_zones_of_the_suite_are_right() {
        let Loaded { worlds, suite } = load(&Sources::default()).unwrap();
        assert_eq!(zones(&worlds, &suite.cases), []);
    }
}
