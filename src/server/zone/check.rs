//! What must hold of a zone as a whole before it is served (RFC 1034 §3.6.2, §4.2.1; RFC 1035 §5.2; RFC 2181 §5, §6.1;
//! RFC 6672 §2.3, §2.4).

use std::collections::HashMap;

use domain::base::iana::Rtype;
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::entry::Written;
use super::{Node, Zone, name, place, start};
use crate::world::{self, Position, Problem};

/// A zone whose records are still coming in.
pub(super) struct Draft {
    /// The key of its origin.
    pub(super) origin: Vec<u8>,
    written: String,
    start: Position,
    /// Whether its text has faults, so that records of it may not have been read.
    pub(super) broken: bool,
    /// Its records in the order in which they were written.
    records: Vec<(Record, Position)>,
}

impl Draft {
    pub(super) fn new(origin: &Name, zone: &world::Zone) -> Self {
        let (origin, written) = (name::key(origin), name::written(origin));
        Self { origin, written, start: start(zone), broken: false, records: Vec::new() }
    }

    /// Adds a record that was written in `source`.
    ///
    /// # Errors
    /// Where it is out of the zone, or an SOA record that is not at the zone's origin.
    pub(super) fn add(&mut self, written: Written, source: &world::Zone) -> Result<(), Problem> {
        let key = name::key(&written.record.name);
        let at = place(source, written.at);
        if !name::ancestors(&key).any(|above| above == self.origin) {
            let text = format!("`{}` is outside the zone `{}`", name::written(&written.record.name), self.written);
            let hint = Some("a name without a dot at its end is relative to the origin".to_owned());
            return Err(Problem { at, text, hint });
        }
        if written.record.record_type() == RecordType::SOA && key != self.origin {
            let text = format!("an SOA record belongs to the origin of its zone, `{}`", self.written);
            return Err(Problem { at, text, hint: None });
        }
        self.records.push((written.record, at));
        Ok(())
    }

    /// The zone.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn finish(self) -> Result<Zone, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut seen: HashMap<Vec<u8>, NameSeen<'_>> = HashMap::new();
        for entry in &self.records {
            problems.extend(seen.entry(name::key(&entry.0.name)).or_default().take(entry));
        }
        for (key, here) in &seen {
            let above = name::ancestors(key).skip(1).filter_map(|above| seen.get(above));
            if let Some((dname, _)) = above.filter_map(|above| above.first(Rtype::DNAME)).next()
                && let Some((_, at)) = here.firsts.first()
            {
                let text = format!("a name below `{}`, which has a DNAME record", name::written(&dname.name));
                let hint = Some("nothing may be there (RFC 6672 §2.4)".to_owned());
                problems.push(Problem { at: at.clone(), text, hint });
            }
        }
        let negative = self.records.iter().find_map(|(record, _)| negative(record));
        match negative {
            Some(negative) if problems.is_empty() => return Ok(zone(self.origin, self.records, negative)),
            None if !self.broken => {
                let text = format!("the zone `{}` has no SOA record", self.written);
                let hint = Some("begin it with, for example: @ SOA ns hostmaster 1 1h 10m 1d 60".to_owned());
                problems.push(Problem { at: self.start, text, hint });
            }
            _ => {}
        }
        Err(problems)
    }
}

/// The records of one name, as far as they have been looked at.
#[derive(Default)]
struct NameSeen<'d> {
    /// The first record of each type.
    firsts: Vec<&'d (Record, Position)>,
    /// Where each record stands.
    places: HashMap<&'d RData, &'d Position>,
}

impl<'d> NameSeen<'d> {
    fn first(&self, rtype: Rtype) -> Option<&'d (Record, Position)> {
        self.firsts.iter().copied().find(|(record, _)| is(record, rtype))
    }

    /// Adds a record; gives back what forbids it beside those before it.
    fn take(&mut self, entry: &'d (Record, Position)) -> Option<Problem> {
        let (record, at) = entry;
        let rtype = record.record_type();
        let same = self.firsts.iter().copied().find(|(first, _)| first.record_type() == rtype);
        let problem = self.duplicate(entry).or_else(|| match same {
            Some(first) => differs(entry, first),
            None => self.firsts.iter().find_map(|other| excludes(entry, other)),
        });
        if same.is_none() {
            self.firsts.push(entry);
        }
        self.places.entry(&record.data).or_insert(at);
        problem
    }

    fn duplicate(&self, (record, at): &(Record, Position)) -> Option<Problem> {
        let text = format!("the same record as {}", seen_from(at, self.places.get(&record.data)?));
        let hint = "a zone holds a record once (RFC 2181 §5); a reply that repeats it is a matter for a fault";
        Some(Problem { at: at.clone(), text, hint: Some(hint.to_owned()) })
    }
}

/// What forbids the record beside the first of its name and type.
fn differs((record, at): &(Record, Position), (first, place): &(Record, Position)) -> Option<Problem> {
    let rtype = Rtype::from_int(record.record_type().into());
    let (text, hint) = if [Rtype::CNAME, Rtype::DNAME, Rtype::SOA].contains(&rtype) {
        let owner = name::written(&record.name);
        (format!("`{owner}` has {rtype} data already, {}", seen_from(at, place)), "there can only be one")
    } else if first.ttl != record.ttl {
        (
            format!("its TTL is {}, that of the record {} is {}", record.ttl, seen_from(at, place), first.ttl),
            "all records of one name and type have the same TTL (RFC 2181 §5.2)",
        )
    } else {
        return None;
    };
    Some(Problem { at: at.clone(), text, hint: Some(hint.to_owned()) })
}

/// What forbids the record beside one of its name that has another type.
fn excludes((record, at): &(Record, Position), (other, place): &(Record, Position)) -> Option<Problem> {
    let cname = is(record, Rtype::CNAME) || is(other, Rtype::CNAME);
    if !cname || goes_with_cname(record) || goes_with_cname(other) {
        return None;
    }
    let [rtype, beside] = [record, other].map(|record| Rtype::from_int(record.record_type().into()));
    let owner = name::written(&record.name);
    let text = format!("`{owner}` has {beside} data {}, so it can have no {rtype} data", seen_from(at, place));
    let hint = "a name with a CNAME record has no other data (RFC 1034 §3.6.2)";
    Some(Problem { at: at.clone(), text, hint: Some(hint.to_owned()) })
}

/// The place of another record, for a message about the place `at`.
fn seen_from(at: &Position, place: &Position) -> String {
    if at.file == place.file { format!("on line {}", place.line) } else { format!("at {}:{}", place.file, place.line) }
}

/// Whether a record may stand beside a CNAME record (RFC 4035 §2.5).
fn goes_with_cname(record: &Record) -> bool {
    is(record, Rtype::RRSIG) || is(record, Rtype::NSEC)
}

fn is(record: &Record, rtype: Rtype) -> bool {
    u16::from(record.record_type()) == rtype.to_int()
}

/// The SOA record as it stands in negative answers: its TTL is the lesser of its own and MINIMUM (RFC 2308 §3).
fn negative(record: &Record) -> Option<Record> {
    let RData::SOA(soa) = &record.data else { return None };
    Some(Record::from_rdata(record.name.clone(), record.ttl.min(soa.minimum), record.data.clone()))
}

fn zone(origin: Vec<u8>, records: Vec<(Record, Position)>, negative: Record) -> Zone {
    let mut nodes: HashMap<Vec<u8>, Node> = HashMap::new();
    for (record, _) in records {
        let key = name::key(&record.name);
        for above in name::ancestors(&key).skip(1).take_while(|above| above.len() >= origin.len()) {
            if nodes.contains_key(above) {
                break;
            }
            nodes.insert(above.to_vec(), Node::default());
        }
        let sets = &mut nodes.entry(key).or_default().sets;
        match sets.iter_mut().find(|set| set[0].record_type() == record.record_type()) {
            Some(set) => set.push(record),
            None => sets.push(vec![record]),
        }
    }
    Zone { origin, nodes, negative }
}
