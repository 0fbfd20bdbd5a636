//! Sets of signals, and what this process was started with: what a program inherits that is to be like one started in
//! its place.
#![expect(unsafe_code, reason = "calls of the C library that fill in a set or look at this process")]

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::sync::OnceLock;

use rustix::io::Errno;

/// The highest signal.
const LAST: c_int = 64;

/// A set of signals.
#[derive(Clone, Copy)]
pub(super) struct Signals(libc::sigset_t);

impl Signals {
    /// These signals. Nothing here allocates.
    pub(super) fn of(signals: &[c_int]) -> Self {
        let mut set = MaybeUninit::uninit();
        // SAFETY: sigemptyset initialises the set.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            for signal in signals {
                libc::sigaddset(set.as_mut_ptr(), *signal);
            }
            Self(set.assume_init())
        }
    }

    /// All signals but these. The two that the C library keeps to itself are never among them.
    pub(super) fn all_but(signals: &[c_int]) -> Self {
        let mut set = MaybeUninit::uninit();
        // SAFETY: sigfillset initialises the set.
        unsafe {
            libc::sigfillset(set.as_mut_ptr());
            for signal in signals {
                libc::sigdelset(set.as_mut_ptr(), *signal);
            }
            Self(set.assume_init())
        }
    }

    /// Those that have arrived for this process and are held back.
    pub(super) fn pending() -> Self {
        let mut set = Self::of(&[]);
        // SAFETY: the set is there to be written to.
        unsafe { libc::sigpending(&raw mut set.0) };
        set
    }

    pub(super) fn contains(&self, signal: c_int) -> bool {
        // SAFETY: the set is initialised.
        unsafe { libc::sigismember(&raw const self.0, signal) == 1 }
    }

    /// Holds these back from this thread, besides those that are held back already.
    pub(super) fn hold(&self) {
        self.mask(libc::SIG_BLOCK);
    }

    /// Lets these through to this thread.
    pub(super) fn let_through(&self) {
        self.mask(libc::SIG_UNBLOCK);
    }

    /// Holds these back from this thread, and no others.
    pub(super) fn hold_only(&self) {
        self.mask(libc::SIG_SETMASK);
    }

    fn mask(&self, how: c_int) {
        // SAFETY: the set is initialised, and the old one is not asked for.
        unsafe { libc::pthread_sigmask(how, &raw const self.0, ptr::null_mut()) };
    }

    /// A descriptor to read these from, which must be held back.
    pub(super) fn descriptor(&self) -> Result<OwnedFd, Errno> {
        // SAFETY: the set is initialised; a descriptor that signalfd returned belongs to nobody else.
        unsafe {
            match libc::signalfd(-1, &raw const self.0, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) {
                -1 => Err(super::sys::last_errno()),
                fd => Ok(OwnedFd::from_raw_fd(fd)),
            }
        }
    }

    /// Takes one of these that has arrived. `false`: none has.
    pub(super) fn take(&self) -> bool {
        let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: all is initialised, and what the signal tells is not asked for.
        unsafe { libc::sigtimedwait(&raw const self.0, ptr::null_mut(), &raw const now) > 0 }
    }

    /// Lets this process do nothing about these.
    pub(super) fn ignore(&self) {
        for signal in (1..=LAST).filter(|signal| self.contains(*signal)) {
            // SAFETY: to ignore a signal is no function that could be called.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
        }
    }
}

/// What this process was started with and has changed since, or may have.
#[derive(Clone, Copy)]
pub(super) struct Started {
    /// The signals that were held back.
    pub(super) held: Signals,
    /// The signals that were ignored.
    pub(super) ignored: Signals,
    /// Which of the standard streams were closed.
    pub(super) closed: [bool; 3],
}

/// What only the start can tell: the runtime of Rust ignores SIGPIPE and opens /dev/null where a stream is closed.
static AT_START: OnceLock<Started> = OnceLock::new();

/// Runs before `main` and before the runtime of Rust: the C library calls what stands in this section.
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    let mut held = Signals::of(&[]);
    // SAFETY: the set is there to be written to; no new one is given.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, ptr::null(), &raw mut held.0) };
    let ignored = if ignores(libc::SIGPIPE) { Signals::of(&[libc::SIGPIPE]) } else { Signals::of(&[]) };
    // SAFETY: the call looks at no memory, and changes nothing.
    let closed = [0, 1, 2].map(|stream| unsafe { libc::fcntl(stream, libc::F_GETFD) } == -1);
    _ = AT_START.set(Started { held, ignored, closed });
}

fn ignores(signal: c_int) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: zeros are a valid action, which is only written to; no new one is given.
    unsafe {
        libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
        action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

impl Started {
    /// As far as it is known.
    pub(super) fn known() -> Self {
        let none = Self { held: Signals::of(&[]), ignored: Signals::of(&[]), closed: [false; 3] };
        let Self { held, ignored, closed } = *AT_START.get().unwrap_or(&none);
        let others = (1..=LAST).filter(|signal| *signal != libc::SIGPIPE && ignores(*signal));
        let pipe = Some(libc::SIGPIPE).filter(|signal| ignored.contains(*signal));
        let ignored: Vec<_> = others.chain(pipe).collect();
        Self { held, ignored: Signals::of(&ignored), closed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_it_was_made_of() {
        let two = Signals::of(&[libc::SIGINT, libc::SIGRTMAX()]);
        assert!(two.contains(libc::SIGINT) && two.contains(libc::SIGRTMAX()) && !two.contains(libc::SIGTERM));
        let others = Signals::all_but(&[libc::SIGINT]);
        assert!(!others.contains(libc::SIGINT) && others.contains(libc::SIGTERM));
    }

    #[test]
    fn the_start_was_looked_at() {
        assert!(AT_START.get().is_some());
        // The runtime of Rust has it ignored by now, which is not how this process was started.
        assert!(ignores(libc::SIGPIPE));
    }
}
