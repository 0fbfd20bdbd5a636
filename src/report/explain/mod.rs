//! A case in words: what it asks for, what of its world matters to it, and its calls as code. For a person at a terminal
//! and for a page alike: plain text in parts, without layout.

mod code;
mod world;

use crate::case::{Case, Step};
use crate::event::asked;
use crate::verdict::{Check, Facet, Level, Rule};
use crate::world::{File, World};

/// What the suite says of a case, besides what a record of a run holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CaseInfo {
    /// Whom it hurts, by the name of the behaviour.
    pub(crate) hurts: Vec<(String, String)>,
    /// What its rules ask for, in file order, as the verdicts of a record.
    pub(crate) demands: Vec<Demand>,
    /// The world it runs in, where it runs in one.
    pub(crate) world: Option<Surroundings>,
    /// What is done, step by step.
    pub(crate) steps: Vec<Done>,
    /// The calls as statements, by language.
    pub(crate) code: Vec<(&'static str, Vec<String>)>,
}

/// One step of a case, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// A call, as a person would write it.
    Asked(String),
    /// What becomes of a file.
    Changed(String),
}

impl Done {
    /// The words.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Asked(words) | Self::Changed(words) => words,
        }
    }
}

/// A world as far as it matters to a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) about: String,
    /// What it holds.
    pub(crate) parts: Vec<Part>,
}

/// One thing that a world holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A line: a link, a nameserver that misbehaves.
    Line(String),
    /// A file or zone, perhaps only its lines that matter.
    Text {
        /// What it is: `/etc/hosts`.
        title: String,
        /// The lines.
        lines: Vec<String>,
    },
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    /// How much it demands.
    pub(crate) level: Level,
    /// Who says so; empty where nobody does.
    pub(crate) clause: String,
    /// The implementation that it binds, where it binds one only.
    pub(crate) binds: Option<String>,
    /// The call it speaks about, where it speaks about one only.
    pub(crate) step: Option<usize>,
    /// The checks in words, all of any one of these alternatives. None: what comes is recorded, whatever it is.
    pub(crate) either: Vec<Vec<String>>,
}

impl CaseInfo {
    /// What is to be said of a case. What its world shares with the world `usual` is left out.
    pub(crate) fn of(case: &Case, usual: Option<&World>) -> Self {
        let surroundings = |world: &World| Surroundings {
            name: world.name.clone(),
            about: world.about.trim().to_owned(),
            parts: world::parts(case, world, usual),
        };
        Self {
            hurts: case.hurts.clone().into_iter().collect(),
            demands: case.rules.iter().map(Demand::of).collect(),
            world: case.world.as_deref().map(surroundings),
            steps: case.steps.iter().map(step).collect(),
            code: code::of(case),
        }
    }
}

impl Demand {
    fn of(rule: &Rule) -> Self {
        let checks = |checks: &Vec<Check>| {
            let words = checks.iter().map(|check| {
                let unit = if check.facet == Facet::Elapsed { " ms" } else { "" };
                format!("{} {}{unit}", check.facet, check.test.words())
            });
            words.collect()
        };
        Self {
            level: rule.level,
            clause: rule.clause.clone(),
            binds: (rule.level == Level::Documented).then(|| rule.whose.clone()),
            step: rule.step,
            either: rule.either.iter().filter(|checks| !checks.is_empty()).map(checks).collect(),
        }
    }

    /// Level and clause, whom it binds, and of which call it speaks: `must · RFC 3493 §6.1, of call 2`.
    pub(crate) fn head(&self) -> String {
        let mut head = self.level.to_string();
        if !self.clause.is_empty() {
            head = format!("{head} · {}", self.clause);
        }
        if let Some(whose) = &self.binds {
            head = format!("{head} (binds {whose} only)");
        }
        if let Some(step) = self.step {
            head = format!("{head}, of call {step}");
        }
        head
    }
}

fn step(step: &Step) -> Done {
    let text = match step {
        Step::Ask(ask) => return Done::Asked(asked(ask).trim_end().to_owned()),
        Step::Write(name, None) => format!("then /etc/{name} is taken away"),
        Step::Write(name, Some(File::Text(text))) => {
            format!("then /etc/{name} becomes:\n  {}", text.replace('\n', "\n  "))
        }
        Step::Write(name, Some(File::Link(target))) => format!("then /etc/{name} becomes a link to {target}"),
        Step::Write(name, Some(File::Folder)) => format!("then /etc/{name} becomes a folder"),
        Step::Write(name, Some(File::Unreadable)) => format!("then /etc/{name} becomes a file that nobody may read"),
    };
    Done::Changed(text.trim_end().to_owned())
}
