//! Why a subject could not be asked: our trouble, never a finding about it.

use std::error::Error;
use std::io;

use crate::outcome::Lost;

/// Why a subject could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The pipes to the subject failed.
    #[error("talking to the subject over its pipes")]
    Pipes(#[from] io::Error),
    /// The subject's adapter says that it could not carry out the call.
    #[error("asking the subject for `{call}`: its adapter could not carry it out: {text}")]
    Reported {
        /// The call.
        call: &'static str,
        /// What the adapter said.
        text: String,
    },
    /// The subject's program did not start.
    #[error("starting `{program}`")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The subject was lost before it said who it is.
    #[error("waiting for the subject to say who it is: {0}")]
    Unmet(Lost),
    /// It could not be found out whether the subject has ended.
    #[error("waiting for the subject to end")]
    Waiting(#[source] Box<dyn Error + Send + Sync>),
    /// A question could not be written as JSON.
    #[error("writing the question `{call}` as JSON")]
    Writing {
        /// The call.
        call: &'static str,
        /// What serde said.
        source: serde_json::Error,
    },
}

/// Why a subject cannot run on this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("looking for subject `{name}`: {why}\n  try: {how}")]
pub struct Absent {
    /// What `--subject` calls it.
    pub name: String,
    /// What is missing.
    pub why: String,
    /// The one command that gets it.
    pub how: String,
    /// Whether the name itself is wrong, so that no machine has it.
    pub wrong: bool,
}

impl Absent {
    pub(super) fn unknown(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            why: "there is no subject of that name".to_owned(),
            how: "netdbspec subjects".to_owned(),
            wrong: true,
        }
    }
}
