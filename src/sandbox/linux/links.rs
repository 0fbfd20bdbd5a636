//! The netlink messages that set up a world's links, in order with those for what hangs on them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use netlink_packet_core::{NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{
    AfSpecInet6, AfSpecUnspec, In6AddrGenMode, InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo,
    LinkMessage,
};

use super::routes::{address, label, route, way};
use super::step::Message;
use crate::world::{Address, Link, World};

/// The index of `lo` in every network namespace.
const LO: u32 = 1;

/// The index of a world's first link. Fixed, so that scope ids are the same on every machine, and above those of the
/// tunnel links that some kernels put into every new namespace.
const FIRST: u32 = 101;

/// The longest name of a link, in bytes (IFNAMSIZ less the NUL).
const LONGEST_NAME: usize = 15;

/// The links of a world by name, and the index each will have.
pub(super) struct Indexes(BTreeMap<String, u32>);

impl Indexes {
    /// Gives every link of `world` its index.
    ///
    /// # Errors
    /// A name that the kernel would refuse, or that occurs twice.
    pub(super) fn new(world: &World) -> Result<Self, String> {
        Self::of_links(&world.links)
    }

    fn of_links(links: &[Link]) -> Result<Self, String> {
        let mut indexes = Self(BTreeMap::from([("lo".to_owned(), LO)]));
        for (link, index) in links.iter().zip((FIRST..).step_by(2)) {
            for (name, index) in [(link.name.clone(), index), (peer_name(link), index + 1)] {
                if name.is_empty() || name.len() > LONGEST_NAME || name.contains(['/', ':', ' ', '\0']) {
                    return Err(format!(
                        "the link name {name:?} is not one of 1 to {LONGEST_NAME} bytes without `/`, `:` and spaces"
                    ));
                }
                if indexes.0.insert(name.clone(), index).is_some() {
                    return Err(format!("there are two links `{name}`"));
                }
            }
        }
        Ok(indexes)
    }

    /// The index of a link.
    pub(super) fn of(&self, name: &str) -> Result<u32, String> {
        self.0.get(name).copied().ok_or_else(|| format!("there is no link `{name}`"))
    }

    /// The index of the link that has this address.
    pub(super) fn holder(&self, world: &World, ip: IpAddr) -> Option<u32> {
        let has = |addresses: &[Address]| addresses.iter().any(|address| address.ip == ip);
        let holder = world.links.iter().find_map(|link| {
            let own = has(&link.address).then(|| link.name.clone());
            own.or_else(|| has(&link.peer_address).then(|| peer_name(link)))
        });
        holder.and_then(|name| self.0.get(&name).copied()).or_else(|| has(&world.lo).then_some(LO))
    }
}

/// The messages that make the links, addresses, routes and labels of `world`, in order.
///
/// # Errors
/// What the world asks for that no message can say.
pub(super) fn messages(world: &World, indexes: &Indexes) -> Result<Vec<Message>, String> {
    let mut all: Vec<_> = world.mtu.map(mtu).into_iter().collect();
    all.push(up(LO, "lo"));
    for link in &world.links {
        let (index, peer) = (indexes.of(&link.name)?, indexes.of(&peer_name(link))?);
        all.push(pair(link, index, peer));
        all.push(no_link_local(index, &link.name));
        all.push(no_link_local(peer, &peer_name(link)));
        // The other end first: the one that cases speak of then has its carrier as soon as it is up.
        all.push(up(peer, &peer_name(link)));
        all.push(up(index, &link.name));
        for (index, name, addresses) in
            [(index, link.name.clone(), &link.address), (peer, peer_name(link), &link.peer_address)]
        {
            for one in addresses {
                all.push(address(one, index, &name)?);
            }
        }
    }
    for one in &world.lo {
        all.push(address(one, LO, "lo")?);
    }
    for one in &world.routes {
        all.push(route(one, indexes)?);
    }
    for one in &world.labels {
        all.push(label(one)?);
    }
    Ok(all)
}

/// The name of the other end of a veth pair.
fn peer_name(link: &Link) -> String {
    link.peer.clone().unwrap_or_else(|| format!("{}p", link.name))
}

fn up(index: u32, name: &str) -> Message {
    let mut link = LinkMessage::default();
    link.header.index = index;
    link.header.flags = LinkFlags::Up;
    link.header.change_mask = LinkFlags::Up;
    message(RouteNetlinkMessage::SetLink(link), 0, format!("bring up the link `{name}`"))
}

/// Sets the longest packet that `lo` takes.
fn mtu(mtu: u32) -> Message {
    let mut link = LinkMessage::default();
    link.header.index = LO;
    link.attributes.push(LinkAttribute::Mtu(mtu));
    message(RouteNetlinkMessage::SetLink(link), 0, format!("give `lo` an MTU of {mtu}"))
}

fn pair(link: &Link, index: u32, peer_index: u32) -> Message {
    let mut peer = LinkMessage::default();
    peer.header.index = peer_index;
    peer.attributes = vec![LinkAttribute::IfName(peer_name(link))];
    let mut near = LinkMessage::default();
    near.header.index = index;
    near.attributes = vec![
        LinkAttribute::IfName(link.name.clone()),
        LinkAttribute::LinkInfo(vec![
            LinkInfo::Kind(InfoKind::Veth),
            LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer))),
        ]),
    ];
    let what = format!("add the veth link `{}` with the other end `{}`", link.name, peer_name(link));
    message(RouteNetlinkMessage::NewLink(near), NLM_F_CREATE | NLM_F_EXCL, what)
}

fn no_link_local(index: u32, name: &str) -> Message {
    let mut link = LinkMessage::default();
    link.header.index = index;
    let mode = AfSpecInet6::AddrGenMode(In6AddrGenMode::None);
    link.attributes = vec![LinkAttribute::AfSpecUnspec(vec![AfSpecUnspec::Inet6(vec![mode])])];
    let what = format!("keep the link `{name}` from making a link-local address");
    Message { ipv6: true, dispensable: true, ..message(RouteNetlinkMessage::SetLink(link), 0, what) }
}

/// The questions whether the addresses of `world` are in use: the kernel puts an IPv6 address to use a little after it has taken it.
pub(super) fn waits(world: &World) -> impl Iterator<Item = Message> {
    let all = world.links.iter().flat_map(|link| link.address.iter().chain(&link.peer_address)).chain(&world.lo);
    all.filter(|address| address.ip.is_ipv6() && !address.tentative).map(|address| way(address.ip))
}

/// A message that the kernel acknowledges.
pub(super) fn message(payload: RouteNetlinkMessage, flags: u16, what: String) -> Message {
    request(payload, NLM_F_REQUEST | NLM_F_ACK | flags, what)
}

/// A message.
pub(super) fn request(payload: RouteNetlinkMessage, flags: u16, what: String) -> Message {
    let mut message = NetlinkMessage::from(payload);
    message.header.flags = flags;
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    Message { bytes, what, ipv6: false, dispensable: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(name: &str, peer: Option<&str>) -> Link {
        Link { name: name.to_owned(), peer: peer.map(str::to_owned), address: Vec::new(), peer_address: Vec::new() }
    }

    #[test]
    fn every_end_of_every_link_has_a_fixed_index() {
        let indexes = Indexes::of_links(&[link("v0", None), link("v1", Some("far"))]).unwrap();
        let found = ["lo", "v0", "v0p", "v1", "far"].map(|name| indexes.of(name).unwrap());
        assert_eq!(found, [1, 101, 102, 103, 104]);
        assert!(indexes.of("eth0").is_err());
    }

    #[test]
    fn names_that_the_kernel_refuses_are_refused_before() {
        for links in [
            vec![link("", None)],
            vec![link("a/b", None)],
            vec![link("sixteen-bytes-xx", Some("p"))],
            vec![link("fifteen-bytes-x", None)],
            vec![link("v0", None), link("v0", None)],
            vec![link("lo", None)],
        ] {
            assert!(Indexes::of_links(&links).is_err(), "{links:?}");
        }
    }

    #[test]
    fn every_ipv6_address_is_awaited_that_comes_into_use() {
        let worlds = crate::world::load(&crate::tree::Tree::fixtures().below("worlds")).unwrap();
        let mut world = worlds["linked"].as_ref().clone();
        let ipv6 = |world: &World| {
            let ends = world.links.iter().flat_map(|link| link.address.iter().chain(&link.peer_address));
            ends.chain(&world.lo).filter(|address| address.ip.is_ipv6()).count()
        };
        let all = ipv6(&world);
        assert!(all > 0);
        assert_eq!(waits(&world).count(), all);
        world.links[0].address.iter_mut().for_each(|address| address.tentative = true);
        let tentative = world.links[0].address.iter().filter(|address| address.ip.is_ipv6()).count();
        assert!(tentative > 0);
        assert_eq!(waits(&world).count(), all - tentative);
    }

    #[test]
    fn a_message_says_its_own_length_and_asks_for_an_answer() {
        let message = up(LO, "lo");
        let length = u32::from_ne_bytes(message.bytes[..4].try_into().unwrap());
        assert_eq!(usize::try_from(length).unwrap(), message.bytes.len());
        let flags = u16::from_ne_bytes(message.bytes[6..8].try_into().unwrap());
        assert_eq!(flags & (NLM_F_REQUEST | NLM_F_ACK), NLM_F_REQUEST | NLM_F_ACK);
    }
}
