//! getaddrinfo(3): the call, its list copied and freed, and its errors.

use std::ffi::c_int;
use std::ptr;

use super::errno;
use super::sockaddr::Sockaddr;
use super::table::{named, netdb};
use super::text::{Text, pointer, read};
use crate::outcome::Failure;

/// The members of `struct addrinfo` that hints may set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints {
    pub(crate) flags: c_int,
    pub(crate) family: c_int,
    pub(crate) socktype: c_int,
    pub(crate) protocol: c_int,
}

/// One entry of the list.
pub(crate) struct Found {
    pub(crate) family: c_int,
    pub(crate) socktype: c_int,
    pub(crate) protocol: c_int,
    /// `ai_addrlen` as it stands there.
    pub(crate) addrlen: u32,
    /// A copy of `ai_addr`, where it is not null.
    pub(crate) address: Option<Sockaddr>,
    pub(crate) canonname: Option<String>,
}

/// Asks getaddrinfo. Without hints it gets a null pointer for them.
///
/// # Errors
/// The EAI_ error; for EAI_SYSTEM with errno.
pub(crate) fn look_up(
    node: Option<&Text>,
    service: Option<&Text>,
    hints: Option<Hints>,
) -> Result<Vec<Found>, Failure> {
    let (node, service) = (node.map(Text::for_c), service.map(Text::for_c));
    let hints = hints.map(|hints| libc::addrinfo {
        ai_flags: hints.flags,
        ai_family: hints.family,
        ai_socktype: hints.socktype,
        ai_protocol: hints.protocol,
        ai_addrlen: 0,
        ai_addr: ptr::null_mut(),
        ai_canonname: ptr::null_mut(),
        ai_next: ptr::null_mut(),
    });
    let mut list = ptr::null_mut();
    // SAFETY: the texts end in NUL, or are null pointers as the hints may be; the list is written only on success.
    let called = errno::call(|| unsafe {
        libc::getaddrinfo(
            pointer(node.as_deref()),
            pointer(service.as_deref()),
            hints.as_ref().map_or(ptr::null(), ptr::from_ref),
            &raw mut list,
        )
    });
    if called.result != 0 {
        return Err(failure(called.result, called.errno));
    }
    // SAFETY: it succeeded, so the list is its own, well-formed, and freed once, after the last look at it.
    unsafe {
        let found = copy(list);
        if !list.is_null() {
            libc::freeaddrinfo(list);
        }
        Ok(found)
    }
}

/// The failure that an error of getaddrinfo or getnameinfo stands for.
pub(crate) fn failure(code: c_int, errno: i32) -> Failure {
    Failure {
        name: named(&[netdb::EAI], code.into()).map_or_else(|| format!("EAI {code}"), |entry| entry.name.to_owned()),
        errno: (code == libc::EAI_SYSTEM).then(|| errno::name(errno)),
        code: Some(code.into()),
        text: text(code),
    }
}

/// What gai_strerror says of an error.
pub(crate) fn text(code: c_int) -> String {
    // SAFETY: gai_strerror takes any number and gives a text that nobody changes.
    unsafe { read(libc::gai_strerror(code)) }.unwrap_or_default()
}

/// Copies the list.
///
/// # Safety
/// `list` is null or leads to a list as getaddrinfo makes it.
unsafe fn copy(list: *const libc::addrinfo) -> Vec<Found> {
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: each entry leads to the next or to a null pointer, and its address is as long as it says.
    while let Some(entry) = unsafe { next.as_ref() } {
        found.push(Found {
            family: entry.ai_family,
            socktype: entry.ai_socktype,
            protocol: entry.ai_protocol,
            addrlen: entry.ai_addrlen,
            // SAFETY: as above.
            address: (!entry.ai_addr.is_null()).then(|| unsafe { Sockaddr::copy(entry.ai_addr, entry.ai_addrlen) }),
            // SAFETY: a null pointer or a text that ends in NUL.
            canonname: unsafe { read(entry.ai_canonname) },
        });
        next = entry.ai_next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{failure, look_up};
    use crate::call::ffi::sockaddr::Place;
    use crate::call::ffi::text::Text;

    #[test]
    fn a_numeric_host_is_copied_with_its_address() {
        let found = look_up(Some(&Text::from("192.0.2.1")), Some(&Text::from("258")), None).unwrap();
        let first = found.first().unwrap();
        assert_eq!((first.family, first.addrlen), (libc::AF_INET, 16));
        assert_eq!(first.address.unwrap().read(), Place::Inet("192.0.2.1:258".parse().unwrap()));
    }

    #[test]
    fn only_a_system_error_has_an_errno() {
        assert_eq!(failure(libc::EAI_SYSTEM, libc::EMFILE).errno.as_deref(), Some("EMFILE"));
        assert_eq!(failure(libc::EAI_NONAME, libc::ENOENT).errno, None);
        assert_eq!(failure(-77, 0).name, "EAI -77");
    }

    #[test]
    fn neither_node_nor_service_is_no_name() {
        assert_eq!(look_up(None, None, None).map(|found| found.len()).unwrap_err().name, "EAI_NONAME");
    }
}
