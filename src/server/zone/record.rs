//! Records as they leave the server, but that no name in them is compressed: so a reply takes nothing but copying.

use domain::base::iana::Rtype;
use hickory_proto::rr;
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder, NameEncoding};

use super::{name, rdata};
use crate::fault::message::word;

/// The length of what stands between owner and data: type, class, TTL and the length of the data.
pub(in crate::server) const FIXED: usize = 10;

/// One record.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct Record<'z> {
    /// Its owner in wire form.
    pub(in crate::server) owner: &'z [u8],
    /// All behind it, from the type on.
    pub(in crate::server) rest: &'z [u8],
}

impl<'z> Record<'z> {
    pub(in crate::server) fn rtype(self) -> Rtype {
        Rtype::from_int(word(self.rest, 0).unwrap_or(0))
    }

    pub(in crate::server) fn ttl(self) -> u32 {
        self.rest.get(4..8).and_then(|ttl| ttl.try_into().ok()).map_or(0, u32::from_be_bytes)
    }

    pub(in crate::server) fn data(self) -> &'z [u8] {
        self.rest.get(FIXED..).unwrap_or_default()
    }

    /// The name in wire form of the host that the record names.
    pub(in crate::server) fn target(self) -> Option<&'z [u8]> {
        let at = match self.rtype() {
            Rtype::CNAME | Rtype::DNAME | Rtype::NS => 0,
            Rtype::MX => 2,
            Rtype::SRV => 6,
            _ => return None,
        };
        name::split(self.data().get(at..)?).map(|(target, _)| target)
    }

    /// Whether it has the owner and the type of another.
    pub(in crate::server) fn is_of_one_set_with(self, other: Record<'_>) -> bool {
        self.owner.eq_ignore_ascii_case(other.owner) && self.rtype() == other.rtype()
    }

    /// The same as one of hickory's.
    pub(in crate::server) fn to_hickory(self) -> Option<rr::Record> {
        let data = rdata::typed(self.rtype(), self.data().to_vec())?;
        Some(rr::Record::from_rdata(name::from_wire(self.owner)?, self.ttl(), data))
    }
}

/// Records that stand one behind the other.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::server) struct Records<'z>(&'z [u8]);

impl<'z> Records<'z> {
    pub(in crate::server) const fn new(bytes: &'z [u8]) -> Self {
        Self(bytes)
    }

    pub(in crate::server) fn first(mut self) -> Option<Record<'z>> {
        self.next()
    }
}

impl<'z> Iterator for Records<'z> {
    type Item = Record<'z>;

    fn next(&mut self) -> Option<Record<'z>> {
        let (owner, rest) = name::split(self.0)?;
        let (rest, others) = rest.split_at_checked(FIXED + usize::from(word(rest, FIXED - 2)?))?;
        self.0 = others;
        Some(Record { owner, rest })
    }
}

/// Appends a record with this TTL.
pub(super) fn write(record: &rr::Record, ttl: u32, records: &mut Vec<u8>) {
    let mut written = Vec::with_capacity(64);
    let mut encoder = BinEncoder::new(&mut written);
    encoder.set_name_encoding(NameEncoding::Uncompressed);
    // Data that was read once can be written.
    let _ = record.data.emit(&mut encoder);
    let rtype = Rtype::from_int(record.record_type().into());
    records.extend_from_slice(&name::wire(&record.name));
    records.extend_from_slice(&rest(rtype, ttl, &written));
}

/// A record but for its owner.
pub(in crate::server) fn rest(rtype: Rtype, ttl: u32, data: &[u8]) -> Vec<u8> {
    // The class is IN; data of more than 65,535 bytes is refused where it is read.
    [&rtype.to_int().to_be_bytes()[..], &[0, 1], &ttl.to_be_bytes(), &(data.len() as u16).to_be_bytes(), data].concat()
}
