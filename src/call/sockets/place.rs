//! Addresses of socket scripts: what an operation is directed at, and how an address is recorded.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use socket2::{SockAddr, SockAddrStorage};

use super::arguments::At;
use super::scratch::{FILLER, Scratch};
use crate::call::ffi::errno;
use crate::call::ffi::sockaddr::{Place, Sockaddr};
use crate::call::{Constant, Family, Link, NoAnswer};

/// The address that an operation gives itself: by address, path or name, or the wildcard address of the socket's family.
pub(super) fn given(at: &At, port: u16, domain: i32, scratch: &mut Scratch) -> Result<Sockaddr, NoAnswer> {
    if let Some(path) = &at.path {
        let mut path = scratch.real(path.as_bytes()).map_err(|error| errno::io_failure(&error))?;
        if let Some(filled) = at.filled {
            path.resize(path.len().max(filled as usize), FILLER);
        }
        return Ok(Sockaddr::pathname(&path));
    }
    if let Some(name) = &at.abstract_name {
        return Ok(Sockaddr::abstract_name(name.as_bytes()));
    }
    let scope_id = at.scope_id.as_ref().map_or(Ok(0), Link::index)?;
    Ok(match (at.address, domain) {
        (Some(IpAddr::V4(address)), _) => Sockaddr::inet(SocketAddr::new(address.into(), port)),
        (Some(IpAddr::V6(address)), _) => {
            Sockaddr::inet(SocketAddrV6::new(address, port, at.flowinfo, scope_id).into())
        }
        (None, libc::AF_INET) => Sockaddr::inet(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port)),
        (None, libc::AF_INET6) => Sockaddr::inet(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)),
        (None, libc::AF_UNIX) => Sockaddr::unnamed(),
        (None, domain) => Sockaddr::bare(domain),
    })
}

/// The port of an address; 0 where it has none.
pub(super) fn port(address: &Sockaddr) -> u16 {
    match address.read() {
        Place::Inet(place) => place.port(),
        _ => 0,
    }
}

/// An address as a facet records it: `127.0.0.1`, `fe80::1%2`, `unix:/path`, `unix:@abstract`, `unix:`; with its port,
/// `[::1]:80`, where that is fixed.
pub(super) fn written(address: &Sockaddr, with_port: bool, scratch: &Scratch) -> String {
    match address.read() {
        Place::Inet(place) if with_port => place.to_string(),
        Place::Inet(SocketAddr::V6(place)) if place.flowinfo() != 0 => {
            format!("{} flowinfo {}", place.ip(), place.flowinfo())
        }
        Place::Inet(SocketAddr::V6(place)) if place.scope_id() != 0 => format!("{}%{}", place.ip(), place.scope_id()),
        Place::Inet(place) => place.ip().to_string(),
        Place::Pathname(path) => format!("unix:{}", scratch.named(&path)),
        Place::Abstract(name) => format!("unix:@{}", String::from_utf8_lossy(&name)),
        Place::Unnamed => "unix:".to_owned(),
        Place::Other => Constant::<Family>::of(address.family().unwrap_or_default().into()).to_string(),
    }
}

/// The address as socket2 takes it.
pub(super) fn to_socket2(address: &Sockaddr) -> SockAddr {
    let mut storage = SockAddrStorage::zeroed();
    let bytes = address.room();
    // SAFETY: the storage is plain memory of as many bytes; the kernel checks family and length.
    unsafe {
        *storage.view_as::<[u8; Sockaddr::ROOM]>() = *bytes;
        SockAddr::new(storage, address.length())
    }
}

/// An address that socket2 gives.
pub(super) fn from_socket2(address: &SockAddr) -> Sockaddr {
    // SAFETY: as many bytes can be read as it says it has.
    unsafe { Sockaddr::copy(address.as_ptr().cast(), address.len()) }
}

/// The result of an operation of socket2.
pub(super) fn result<T>(result: io::Result<T>) -> Result<T, NoAnswer> {
    result.map_err(|error| errno::io_failure(&error).into())
}

#[cfg(test)]
mod tests {
    use super::{Scratch, Sockaddr, from_socket2, to_socket2, written};

    fn check(address: Sockaddr, without: &str, with: &str) {
        let scratch = Scratch::default();
        let back = from_socket2(&to_socket2(&address));
        assert_eq!(back.bytes(), address.bytes());
        assert_eq!(
            (written(&back, false, &scratch).as_str(), written(&back, true, &scratch).as_str()),
            (without, with)
        );
    }

    #[test]
    fn an_address_is_recorded_without_its_port_unless_that_is_fixed() {
        let inet = |text: &str| Sockaddr::inet(text.parse().unwrap());
        check(inet("127.0.0.1:80"), "127.0.0.1", "127.0.0.1:80");
        check(inet("[::ffff:127.0.0.1]:80"), "::ffff:127.0.0.1", "[::ffff:127.0.0.1]:80");
        check(inet("[fe80::1%2]:80"), "fe80::1%2", "[fe80::1%2]:80");
        check(Sockaddr::pathname(b"/run/s"), "unix:/run/s", "unix:/run/s");
        check(Sockaddr::abstract_name(b"s"), "unix:@s", "unix:@s");
        check(Sockaddr::unnamed(), "unix:", "unix:");
        check(Sockaddr::bare(libc::AF_NETLINK), "AF_NETLINK", "AF_NETLINK");
    }
}
