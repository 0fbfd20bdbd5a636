//! The last moments of the child that becomes the program. Nothing here allocates, but for a program that is in the child already.
#![expect(unsafe_code, reason = "gives the child an environment")]

use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::Ordering;

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::net::SendFlags;
use rustix::process::{Resource, Rlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::child::{Inner, recv};
use super::image::Image;
use super::{ptrace, sys};
use crate::sandbox::Main;

/// What the parent says at the gate.
pub(super) const GO: u8 = 1;
/// The same to a program that is traced.
pub(super) const GO_WATCHED: u8 = 2;

/// What was being done when it failed; goes to the parent with the errno.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Stage {
    /// Setting up the standard streams.
    Streams = 1,
    /// Dropping the capabilities.
    Capabilities,
    /// Executing the program.
    Execute,
    /// Making it stop at each path.
    Watch,
}

impl Stage {
    /// The bytes by which a failure is reported: stage and errno, in the machine's byte order.
    fn report(self, errno: Errno) -> [u8; 8] {
        let (stage, errno) = ((self as i32).to_ne_bytes(), errno.raw_os_error().to_ne_bytes());
        let mut report = [0; 8];
        for (place, byte) in report.iter_mut().zip(stage.into_iter().chain(errno)) {
            *place = byte;
        }
        report
    }

    /// Reads such a report: stage and errno.
    pub(super) fn read(report: &[u8]) -> Option<(Self, i32)> {
        let number = |at: usize| report.get(at..at + 4)?.try_into().ok().map(i32::from_ne_bytes);
        let (stage, errno) = (number(0)?, number(4)?);
        let known = [Self::Streams, Self::Capabilities, Self::Execute, Self::Watch]
            .into_iter()
            .find(|known| *known as i32 == stage);
        known.map(|stage| (stage, errno))
    }

    /// What was being done, in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Streams => "set up the program's standard streams",
            Self::Capabilities => "drop the capabilities",
            Self::Execute => "execute the program",
            Self::Watch => "make the program stop at each path that it looks at",
        }
    }
}

/// Waits at the gate, then becomes the program.
pub(super) fn run(image: &Image, inner: &Inner) -> ! {
    let ready = streams(image, inner);
    let mut go = [0_u8; 1];
    if !matches!(recv(inner.gate.as_fd(), &mut go), Ok(1)) {
        sys::exit(1);
    }
    // Before the capabilities go: it takes one.
    let watched = if go == [GO_WATCHED] { ptrace::stop_at_paths() } else { Ok(()) };
    let failure = match (ready, watched) {
        (Err(errno), _) => (Stage::Streams, errno),
        (Ok(()), Err(errno)) => (Stage::Watch, errno),
        (Ok(()), Ok(())) => match drop_capabilities(image.lost) {
            Err(errno) => (Stage::Capabilities, errno),
            Ok(()) => match inner.main.filter(|_| go == [GO]) {
                Some(main) => be(main, image, inner),
                None => (Stage::Execute, execute(image)),
            },
        },
    };
    let (stage, errno) = failure;
    _ = rustix::net::send(&inner.gate, &stage.report(errno), SendFlags::NOSIGNAL);
    sys::exit(127)
}

/// Sets up what does not need to wait. Leaves nothing open but the standard streams and the gate, which closes when the program is executed.
fn streams(image: &Image, inner: &Inner) -> Result<(), Errno> {
    if let Some([stdin, stdout, stderr]) = &inner.stdio {
        rustix::stdio::dup2_stdin(stdin)?;
        rustix::stdio::dup2_stdout(stdout)?;
        rustix::stdio::dup2_stderr(stderr)?;
    }
    sys::close_all_but(&mut [0, 1, 2, inner.gate.as_raw_fd()]);
    if let Some(started) = &image.started {
        if image.own_group {
            rustix::process::setpgid(None, None)?;
            rustix::termios::tcsetpgrp(rustix::stdio::stdin(), rustix::process::getpid())?;
        }
        started.ignored.ignore();
        for stream in (0..).zip(started.closed).filter_map(|(stream, closed)| closed.then_some(stream)) {
            sys::close(stream);
        }
        rustix::process::umask(Mode::from_raw_mode(inner.umask.load(Ordering::Relaxed)));
        return Ok(());
    }
    no_core_file()?;
    if let Some(most) = image.processes {
        let maximum = rustix::process::getrlimit(Resource::Nproc).maximum;
        let limit = Some(maximum.unwrap_or(most).min(most));
        rustix::process::setrlimit(Resource::Nproc, Rlimit { current: limit, maximum: limit })?;
    }
    rustix::process::setsid()?;
    Ok(())
}

/// Sees to it that a crash leaves no file outside. 1 byte rather than none: that also keeps a handler of crashes from being run.
pub(super) fn no_core_file() -> Result<(), Errno> {
    let maximum = rustix::process::getrlimit(Resource::Core).maximum;
    rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(maximum.unwrap_or(1).min(1)), maximum })
}

/// Takes capabilities away, and every way to get one of them by execve(2): the bounding set holds for root as well.
pub(super) fn drop_capabilities(lost: CapabilitySet) -> Result<(), Errno> {
    if lost.is_empty() {
        return Ok(());
    }
    let bits = (0..u64::BITS).map(|bit| CapabilitySet::from_bits_retain(1 << bit));
    for one in bits.filter(|one| lost.contains(*one)) {
        match rustix::thread::remove_capability_from_bounding_set(one) {
            Ok(()) => {}
            // Above the last one that this kernel knows.
            Err(Errno::INVAL) => break,
            Err(errno) => return Err(errno),
        }
    }
    let CapabilitySets { effective, permitted, inheritable } = rustix::thread::capabilities(None)?;
    let left = CapabilitySets {
        effective: effective.difference(lost),
        permitted: permitted.difference(lost),
        inheritable: inheritable.difference(lost),
    };
    rustix::thread::set_capabilities(None, left)
}

/// Is the program, as if it had just been executed: with its environment, its name and what the runtime of Rust sets up.
fn be(main: Main, image: &Image, inner: &Inner) -> ! {
    sys::close(inner.gate.as_raw_fd());
    // SAFETY: this is a copy with one thread, and the image stays until its end.
    unsafe { sys::set_environment(Some(&image.env)) };
    _ = rustix::thread::set_name(c"netdbspec");
    sys::ignore(libc::SIGPIPE);
    sys::let_signals_through();
    // What it does beyond this when it ends, no answer depends on.
    sys::exit(main(image.argv.strings()).into())
}

/// Tries the files that the program's name may stand for. Returns why none could be executed.
fn execute(image: &Image) -> Errno {
    match &image.started {
        Some(started) => started.held.hold_only(),
        None => sys::let_signals_through(),
    }
    let mut reason = Errno::NOENT;
    for candidate in &image.candidates {
        match sys::execute(candidate, &image.argv, &image.env) {
            Errno::NOENT | Errno::NOTDIR => {}
            Errno::ACCESS => reason = Errno::ACCESS,
            errno => return errno,
        }
    }
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_it_was_written() {
        let report = Stage::Execute.report(Errno::NOENT);
        assert_eq!(Stage::read(&report), Some((Stage::Execute, libc::ENOENT)));
        assert_eq!(Stage::read(&[]), None);
        assert_eq!(Stage::read(&[9; 8]), None);
    }
}
