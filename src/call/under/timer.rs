//! A timer whose signal interrupts whatever blocks.

use std::ffi::c_int;
use std::ptr;

/// Does something while SIGALRM arrives every `every_ms` milliseconds; without a number, as it is.
pub(super) fn every<T>(every_ms: Option<u32>, act: impl FnOnce() -> T) -> T {
    let Some(every_ms) = every_ms else { return act() };
    let before = handle(ignore as extern "C" fn(c_int) as libc::sighandler_t);
    set(every_ms);
    let done = act();
    set(0);
    handle(before);
    done
}

/// Takes no notice of a signal, which has interrupted what it came upon all the same.
extern "C" fn ignore(_: c_int) {}

/// Sets what becomes of SIGALRM, without SA_RESTART, and gives what became of it before.
fn handle(handler: libc::sighandler_t) -> libc::sighandler_t {
    // SAFETY: all zeroes are an action: the default one, with no flags and an empty mask.
    let (mut action, mut before) = unsafe { (std::mem::zeroed::<libc::sigaction>(), std::mem::zeroed()) };
    action.sa_sigaction = handler;
    // SAFETY: both structures live through the call; the handler does nothing that a handler may not do.
    unsafe { libc::sigaction(libc::SIGALRM, &raw const action, &raw mut before) };
    before.sa_sigaction
}

/// Sets the timer; 0 stops it.
fn set(every_ms: u32) {
    let every =
        libc::timeval { tv_sec: (every_ms / 1000).into(), tv_usec: libc::suseconds_t::from(every_ms % 1000) * 1000 };
    let timer = libc::itimerval { it_interval: every, it_value: every };
    // SAFETY: the structure lives through the call, which only reads it.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, ptr::null_mut()) };
}
