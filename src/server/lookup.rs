//! Looks a question up in the zones: the algorithm of RFC 1034 §4.3.2, with the wildcards of RFC 4592, the DNAME of
//! RFC 6672 and the negative answers of RFC 2308. Aliases are followed from zone to zone for as long as this server has
//! the next name. Names are in wire form, and borrowed from the query and the zones wherever they can be.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use domain::base::iana::Rtype;
use hickory_proto::op::ResponseCode;

use super::zone::record::{self, Record, Records};
use super::zone::{Node, Zone, Zones, name};

/// The SOA record for names outside all zones that are meant to be missing: that of a root zone which has none of them.
const ROOT_SOA: Records<'_> =
    Records::new(b"\0\0\x06\0\x01\0\0\0\x3c\0\x16\0\0\0\0\0\x01\0\0\x0e\x10\0\0\x02\x58\0\x01\x51\x80\0\0\0\x3c");

/// What a server says to one question.
#[derive(Debug)]
pub(super) struct Reply<'a> {
    pub(super) code: ResponseCode,
    /// Whether the zone of the name that was asked for is served here, and not delegated from here.
    pub(super) authoritative: bool,
    pub(super) answers: Vec<Entry<'a>>,
    pub(super) authorities: Vec<Entry<'a>>,
    pub(super) additionals: Vec<Entry<'a>>,
    /// The name is outside all zones, and not among those that are meant to be missing.
    pub(super) outside: bool,
}

/// A record of a reply.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    owner: Cow<'a, [u8]>,
    rest: Cow<'a, [u8]>,
}

impl Entry<'_> {
    pub(super) fn record(&self) -> Record<'_> {
        Record { owner: &self.owner, rest: &self.rest }
    }
}

impl<'a> From<Record<'a>> for Entry<'a> {
    fn from(Record { owner, rest }: Record<'a>) -> Self {
        Self { owner: Cow::Borrowed(owner), rest: Cow::Borrowed(rest) }
    }
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
    Cut(Records<'z>),
    /// A name above it is redirected.
    Dname(Record<'z>),
    /// Nothing.
    Nothing,
}

impl Zones {
    /// The reply of the nameserver at `server` to a question of class IN.
    pub(super) fn look_up<'a>(&'a self, asked: &'a [u8], rtype: Rtype, server: IpAddr) -> Reply<'a> {
        let mut reply = Reply::empty(ResponseCode::NoError);
        // Few aliases make a chain.
        let mut seen: Vec<Vec<u8>> = Vec::new();
        let mut next = Some(Cow::Borrowed(asked));
        while let Some(name) = next {
            let key = name.to_ascii_lowercase();
            if seen.contains(&key) {
                break;
            }
            let Some(zone) = self.responsible(&key, rtype, server) else {
                self.leave(&key, seen.is_empty(), &mut reply);
                break;
            };
            let found = zone.find(&key, rtype);
            if seen.is_empty() {
                reply.authoritative = !matches!(found, Found::Cut(_));
            }
            next = answer(zone, found, &name, rtype, &mut reply);
            if next.is_some() {
                seen.push(key);
            }
        }
        self.add_addresses(server, &mut reply);
        reply
    }

    /// The zone that answers for a name. That of a DS record is the one above (RFC 4035 §3.1.4.1).
    fn responsible(&self, key: &[u8], rtype: Rtype, server: IpAddr) -> Option<&Zone> {
        let zone = self.enclosing(key, server)?;
        if rtype == Rtype::DS && zone.origin == key {
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
            reply.authorities.extend(ROOT_SOA.map(Entry::from));
        } else if first {
            reply.code = ResponseCode::Refused;
            reply.outside = self.is_outside(key);
        }
    }

    /// Adds the addresses of the hosts that NS, MX and SRV records name, where this server has them (RFC 1034 §4.3.2
    /// step 6, RFC 2782).
    fn add_addresses<'a>(&'a self, server: IpAddr, reply: &mut Reply<'a>) {
        let hosts = reply
            .answers
            .iter()
            .chain(&reply.authorities)
            .map(Entry::record)
            .filter(|record| matches!(record.rtype(), Rtype::NS | Rtype::MX | Rtype::SRV));
        let mut done = HashSet::new();
        let mut added: Vec<Entry<'a>> = Vec::new();
        for key in hosts.filter_map(|record| record.target()).map(<[u8]>::to_ascii_lowercase) {
            if done.contains(&key) {
                continue;
            }
            let node = self.enclosing(&key, server).and_then(|zone| zone.node(&key));
            for rtype in [Rtype::A, Rtype::AAAA] {
                let set = node.map(|node| node.set(rtype)).unwrap_or_default();
                let is_there = |first: Record<'_>| {
                    let mut answers = reply.answers.iter().map(Entry::record);
                    answers.any(|own| own.owner.eq_ignore_ascii_case(first.owner) && own.rest == first.rest)
                };
                if !set.first().is_some_and(is_there) {
                    added.extend(set.map(Entry::from));
                }
            }
            done.insert(key);
        }
        reply.additionals.extend(added);
    }
}

impl Zone {
    fn find(&self, key: &[u8], rtype: Rtype) -> Found<'_> {
        let mut closest = None;
        let mut found = Found::Nothing;
        // From below: what is nearer to the origin has the last word.
        for name in name::ancestors(key).take_while(|name| name.len() >= self.origin.len()) {
            let Some(node) = self.node(name) else { continue };
            closest.get_or_insert(name);
            let here = name.len() == key.len();
            let parent_side = here && rtype == Rtype::DS;
            if name.len() > self.origin.len() && !parent_side && node.set(Rtype::NS).first().is_some() {
                found = Found::Cut(node.set(Rtype::NS));
            } else if here {
                found = Found::Node(node);
            } else if let Some(dname) = node.set(Rtype::DNAME).first() {
                found = Found::Dname(dname);
            }
        }
        if let (Found::Nothing, Some(closest)) = (&found, closest)
            && let Some(wildcard) = self.node(&[b"\x01*", closest].concat())
        {
            found = Found::Node(wildcard);
        }
        found
    }
}

/// Puts what was found into the reply; gives back the name that it is an alias of.
fn answer<'a>(
    zone: &'a Zone,
    found: Found<'a>,
    name: &Cow<'a, [u8]>,
    rtype: Rtype,
    reply: &mut Reply<'a>,
) -> Option<Cow<'a, [u8]>> {
    // Letter for letter the name that was asked for, also where a wildcard stands for it.
    let owned = |record: Record<'a>| Entry { owner: name.clone(), rest: Cow::Borrowed(record.rest) };
    let before = reply.answers.len();
    match found {
        Found::Node(node) => {
            match rtype {
                Rtype::ANY => reply.answers.extend(node.all().map(owned)),
                _ => reply.answers.extend(node.set(rtype).map(owned)),
            }
            if reply.answers.len() > before {
                return None;
            }
            if let Some(alias) = node.set(Rtype::CNAME).first() {
                reply.answers.push(owned(alias));
                return alias.target().map(Cow::Borrowed);
            }
            reply.authorities.extend(zone.negative().map(Entry::from));
            None
        }
        Found::Cut(servers) => {
            reply.authorities.extend(servers.map(Entry::from));
            None
        }
        Found::Dname(dname) => {
            reply.answers.push(dname.into());
            let Some(target) = redirected(name, dname) else {
                reply.code = ResponseCode::YXDomain;
                return None;
            };
            let rest = record::rest(Rtype::CNAME, dname.ttl(), &target).into();
            reply.answers.push(Entry { owner: name.clone(), rest });
            // The synthesised alias is the answer to a question for it (RFC 6672 §3.1).
            (!matches!(rtype, Rtype::CNAME | Rtype::ANY)).then(|| target.into())
        }
        Found::Nothing => {
            reply.code = ResponseCode::NXDomain;
            reply.authorities.extend(zone.negative().map(Entry::from));
            None
        }
    }
}

/// The name below the owner of a DNAME record, moved below its target; nothing where it gets too long (RFC 6672 §2.2).
fn redirected(name: &[u8], dname: Record<'_>) -> Option<Vec<u8>> {
    let below = name.len().checked_sub(dname.owner.len())?;
    Some([&name[..below], dname.target()?].concat()).filter(|name| name.len() <= name::LONGEST)
}
