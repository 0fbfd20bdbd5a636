//! The zones of a world, read and ready for look-ups. What a look-up makes of them is `lookup`'s business.

mod check;
mod entry;
mod load;
pub(super) mod name;
mod rdata;
pub(super) mod record;
mod text;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use domain::base::iana::Rtype;
use hickory_proto::rr::Name;
use record::{Record, Records};

/// All zones of a world, as its nameservers serve them.
#[derive(Debug)]
pub struct Zones {
    /// By the key of their origin.
    zones: HashMap<Vec<u8>, Arc<Zone>>,
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
    nodes: HashMap<Box<[u8]>, Node>,
    /// Its SOA record with the TTL of negative answers (RFC 2308 §3).
    negative: Vec<u8>,
}

/// The records of one name, each type together, in the order in which they were written.
#[derive(Debug, Default)]
pub(super) struct Node {
    sets: Vec<(Rtype, Vec<u8>)>,
}

impl Zones {
    /// The zone nearest to the name with this key among those that the address serves.
    pub(super) fn enclosing(&self, key: &[u8], server: IpAddr) -> Option<&Zone> {
        let served = self.served.get(&server);
        name::ancestors(key)
            .filter(|origin| served.is_none_or(|served| served.contains(*origin)))
            .find_map(|origin| self.zones.get(origin).map(Arc::as_ref))
    }

    /// Whether the name with this key is outside all zones of the world, whoever serves them.
    pub(super) fn is_outside(&self, key: &[u8]) -> bool {
        !name::ancestors(key).any(|origin| self.zones.contains_key(origin))
    }

    /// Whether the name with this key is outside all zones and meant not to exist. The root speaks for itself alone.
    pub(super) fn is_missing(&self, key: &[u8]) -> bool {
        let mut above = name::ancestors(key).filter(|name| *name != name::ROOT || *name == key);
        self.is_outside(key) && above.any(|name| self.missing.contains(name))
    }
}

impl Zone {
    /// The name with this key, if it exists, be it only as a part of others (RFC 8020 §2).
    pub(super) fn node(&self, key: &[u8]) -> Option<&Node> {
        self.nodes.get(key)
    }

    /// What stands in the authority section of a negative answer.
    pub(super) fn negative(&self) -> Records<'_> {
        Records::new(&self.negative)
    }
}

impl Node {
    /// The records of one type.
    pub(super) fn set(&self, rtype: Rtype) -> Records<'_> {
        self.sets.iter().find(|(own, _)| *own == rtype).map_or_else(Records::default, |(_, set)| Records::new(set))
    }

    /// The records of all types.
    pub(super) fn all(&self) -> impl Iterator<Item = Record<'_>> {
        self.sets.iter().flat_map(|(_, set)| Records::new(set))
    }
}

/// All records as a master file, sorted by name, then in the order in which they were written.
impl fmt::Display for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut nodes: Vec<(Name, &Node)> = Vec::new();
        for node in self.zones.values().flat_map(|zone| zone.nodes.values()) {
            nodes.extend(node.all().next().and_then(|first| Some((name::from_wire(first.owner)?, node))));
        }
        nodes.sort_by(|a, b| a.0.cmp(&b.0));
        for record in nodes.iter().flat_map(|(_, node)| node.all()) {
            let owner = name::from_wire(record.owner).map(|owner| name::written(&owner)).unwrap_or_default();
            writeln!(f, "{owner} {} IN {} {}", record.ttl(), record.rtype(), rdata::written(record))?;
        }
        Ok(())
    }
}
