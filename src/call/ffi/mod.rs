//! Everything that the calls share with C: constants by name, text and bytes, socket addresses, the structures of
//! `<netdb.h>`, errno and h_errno. It asks nothing by itself; the calls do.

pub(super) mod addrinfo;
pub(super) mod c;
pub(super) mod constant;
pub(super) mod errno;
pub(super) mod guard;
pub(super) mod hostent;
pub(super) mod inet;
pub(super) mod link;
#[cfg(feature = "cli")]
pub(crate) mod locale;
pub(super) mod order;
pub(super) mod protoent;
pub(super) mod servent;
pub(super) mod sockaddr;
pub(super) mod table;
pub(super) mod text;
pub(crate) mod version;
pub(super) mod walk;

use std::sync::{Mutex, MutexGuard, PoisonError};

static STATIC_BUFFERS: Mutex<()> = Mutex::new(());

/// Keeps every other call that answers in a static buffer of the C library out, as long as the guard lives.
pub(super) fn alone() -> MutexGuard<'static, ()> {
    STATIC_BUFFERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an optional argument was left out: it is then not written either.
pub(super) fn unset<T: Default + PartialEq>(argument: &T) -> bool {
    *argument == T::default()
}
