//! Building a sandbox, as the parent sees it.

use std::ffi::c_int;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair, sockopt};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Pid;

use super::channel::{self, Channel, Incoming, above_streams};
use super::child::{self, Inner};
use super::packet::{Kind, Note, Packet};
use super::plan::Plan;
use super::settings::{Part, Settings};
use super::step::Step;
use super::{Facts, Sandbox, etc, idmap, sources, spawner, sys};
use crate::sandbox::{Bound, Error, Program, Stdio};
use crate::world::World;

/// How long execve(2) may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a failure while waiting for the child was about.
const DOING: &str = "building a sandbox";

/// See [`Sandbox::build`].
pub(super) fn build(world: &World, program: &Program) -> Result<Sandbox, Error> {
    let plan = Plan::new(world, program)?;
    let lacking = |errno: Errno| Error::System {
        doing: "making the sockets and pipes of a sandbox".to_owned(),
        errno: errno.raw_os_error(),
    };
    let (control, inner_control) = Channel::pair().map_err(lacking)?;
    let (gate, inner_gate) = gate().map_err(lacking)?;
    let (streams, inner_streams) = streams(program.stdio).map_err(lacking)?;
    let inner = Inner {
        control: inner_control,
        gate: inner_gate,
        stdio: inner_streams,
        umask: AtomicU32::new(0),
        by_spawner: false,
        main: None,
    };
    let refused = |errno| explained(world, Part::Namespaces, errno, NEW);
    let asked = spawner::request(&plan, &inner).map_err(refused)?;
    let made = if asked { None } else { Some(start(&plan, &inner).map_err(refused)?) };
    drop(inner);
    let (reaper, user_namespace, unmapped) = match made {
        Some((reaper, user_namespace)) => (reaper, user_namespace, None),
        None => spawned(&control)?.map_err(refused)?,
    };

    let mut sandbox = Sandbox {
        control,
        reaper: Some(reaper),
        gate: Some(gate),
        begun: None,
        own: asked && program.own,
        watched: false,
        bound: Vec::new(),
        streams,
        name: plan.image.name.clone(),
        exit: None,
        stopped: None,
        facts: Facts { user_namespace, ..Facts::default() },
        lost: plan.image.lost,
    };
    if let Some(errno) = unmapped {
        return Err(explained(world, Part::Ids, errno, "write the id maps"));
    }
    if user_namespace && !asked {
        idmap::write(reaper, program.identity).map_err(|(path, fault)| {
            let errno = fault.raw_os_error().unwrap_or(libc::EIO);
            explained(world, Part::Ids, Errno::from_raw_os_error(errno), &format!("write the id map {path}"))
        })?;
    }
    if !asked {
        // Where the child has given up before, its own word comes next.
        _ = sandbox.control.send(Packet::new(Kind::Mapped), &[], &[]);
    }
    attend(&mut sandbox, &plan, world, program)?;
    Ok(sandbox)
}

/// How messages name the first step of all.
const NEW: &str = "make the namespaces";

/// A copy that a spawner has made: its number, whether there is a new user namespace, and why its ids are not mapped.
type Spawned = (Pid, bool, Option<Errno>);

/// What a spawner says of the copy that was asked for.
fn spawned(control: &Channel) -> Result<Result<Spawned, Errno>, Error> {
    match receive(control)?.0 {
        Packet { kind: Kind::Started, a: pid, b: errno, c: user_namespace } => {
            let wrong = (errno != 0).then(|| Errno::from_raw_os_error(errno));
            let made = Pid::from_raw(pid).map(|pid| (pid, user_namespace == 1, wrong));
            Ok(made.ok_or_else(|| wrong.unwrap_or(Errno::IO)))
        }
        _ => Err(super::lost(DOING, "it spoke before it was started")),
    }
}

/// Copies this process, which may have threads, into new namespaces.
fn start(plan: &Plan<'_>, inner: &Inner) -> Result<(Pid, bool), Errno> {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    if MADE.fetch_add(1, Ordering::Relaxed) % 128 == 127 {
        sys::give_back_memory();
    }
    // The copy must not run this process's signal handlers.
    let _held = sys::SignalsHeld::new();
    copy(0, plan.foreign, || child::run(plan, inner))
}

/// Copies this process into new namespaces; the copy does `run`, which makes system calls only where this process may have
/// threads. Also says whether there is a new user namespace: it is left out where it is refused to root, who can do without,
/// unless the program is a foreign root's: that must not have the rights of the machine's root.
#[expect(unsafe_code, reason = "copies this process")]
pub(super) fn copy(flags: c_int, foreign: bool, run: impl FnOnce() + Copy) -> Result<(Pid, bool), Errno> {
    let copy = |namespaces| {
        // SAFETY: as the callers see to.
        unsafe { sys::clone(flags | namespaces, run) }
    };
    copy(sys::NAMESPACES | sys::USER_NAMESPACE).map(|pid| (pid, true)).or_else(|errno| {
        let may = rustix::process::geteuid().is_root() && !foreign;
        let alone = may.then(|| copy(sys::NAMESPACES).ok()).flatten();
        alone.map(|pid| (pid, false)).ok_or(errno)
    })
}

/// The next word of the child, or of the spawner.
fn receive(control: &Channel) -> Result<(Packet, Vec<OwnedFd>), Error> {
    match control.recv() {
        Ok(Incoming::Packet(packet, fds)) => Ok((packet, fds)),
        Ok(Incoming::Closed) => Err(super::lost(DOING, "it ended without a word")),
        Ok(Incoming::Nothing) => Err(super::lost(DOING, "it did not answer in time")),
        Err(errno) => Err(Error::System { doing: DOING.to_owned(), errno: errno.raw_os_error() }),
    }
}

/// Takes what the child hands over, until all is built.
fn attend(sandbox: &mut Sandbox, plan: &Plan<'_>, world: &World, program: &Program) -> Result<(), Error> {
    let mut others = Vec::new();
    loop {
        let (packet, fds) = receive(&sandbox.control)?;
        match packet.kind {
            Kind::Bound => {
                let nameserver = usize::try_from(packet.a).ok().and_then(|index| world.nameservers.get(index));
                if let Some(nameserver) = nameserver {
                    let channel::Sockets { udp, tcp, other, raw } = channel::sockets(packet.b, fds);
                    match sandbox.bound.last_mut().filter(|_| other.is_some() || raw.is_some()) {
                        Some(bound) => {
                            bound.others.extend(other);
                            bound.raw = bound.raw.take().or(raw);
                        }
                        None => {
                            let others = other.into_iter().collect();
                            sandbox.bound.push(Bound { address: nameserver.address, udp, tcp, others, raw });
                        }
                    }
                }
            }
            Kind::Source => others.extend(sources::other(world, packet, fds)),
            Kind::Ready if !others.is_empty() => return Err(Error::Sources { world: world.name.clone(), others }),
            Kind::Ready => {
                let refused = |errno| Some(errno).filter(|errno| *errno != 0);
                (sandbox.facts.overlay, sandbox.facts.proc) = (refused(packet.a), refused(packet.b));
                if let Some(errno) = sandbox.facts.overlay {
                    etc::remember_refusal(plan.foreign, errno);
                }
                return Ok(());
            }
            Kind::Failed => return Err(failed(plan, world, program, packet)),
            _ => {}
        }
    }
}

/// What the child's word of a failed step means.
fn failed(plan: &Plan<'_>, world: &World, program: &Program, packet: Packet) -> Error {
    let errno = Errno::from_raw_os_error(packet.b);
    let Some(step) = usize::try_from(packet.a).ok().and_then(|index| plan.steps.get(index)) else {
        return super::lost(DOING, "it spoke of a step that was not asked for");
    };
    let noted = |because: &str, remedy: Option<&str>| Error::Step {
        world: world.name.clone(),
        step: step.to_string(),
        errno: errno.raw_os_error(),
        because: Some(because.to_owned()),
        remedy: remedy.map(str::to_owned),
    };
    match Note::of(packet.c) {
        Note::SameNamespaces => noted("they are still this process's own; nothing was touched", None),
        Note::EtcUncovered => noted("/etc is still the machine's own; nothing was written", None),
        Note::RootUncovered => noted("the folder is still what it was; nothing was written", None),
        Note::NoReadOnly => noted(
            "it takes Linux 5.12 to make a folder read-only with all below it",
            Some("run it on a newer kernel, or without a root file system"),
        ),
        Note::MachineInReach => noted("the machine's own files are still in reach; nothing was started", None),
        Note::NoIpv6 => noted(
            "IPv6 is disabled here",
            Some("run it on a kernel with IPv6 (without ipv6.disable=1), or leave IPv6 out of the world"),
        ),
        Note::None => match step {
            Step::Enter(_) => Error::Folder { folder: program.cwd.clone(), errno: errno.raw_os_error() },
            step => explained(world, Part::from(step), errno, &step.to_string()),
        },
    }
}

/// A failed step with what lies behind it.
pub(super) fn explained(world: &World, part: Part, errno: Errno, step: &str) -> Error {
    let (because, remedy) = Settings::read().explain(part, errno.raw_os_error());
    Error::Step { world: world.name.clone(), step: step.to_owned(), errno: errno.raw_os_error(), because, remedy }
}

fn gate() -> Result<(OwnedFd, OwnedFd), Errno> {
    let (near, far) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_timeout(&near, sockopt::Timeout::Recv, Some(PATIENCE))?;
    Ok((above_streams(near)?, above_streams(far)?))
}

/// The parent's and the program's ends of the standard streams.
type Streams = ([Option<File>; 3], Option<[OwnedFd; 3]>);

fn streams(stdio: Stdio) -> Result<Streams, Errno> {
    if stdio == Stdio::Inherit {
        return Ok(([None, None, None], None));
    }
    let pipe = || {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok::<_, Errno>((above_streams(read)?, above_streams(write)?))
    };
    let (stdin, our_stdin) = pipe()?;
    let (our_stdout, stdout) = pipe()?;
    let (our_stderr, stderr) = pipe()?;
    Ok(([our_stdin, our_stdout, our_stderr].map(|end| Some(File::from(end))), Some([stdin, stdout, stderr])))
}
