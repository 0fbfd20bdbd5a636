//! A limit on open descriptors that leaves just so many free.

use std::io;

use libc::{RLIMIT_NOFILE, rlim_t, rlimit};

use crate::call::NoAnswer;
use crate::call::ffi::errno;

/// Does something while only `free` further descriptors can be opened; without a number, as it is.
///
/// # Errors
/// The errno with which the limit cannot be read or set.
pub(super) fn leaving<T>(free: Option<u32>, act: impl FnOnce() -> T) -> Result<T, NoAnswer> {
    let Some(free) = free else { return Ok(act()) };
    let mut before = rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure lives through the call.
    done(unsafe { libc::getrlimit(RLIMIT_NOFILE, &raw mut before) })?;
    set(&rlimit { rlim_cur: limit(free), ..before })?;
    let acted = act();
    set(&before)?;
    Ok(acted)
}

fn set(limit: &rlimit) -> Result<(), NoAnswer> {
    // SAFETY: the structure lives through the call, which only reads it.
    done(unsafe { libc::setrlimit(RLIMIT_NOFILE, limit) })
}

fn done(status: i32) -> Result<(), NoAnswer> {
    if status == 0 { Ok(()) } else { Err(errno::io_failure(&io::Error::last_os_error()).into()) }
}

/// The lowest limit below which just `free` numbers are those of no open descriptor.
fn limit(free: u32) -> rlim_t {
    let mut left = free;
    let mut number = 0;
    while left > 0 && number < i32::MAX {
        // SAFETY: fcntl takes any number, and F_GETFD changes nothing.
        let open = unsafe { libc::fcntl(number, libc::F_GETFD) } != -1;
        left -= u32::from(!open);
        number += 1;
    }
    number.unsigned_abs().into()
}

#[cfg(test)]
mod tests {
    use super::limit;

    #[test]
    fn the_limit_counts_only_what_is_free() {
        assert_eq!(limit(0), 0);
        assert!(limit(1) >= 1);
        assert!(limit(2) > limit(1));
    }
}
