//! Reads the zones of a world: each from its own text, then the world's further records, then who serves what.

use std::collections::{HashMap, HashSet};

use hickory_proto::rr::Name;

use super::check::Draft;
use super::text::Complaint;
use super::{Zones, entry, name};
use crate::world::{self, Position, Problem, World};

impl Zones {
    /// Reads all zones of a world, and puts each of its further records into the zone that encloses it.
    ///
    /// # Errors
    /// All that is wrong with any of them.
    pub fn read(world: &World) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut drafts: Vec<Draft<'_>> = Vec::new();
        for zone in &world.zones {
            match draft(zone, &mut problems) {
                Some(draft) if drafts.iter().any(|other| other.origin == draft.origin) => {
                    let text = format!("there is another zone `{}` in this world", zone.origin);
                    problems.push(Problem { at: place(zone, 0), text, hint: None });
                }
                draft => drafts.extend(draft),
            }
        }
        if let Some(further) = &world.records {
            distribute(further, &mut drafts, &mut problems);
        }
        let mut read = Self { zones: HashMap::new(), missing: HashSet::new(), served: HashMap::new() };
        read.restrict(world, &drafts, &mut problems);
        for draft in drafts {
            match draft.finish() {
                Ok(zone) => drop(read.zones.insert(zone.origin.clone(), zone)),
                Err(wrong) => problems.extend(wrong),
            }
        }
        problems.sort();
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    /// Notes which names are missing and who serves what.
    fn restrict(&mut self, world: &World, drafts: &[Draft<'_>], problems: &mut Vec<Problem>) {
        let mut wrong = |text: String| {
            let file = format!("world `{}`", world.name);
            problems.push(Problem { at: Position { file, line: 1, column: 1 }, text, hint: None });
        };
        for missing in &world.nxdomain {
            match name::absolute(missing) {
                Ok(read) => drop(self.missing.insert(name::key(&read))),
                Err(complaint) => wrong(format!("`{missing}` in `nxdomain`: {}", complaint.text)),
            }
        }
        for (server, origins) in world.nameservers.iter().filter_map(|server| Some((server, server.zones.as_ref()?))) {
            let served = self.served.entry(server.address).or_default();
            for origin in origins {
                match name::absolute(origin).map(|read| name::key(&read)) {
                    Ok(key) if drafts.iter().any(|draft| draft.origin == key) => drop(served.insert(key)),
                    _ => wrong(format!("nameserver {}: there is no zone `{origin}` in this world", server.address)),
                }
            }
        }
    }
}

/// A zone with the records of its own text; nothing where its origin is no name.
fn draft<'w>(zone: &'w world::Zone, problems: &mut Vec<Problem>) -> Option<Draft<'w>> {
    let origin = name::absolute(&zone.origin).map_err(|wrong| problems.push(problem(zone, wrong))).ok()?;
    let (records, wrong) = entry::read(&zone.text, &origin);
    let mut draft = Draft::new(&origin, zone, !wrong.is_empty());
    problems.extend(wrong.into_iter().map(|wrong| problem(zone, wrong)));
    problems.extend(records.into_iter().filter_map(|written| draft.add(written, zone).err()));
    Some(draft)
}

/// Puts each further record into the zone that encloses it.
fn distribute<'w>(further: &'w world::Zone, drafts: &mut [Draft<'w>], problems: &mut Vec<Problem>) {
    let origin = name::absolute(&further.origin).unwrap_or_else(|_| Name::root());
    let (records, wrong) = entry::read(&further.text, &origin);
    problems.extend(wrong.into_iter().map(|wrong| problem(further, wrong)));
    for written in records {
        let key = name::key(&written.record.name);
        match name::ancestors(&key).find_map(|origin| drafts.iter().position(|draft| draft.origin == origin)) {
            Some(index) => problems.extend(drafts[index].add(written, further).err()),
            None => {
                let text = format!("no zone of this world encloses `{}`", name::written(&written.record.name));
                let hint = "the owner names of further records are absolute; add a zone, or move the name".to_owned();
                problems.push(Problem { at: place(further, written.at), text, hint: Some(hint) });
            }
        }
    }
}

fn problem(zone: &world::Zone, wrong: Complaint) -> Problem {
    Problem { at: place(zone, wrong.at), text: wrong.text, hint: wrong.hint }
}

/// The place in its file of the byte `offset` of a zone's text.
pub(super) fn place(zone: &world::Zone, offset: usize) -> Position {
    let mut at = Position::of(&zone.path, &zone.text, offset);
    at.line += zone.line.saturating_sub(1);
    at
}
