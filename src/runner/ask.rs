//! One call, asked of one subject, judged by nobody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::trouble::told;
use super::{Met, default_world, one};
use crate::call::Ask;
use crate::case::{Case, CaseId, Step};
use crate::event::Who;
use crate::outcome::Outcome;
use crate::server::Server;
use crate::subject::Subject;
use crate::world::{Position, World};

/// Asks one call of a subject: inside a world, or without one on this machine as it is. `env` are variables that the subject
/// gets besides its own. A subject of a root file system never runs outside: without a world it gets the world `default`.
///
/// # Errors
/// Why it could not be asked, in words. What the subject itself does wrong is a [`crate::outcome::Reply::Lost`].
pub fn ask(
    subject: &Subject,
    ask: &Ask,
    world: Option<Arc<World>>,
    env: BTreeMap<String, String>,
    timeout: Duration,
) -> Result<(Who, Outcome), String> {
    let met = Met::meet(subject).map_err(|error| told(&error))?;
    let world = world.or_else(|| subject.home().map(|_| default_world()));
    let case = Case {
        id: CaseId::new("ask", ask.name(), None),
        about: String::new(),
        hurts: BTreeMap::new(),
        at: Position::default(),
        world: None,
        steps: vec![Step::Ask(ask.clone())],
        env,
        timeout,
        varies: None,
        survives: BTreeMap::new(),
        rules: Vec::new(),
    };
    let outcome = match (one::cannot_ask(&case, &met), world) {
        (Some(outcome), _) => Ok(outcome),
        (None, None) => one::outside(&case, &met, timeout),
        (None, Some(world)) => {
            let server = Server::start().map_err(|error| told(&error))?;
            one::inside(&case, &world, &met, &server, timeout)
        }
    };
    outcome.map(|outcome| (met.who, outcome))
}
