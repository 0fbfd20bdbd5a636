//! errno and h_errno: taken right at the call, and turned into failures under their canonical names.

use std::io;

use super::c;
use super::table::{self, Entry, errno};
use crate::outcome::Failure;

/// What a C function gave, and what errno and h_errno were right after it. Both were 0 right before it.
pub(crate) struct Called<T> {
    pub(crate) result: T,
    pub(crate) errno: i32,
    pub(crate) h_errno: i32,
}

/// Makes one call of a C function.
pub(crate) fn call<T>(function: impl FnOnce() -> T) -> Called<T> {
    // SAFETY: both functions give pointers to this thread's own variables, which live as long as the thread.
    let (errno, h_errno) = unsafe { (libc::__errno_location(), c::__h_errno_location()) };
    // SAFETY: as above.
    unsafe {
        *errno = 0;
        *h_errno = 0;
    }
    let result = function();
    // SAFETY: as above.
    let (errno, h_errno) = unsafe { (*errno, *h_errno) };
    Called { result, errno, h_errno }
}

/// The C name of an errno: `EAFNOSUPPORT`; `errno 524` where it has none.
pub(crate) fn name(errno: i32) -> String {
    table::named(&[errno::ERRNO], errno.into()).map_or_else(|| format!("errno {errno}"), |entry| entry.name.to_owned())
}

/// The C name of an errno that was set; `None` where it stayed 0.
pub(crate) fn named(errno: i32) -> Option<String> {
    (errno != 0).then(|| name(errno))
}

/// The failure of a function that only sets errno.
pub(crate) fn failure(errno: i32) -> Failure {
    let text = io::Error::from_raw_os_error(errno).to_string();
    let text = text.strip_suffix(&format!(" (os error {errno})")).unwrap_or(&text).to_owned();
    Failure { name: name(errno), errno: None, code: Some(errno.into()), text }
}

/// A text that is no address. That errno stays as it was is what rules look at, so it is told only where it did not.
pub(crate) fn no_address(errno: i32) -> Failure {
    Failure { errno: named(errno), ..Failure::named(Failure::NOT_AN_ADDRESS) }
}

/// The failure of an operation of the standard library or of socket2: its errno, or what it says where it has none.
pub(crate) fn io_failure(error: &io::Error) -> Failure {
    match error.raw_os_error() {
        Some(errno) => failure(errno),
        None => Failure { text: error.to_string(), ..Failure::named("EIO") },
    }
}

/// The failure of one of the gethostby… functions.
pub(crate) fn h_failure(h_errno: i32, errno: i32) -> Failure {
    let name = table::named(&[H_ERRNO], h_errno.into())
        .map_or_else(|| format!("h_errno {h_errno}"), |entry| entry.name.to_owned());
    let errno = (name == "NETDB_INTERNAL" && errno != 0).then(|| self::name(errno));
    // SAFETY: hstrerror gives a text that lives as long as the process.
    let text = unsafe { super::text::read(libc::hstrerror(h_errno)) };
    Failure { name, errno, code: Some(h_errno.into()), text: text.unwrap_or_default() }
}

// Apart from `table::netdb`, where NETDB_INTERNAL is missing for musl: its header does not define what it returns.
const H_ERRNO: &[Entry] = &[
    Entry::both("NETDB_INTERNAL", -1),
    Entry::both("NETDB_SUCCESS", 0),
    Entry::both("HOST_NOT_FOUND", 1),
    Entry::both("TRY_AGAIN", 2),
    Entry::both("NO_RECOVERY", 3),
    Entry::both("NO_DATA", 4),
];

#[cfg(test)]
mod tests {
    use super::{call, failure, h_failure, name};

    #[test]
    fn an_errno_prints_under_its_posix_name() {
        for (number, expected) in [
            (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
            (libc::EAGAIN, "EAGAIN"),
            (libc::EOPNOTSUPP, "EOPNOTSUPP"),
            (libc::EDEADLK, "EDEADLK"),
            (100_000, "errno 100000"),
        ] {
            assert_eq!(name(number), expected);
        }
    }

    #[test]
    fn a_failure_keeps_the_platforms_text_without_the_number() {
        let failure = failure(libc::ECONNREFUSED);
        assert_eq!((failure.name.as_str(), failure.code), ("ECONNREFUSED", Some(libc::ECONNREFUSED.into())));
        assert!(!failure.text.is_empty() && !failure.text.contains("os error"), "{}", failure.text);
    }

    #[test]
    fn errno_is_clear_before_the_call_and_read_after_it() {
        // SAFETY: close takes any number.
        let closed = call(|| unsafe { libc::close(-1) });
        assert_eq!((closed.result, closed.errno), (-1, libc::EBADF));
        assert_eq!(call(|| ()).errno, 0);
    }

    #[test]
    fn only_an_internal_failure_of_the_host_functions_has_an_errno() {
        assert_eq!(h_failure(-1, libc::EAFNOSUPPORT).errno.as_deref(), Some("EAFNOSUPPORT"));
        assert_eq!(h_failure(1, libc::ENOENT).errno, None);
        assert_eq!(h_failure(1, 0).name, "HOST_NOT_FOUND");
        assert_eq!(h_failure(17, 0).name, "h_errno 17");
    }
}
