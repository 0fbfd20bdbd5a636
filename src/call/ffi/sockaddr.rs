//! Socket addresses: their bytes laid out as this platform's C structures have them, and read again.
//!
//! Ports and addresses lie in network order, so does the flow information, which is host order here and in answers; the
//! family and the scope id lie in host order.

use std::ffi::c_int;
use std::mem::{offset_of, size_of};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use libc::{sa_family_t, sockaddr, sockaddr_in, sockaddr_in6, sockaddr_storage, sockaddr_un, socklen_t};

const FAMILY: usize = offset_of!(sockaddr, sa_family);
const PATH: usize = offset_of!(sockaddr_un, sun_path);

/// The bytes of a socket address and its length, in memory that C may read and write as any kind of address.
#[derive(Clone, Copy)]
pub(crate) struct Sockaddr {
    bytes: Storage,
    length: usize,
}

#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Storage([u8; Sockaddr::ROOM]);

/// What a socket address says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An address of AF_INET or AF_INET6. The flow information is in host order.
    Inet(SocketAddr),
    /// A path in the file system, without its final NUL.
    Pathname(Vec<u8>),
    /// A name of Linux's abstract namespace, without its leading NUL.
    Abstract(Vec<u8>),
    /// An AF_UNIX socket without a name.
    Unnamed,
    /// Another family, or too short for its own.
    Other,
}

impl Sockaddr {
    /// The most bytes that an address has: those of `struct sockaddr_storage`.
    pub(crate) const ROOM: usize = size_of::<sockaddr_storage>();
    /// The most bytes of a path without its NUL that fit at all, `struct sockaddr_un` or not.
    pub(crate) const LONGEST_PATH: usize = Self::ROOM - PATH - 1;

    /// An address of no more than a family.
    pub(crate) fn bare(family: c_int) -> Self {
        let mut address = Self { bytes: Storage([0; Self::ROOM]), length: size_of::<sockaddr>() };
        address.set_family(family);
        address
    }

    /// An address of AF_INET or AF_INET6, its flow information in host order.
    pub(crate) fn inet(place: SocketAddr) -> Self {
        match place {
            SocketAddr::V4(place) => {
                let mut address = Self::bare(libc::AF_INET);
                address.put(offset_of!(sockaddr_in, sin_port), &place.port().to_be_bytes());
                address.put(offset_of!(sockaddr_in, sin_addr), &place.ip().octets());
                address.length = size_of::<sockaddr_in>();
                address
            }
            SocketAddr::V6(place) => {
                let mut address = Self::bare(libc::AF_INET6);
                address.put(offset_of!(sockaddr_in6, sin6_port), &place.port().to_be_bytes());
                address.put(offset_of!(sockaddr_in6, sin6_flowinfo), &place.flowinfo().to_be_bytes());
                address.put(offset_of!(sockaddr_in6, sin6_addr), &place.ip().octets());
                address.put(offset_of!(sockaddr_in6, sin6_scope_id), &place.scope_id().to_ne_bytes());
                address.length = size_of::<sockaddr_in6>();
                address
            }
        }
    }

    /// A path in the file system; it is counted with its NUL, except where it fills `sun_path` without one. At most
    /// [`Self::LONGEST_PATH`] bytes of it are taken.
    pub(crate) fn pathname(path: &[u8]) -> Self {
        let path = &path[..path.len().min(Self::LONGEST_PATH)];
        let mut address = Self::bare(libc::AF_UNIX);
        address.put(PATH, path);
        address.length = PATH + path.len() + usize::from(PATH + path.len() != size_of::<sockaddr_un>());
        address
    }

    /// A name of the abstract namespace: NUL, and the name by its length. At most [`Self::LONGEST_PATH`] bytes are taken.
    pub(crate) fn abstract_name(name: &[u8]) -> Self {
        let name = &name[..name.len().min(Self::LONGEST_PATH)];
        let mut address = Self::bare(libc::AF_UNIX);
        address.put(PATH + 1, name);
        address.length = PATH + 1 + name.len();
        address
    }

    /// The address of an AF_UNIX socket without a name: the family alone.
    pub(crate) fn unnamed() -> Self {
        Self { length: PATH, ..Self::bare(libc::AF_UNIX) }
    }

    /// The address that these bytes are; what is longer than [`Self::ROOM`] is cut off.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let mut address = Self { bytes: Storage([0; Self::ROOM]), length: bytes.len().min(Self::ROOM) };
        address.put(0, &bytes[..address.length]);
        address
    }

    /// Copies an address out of C.
    ///
    /// # Safety
    /// `length` bytes can be read at `address`.
    pub(crate) unsafe fn copy(address: *const sockaddr, length: socklen_t) -> Self {
        let length = usize::try_from(length).unwrap_or(Self::ROOM).min(Self::ROOM);
        // SAFETY: the caller says so of at least as many bytes.
        Self::from_bytes(unsafe { std::slice::from_raw_parts(address.cast(), length) })
    }

    /// The address as C takes it. [`Self::ROOM`] bytes can be read there.
    pub(crate) fn pointer(&self) -> *const sockaddr {
        self.bytes.0.as_ptr().cast()
    }

    /// The address as C takes it where it might write there too.
    pub(crate) fn pointer_mut(&mut self) -> *mut sockaddr {
        self.bytes.0.as_mut_ptr().cast()
    }

    /// Its length in bytes.
    pub(crate) fn length(&self) -> socklen_t {
        // ROOM is 128.
        self.length as socklen_t
    }

    /// Its bytes, as many as its length says.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes.0[..self.length]
    }

    /// All the memory that it lies in: what is behind its length is 0.
    pub(crate) fn room(&self) -> &[u8; Self::ROOM] {
        &self.bytes.0
    }

    /// Writes another family over it.
    pub(crate) fn set_family(&mut self, family: c_int) {
        // The family is 16 bits of memory on Linux: C cuts it in the same way.
        self.put(FAMILY, &(family as sa_family_t).to_ne_bytes());
    }

    /// Says another length, at most [`Self::ROOM`].
    pub(crate) fn set_length(&mut self, length: usize) {
        self.length = length.min(Self::ROOM);
    }

    /// Its family, in host order; `None` where it is too short to have one.
    pub(crate) fn family(&self) -> Option<c_int> {
        self.take(FAMILY).map(sa_family_t::from_ne_bytes).map(c_int::from)
    }

    /// What it says.
    pub(crate) fn read(&self) -> Place {
        let place = match self.family() {
            Some(libc::AF_INET) => self.read_inet().map(SocketAddr::V4).map(Place::Inet),
            Some(libc::AF_INET6) => self.read_inet6().map(SocketAddr::V6).map(Place::Inet),
            Some(libc::AF_UNIX) => Some(match self.bytes().get(PATH..) {
                None | Some([]) => Place::Unnamed,
                Some([0, name @ ..]) => Place::Abstract(name.to_vec()),
                Some(path) => Place::Pathname(path.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()),
            }),
            _ => None,
        };
        place.unwrap_or(Place::Other)
    }

    fn read_inet(&self) -> Option<SocketAddrV4> {
        let port = u16::from_be_bytes(self.take(offset_of!(sockaddr_in, sin_port))?);
        let address: [u8; 4] = self.take(offset_of!(sockaddr_in, sin_addr))?;
        Some(SocketAddrV4::new(Ipv4Addr::from(address), port))
    }

    fn read_inet6(&self) -> Option<SocketAddrV6> {
        let port = u16::from_be_bytes(self.take(offset_of!(sockaddr_in6, sin6_port))?);
        let flowinfo = u32::from_be_bytes(self.take(offset_of!(sockaddr_in6, sin6_flowinfo))?);
        let address: [u8; 16] = self.take(offset_of!(sockaddr_in6, sin6_addr))?;
        // Linux still takes the 24 bytes of RFC 2133, which had no scope id.
        let scope_id = self.take(offset_of!(sockaddr_in6, sin6_scope_id)).map_or(0, u32::from_ne_bytes);
        Some(SocketAddrV6::new(Ipv6Addr::from(address), port, flowinfo, scope_id))
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn take<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes().get(at..at + N)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Sockaddr};

    fn check(address: Sockaddr, bytes: &str, place: Place) {
        assert_eq!(hex::encode(address.bytes()), bytes);
        assert_eq!(address.read(), place);
        assert_eq!(Sockaddr::from_bytes(&hex::decode(bytes).unwrap()).read(), place);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn an_address_lies_in_memory_as_the_manual_pages_say_and_is_read_again() {
        let v4 = "192.0.2.1:258".parse().unwrap();
        check(Sockaddr::inet(v4), "02000102c00002010000000000000000", Place::Inet(v4));
        let v6 = std::net::SocketAddrV6::new("2001:db8::1".parse().unwrap(), 258, 0x01_2345, 3).into();
        let bytes = "0a0001020001234520010db800000000000000000000000103000000";
        check(Sockaddr::inet(v6), bytes, Place::Inet(v6));
        check(Sockaddr::pathname(b"/s"), "01002f7300", Place::Pathname(b"/s".to_vec()));
        check(Sockaddr::abstract_name(b"s\0"), "0100007300", Place::Abstract(b"s\0".to_vec()));
        check(Sockaddr::unnamed(), "0100", Place::Unnamed);
    }

    #[test]
    fn an_address_too_short_for_its_family_says_nothing() {
        let mut address = Sockaddr::inet("[::1]:80".parse().unwrap());
        for (length, expected) in [(28, "[::1]:80"), (24, "[::1]:80"), (23, ""), (2, ""), (1, "")] {
            address.set_length(length);
            let place = expected.parse().map_or(Place::Other, Place::Inet);
            assert_eq!(address.read(), place, "{length} bytes");
        }
    }

    #[test]
    fn a_path_that_fills_the_structure_has_no_nul() {
        for (bytes, length) in [(107, 110), (108, 110), (109, 112)] {
            assert_eq!(Sockaddr::pathname(&vec![b'p'; bytes]).length(), length);
        }
    }
}
