//! Reads the zones of a world: each from its own text, then the world's further records, then who serves what.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use hickory_proto::rr::Name;

use super::check::Draft;
use super::entry::Written;
use super::text::Complaint;
use super::{Zone, Zones, entry, name};
use crate::world::{self, Position, Problem, World};

/// How much text of zones is kept, in bytes. All worlds of the suite have less; what changes again and again must not fill
/// the memory, and a zone takes several times as much as its text.
const MOST: usize = 1 << 20;

/// The zones of this process that nothing was wrong with, as they were read: many worlds have the same.
static READ: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Known {
    zones: HashMap<world::Zone, Arc<Zone>>,
    /// The length of all their texts.
    length: usize,
}

impl Known {
    fn keep(&mut self, source: &world::Zone, zone: &Arc<Zone>) {
        if self.length + source.text.len() > MOST {
            *self = Self::default();
        }
        if self.zones.insert(source.clone(), Arc::clone(zone)).is_none() {
            self.length += source.text.len();
        }
    }
}

impl Zones {
    /// Reads all zones of a world, and puts each of its further records into the zone that encloses it.
    ///
    /// # Errors
    /// All that is wrong with any of them.
    pub fn read(world: &World) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let zones = origins(world, &mut problems);
        let further = distribute(world, &zones, &mut problems);
        let mut read = Self { zones: HashMap::new(), missing: HashSet::new(), served: HashMap::new() };
        read.restrict(world, &zones, &mut problems);
        for ((origin, source), further) in zones.into_iter().zip(further) {
            match zone(&origin, source, further) {
                Ok(zone) => drop(read.zones.insert(zone.origin.clone(), zone)),
                Err(wrong) => problems.extend(wrong),
            }
        }
        problems.sort();
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    /// Notes which names are missing and who serves what.
    fn restrict(&mut self, world: &World, zones: &[Origin<'_>], problems: &mut Vec<Problem>) {
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
                    Ok(key) if zones.iter().any(|(origin, _)| name::key(origin) == key) => drop(served.insert(key)),
                    _ => wrong(format!("nameserver {}: there is no zone `{origin}` in this world", server.address)),
                }
            }
        }
    }
}

/// A zone's origin, and its text.
type Origin<'w> = (Name, &'w world::Zone);

/// Further records, and where they were written.
type Further<'w> = (Vec<Written>, Option<&'w world::Zone>);

/// The zones of a world; not those whose origin is no name, or another's.
fn origins<'w>(world: &'w World, problems: &mut Vec<Problem>) -> Vec<Origin<'w>> {
    let mut zones: Vec<Origin<'w>> = Vec::new();
    for zone in &world.zones {
        match name::absolute(&zone.origin) {
            Err(wrong) => problems.push(problem(zone, wrong)),
            Ok(origin) if zones.iter().any(|(other, _)| name::key(other) == name::key(&origin)) => {
                let text = format!("there is another zone `{}` in this world", zone.origin);
                problems.push(Problem { at: place(zone, 0), text, hint: None });
            }
            Ok(origin) => zones.push((origin, zone)),
        }
    }
    zones
}

/// A world's further records, each with the zone that encloses it.
fn distribute<'w>(world: &'w World, zones: &[Origin<'w>], problems: &mut Vec<Problem>) -> Vec<Further<'w>> {
    let mut of_zones: Vec<Further<'w>> = zones.iter().map(|_| (Vec::new(), world.records.as_ref())).collect();
    let Some(further) = &world.records else { return of_zones };
    let origin = name::absolute(&further.origin).unwrap_or_else(|_| Name::root());
    let (records, wrong) = entry::read(&further.text, &origin);
    problems.extend(wrong.into_iter().map(|wrong| problem(further, wrong)));
    let keys: Vec<Vec<u8>> = zones.iter().map(|(origin, _)| name::key(origin)).collect();
    for written in records {
        let key = name::key(&written.record.name);
        match name::ancestors(&key).find_map(|above| keys.iter().position(|origin| origin == above)) {
            Some(index) => of_zones[index].0.push(written),
            None => {
                let text = format!("no zone of this world encloses `{}`", name::written(&written.record.name));
                let hint = "the owner names of further records are absolute; add a zone, or move the name".to_owned();
                problems.push(Problem { at: place(further, written.at), text, hint: Some(hint) });
            }
        }
    }
    of_zones
}

/// A zone of the records of its own text and of further ones.
fn zone(origin: &Name, source: &world::Zone, (further, from): Further<'_>) -> Result<Arc<Zone>, Vec<Problem>> {
    let alone = further.is_empty();
    let known = || READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(zone) = known().zones.get(source).filter(|_| alone) {
        return Ok(Arc::clone(zone));
    }
    let (records, wrong) = entry::read(&source.text, origin);
    let mut draft = Draft::new(origin, source, !wrong.is_empty());
    let mut problems: Vec<Problem> = wrong.into_iter().map(|wrong| problem(source, wrong)).collect();
    problems.extend(records.into_iter().filter_map(|written| draft.add(written, source).err()));
    if let Some(from) = from {
        problems.extend(further.into_iter().filter_map(|written| draft.add(written, from).err()));
    }
    match draft.finish() {
        Ok(zone) if problems.is_empty() => {
            let zone = Arc::new(zone);
            if alone {
                known().keep(source, &zone);
            }
            Ok(zone)
        }
        Ok(_) => Err(problems),
        Err(wrong) => Err(problems.into_iter().chain(wrong).collect()),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: String) -> world::Zone {
        world::Zone { origin: "kept.test.".to_owned(), path: "kept.zone".to_owned(), line: 1, text }
    }

    fn text(serial: u32) -> String {
        format!("@ 60 SOA ns hostmaster {serial} 1h 10m 1d 60\n@ 60 NS ns\nns 60 A 192.0.2.53\n")
    }

    fn read(source: &world::Zone, further: &str) -> Arc<Zone> {
        let mut world = World::bare("kept");
        world.zones.push(source.clone());
        world.records = (!further.is_empty()).then(|| self::source(further.to_owned()));
        Zones::read(&world).unwrap().zones.into_values().next().unwrap()
    }

    #[test]
    fn a_zone_is_read_once_as_long_as_nothing_of_it_changes() {
        let same = |one: &world::Zone, further| {
            let first = read(&source(text(1)), "");
            let between = read(one, further);
            Arc::ptr_eq(&first, &between)
        };
        // Another test may have filled the memory between two readings.
        assert!((0..100).any(|_| same(&source(text(1)), "")));
        assert!(!same(&source(text(2)), ""));
        // With a world's own records it is another.
        assert!(!same(&source(text(1)), "www.kept.test. 60 A 192.0.2.1\n"));
        // Messages name the file.
        assert!(!same(&world::Zone { line: 7, ..source(text(1)) }, ""));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let zone = read(&source(text(3)), "");
        let mut known = Known::default();
        let long = |nth: usize| source(format!("{nth}{}", " ".repeat(MOST / 4)));
        for nth in 0..100 {
            known.keep(&long(nth), &zone);
            known.keep(&long(nth), &zone);
            let kept: usize = known.zones.keys().map(|source| source.text.len()).sum();
            assert_eq!(kept, known.length);
            assert!(kept <= MOST, "{kept}");
            assert!(known.zones.contains_key(&long(nth)));
        }
    }
}
