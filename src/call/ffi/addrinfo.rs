//! getaddrinfo(3): the call, its list copied and freed, and its errors.

use std::ffi::c_int;
use std::ptr;

use serde::{Deserialize, Serialize};

use super::errno;
use super::sockaddr::Sockaddr;
use super::table::{named, netdb};
use super::text::{Text, pointer, read};
use crate::outcome::Failure;

/// The hints, as C gets them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hints {
    pub(crate) flags: c_int,
    pub(crate) family: c_int,
    pub(crate) socktype: c_int,
    pub(crate) protocol: c_int,
    /// Members that hold something though they should hold nothing.
    pub(crate) stale: Vec<Stale>,
}

/// A member of `struct addrinfo` that is zero or null in hints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stale {
    /// It holds 7.
    AiAddrlen,
    /// It leads to an address of no family.
    AiAddr,
    /// It leads to a text.
    AiCanonname,
    /// It leads to another structure of hints.
    AiNext,
}

/// What getaddrinfo left in the pointer to its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// What it held before.
    Untouched,
    /// A null pointer.
    Null,
    /// Something else.
    Changed,
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

/// Asks getaddrinfo. Without hints it gets a null pointer for them. The list is freed in sublists of `split` entries, the
/// last one first; in one piece where that is 0.
///
/// # Errors
/// The EAI_ error; for EAI_SYSTEM with errno.
pub(crate) fn look_up(
    node: Option<&Text>,
    service: Option<&Text>,
    hints: Option<&Hints>,
    split: usize,
) -> Result<Vec<Found>, Failure> {
    let mut list = ptr::null_mut();
    let (code, errno) = call(node, service, hints, &mut list);
    if code != 0 {
        return Err(failure(code, errno));
    }
    // SAFETY: it succeeded, so the list is its own, well-formed, and freed once, after the last look at it.
    unsafe {
        let found = copy(list);
        free(list, split);
        Ok(found)
    }
}

/// Asks getaddrinfo with a pointer to its list that is not null before: its error, 0 for none, and what it left there.
pub(crate) fn look_behind(node: Option<&Text>, service: Option<&Text>, hints: &Hints) -> (c_int, i32, Left) {
    let before = ptr::dangling_mut();
    let mut list = before;
    let (code, errno) = call(node, service, Some(hints), &mut list);
    let left = match list {
        list if list == before => Left::Untouched,
        list if list.is_null() => Left::Null,
        _ => Left::Changed,
    };
    if code == 0 && left == Left::Changed {
        // SAFETY: it succeeded, so the list is its own and freed once.
        unsafe { libc::freeaddrinfo(list) };
    }
    (code, errno, left)
}

/// The call itself: what it returned, and errno.
fn call(
    node: Option<&Text>,
    service: Option<&Text>,
    hints: Option<&Hints>,
    list: &mut *mut libc::addrinfo,
) -> (c_int, i32) {
    let (node, service) = (node.map(Text::for_c), service.map(Text::for_c));
    let mut address = Sockaddr::bare(libc::AF_UNSPEC);
    let mut name = *b"stale\0";
    let mut other = structure(&Hints::default());
    let hints = hints.map(|hints| {
        let mut structure = structure(hints);
        for member in &hints.stale {
            match member {
                Stale::AiAddrlen => structure.ai_addrlen = 7,
                Stale::AiAddr => structure.ai_addr = address.pointer_mut(),
                Stale::AiCanonname => structure.ai_canonname = name.as_mut_ptr().cast(),
                Stale::AiNext => structure.ai_next = &raw mut other,
            }
        }
        structure
    });
    // SAFETY: the texts end in NUL, or are null pointers as the hints may be; what the hints lead to outlives the call.
    let called = errno::call(|| unsafe {
        libc::getaddrinfo(
            pointer(node.as_deref()),
            pointer(service.as_deref()),
            hints.as_ref().map_or(ptr::null(), ptr::from_ref),
            list,
        )
    });
    (called.result, called.errno)
}

/// The structure of hints, without what is stale.
fn structure(hints: &Hints) -> libc::addrinfo {
    libc::addrinfo {
        ai_flags: hints.flags,
        ai_family: hints.family,
        ai_socktype: hints.socktype,
        ai_protocol: hints.protocol,
        ai_addrlen: 0,
        ai_addr: ptr::null_mut(),
        ai_canonname: ptr::null_mut(),
        ai_next: ptr::null_mut(),
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

/// Frees a list in sublists of `split` entries, the last one first; in one piece where `split` is 0.
///
/// # Safety
/// `list` is null or leads to a list of getaddrinfo's own, which nobody looks at again.
unsafe fn free(list: *mut libc::addrinfo, split: usize) {
    let mut heads = vec![list];
    let mut next = list;
    let mut length = 0;
    // SAFETY: each entry leads to the next or to a null pointer, and is cut off from it before either is freed.
    while let Some(entry) = unsafe { next.as_mut() } {
        next = entry.ai_next;
        length += 1;
        if length == split && !next.is_null() {
            entry.ai_next = ptr::null_mut();
            heads.push(next);
            length = 0;
        }
    }
    for head in heads.into_iter().rev().filter(|head| !head.is_null()) {
        // SAFETY: each is the head of a sublist that POSIX lets be freed alone, and no entry is in two of them.
        unsafe { libc::freeaddrinfo(head) };
    }
}

#[cfg(test)]
mod tests {
    use super::{Hints, Left, Stale, failure, look_behind, look_up};
    use crate::call::ffi::sockaddr::Place;
    use crate::call::ffi::text::Text;

    #[test]
    fn a_numeric_host_is_copied_with_its_address() {
        let found = look_up(Some(&Text::from("192.0.2.1")), Some(&Text::from("258")), None, 0).unwrap();
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
        assert_eq!(look_up(None, None, None, 0).map(|found| found.len()).unwrap_err().name, "EAI_NONAME");
    }
    #[test]
    fn a_list_is_freed_in_sublists() {
        for split in 0..5 {
            let found = look_up(Some(&Text::from("192.0.2.1")), None, Some(&Hints::default()), split).unwrap();
            assert!(found.len() > 1, "{split}");
        }
    }

    #[test]
    fn what_is_stale_in_the_hints_reaches_c_and_harms_nothing() {
        let stale = vec![Stale::AiAddrlen, Stale::AiAddr, Stale::AiCanonname, Stale::AiNext];
        let hints = Hints { flags: libc::AI_NUMERICHOST, stale, ..Hints::default() };
        let _ = look_up(Some(&Text::from("192.0.2.1")), None, Some(&hints), 0);
    }

    #[test]
    fn what_is_left_in_the_pointer_is_told() {
        let hints = Hints { flags: libc::AI_NUMERICHOST, ..Hints::default() };
        assert_eq!(look_behind(Some(&Text::from("192.0.2.1")), None, &hints), (0, 0, Left::Changed));
        assert_eq!(look_behind(Some(&Text::from("no number")), None, &hints).0, libc::EAI_NONAME);
    }
}
