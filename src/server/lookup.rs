//! Looks a question up in the zones: the algorithm of RFC 1034 §4.3.2, with the wildcards of RFC 4592, the DNAME of
//! RFC 6672 and the negative answers of RFC 2308. Aliases are followed from zone to zone for as long as this server has
//! the next name.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use domain::base::iana::Rtype;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::{CNAME, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::zone::{Node, Zone, Zones, name, target};

/// What a server says to one question.
#[derive(Debug)]
pub(super) struct Reply<'z> {
    pub(super) code: ResponseCode,
    /// Whether the zone of the name that was asked for is served here, and not delegated from here.
    pub(super) authoritative: bool,
    pub(super) answers: Vec<Cow<'z, Record>>,
    pub(super) authorities: Vec<Cow<'z, Record>>,
    pub(super) additionals: Vec<Cow<'z, Record>>,
    /// The name is outside all zones, and not among those that are meant to be missing.
    pub(super) outside: bool,
}

impl Reply<'_> {
    pub(super) fn empty(code: ResponseCode) -> Self {
        let (answers, authorities, additionals) = (Vec::new(), Vec::new(), Vec::new());
        Self { code, authoritative: false, answers, authorities, additionals, outside: false }
    }
}

/// What a zone has for a name.
enum Found<'z> {
    /// The name, or a wildcard that stands for it.
    Node(&'z Node),
    /// A name at or above it is delegated.
    Cut(&'z [Record]),
    /// A name above it is redirected.
    Dname(&'z Record),
    /// Nothing.
    Nothing,
}

/// Whether the chain of aliases goes on.
enum Next {
    Done,
    Name(Name),
}

impl Zones {
    /// The reply of the nameserver at `server` to a question of class IN.
    pub(super) fn look_up(&self, asked: &Name, rtype: RecordType, server: IpAddr) -> Reply<'_> {
        let mut reply = Reply::empty(ResponseCode::NoError);
        // Few aliases make a chain.
        let mut seen: Vec<Vec<u8>> = Vec::new();
        let mut name = asked.clone();
        loop {
            let key = name::key(&name);
            let Some(zone) = self.responsible(&key, rtype, server) else {
                self.leave(&key, seen.is_empty(), &mut reply);
                break;
            };
            let found = zone.find(&key, rtype);
            if seen.is_empty() {
                reply.authoritative = !matches!(found, Found::Cut(_));
            }
            let next = answer(zone, found, &name, rtype, &mut reply);
            seen.push(key);
            match next {
                Next::Name(target) if !seen.contains(&name::key(&target)) => name = target,
                _ => break,
            }
        }
        self.add_addresses(server, &mut reply);
        reply
    }

    /// The zone that answers for a name. That of a DS record is the one above (RFC 4035 §3.1.4.1).
    fn responsible(&self, key: &[u8], rtype: RecordType, server: IpAddr) -> Option<&Zone> {
        let zone = self.enclosing(key, server)?;
        if u16::from(rtype) == Rtype::DS.to_int() && zone.origin == key {
            return name::parent(key).and_then(|above| self.enclosing(above, server)).or(Some(zone));
        }
        Some(zone)
    }

    /// The chain of aliases, or the question itself, has led to a name outside all zones that this server has.
    fn leave(&self, key: &[u8], first: bool, reply: &mut Reply<'_>) {
        if self.is_missing(key) {
            // The root has names below it: it exists, and lacks what was asked for (RFC 8020 §2).
            match key {
                name::ROOT => reply.authoritative = true,
                _ => reply.code = ResponseCode::NXDomain,
            }
            reply.authorities.push(Cow::Owned(root_soa()));
        } else if first {
            reply.code = ResponseCode::Refused;
            reply.outside = self.is_outside(key);
        }
    }

    /// Adds the addresses of the hosts that NS, MX and SRV records name, where this server has them (RFC 1034 §4.3.2
    /// step 6, RFC 2782).
    fn add_addresses<'z>(&'z self, server: IpAddr, reply: &mut Reply<'z>) {
        let hosts = reply
            .answers
            .iter()
            .chain(&reply.authorities)
            .filter(|record| matches!(record.record_type(), RecordType::NS | RecordType::MX | RecordType::SRV));
        let mut done = HashSet::new();
        let mut added: Vec<Cow<'z, Record>> = Vec::new();
        for key in hosts.filter_map(|record| target(&record.data)).map(|host| name::key(&host)) {
            if !done.insert(key.clone()) {
                continue;
            }
            let node = self.enclosing(&key, server).and_then(|zone| zone.node(&key));
            for rtype in [RecordType::A, RecordType::AAAA] {
                let set = node.map_or(&[][..], |node| node.set(rtype));
                if !set.first().is_some_and(|first| reply.answers.iter().any(|answer| answer.as_ref() == first)) {
                    added.extend(set.iter().map(Cow::Borrowed));
                }
            }
        }
        reply.additionals.extend(added);
    }
}

impl Zone {
    fn find(&self, key: &[u8], rtype: RecordType) -> Found<'_> {
        let mut path: Vec<&[u8]> = name::ancestors(key).take_while(|name| name.len() >= self.origin.len()).collect();
        path.reverse();
        let mut closest = None;
        for name in path {
            let Some(node) = self.node(name) else { break };
            closest = Some(name);
            let here = name.len() == key.len();
            let cut = node.set(RecordType::NS);
            let parent_side = here && u16::from(rtype) == Rtype::DS.to_int();
            if name.len() > self.origin.len() && !cut.is_empty() && !parent_side {
                return Found::Cut(cut);
            }
            if here {
                return Found::Node(node);
            }
            if let [dname] = node.set(RecordType::from(Rtype::DNAME.to_int())) {
                return Found::Dname(dname);
            }
        }
        let wildcard = closest.map(|closest| [b"\x01*", closest].concat());
        wildcard.and_then(|wildcard| self.node(&wildcard)).map_or(Found::Nothing, Found::Node)
    }
}

/// Puts what was found into the reply.
fn answer<'z>(zone: &'z Zone, found: Found<'z>, name: &Name, rtype: RecordType, reply: &mut Reply<'z>) -> Next {
    match found {
        Found::Node(node) => {
            if rtype == RecordType::ANY && node.all().next().is_some() {
                reply.answers.extend(node.all().map(|record| owned_by(name, record)));
                return Next::Done;
            }
            let set = node.set(rtype);
            if !set.is_empty() {
                reply.answers.extend(set.iter().map(|record| owned_by(name, record)));
                return Next::Done;
            }
            if let [alias] = node.set(RecordType::CNAME) {
                reply.answers.push(owned_by(name, alias));
                return target(&alias.data).map_or(Next::Done, Next::Name);
            }
            reply.authorities.push(Cow::Borrowed(&zone.negative));
            Next::Done
        }
        Found::Cut(servers) => {
            reply.authorities.extend(servers.iter().map(Cow::Borrowed));
            Next::Done
        }
        Found::Dname(dname) => {
            reply.answers.push(Cow::Borrowed(dname));
            let Some(target) = redirected(name, dname) else {
                reply.code = ResponseCode::YXDomain;
                return Next::Done;
            };
            let alias = Record::from_rdata(name.clone(), dname.ttl, RData::CNAME(CNAME(target.clone())));
            reply.answers.push(Cow::Owned(alias));
            // The synthesised alias is the answer to a question for it (RFC 6672 §3.1).
            if matches!(rtype, RecordType::CNAME | RecordType::ANY) { Next::Done } else { Next::Name(target) }
        }
        Found::Nothing => {
            reply.code = ResponseCode::NXDomain;
            reply.authorities.push(Cow::Borrowed(&zone.negative));
            Next::Done
        }
    }
}

/// The record with `name` for its owner: letter for letter the name that was asked for, also where a wildcard stands for it.
fn owned_by<'z>(name: &Name, record: &'z Record) -> Cow<'z, Record> {
    if record.name.eq_case(name) {
        return Cow::Borrowed(record);
    }
    let mut owned = record.clone();
    owned.name = name.clone();
    Cow::Owned(owned)
}

/// The name below the owner of a DNAME record, moved below its target; nothing where it gets too long (RFC 6672 §2.2).
fn redirected(name: &Name, dname: &Record) -> Option<Name> {
    let below = name.iter().len() - dname.name.iter().len();
    let prefix = Name::from_labels(name.iter().take(below)).ok()?;
    prefix.append_domain(&target(&dname.data)?).ok()
}

/// The SOA record for names outside all zones that are meant to be missing: that of a root zone which has none of them.
fn root_soa() -> Record {
    let soa = SOA::new(Name::root(), Name::root(), 1, 3600, 600, 86_400, 60);
    Record::from_rdata(Name::root(), 60, RData::SOA(soa))
}
