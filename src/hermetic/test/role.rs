//! Which test this is, and on which side of the world's wall this process stands.

use std::cell::Cell;
use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, stdin};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::fs::FileType;

use crate::hermetic::net::{Far, Net};

/// The variable that tells the process inside which body is to be run. Its standard input is the socket then.
const INSIDE: &str = "NETDBSPEC_INSIDE";

/// One use of a world's `test`: the how manieth of which test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    number: usize,
    /// The test's name; none in a program that is no test binary.
    pub(super) name: Option<String>,
}

/// What this process is to do.
pub(super) enum Role {
    /// Serve the world, and run the body in a process inside.
    Outside(Mark),
    /// Nothing: it is another body of the same test that is to be run here.
    Before,
    /// Run the body.
    Inside(Net),
}

impl Mark {
    fn of_this_thread() -> Self {
        thread_local!(static USES: Cell<usize> = const { Cell::new(0) });
        let number = USES.get();
        USES.set(number + 1);
        let name = match thread::current().name() {
            Some("main") => exact(),
            Some(name) => Some(name.to_owned()),
            None => panic!(
                "entering a world: this thread has no name, and so it cannot be told which test to run inside; \
                 call `World::test` on the thread that the test was started on"
            ),
        };
        Self { number, name }
    }

    /// The variable by which the process inside knows it.
    pub(super) fn variable(&self) -> (&'static str, String) {
        (INSIDE, self.to_string())
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.name.as_deref().unwrap_or_default())
    }
}

/// The one test that this process was started for, where libtest runs it on the main thread.
fn exact() -> Option<String> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let mut names = arguments.iter().filter(|argument| !argument.starts_with('-'));
    arguments.iter().any(|argument| argument == "--exact").then(|| names.next().cloned()).flatten()
}

impl Role {
    pub(super) fn find() -> Self {
        static IN_BODY: AtomicBool = AtomicBool::new(false);
        assert!(!IN_BODY.load(Ordering::Relaxed), "entering a world: this is the body of a test inside one already");
        let mark = Mark::of_this_thread();
        let Some((number, name)) = wanted().filter(|_| stdin_is_socket()) else { return Self::Outside(mark) };
        if name != mark.name.as_deref().unwrap_or_default() || mark.number > number {
            return Self::Outside(mark);
        }
        if mark.number < number {
            return Self::Before;
        }
        IN_BODY.store(true, Ordering::Relaxed);
        let socket = take_stdin().unwrap_or_else(|error| panic!("taking the socket of the world: {error}"));
        Self::Inside(Net::far(Far::new(socket)))
    }
}

/// The body that this process was started for.
fn wanted() -> Option<(usize, String)> {
    let variable = env::var(INSIDE).ok()?;
    let (number, name) = variable.split_once(' ')?;
    Some((number.parse().ok()?, name.to_owned()))
}

/// Whether this is the process itself, not one that the body started.
fn stdin_is_socket() -> bool {
    rustix::fs::fstat(stdin()).is_ok_and(|at| FileType::from_raw_mode(at.st_mode) == FileType::Socket)
}

/// Takes the socket away from where programs that the body starts would inherit it.
fn take_stdin() -> io::Result<UnixStream> {
    let socket: OwnedFd = rustix::io::fcntl_dupfd_cloexec(stdin(), 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(socket.into())
}
