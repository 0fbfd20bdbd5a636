//! Right replies that were encoded before. What is rightly said to a query depends on the zones, the nameserver, the transport
//! and every byte of the query but its id. So each loop has a table of its own, for its one nameserver and its one transport,
//! and begins a new one with other zones. Faults change no reply in it: a query that one could be for is answered without.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;

use super::zone::Zones;
use crate::fault::message::HEADER;
use crate::outcome::Transport;

/// The longest query whose reply is kept, in bytes: no resolver's is longer.
const LONGEST: usize = 512;

/// How much is kept at most, in bytes as far as they are counted.
const MOST: usize = 24 << 20;

/// What a reply takes beside its own bytes and its query's.
const PLACE: usize = 96;

/// The length of a message's id.
const ID: usize = 2;

/// A query but for its id, and the right reply to it.
#[derive(Debug)]
pub(super) struct Ready {
    /// The query from behind its id on, then the same of the reply.
    bytes: Box<[u8]>,
    /// Where the reply begins.
    reply: usize,
    /// The name is outside all zones of the world.
    pub(super) outside: bool,
}

impl Ready {
    fn new(query: &[u8], reply: &[u8], outside: bool) -> Self {
        Self { bytes: [&query[ID..], &reply[ID..]].concat().into(), reply: query.len() - ID, outside }
    }

    /// The query with this id.
    pub(super) fn query(&self, id: [u8; ID]) -> Vec<u8> {
        [&id, &self.bytes[..self.reply]].concat()
    }

    /// The reply to the query with this id.
    pub(super) fn reply(&self, id: [u8; ID]) -> Vec<u8> {
        let mut reply = Vec::new();
        self.write(id, &mut reply);
        reply
    }

    /// Puts the reply to the query with this id in the place of what is in the buffer.
    pub(super) fn write(&self, id: [u8; ID], buffer: &mut Vec<u8>) {
        buffer.clear();
        buffer.extend_from_slice(&id);
        buffer.extend_from_slice(&self.bytes[self.reply..]);
    }

    fn size(&self) -> usize {
        self.bytes.len() + PLACE
    }
}

/// The replies of one nameserver to datagrams.
#[derive(Debug)]
pub(super) struct Table {
    server: IpAddr,
    /// What they were taken from. It is held, so that no other zones can come to lie where these do.
    zones: Option<Arc<Zones>>,
    hash: RandomState,
    /// By the hash of their query: of two with the same one the newer is kept.
    ready: HashMap<u64, Arc<Ready>>,
    /// The hashes, the oldest first.
    order: VecDeque<u64>,
    /// How much is kept, and how much at most.
    size: usize,
    most: usize,
}

impl Table {
    pub(super) fn new(server: IpAddr) -> Self {
        let (hash, ready, order) = (RandomState::new(), HashMap::new(), VecDeque::new());
        Self { server, zones: None, hash, ready, order, size: 0, most: MOST }
    }

    /// What is rightly said to a query out of these zones. Nothing where no reply is, or the query is too long to be kept.
    pub(super) fn get(&mut self, zones: &Arc<Zones>, query: &[u8]) -> Option<Arc<Ready>> {
        if !(HEADER..=LONGEST).contains(&query.len()) {
            return None;
        }
        if !self.zones.as_ref().is_some_and(|own| Arc::ptr_eq(own, zones)) {
            *self = Self { zones: Some(zones.clone()), most: self.most, ..Self::new(self.server) };
        }
        let hash = self.hash.hash_one(&query[ID..]);
        if let Some(ready) = self.ready.get(&hash).filter(|ready| ready.bytes[..ready.reply] == query[ID..]) {
            return Some(ready.clone());
        }
        let answer = zones.reply(query, Transport::Udp, self.server);
        let ready =
            Arc::new(Ready::new(query, Some(&answer.bytes).filter(|reply| reply.len() >= HEADER)?, answer.outside));
        self.keep(hash, ready.clone());
        Some(ready)
    }

    fn keep(&mut self, hash: u64, ready: Arc<Ready>) {
        self.size += ready.size();
        match self.ready.insert(hash, ready) {
            Some(before) => self.size -= before.size(),
            None => self.order.push_back(hash),
        }
        while self.size > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.size -= self.ready.remove(&oldest).map_or(0, |ready| ready.size());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn check(table: &mut Table, zones: &Arc<Zones>, query: &[u8]) {
        let ready = table.get(zones, query).unwrap();
        let id = [query[0], query[1]];
        assert_eq!(ready.query(id), query);
        assert_eq!(ready.reply(id), zones.answer(query, Transport::Udp, table.server));
        assert!(ready.outside);
    }

    #[test]
    fn the_oldest_make_room_for_new_ones() {
        let zones = Arc::new(Zones::read(&World::bare("bare")).unwrap());
        let mut table = Table { most: 2000, ..Table::new([127, 0, 0, 1].into()) };
        for round in 0..3 {
            for label in b'a'..=b'z' {
                let query =
                    [&[round, label], &b"\x01\0\0\x01\0\0\0\0\0\0\x01"[..], &[label], b"\0\0\x01\0\x01"].concat();
                check(&mut table, &zones, &query);
                check(&mut table, &zones, &query);
                assert!(table.size <= 2000 && table.ready.len() == table.order.len());
            }
        }
        assert_eq!(table.ready.len(), 2000 / table.ready.values().next().unwrap().size());
        assert_eq!(table.size, table.ready.values().map(|ready| ready.size()).sum::<usize>());
        let other = Arc::new(Zones::read(&World::bare("bare")).unwrap());
        check(&mut table, &other, b"\0\0\x01\0\0\x01\0\0\0\0\0\0\0\0\x01\0\x01");
        assert_eq!(table.ready.len(), 1);
    }

    #[test]
    fn what_gets_no_reply_is_not_kept() {
        let zones = Arc::new(Zones::read(&World::bare("bare")).unwrap());
        let mut table = Table::new([127, 0, 0, 1].into());
        let long = [b"\0\0\x01\0\0\0\0\0\0\0\0\0", &[0; LONGEST][..]].concat();
        for query in [&b""[..], b"\0\x01", b"\0\0\x81\0\0\0\0\0\0\0\0\0", &long] {
            assert!(table.get(&zones, query).is_none());
        }
        assert_eq!((table.size, table.ready.len()), (0, 0));
    }
}
