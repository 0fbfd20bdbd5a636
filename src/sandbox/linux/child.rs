//! The copy of this process that builds the world from inside. It becomes the reaper. Nothing here allocates: see [`sys`].
#![expect(unsafe_code, reason = "forks the program")]

use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags};
use rustix::net::RecvFlags;
use rustix::path::DecInt;
use rustix::process::Pid;

use super::etc::{Covered, Filled};
use super::image::Image;
use super::network::{self, Routing};
use super::packet::{Kind, Note, Packet};
use super::plan::Plan;
use super::root::NewRoot;
use super::step::{Home, Step};
use super::{program, reaper, sources, sys};
use crate::sandbox::Main;

/// Where /proc is.
pub(super) const PROC: &CStr = c"/proc";

/// The ends of sockets and pipes that belong inside. All are above 2.
pub(super) struct Inner {
    /// To the parent, for the child and the reaper.
    pub(super) control: OwnedFd,
    /// To the parent, for the program until it is executed.
    pub(super) gate: OwnedFd,
    /// Standard input, output and error of the program, where they are pipes.
    pub(super) stdio: Option<[OwnedFd; 3]>,
    /// The mask for new files that this process had before it let go of its parent's.
    pub(super) umask: AtomicU32,
    /// Whether this is a copy of a spawner: nothing else is open, every signal has its default action, and the id maps are
    /// written.
    pub(super) by_spawner: bool,
    /// What the program's `main` is, where it need not be executed.
    pub(super) main: Option<Main>,
}

/// Why a step failed.
pub(super) struct Failure {
    pub(super) errno: Errno,
    pub(super) note: Note,
}

impl Failure {
    pub(super) fn noted(note: Note) -> Self {
        Self { errno: Errno::PERM, note }
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self { errno, note: Note::None }
    }
}

/// Builds the world, says so or why not, and stays as its reaper.
pub(super) fn run(plan: &Plan<'_>, inner: &Inner) -> ! {
    let mut child = Child {
        plan,
        inner,
        number: None,
        here: None,
        root: None,
        cover: None,
        etc: None,
        routing: None,
        proc: None,
        main: None,
    };
    for (step, index) in plan.steps.iter().zip(0..) {
        if let Err(failure) = child.take(step) {
            let lacks_ipv6 = failure.note == Note::None
                && step.needs_ipv6()
                && (failure.errno == Errno::AFNOSUPPORT || network::lacks_ipv6());
            let note = if lacks_ipv6 { Note::NoIpv6 } else { failure.note };
            let packet = Packet { kind: Kind::Failed, a: index, b: failure.errno.raw_os_error(), c: note as i32 };
            _ = packet.send(inner.control.as_fd(), &[], &[]);
            sys::exit(1);
        }
    }
    let (Some(etc), Some(main)) = (child.etc, child.main) else { sys::exit(1) };
    let number = |errno: Option<Errno>| errno.map_or(0, Errno::raw_os_error);
    let ready = Packet { kind: Kind::Ready, a: number(etc.refused), b: number(child.proc), c: 0 };
    reaper::run(inner.control.as_fd(), etc.folder.as_fd(), main, ready)
}

/// What the steps leave for one another.
struct Child<'a> {
    plan: &'a Plan<'a>,
    inner: &'a Inner,
    /// The number of this process outside, where that is known.
    number: Option<i32>,
    /// The program's folder, where it may be entered without its path.
    here: Option<OwnedFd>,
    root: Option<NewRoot>,
    cover: Option<Covered>,
    etc: Option<Filled>,
    routing: Option<Routing>,
    /// Why there is no new /proc.
    proc: Option<Errno>,
    main: Option<Pid>,
}

impl Child<'_> {
    fn take(&mut self, step: &Step<'_>) -> Result<(), Failure> {
        match step {
            Step::Detach => self.detach(),
            Step::AwaitIds => self.await_ids(),
            Step::Prove(home) => prove(home)?,
            Step::Private => {
                let flags = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
                rustix::mount::mount_change(c"/", flags)?;
            }
            Step::CoverRoot(folder) => self.root = Some(NewRoot::over(folder)?),
            Step::Place(place) => self.new_root()?.put(place)?,
            Step::Pivot(pivot) => self.new_root()?.enter(pivot)?,
            Step::CoverEtc => self.cover = Some(Covered::new()?),
            Step::Mask(mask) => self.covered()?.hide(mask)?,
            Step::Scratch(folder) => self.covered()?.lend(folder)?,
            Step::FillEtc { entries, refused } => {
                let refused = refused.map(Errno::from_raw_os_error);
                self.etc = Some(self.covered()?.fill(entries, refused)?);
            }
            Step::Proc(at) => self.proc = mount_proc(at)?,
            Step::Network(message) => match self.routing()?.send(message) {
                Err(_) if message.dispensable && network::lacks_ipv6() => {}
                done => done?,
            },
            Step::AwaitAddress(way) => self.routing()?.await_local(way)?,
            Step::Sysctl { path, value } => write_setting(path, value)?,
            Step::HostName(name) => {
                rustix::system::sethostname(name.as_bytes())?;
                rustix::system::setdomainname(b"(none)")?;
            }
            Step::Nameserver(ports) => network::serve(self.inner.control.as_fd(), ports)?,
            Step::Source { index, to } => sources::look(self.inner.control.as_fd(), *index, *to)?,
            Step::Confine(confinement) => confinement.begin(self.proc.is_none())?,
            Step::Enter(folder) => match (rustix::process::chdir(folder.as_c_str()), &self.here) {
                // Too long a path, or one through folders that this user may not enter.
                (Err(Errno::NAMETOOLONG | Errno::ACCESS), Some(here)) => rustix::process::fchdir(here)?,
                (entered, _) => entered?,
            },
            Step::Fork => {
                if self.plan.image.started.is_some() {
                    // Where it cannot be the program gets the next number, which is 2.
                    _ = self.number_program();
                }
                self.main = Some(self.fork()?);
            }
        }
        Ok(())
    }

    /// Keeps no descriptor of the parent: neither its own files nor the ends of other sandboxes, whose reapers would not
    /// see the parent's death for as long as a copy is open here.
    fn detach(&mut self) {
        if !self.inner.by_spawner {
            let own = [self.inner.control.as_fd(), self.inner.gate.as_fd()];
            let others = self.inner.stdio.iter().flatten().map(AsFd::as_fd);
            let mut kept = [0, 1, 2, 0, 0, 0, 0, 0];
            for (place, fd) in kept.iter_mut().skip(3).zip(own.into_iter().chain(others)) {
                *place = fd.as_raw_fd();
            }
            sys::close_all_but(&mut kept);
            sys::default_signal_actions();
        }
        let umask = rustix::process::umask(Mode::from_raw_mode(0o022));
        self.inner.umask.store(umask.as_raw_mode(), Ordering::Relaxed);
        // As yet /proc is the one of outside.
        let mut digits = [MaybeUninit::uninit(); 16];
        if let Ok((digits, _)) = rustix::fs::readlinkat_raw(CWD, c"/proc/self", &mut digits[..]) {
            self.number = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        }
        if self.plan.image.here {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            self.here = rustix::fs::openat(CWD, c".", flags, Mode::empty()).ok();
        }
        _ = rustix::thread::set_name(c"netdbspec-init");
    }

    /// The socket for netlink messages, made for the first.
    fn routing(&mut self) -> Result<&Routing, Errno> {
        match &mut self.routing {
            Some(routing) => Ok(routing),
            none => Ok(none.insert(Routing::new()?)),
        }
    }

    fn await_ids(&self) {
        if self.inner.by_spawner {
            return;
        }
        let mut buffer = [0_u8; 64];
        let received = recv(self.inner.control.as_fd(), &mut buffer);
        let packet = received.ok().and_then(|length| Packet::parse(buffer.get(..length)?));
        if packet.map(|packet| packet.kind) != Some(Kind::Mapped) {
            // The parent is gone, or has given up and knows why.
            sys::exit(1);
        }
    }

    /// Has the program get the number that this process has outside: nothing else on the machine has it. Programs name files
    /// in a shared /tmp by their numbers, and those inside would all have the same few.
    fn number_program(&self) -> Result<(), Errno> {
        let before = self.number.and_then(|number| number.checked_sub(1)).ok_or(Errno::INVAL)?;
        let last =
            rustix::fs::openat(CWD, c"/proc/sys/kernel/ns_last_pid", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
        super::files::write_all(&last, DecInt::new(before).as_bytes())
    }

    fn new_root(&self) -> Result<&NewRoot, Errno> {
        self.root.as_ref().ok_or(Errno::BADF)
    }

    fn covered(&self) -> Result<&Covered, Errno> {
        self.cover.as_ref().ok_or(Errno::BADF)
    }

    fn fork(&self) -> Result<Pid, Errno> {
        static IMAGE: AtomicPtr<Image> = AtomicPtr::new(ptr::null_mut());
        static INNER: AtomicPtr<Inner> = AtomicPtr::new(ptr::null_mut());

        extern "C" fn become_program(_: *mut c_void) -> c_int {
            // SAFETY: both were stored below, and this process never leaves the frames that they lie in.
            unsafe { program::run(&*IMAGE.load(Ordering::Relaxed), &*INNER.load(Ordering::Relaxed)) }
        }

        IMAGE.store(ptr::from_ref(&self.plan.image).cast_mut(), Ordering::Relaxed);
        INNER.store(ptr::from_ref(self.inner).cast_mut(), Ordering::Relaxed);
        if self.inner.main.is_some() {
            // SAFETY: this is a copy of a process with one thread, so its own copy may do all that it may.
            return unsafe { sys::fork_whole(|| program::run(&self.plan.image, self.inner)) };
        }
        // SAFETY: this is itself a copy with one thread, which does this once and then stays a reaper; `program::run` keeps
        // to the rules and does not return.
        unsafe { sys::clone_sharing_memory(become_program) }
    }
}

/// Receives one packet; 0 bytes mean that the other end is gone.
pub(super) fn recv(from: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize, Errno> {
    rustix::io::retry_on_intr(|| rustix::net::recv(from, &mut *buffer, RecvFlags::empty())).map(|(length, _)| length)
}

/// Proves that the mount and network namespaces are not those of the parent: what comes next must never happen there.
fn prove(home: &Home) -> Result<(), Failure> {
    let at = |path: &CStr| rustix::fs::stat(path).map(|at| (at.st_dev, at.st_ino));
    if at(c"/proc/self/ns/mnt")? == home.mount || at(c"/proc/self/ns/net")? == home.network {
        return Err(Failure::noted(Note::SameNamespaces));
    }
    Ok(())
}

/// Mounts a new /proc. Where that is refused the machine's own does, and the reason is returned.
fn mount_proc(at: &CStr) -> Result<Option<Errno>, Errno> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let refused = rustix::mount::mount(c"proc", at, c"proc", flags, None).err();
    if refused.is_some() && at != PROC {
        rustix::mount::mount_bind_recursive(PROC, at)?;
    }
    Ok(refused)
}

fn write_setting(path: &CStr, value: &str) -> Result<(), Errno> {
    let file = rustix::fs::openat(CWD, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    super::files::write_all(&file, value.as_bytes())
}
