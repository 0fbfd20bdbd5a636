//! Why a world cannot be entered or served.

use std::fmt;
use std::io;

use crate::world::{Problem, Unfit};
use crate::{sandbox, server};

/// Why a world cannot be entered or served. It says what to do about it, too, and reads the same where `?` or `unwrap` shows it
/// in a test.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Parts of the world are wrong. All of them are told.
    #[error("putting the world together:\n{}", .0.join("\n"))]
    World(Vec<String>),
    /// No sandbox can be made here, or not this one.
    #[error("{}{}", .0, remedy(.0.hint()))]
    Sandbox(#[from] sandbox::Error),
    /// The stub DNS server cannot serve the world.
    #[error("{}{}{}", .0, cause(.0), remedy(.0.hint()))]
    Server(#[from] server::Error),
    /// The system refused something else.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: String,
        /// What happened.
        source: io::Error,
    },
}

impl Error {
    pub(super) fn system(doing: &str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { doing: doing.to_owned(), source }
    }

    pub(super) fn problems(problems: &[Problem]) -> Self {
        Self::World(problems.iter().map(problem).collect())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is wrong, and below it what to do about it.
pub(super) fn problem(problem: &Problem) -> String {
    format!("{problem}{}", remedy(problem.hint.clone()))
}

/// What does not fit, and below it what to do about it.
pub(super) fn unfit(unfit: &Unfit) -> String {
    format!("{unfit}{}", remedy(unfit.hint.clone()))
}

fn remedy(hint: Option<String>) -> String {
    hint.map_or_else(String::new, |hint| format!("\n  help: {hint}"))
}

fn cause(error: &server::Error) -> String {
    std::error::Error::source(error).map_or_else(String::new, |source| format!(": {source}"))
}
