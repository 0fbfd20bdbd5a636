//! Cases one by one, for those who make them up: asked of subjects that have been met, and judged by nobody.

use super::one;
use super::{Error, Met};
use crate::case::Case;
use crate::event::Who;
use crate::outcome::Outcome;
use crate::server::Server;
use crate::subject::Subject;

/// Subjects that have said who they are, and the stub server for the worlds that they are asked in.
#[derive(Debug)]
pub struct Desk {
    met: Vec<Met>,
    server: Server,
}

/// What came of one case with one subject.
#[derive(Clone, Debug)]
pub enum Came {
    /// It was asked.
    Outcome(Outcome),
    /// It replied to all, and was lost afterwards, when it was to go: how, in words.
    Parted(String),
    /// It could not be asked: why, in words.
    Unable(String),
}

impl Desk {
    /// Meets the subjects, and starts the server.
    ///
    /// # Errors
    /// When a subject does not say who it is, or the server does not start.
    pub fn open(subjects: &[Subject]) -> Result<Self, Error> {
        let met = subjects.iter().map(Met::meet).collect::<Result<_, _>>()?;
        Ok(Self { met, server: Server::start()? })
    }

    /// Who the subjects are, in their order.
    #[must_use]
    pub fn who(&self) -> Vec<&Who> {
        self.met.iter().map(|met| &met.who).collect()
    }

    /// Asks the `nth` subject a case; once more where this machine was too slow to serve its replies in time.
    #[must_use]
    pub fn ask(&self, nth: usize, case: &Case) -> Came {
        let Some(met) = self.met.get(nth) else { return Came::Unable("there is no such subject".to_owned()) };
        let mut record = one::run(case, met, &self.server, None);
        if one::was_late(&record) {
            record = one::run(case, met, &self.server, None);
        }
        match record.note {
            None => Came::Outcome(record.outcome),
            Some(note) => match note.strip_prefix(one::PARTING_WORDS) {
                Some(lost) => Came::Parted(lost.to_owned()),
                None => Came::Unable(note),
            },
        }
    }
}
