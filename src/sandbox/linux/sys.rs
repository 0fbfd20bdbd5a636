//! The system calls that have to be made by hand: those a forked copy of a process with threads may make, where neither
//! std nor rustix offers them. All `unsafe` of the sandbox is here and where processes are copied.
//!
//! Such a copy holds the locks that other threads held at that moment, forever. So whatever runs in it allocates nothing,
//! takes no lock and never returns into the code of the process it was copied from.
#![expect(unsafe_code, reason = "bare system calls")]

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_int, c_long, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

use rustix::io::Errno;
use rustix::process::Pid;

use super::image::Strings;

/// What every namespace of a sandbox needs but the user namespace.
pub(super) const NAMESPACES: c_int =
    libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWPID | libc::CLONE_NEWUTS | libc::CLONE_NEWIPC;

/// The user namespace.
pub(super) const USER_NAMESPACE: c_int = libc::CLONE_NEWUSER;

/// Copies this process, as fork(2) does, into the namespaces of `flags`; the copy does `run` and nothing else.
///
/// The low byte of `flags` is the signal that announces the copy's end. With 0 there is none, and only a wait with
/// `__WALL` sees it: code in this process that waits for any child does not take it away.
///
/// # Safety
/// `run` must keep to what the head of this page says.
pub(super) unsafe fn clone(flags: c_int, run: impl FnOnce()) -> Result<Pid, Errno> {
    // SAFETY: the caller answers for what the copy does.
    if let Some(pid) = unsafe { fork(flags) }? {
        return Ok(pid);
    }
    let _end = EndOnUnwind;
    run();
    exit(0)
}

/// Copies this process, and comes back in both: with nothing in the copy. `flags` are those of [`clone`].
///
/// # Safety
/// What the copy does must keep to what the head of this page says, until it becomes another program or ends.
pub(super) unsafe fn fork(flags: c_int) -> Result<Option<Pid>, Errno> {
    let (flags, stack) = (c_long::from(flags), c_long::from(0));
    let (first, second) = if cfg!(target_arch = "s390x") { (stack, flags) } else { (flags, stack) };
    // SAFETY: without CLONE_VM and with no stack given this is a fork; all pointers are null. The caller answers for
    // what the copy does.
    match unsafe { libc::syscall(libc::SYS_clone, first, second, 0, 0, 0) } {
        0 => Ok(None),
        pid => {
            let pid = c_int::try_from(pid).ok().filter(|pid| *pid > 0).and_then(Pid::from_raw);
            pid.map(Some).ok_or_else(last_errno)
        }
    }
}

/// A stack for a process that shares the memory of the one that it was copied from.
#[repr(align(16))]
struct Stack(UnsafeCell<[u8; 1 << 16]>);

// SAFETY: nothing looks at it but the one process that runs on it.
unsafe impl Sync for Stack {}

/// Copies this process but for its memory, which both share until the copy becomes another program: to map all of it once
/// more only to drop it there takes longer than all else that the copy does. The copy does `run` on a stack of its own.
///
/// # Safety
/// Once in a process, and only where this process has one thread. `run` must not return and must keep to what the head of
/// this page says; what it looks at must stay where it is until the copy has become another program or has ended.
pub(super) unsafe fn clone_sharing_memory(run: extern "C" fn(*mut c_void) -> c_int) -> Result<Pid, Errno> {
    static STACK: Stack = Stack(UnsafeCell::new([0; 1 << 16]));
    // SAFETY: the end of the stack, which grows down; the caller answers for the rest.
    let pid = unsafe { libc::clone(run, STACK.0.get().add(1).cast(), libc::CLONE_VM | libc::SIGCHLD, ptr::null_mut()) };
    Pid::from_raw(pid).filter(|_| pid > 0).ok_or_else(last_errno)
}

/// Copies this process as the C library does it, so that the copy can be a program of its own: with threads, locks and
/// copies of itself.
///
/// # Safety
/// This process must have one thread.
pub(super) unsafe fn fork_whole(run: impl FnOnce()) -> Result<Pid, Errno> {
    // SAFETY: the caller answers for what the copy does.
    match unsafe { libc::fork() } {
        0 => {
            run();
            exit(0)
        }
        pid => Pid::from_raw(pid).filter(|_| pid > 0).ok_or_else(last_errno),
    }
}

/// Gives this process another environment, or none.
///
/// # Safety
/// This process must have one thread, and `env` must stay where it is until another is set.
pub(super) unsafe fn set_environment(env: Option<&Strings>) {
    unsafe extern "C" {
        static mut environ: *const *const c_char;
    }
    // SAFETY: an array of strings that ends in a null pointer, which nobody else looks at now.
    unsafe { environ = env.map_or(ptr::null(), Strings::as_ptr) };
}

/// Has a signal ignored.
pub(super) fn ignore(signal: c_int) {
    // SAFETY: to ignore a signal is no function that could be called.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

/// Gives memory that was freed back to the system. A copy of this process maps all that it holds: after one large answer
/// each copy would cost several times as much for the rest of a run.
pub(super) fn give_back_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: the call has no preconditions.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Sees to it that a panic in a copied process does not unwind into the code that the copy was made in.
struct EndOnUnwind;

impl Drop for EndOnUnwind {
    fn drop(&mut self) {
        exit(101);
    }
}

/// Ends this process at once: no destructor and no exit handler runs.
pub(super) fn exit(status: c_int) -> ! {
    // SAFETY: the call has no preconditions.
    unsafe { libc::_exit(status) }
}

/// Becomes another program. Returns only on failure.
pub(super) fn execute(path: &CStr, argv: &Strings, env: &Strings) -> Errno {
    // SAFETY: all are strings that end in NUL, and both arrays end in a null pointer.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    last_errno()
}

/// Makes a mount and all below it read-only, and devices and set-user-id bits on them mean nothing.
pub(super) fn read_only(path: &CStr) -> Result<(), Errno> {
    mount_attributes(path, libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV, 0, true)
}

/// Sets and clears attributes of a mount, or of it and all below it.
pub(super) fn mount_attributes(path: &CStr, set: u64, clear: u64, all: bool) -> Result<(), Errno> {
    // struct mount_attr: what to set, what to clear, the propagation, a user namespace.
    let attributes = [set, clear, 0, 0_u64];
    let (at, flags) = (libc::AT_FDCWD, if all { libc::AT_RECURSIVE } else { 0 });
    let size = size_of_val(&attributes);
    // SAFETY: the path ends in NUL, and the size is that of the attributes; the call keeps no pointer.
    match unsafe { libc::syscall(libc::SYS_mount_setattr, at, path.as_ptr(), flags, attributes.as_ptr(), size) } {
        0 => Ok(()),
        _ => Err(last_errno()),
    }
}

/// Why attributes of a mount cannot be changed here, whatever the mount; nothing where they can.
pub(super) fn mount_attributes_refused() -> Option<Errno> {
    let (at, nothing) = (libc::AT_FDCWD, ptr::null::<u64>());
    // SAFETY: of attributes without a size the kernel reads none. It refuses them first of all.
    match unsafe { libc::syscall(libc::SYS_mount_setattr, at, c"/".as_ptr(), 0, nothing, 0) } {
        -1 => Some(last_errno()).filter(|errno| *errno != Errno::INVAL),
        _ => None,
    }
}

/// Closes every descriptor but those of `kept`, which is left sorted.
pub(super) fn close_all_but(kept: &mut [RawFd]) {
    kept.sort_unstable();
    let mut next = 0;
    for fd in kept.iter().filter_map(|fd| u32::try_from(*fd).ok()) {
        if fd > next {
            close_range(next, fd.saturating_sub(1));
        }
        next = next.max(fd.saturating_add(1));
    }
    close_range(next, u32::MAX);
}

fn close_range(first: u32, last: u32) {
    // SAFETY: the call looks at no memory. That nobody uses the closed descriptors again is for the caller to see to: in
    // a copied process nobody else is left.
    if unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } == 0 {
        return;
    }
    // Linux before 5.9, or a filter that does not know the call.
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(1 << 20);
    let end = u64::from(last).min(limit.saturating_sub(1)).min(1 << 20);
    for fd in u64::from(first)..=end {
        if let Ok(fd) = c_int::try_from(fd) {
            // SAFETY: as above.
            unsafe { libc::close(fd) };
        }
    }
}

/// Has execve(2) close every descriptor but the standard streams. Linux before 5.11 leaves those that were inherited.
pub(super) fn close_on_exec() {
    // SAFETY: the call looks at no memory, and closes nothing now.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
}

/// Closes one descriptor that nobody uses.
pub(super) fn close(fd: RawFd) {
    // SAFETY: as above.
    unsafe { libc::close(fd) };
}

/// Sets every signal to its default action, also those that were ignored: execve(2) would hand that down.
pub(super) fn default_signal_actions() {
    // All zero is SIG_DFL, no flags, no signal masked, whatever the order of the fields on this architecture.
    let default = [0_u64; 16];
    for signal in 1..=64 {
        // SAFETY: `default` is longer than any kernel's struct sigaction and lives through the call; the old action is
        // not asked for. SIGKILL and SIGSTOP are refused, which is right.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), ptr::null::<u64>(), SIGNAL_SET_SIZE) };
    }
}

/// The kernel's `sizeof(sigset_t)`.
const SIGNAL_SET_SIZE: usize = if cfg!(any(target_arch = "mips", target_arch = "mips64")) { 16 } else { 8 };

/// Holds all signals back from this thread until it is dropped.
pub(super) struct SignalsHeld(libc::sigset_t);

impl SignalsHeld {
    pub(super) fn new() -> Self {
        let mut all = MaybeUninit::uninit();
        let mut before = MaybeUninit::uninit();
        // SAFETY: sigfillset initialises `all`, pthread_sigmask `before`; with SIG_SETMASK it cannot fail.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
            Self(before.assume_init())
        }
    }
}

impl Drop for SignalsHeld {
    fn drop(&mut self) {
        // SAFETY: the set was filled in by pthread_sigmask.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut()) };
    }
}

/// Lets all signals through to this thread.
pub(super) fn let_signals_through() {
    let mut none = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set.
    unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut());
    }
}

/// A descriptor that becomes readable when a child ends. SIGCHLD must be held back.
pub(super) fn child_ends() -> Result<OwnedFd, Errno> {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set; a descriptor that signalfd returned belongs to nobody else.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD);
        match libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) {
            -1 => Err(last_errno()),
            fd => Ok(OwnedFd::from_raw_fd(fd)),
        }
    }
}

/// The process group of a process or of this one, where that has a number in this namespace.
pub(super) fn process_group(of: Option<Pid>) -> Option<Pid> {
    // SAFETY: the call looks at no memory.
    let group = unsafe { libc::getpgid(of.map_or(0, |pid| pid.as_raw_nonzero().get())) };
    Pid::from_raw(group).filter(|_| group > 0)
}

/// Missing from libc: which signal tells of a descriptor.
const F_SETSIG: c_int = 10;

/// Has the system send this process SIGCONT when there is something to read, or no longer.
pub(super) fn continue_when_readable(fd: BorrowedFd<'_>, on: bool) {
    let (fd, own) = (fd.as_raw_fd(), rustix::process::getpid().as_raw_nonzero().get());
    // SAFETY: the calls look at no memory.
    unsafe {
        libc::fcntl(fd, F_SETSIG, libc::SIGCONT);
        libc::fcntl(fd, libc::F_SETOWN, own);
        let flags = libc::fcntl(fd, libc::F_GETFL);
        libc::fcntl(fd, libc::F_SETFL, if on { flags | libc::O_ASYNC } else { flags & !libc::O_ASYNC });
    }
}

/// Waits for the next signal of those that are held back: all. Also says whether a process sent it, rather than the kernel.
pub(super) fn next_signal() -> Option<(c_int, bool)> {
    let mut all = MaybeUninit::uninit();
    let mut told: MaybeUninit<libc::siginfo_t> = MaybeUninit::uninit();
    // SAFETY: sigfillset initialises the set, and sigwaitinfo what it tells where it does not fail.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        let signal = libc::sigwaitinfo(all.as_ptr(), told.as_mut_ptr());
        (signal > 0).then(|| (signal, told.assume_init().si_code <= 0))
    }
}

/// Makes `command` do `run` in the forked child before it becomes the program.
///
/// # Safety
/// `run` must keep to what the head of this page says; what it returns goes back to the code of std, which does so too.
pub(super) unsafe fn before_exec(command: &mut Command, run: impl Fn() -> Result<(), Errno> + Send + Sync + 'static) {
    // SAFETY: as the caller says. An error of the system is made without allocating.
    unsafe { command.pre_exec(move || Ok(run()?)) };
}

/// Sends any signal, real-time ones too.
pub(super) fn kill(pid: Pid, signal: c_int) -> Result<(), Errno> {
    // SAFETY: the call looks at no memory.
    match unsafe { libc::kill(pid.as_raw_nonzero().get(), signal) } {
        0 => Ok(()),
        _ => Err(last_errno()),
    }
}

pub(super) fn last_errno() -> Errno {
    Errno::from_raw_os_error(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
}
