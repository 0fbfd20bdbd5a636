//! What must hold of a zone as a whole before it is served (RFC 1034 §3.6.2, §4.2.1; RFC 1035 §5.2; RFC 2181 §5, §6.1;
//! RFC 6672 §2.3, §2.4).

use std::collections::HashMap;

use domain::base::iana::Rtype;
use hickory_proto::rr::{Name, RData, Record};

use super::entry::Written;
use super::load::place;
use super::{Node, Zone, name, record};
use crate::world::{self, Position, Problem};

/// A zone whose records are still coming in.
pub(super) struct Draft<'w> {
    /// The key of its origin.
    pub(super) origin: Vec<u8>,
    source: &'w world::Zone,
    /// Whether its text has faults, so that records of it may not have been read.
    broken: bool,
    /// Its records in the order in which they were written.
    records: Vec<Placed<'w>>,
}

/// A record, and where it was written.
struct Placed<'w> {
    /// The key of its owner.
    key: Vec<u8>,
    record: Record,
    source: &'w world::Zone,
    at: usize,
}

impl Placed<'_> {
    fn problem(&self, text: String, hint: Option<&str>) -> Problem {
        Problem { at: place(self.source, self.at), text, hint: hint.map(str::to_owned) }
    }

    fn is(&self, rtype: Rtype) -> bool {
        u16::from(self.record.record_type()) == rtype.to_int()
    }

    fn rtype(&self) -> Rtype {
        Rtype::from_int(self.record.record_type().into())
    }

    /// Its place, for a message about `other`.
    fn seen_from(&self, other: &Placed<'_>) -> String {
        let Position { file, line, .. } = place(self.source, self.at);
        if file == other.source.path { format!("on line {line}") } else { format!("at {file}:{line}") }
    }
}

impl<'w> Draft<'w> {
    pub(super) fn new(origin: &Name, source: &'w world::Zone, broken: bool) -> Self {
        Self { origin: name::key(origin), source, broken, records: Vec::new() }
    }

    /// Adds a record that was written in `source`.
    ///
    /// # Errors
    /// Where it is out of the zone, or an SOA record that is not at the zone's origin.
    pub(super) fn add(&mut self, Written { record, at }: Written, source: &'w world::Zone) -> Result<(), Problem> {
        let key = name::key(&record.name);
        let placed = Placed { key, record, source, at };
        if !name::ancestors(&placed.key).any(|above| above == self.origin) {
            let owner = name::written(&placed.record.name);
            let text = format!("`{owner}` is outside the zone `{}`", self.source.origin);
            return Err(placed.problem(text, Some("a name without a dot at its end is relative to the origin")));
        }
        if placed.is(Rtype::SOA) && placed.key != self.origin {
            let text = format!("an SOA record belongs to the origin of its zone, `{}`", self.source.origin);
            return Err(placed.problem(text, None));
        }
        self.records.push(placed);
        Ok(())
    }

    /// The zone.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn finish(self) -> Result<Zone, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut all: HashMap<(&[u8], &RData), &Placed<'_>> = HashMap::with_capacity(self.records.len());
        let mut seen: HashMap<&[u8], NameSeen<'_>> = HashMap::with_capacity(self.records.len());
        for placed in &self.records {
            let twin = *all.entry((&placed.key, &placed.record.data)).or_insert(placed);
            let twin = Some(twin).filter(|twin| !std::ptr::eq(*twin, placed));
            problems.extend(seen.entry(&placed.key).or_default().take(placed, twin));
        }
        let has_dname = self.records.iter().any(|placed| placed.is(Rtype::DNAME));
        for (key, here) in seen.iter().filter(|_| has_dname) {
            let above = name::ancestors(key).skip(1).filter_map(|above| seen.get(above));
            if let Some(dname) = above.filter_map(|above| above.first(Rtype::DNAME)).next()
                && let Some(first) = here.firsts.first()
            {
                let text = format!("a name below `{}`, which has a DNAME record", name::written(&dname.record.name));
                problems.push(first.problem(text, Some("nothing may be there (RFC 6672 §2.4)")));
            }
        }
        match self.records.iter().find_map(|placed| negative(&placed.record)) {
            Some(negative) if problems.is_empty() => {
                drop((all, seen));
                return Ok(zone(self.origin, self.records, negative));
            }
            None if !self.broken => {
                let text = format!("the zone `{}` has no SOA record", self.source.origin);
                let hint = Some("begin it with, for example: @ SOA ns hostmaster 1 1h 10m 1d 60".to_owned());
                problems.push(Problem { at: place(self.source, 0), text, hint });
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
    firsts: Vec<&'d Placed<'d>>,
}

impl<'d> NameSeen<'d> {
    fn first(&self, rtype: Rtype) -> Option<&'d Placed<'d>> {
        self.firsts.iter().copied().find(|placed| placed.is(rtype))
    }

    /// Adds a record; gives back what forbids it beside those before it, of which one may have the same data.
    fn take(&mut self, placed: &'d Placed<'d>, twin: Option<&Placed<'_>>) -> Option<Problem> {
        let same = self.first(placed.rtype());
        let problem = twin.map(|twin| duplicate(placed, twin)).or_else(|| match same {
            Some(first) => differs(placed, first),
            None => self.firsts.iter().find_map(|other| excludes(placed, other)),
        });
        if same.is_none() {
            self.firsts.push(placed);
        }
        problem
    }
}

fn duplicate(placed: &Placed<'_>, twin: &Placed<'_>) -> Problem {
    let text = format!("the same record as {}", twin.seen_from(placed));
    let hint = "a zone holds a record once (RFC 2181 §5); a reply that repeats it is a matter for a fault";
    placed.problem(text, Some(hint))
}

/// What forbids the record beside the first of its name and type.
fn differs(placed: &Placed<'_>, first: &Placed<'_>) -> Option<Problem> {
    let rtype = placed.rtype();
    let beside = || first.seen_from(placed);
    if [Rtype::CNAME, Rtype::DNAME, Rtype::SOA].contains(&rtype) {
        let text = format!("`{}` has {rtype} data already, {}", name::written(&placed.record.name), beside());
        return Some(placed.problem(text, Some("there can only be one")));
    }
    if first.record.ttl != placed.record.ttl {
        let text = format!("its TTL is {}, that of the record {} is {}", placed.record.ttl, beside(), first.record.ttl);
        return Some(placed.problem(text, Some("all records of one name and type have the same TTL (RFC 2181 §5.2)")));
    }
    None
}

/// What forbids the record beside one of its name that has another type.
fn excludes(placed: &Placed<'_>, other: &Placed<'_>) -> Option<Problem> {
    // RFC 4035 §2.5.
    let signs = |placed: &Placed<'_>| placed.is(Rtype::RRSIG) || placed.is(Rtype::NSEC);
    if !(placed.is(Rtype::CNAME) || other.is(Rtype::CNAME)) || signs(placed) || signs(other) {
        return None;
    }
    let (owner, beside) = (name::written(&placed.record.name), other.seen_from(placed));
    let (own, others) = (placed.rtype(), other.rtype());
    let text = format!("`{owner}` has {others} data {beside}, so it can have no {own} data");
    Some(placed.problem(text, Some("a name with a CNAME record has no other data (RFC 1034 §3.6.2)")))
}

/// The SOA record as it stands in negative answers: its TTL is the lesser of its own and MINIMUM (RFC 2308 §3).
fn negative(record: &Record) -> Option<Vec<u8>> {
    let RData::SOA(soa) = &record.data else { return None };
    let mut negative = Vec::new();
    record::write(record, record.ttl.min(soa.minimum), &mut negative);
    Some(negative)
}

fn zone(origin: Vec<u8>, records: Vec<Placed<'_>>, negative: Vec<u8>) -> Zone {
    let mut nodes: HashMap<Box<[u8]>, Node> = HashMap::new();
    for placed in records {
        for above in name::ancestors(&placed.key).skip(1).take_while(|above| above.len() >= origin.len()) {
            if nodes.contains_key(above) {
                break;
            }
            nodes.insert(above.into(), Node::default());
        }
        let (rtype, Placed { key, record, .. }) = (placed.rtype(), placed);
        let sets = &mut nodes.entry(key.into()).or_default().sets;
        let index = sets.iter().position(|(own, _)| *own == rtype).unwrap_or_else(|| {
            sets.push((rtype, Vec::new()));
            sets.len() - 1
        });
        record::write(&record, record.ttl, &mut sets[index].1);
    }
    Zone { origin, nodes, negative }
}
