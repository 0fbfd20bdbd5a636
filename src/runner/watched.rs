//! One call of one subject in a world, under the eyes of those who want to know how it comes to its answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::GREETING;
use super::one::part;
use super::place::Place;
use super::trouble::told;
use crate::call::Ask;
use crate::outcome::{Asked, Query};
use crate::sandbox::Glance;
use crate::server::Server;
use crate::subject::{Hello, Subject};
use crate::world::World;

/// What was seen of one call.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Who was asked.
    pub hello: Hello,
    /// The call, and what came back.
    pub asked: Asked,
    /// Every query that a nameserver saw, the subject's own beginning included.
    pub wire: Vec<Query>,
    /// What the subject looked at and connected to from its start on, each with when, on the same clock; or why that could
    /// not be seen.
    pub glances: Result<Vec<(Duration, Glance)>, String>,
}

/// Asks a subject one call in a world, and watches it.
///
/// # Errors
/// What stands in the way, in words.
pub fn watched(subject: &Subject, world: &World, ask: &Ask, within: Duration) -> Result<Watched, String> {
    if let Some(why) = subject.unable() {
        return Err(why.to_owned());
    }
    let server = Server::start().map_err(|error| told(&error))?;
    let mut place = Place::build(subject, BTreeMap::new(), world, &server, None)?;
    let zero = place.service.begun();
    let watch = place.watch();
    let conversation = converse(ask, &mut place, within);
    let wire = place.close();
    // The program has ended with its sandbox, and with it the watch.
    let glances = watch.map(crate::sandbox::Watch::finish).map_err(|error| told(&error));
    let (hello, asked) = conversation?;
    let since = |glance: Glance| (glance.at.saturating_duration_since(zero), glance);
    let glances = glances.map(|all| all.into_iter().map(since).collect());
    Ok(Watched { hello, asked, wire: wire?, glances })
}

fn converse(ask: &Ask, place: &mut Place, within: Duration) -> Result<(Hello, Asked), String> {
    let mut session = place.open()?;
    let hello = session.hello(GREETING, &mut |within| place.wait(within)).map_err(|trouble| told(&trouble))?;
    let (first, begun) = (place.service.queries(), Instant::now());
    let reply = session.ask(ask, within, &mut |within| place.wait(within)).map_err(|trouble| told(&trouble))?;
    let (elapsed, queries) = (begun.elapsed(), first..place.service.queries());
    let at = Some(begun.saturating_duration_since(place.service.begun()));
    let asked = Asked { call: ask.name().to_owned(), reply, at, elapsed, queries };
    part(session, &mut |within| place.wait(within))?;
    Ok((hello, asked))
}
