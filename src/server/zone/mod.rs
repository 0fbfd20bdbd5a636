//! The zones of a world, read and ready for look-ups. What a look-up makes of them is `lookup`'s business.

mod check;
mod entry;
pub(super) mod name;
mod rdata;
mod text;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;

use domain::base::iana::Rtype;
use hickory_proto::rr::{Name, RData, Record, RecordType};

use crate::world::{self, Position, Problem, World};

/// All zones of a world, as its nameservers serve them.
#[derive(Debug)]
pub struct Zones {
    /// By the key of their origin.
    zones: HashMap<Vec<u8>, Zone>,
    /// The keys of the names outside all zones that are meant not to exist.
    missing: HashSet<Vec<u8>>,
    /// The origins that an address serves, where it does not serve all.
    served: HashMap<IpAddr, HashSet<Vec<u8>>>,
}

/// One zone.
#[derive(Debug)]
pub(super) struct Zone {
    /// The key of its origin.
    pub(super) origin: Vec<u8>,
    /// Its names, those without records between others included, by key.
    nodes: HashMap<Vec<u8>, Node>,
    /// Its SOA record with the TTL of negative answers (RFC 2308 §3).
    pub(super) negative: Record,
}

/// The records of one name, each type together, in the order in which they were written.
#[derive(Debug, Default)]
pub(super) struct Node {
    sets: Vec<Vec<Record>>,
}

impl Zones {
    /// Reads all zones of a world, and puts each of its further records into the zone that encloses it.
    ///
    /// # Errors
    /// All that is wrong with any of them.
    pub fn read(world: &World) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut drafts: Vec<check::Draft> = Vec::new();
        for zone in &world.zones {
            let origin = match name::absolute(&zone.origin) {
                Ok(origin) => origin,
                Err(wrong) => {
                    problems.push(problem(zone, wrong));
                    continue;
                }
            };
            let (records, wrong) = entry::read(&zone.text, &origin);
            let mut draft = check::Draft::new(&origin, zone);
            draft.broken = !wrong.is_empty();
            problems.extend(wrong.into_iter().map(|wrong| problem(zone, wrong)));
            problems.extend(records.into_iter().filter_map(|written| draft.add(written, zone).err()));
            if drafts.iter().any(|other| other.origin == draft.origin) {
                let text = format!("there is another zone `{}` in this world", zone.origin);
                problems.push(Problem { at: start(zone), text, hint: None });
            } else {
                drafts.push(draft);
            }
        }
        if let Some(further) = &world.records {
            problems.extend(distribute(further, &mut drafts));
        }
        let mut zones = HashMap::new();
        for draft in drafts {
            match draft.finish() {
                Ok(zone) => drop(zones.insert(zone.origin.clone(), zone)),
                Err(wrong) => problems.extend(wrong),
            }
        }
        let mut read = Self { zones, missing: HashSet::new(), served: HashMap::new() };
        problems.extend(read.restrict(world));
        problems.sort();
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    /// Notes which names are missing and who serves what; gives back what is wrong with that.
    fn restrict(&mut self, world: &World) -> Vec<Problem> {
        let mut problems = Vec::new();
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
                    Ok(key) if self.zones.contains_key(&key) => drop(served.insert(key)),
                    _ => wrong(format!("nameserver {}: there is no zone `{origin}` in this world", server.address)),
                }
            }
        }
        problems
    }

    /// The zone nearest to the name with this key among those that the address serves.
    pub(super) fn enclosing(&self, key: &[u8], server: IpAddr) -> Option<&Zone> {
        let served = self.served.get(&server);
        name::ancestors(key)
            .filter(|origin| served.is_none_or(|served| served.contains(*origin)))
            .find_map(|origin| self.zones.get(origin))
    }

    /// Whether the name with this key is outside all zones and meant not to exist.
    pub(super) fn is_missing(&self, key: &[u8]) -> bool {
        name::ancestors(key).any(|name| self.missing.contains(name))
    }
}

impl Zone {
    /// The name with this key, if it exists, be it only as a part of others (RFC 8020 §2).
    pub(super) fn node(&self, key: &[u8]) -> Option<&Node> {
        self.nodes.get(key)
    }
}

impl Node {
    /// The records of one type; none: an empty slice.
    pub(super) fn set(&self, rtype: RecordType) -> &[Record] {
        self.sets.iter().find(|set| set[0].record_type() == rtype).map_or(&[], Vec::as_slice)
    }

    /// The records of all types.
    pub(super) fn all(&self) -> impl Iterator<Item = &Record> {
        self.sets.iter().flatten()
    }
}

/// All records as a master file, sorted by name, then in the order in which they were written.
impl fmt::Display for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut nodes: Vec<(Name, &Node)> = Vec::new();
        for node in self.zones.values().flat_map(|zone| zone.nodes.values()) {
            nodes.extend(node.all().next().map(|first| (first.name.clone(), node)));
        }
        nodes.sort_by(|a, b| a.0.cmp(&b.0));
        for record in nodes.iter().flat_map(|(_, node)| node.all()) {
            let (owner, rtype) = (name::written(&record.name), Rtype::from_int(record.record_type().into()));
            writeln!(f, "{owner} {} IN {rtype} {}", record.ttl, rdata::written(rtype, &record.data))?;
        }
        Ok(())
    }
}

/// Puts each record into the zone that encloses it.
fn distribute(further: &world::Zone, drafts: &mut [check::Draft]) -> Vec<Problem> {
    let origin = name::absolute(&further.origin).unwrap_or_else(|_| Name::root());
    let (records, wrong) = entry::read(&further.text, &origin);
    let mut problems: Vec<_> = wrong.into_iter().map(|wrong| problem(further, wrong)).collect();
    for written in records {
        let key = name::key(&written.record.name);
        let enclosing = name::ancestors(&key).find_map(|origin| drafts.iter().position(|draft| draft.origin == origin));
        match enclosing {
            Some(index) => problems.extend(drafts[index].add(written, further).err()),
            None => {
                let text = format!("no zone of this world encloses `{}`", name::written(&written.record.name));
                let hint =
                    Some("the owner names of further records are absolute; add a zone, or move the name".to_owned());
                problems.push(Problem { at: place(further, written.at), text, hint });
            }
        }
    }
    problems
}

fn problem(zone: &world::Zone, wrong: text::Complaint) -> Problem {
    Problem { at: place(zone, wrong.at), text: wrong.text, hint: wrong.hint }
}

/// The place in its file of the byte `offset` of a zone's text.
fn place(zone: &world::Zone, offset: usize) -> Position {
    let mut at = Position::of(&zone.path, &zone.text, offset);
    at.line += zone.line.saturating_sub(1);
    at
}

fn start(zone: &world::Zone) -> Position {
    place(zone, 0)
}

/// The target of a record that names a host.
pub(super) fn target(data: &RData) -> Option<Name> {
    match data {
        RData::CNAME(target) => Some(target.0.clone()),
        RData::MX(mx) => Some(mx.exchange.clone()),
        RData::NS(target) => Some(target.0.clone()),
        RData::Unknown { code: RecordType::SRV, rdata } => name::from_wire(rdata.anything.get(6..)?),
        RData::Unknown { code, rdata } if u16::from(*code) == Rtype::DNAME.to_int() => name::from_wire(&rdata.anything),
        _ => None,
    }
}
