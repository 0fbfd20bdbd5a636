//! What a program in a sandbox looks at: a thread that traces it, notes each path and each destination with what came of
//! it, and ends with the last of the program's processes.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, WaitOptions};

use super::ptrace::{self, Call, Stop};
use crate::sandbox::{Error, Glance, Look};

/// What may be behind a refusal.
const FORBIDDEN: &str = "this machine forbids it (another program, such as strace, traces this one already; or \
    kernel.yama.ptrace_scope is 3; or a seccomp filter knows no ptrace(2) or seccomp(2))";

/// A program that is being watched.
#[derive(Debug)]
pub struct Watch(JoinHandle<Vec<Glance>>);

impl Watch {
    /// Begins to watch the program, which is held at its gate.
    pub(super) fn begin(reaper: Pid) -> Result<Self, Error> {
        const DOING: &str = "watching the program's files";
        let failed = |errno| match errno {
            Errno::PERM | Errno::ACCESS => super::lost(DOING, FORBIDDEN),
            errno => super::system(DOING, errno),
        };
        ptrace::can_stop_at_paths().map_err(failed)?;
        let program = only_child(reaper).ok_or_else(|| super::lost(DOING, "its process is not to be seen in /proc"))?;
        let (begun, has_begun) = mpsc::channel();
        let body = move || {
            let seized = ptrace::seize(program);
            let watches = seized.is_ok();
            // Whoever waits for this waits for it alone.
            let _ = begun.send(seized);
            if watches { follow() } else { Vec::new() }
        };
        let thread = Builder::new().name("watch".to_owned()).spawn(body);
        let thread = thread.map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::AGAIN)))?;
        match has_begun.recv() {
            Ok(Ok(())) => Ok(Self(thread)),
            Ok(Err(errno)) => Err(failed(errno)),
            Err(_) => Err(super::lost(DOING, "its thread ended without a word")),
        }
    }

    /// What the program has looked at, in order. Returns once its processes have ended: drop the sandbox before.
    #[must_use]
    pub fn finish(self) -> Vec<Glance> {
        self.0.join().unwrap_or_default()
    }
}

/// The process whose parent is `reaper`. At the gate there is one.
fn only_child(reaper: Pid) -> Option<Pid> {
    let parent = format!("PPid:\t{}", reaper.as_raw_nonzero());
    fs::read_dir("/proc").ok()?.filter_map(Result::ok).find_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let status = fs::read_to_string(entry.path().join("status")).ok()?;
        status.lines().any(|line| line == parent).then(|| Pid::from_raw(pid))?
    })
}

/// Follows all that this thread traces to their ends.
fn follow() -> Vec<Glance> {
    // This thread has no child: what it waits for are its tracees, and it takes nobody else's child away.
    let options = WaitOptions::from_bits_retain((libc::__WALL | libc::__WNOTHREAD).cast_unsigned());
    let (mut glances, mut under_way) = (Vec::new(), HashMap::new());
    loop {
        match rustix::process::wait(options) {
            Ok(Some((pid, status))) if status.stopped() => {
                attend(pid, status.as_raw(), &mut under_way, &mut glances);
            }
            Ok(Some((pid, _))) => drop(under_way.remove(&pid)),
            Ok(None) | Err(Errno::INTR) => {}
            Err(_) => break,
        }
    }
    // One that took long may have begun before another that was over at once.
    glances.sort_by_key(|glance: &Glance| glance.at);
    glances
}

/// What a stop is about, and on.
fn attend(pid: Pid, status: i32, under_way: &mut HashMap<Pid, (Glance, u64)>, glances: &mut Vec<Glance>) {
    const EVENT_STOP: i32 = 128;
    let (signal, event) = (status >> 8 & 0xff, status >> 16);
    // One that was killed meanwhile is told of by the next wait.
    _ = match event {
        libc::PTRACE_EVENT_SECCOMP => match begins(pid) {
            Some(begun) => {
                under_way.insert(pid, begun);
                ptrace::go_on_to_the_end_of_the_call(pid)
            }
            None => ptrace::go_on(pid, 0),
        },
        EVENT_STOP if [libc::SIGSTOP, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU].contains(&signal) => {
            ptrace::leave_stopped(pid)
        }
        0 if signal == libc::SIGTRAP | 0x80 => {
            let ended = under_way.remove(&pid);
            if let (Some((glance, fd)), Ok(Stop::Ends(gave))) = (ended, ptrace::stopped(pid)) {
                glances.push(ends(pid, glance, fd, gave));
            }
            ptrace::go_on(pid, 0)
        }
        0 => ptrace::go_on(pid, signal),
        _ => ptrace::go_on(pid, 0),
    };
}

/// What a process is about to look at, and the descriptor that a connection is made with.
fn begins(pid: Pid) -> Option<(Glance, u64)> {
    let at = Instant::now();
    let Ok(Stop::Begins { call, arguments }) = ptrace::stopped(pid) else { return None };
    let memory = File::open(format!("/proc/{}/mem", pid.as_raw_nonzero())).ok()?;
    let look = match call {
        Call::Connect => destination(&memory, arguments)?,
        Call::Open { path, folder } => Look::Open { path: name(pid, &memory, arguments, path, folder)?, real: None },
        Call::Look { path, folder } => Look::Stat(name(pid, &memory, arguments, path, folder)?),
    };
    Some((Glance { at, look, errno: 0 }, arguments[0]))
}

/// An absolute path, as the process means it.
fn name(pid: Pid, memory: &File, arguments: [u64; 6], path: usize, folder: Option<usize>) -> Option<PathBuf> {
    let mut bytes = vec![0; 4096];
    let length = memory.read_at(&mut bytes, *arguments.get(path)?).ok()?;
    let end = bytes.get(..length)?.iter().position(|byte| *byte == 0)?;
    bytes.truncate(end);
    let path = PathBuf::from(OsString::from_vec(bytes));
    if path.as_os_str().is_empty() || path.is_absolute() {
        return Some(path).filter(|path| path.is_absolute());
    }
    let own = format!("/proc/{}", pid.as_raw_nonzero());
    // An int in a register: the upper half says nothing.
    let folder = folder.and_then(|folder| arguments.get(folder)).map(|fd| *fd as u32 as i32);
    let folder = match folder.filter(|fd| *fd != libc::AT_FDCWD) {
        Some(fd) => Path::new(&own).join("fd").join(fd.to_string()),
        None => Path::new(&own).join("cwd"),
    };
    Some(fs::read_link(folder).ok()?.join(path))
}

/// Where a socket is to be connected to.
fn destination(memory: &File, arguments: [u64; 6]) -> Option<Look> {
    let mut bytes = [0; 128];
    let length = usize::try_from(arguments[2]).unwrap_or(0).min(bytes.len());
    memory.read_exact_at(bytes.get_mut(..length)?, arguments[1]).ok()?;
    let family = i32::from(u16::from_ne_bytes([bytes[0], bytes[1]]));
    let port = u16::from_be_bytes([bytes[2], bytes[3]]);
    let to = |ip: IpAddr| Look::Connect { to: SocketAddr::new(ip, port), from: None };
    match family {
        libc::AF_UNIX => {
            let path = bytes.get(2..length)?.split(|byte| *byte == 0).next()?.to_vec();
            let path = PathBuf::from(OsString::from_vec(path));
            path.is_absolute().then_some(Look::Socket(path))
        }
        libc::AF_INET => Some(to(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?).into())),
        libc::AF_INET6 => Some(to(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?).into())),
        _ => None,
    }
}

/// What came of it.
fn ends(pid: Pid, mut glance: Glance, fd: u64, gave: i64) -> Glance {
    glance.errno = if gave < 0 { i32::try_from(-gave).unwrap_or(libc::EIO) } else { 0 };
    match &mut glance.look {
        Look::Open { path, real } if gave >= 0 => {
            let at = fs::read_link(format!("/proc/{}/fd/{gave}", pid.as_raw_nonzero())).ok();
            *real = at.filter(|at| at != path);
        }
        Look::Connect { from, .. } if gave >= 0 => *from = own_address(pid, fd),
        _ => {}
    }
    glance
}

/// The address that the kernel chose for a socket of the process.
fn own_address(pid: Pid, fd: u64) -> Option<IpAddr> {
    let process = rustix::process::pidfd_open(pid, PidfdFlags::empty()).ok()?;
    let fd = i32::try_from(fd & 0x7fff_ffff).ok()?;
    let copy: OwnedFd = rustix::process::pidfd_getfd(process, fd, PidfdGetfdFlags::empty()).ok()?;
    SocketAddr::try_from(rustix::net::getsockname(&copy).ok()?).ok().map(|address| address.ip())
}
