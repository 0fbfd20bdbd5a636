//! ptrace(2) and the filter that makes a program stop where it looks at a path: the bare system calls, and what they say.
//! A filter stops a program at these calls only; all others run at full speed.
#![expect(unsafe_code, reason = "bare system calls")]

use std::ffi::c_long;
use std::io;

use rustix::io::Errno;
use rustix::process::Pid;

const PTRACE_CONT: c_long = 7;
const PTRACE_SYSCALL: c_long = 24;
const PTRACE_SEIZE: c_long = 0x4206;
const PTRACE_LISTEN: c_long = 0x4208;
const PTRACE_GET_SYSCALL_INFO: c_long = 0x420e;

/// Stops of a filter and of the calls themselves are told from signals; processes and threads that the program makes are
/// seen as well; none of them outlives its tracer.
const OPTIONS: c_long = (libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_EXITKILL) as c_long;

/// A system call that looks at a path, or at a socket address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// It opens the path that this argument points to, relative to the folder of that one where there is one.
    Open { path: usize, folder: Option<usize> },
    /// It only looks at the file.
    Look { path: usize, folder: Option<usize> },
    /// It connects a socket.
    Connect,
}

const OPEN_AT: Call = Call::Open { path: 1, folder: Some(0) };
const LOOK_AT: Call = Call::Look { path: 1, folder: Some(0) };

/// The calls that a watched program stops at.
const WATCHED: &[(c_long, Call)] = &[
    (libc::SYS_openat, OPEN_AT),
    (libc::SYS_openat2, OPEN_AT),
    (libc::SYS_statx, LOOK_AT),
    (libc::SYS_faccessat, LOOK_AT),
    (libc::SYS_faccessat2, LOOK_AT),
    (libc::SYS_connect, Call::Connect),
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
    (libc::SYS_newfstatat, LOOK_AT),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, Call::Open { path: 0, folder: None }),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_stat, Call::Look { path: 0, folder: None }),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_access, Call::Look { path: 0, folder: None }),
];

/// The filter's instructions: load the number of the call, compare it with each, and end at one of the last two.
const LENGTH: usize = WATCHED.len() + 3;

#[expect(clippy::cast_possible_truncation, reason = "the number of a call has 32 bits for a filter, and a jump 8")]
const FILTER: [libc::sock_filter; LENGTH] = {
    let mut all =
        [libc::sock_filter { code: (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16, jt: 0, jf: 0, k: 0 }; LENGTH];
    let mut at = 0;
    while at < WATCHED.len() {
        let jump = (WATCHED.len() - at) as u8;
        let code = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
        all[at + 1] = libc::sock_filter { code, jt: jump, jf: 0, k: WATCHED[at].0 as u32 };
        at += 1;
    }
    let end = (libc::BPF_RET | libc::BPF_K) as u16;
    all[LENGTH - 2] = libc::sock_filter { code: end, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    all[LENGTH - 1] = libc::sock_filter { code: end, jt: 0, jf: 0, k: libc::SECCOMP_RET_TRACE };
    all
};

/// Makes this process, and the program it becomes, stop at each call that looks at a path. Only for one that is traced:
/// for another these calls fail. Allocates nothing.
pub(super) fn stop_at_paths() -> Result<(), Errno> {
    static INSTRUCTIONS: [libc::sock_filter; LENGTH] = FILTER;
    #[expect(clippy::cast_possible_truncation, reason = "there are a dozen")]
    let program = libc::sock_fprog { len: LENGTH as u16, filter: INSTRUCTIONS.as_ptr().cast_mut() };
    // SAFETY: the kernel copies as many instructions as `len` says, and writes to none.
    let done = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) };
    if done == 0 { Ok(()) } else { Err(last_errno()) }
}

/// Whether this kernel has such filters, and lets this process ask for them.
pub(super) fn can_stop_at_paths() -> Result<(), Errno> {
    let action = libc::SECCOMP_RET_TRACE;
    // SAFETY: the kernel reads the action, and writes nothing.
    let done = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, &raw const action) };
    if done == 0 { Ok(()) } else { Err(last_errno()) }
}

/// Begins to trace a process, which runs on. This thread alone is its tracer.
pub(super) fn seize(pid: Pid) -> Result<(), Errno> {
    request(PTRACE_SEIZE, pid, 0, OPTIONS)
}

/// Lets a stopped process run on, and gives it a signal unless that is 0.
pub(super) fn go_on(pid: Pid, signal: i32) -> Result<(), Errno> {
    request(PTRACE_CONT, pid, 0, signal.into())
}

/// Lets a process that is stopped at a call make it, and stop again where it ends.
pub(super) fn go_on_to_the_end_of_the_call(pid: Pid) -> Result<(), Errno> {
    request(PTRACE_SYSCALL, pid, 0, 0)
}

/// Leaves a process stopped as a signal has stopped it.
pub(super) fn leave_stopped(pid: Pid) -> Result<(), Errno> {
    request(PTRACE_LISTEN, pid, 0, 0)
}

fn request(what: c_long, pid: Pid, address: c_long, data: c_long) -> Result<(), Errno> {
    let pid = c_long::from(pid.as_raw_nonzero().get());
    // SAFETY: none of these requests makes the kernel look at memory of this process.
    if unsafe { libc::syscall(libc::SYS_ptrace, what, pid, address, data) } < 0 { Err(last_errno()) } else { Ok(()) }
}

/// Where a stopped process is in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// At its beginning.
    Begins { call: Call, arguments: [u64; 6] },
    /// At its end, with what it gives: a number, or a negative error number.
    Ends(i64),
    /// Elsewhere, or in a call that nobody asked about.
    Elsewhere,
}

/// Where a process is that stopped at a call.
pub(super) fn stopped(pid: Pid) -> Result<Stop, Errno> {
    // struct ptrace_syscall_info: its kind and the architecture, two addresses, and then what the kind says.
    let mut info = [0_u64; 11];
    let (pid, size) = (c_long::from(pid.as_raw_nonzero().get()), size_of_val(&info));
    // SAFETY: the kernel writes at most `size` bytes.
    let length = unsafe { libc::syscall(libc::SYS_ptrace, PTRACE_GET_SYSCALL_INFO, pid, size, info.as_mut_ptr()) };
    if length < 0 {
        return Err(last_errno());
    }
    let [kind, _, _, number, arguments @ .., _] = info;
    Ok(match kind.to_ne_bytes()[0] {
        1 | 3 => match WATCHED.iter().find(|(watched, _)| u64::try_from(*watched) == Ok(number)) {
            Some((_, call)) => Stop::Begins { call: *call, arguments },
            None => Stop::Elsewhere,
        },
        2 => Stop::Ends(number.cast_signed()),
        _ => Stop::Elsewhere,
    })
}

fn last_errno() -> Errno {
    Errno::from_raw_os_error(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
}
