//! The process outside, which serves the world, listens to the process inside and tells what became of the body.
#![expect(clippy::print_stdout, reason = "libtest shows what a test prints")]

use std::env;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe, stderr, stdout};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::panic::resume_unwind;
use std::process::{Child, Command, ExitStatus};

use rustix::event::{PollFd, PollFlags, Timespec};

use super::role::Mark;
use super::{Ended, Net, Word, World};
use crate::hermetic::error::Error;
use crate::hermetic::live::Reply;
use crate::hermetic::running::Running;
use crate::snapshot::query_line;

/// Set to `optional`, it leaves tests out for which no sandbox can be made.
const SANDBOX: &str = "NETDBSPEC_SANDBOX";

/// Runs the body inside. Comes back where it passed.
#[track_caller]
pub(super) fn run(world: &World, mark: &Mark) {
    let running = match world.start() {
        Ok(running) => running,
        Err(error @ Error::Sandbox(_)) => return without(&error, mark),
        Err(error) => panic!("{error}"),
    };
    let mut listening = match Listening::start(&running, mark) {
        Ok(listening) => listening,
        Err(error) => panic!("running this test once more inside its world: {error}"),
    };
    let status = match listening.until_the_end(&running) {
        Ok(status) => status,
        Err(error) => panic!("listening to this test inside its world: {error}"),
    };
    let Listening { output, begun, ended, .. } = &mut listening;
    print!("{}", String::from_utf8_lossy(output));
    match ended.take() {
        Some(Ended::Passed) => {}
        Some(Ended::Failed(error)) => {
            println!("Error: {error}");
            tell_wire(&running);
            resume_unwind(Box::new(error));
        }
        Some(Ended::Panicked(message)) => {
            tell_wire(&running);
            // The panic has been told by the process inside.
            resume_unwind(Box::new(message.unwrap_or_else(|| "a panic without a message".to_owned())));
        }
        None if *begun => {
            tell_wire(&running);
            panic!("the body ended the process inside its world, instead of returning: {status}");
        }
        None => panic!(
            "run once more inside its world, this test did not come as far as its body: {status}; \
             `World::test` is called on the test's own thread, and on the same way both times"
        ),
    }
}

/// What becomes of a test where no sandbox can be made.
#[track_caller]
fn without(error: &Error, mark: &Mark) {
    if env::var_os(SANDBOX).is_none_or(|word| word != "optional") {
        panic!(
            "{error}\n  help: `netdbspec doctor` says more; {SANDBOX}=optional leaves out tests that need a sandbox"
        );
    }
    // Past libtest, which shows nothing that a test prints which passes.
    let name = mark.name.as_deref().unwrap_or("the program");
    _ = writeln!(stderr(), "left out: {name}: {error}");
}

/// The queries that were seen: what one wants to know of a test that failed.
fn tell_wire(net: &Net) {
    let log = net.log();
    println!("the nameservers of the world saw {}", if log.is_empty() { "no query" } else { "these queries:" });
    for query in &log {
        println!("  {}", query_line(query));
    }
}

/// The process inside and what comes from it.
struct Listening {
    child: Child,
    /// Closed at the other end when the child has ended.
    end: PipeReader,
    socket: UnixStream,
    /// What came through the socket and is no whole line yet.
    heard: Vec<u8>,
    printed: PipeReader,
    /// What the body printed and was not passed on at once.
    output: Vec<u8>,
    /// Whether to pass it on at once.
    live: bool,
    begun: bool,
    /// Whether nothing more is printed.
    dry: bool,
    /// Whether nothing more is said.
    deaf: bool,
    ended: Option<Ended>,
}

impl Listening {
    fn start(running: &Running, mark: &Mark) -> io::Result<Self> {
        let (socket, inner) = UnixStream::pair()?;
        let (printed, print) = pipe()?;
        let (end, held) = pipe()?;
        let mut command = again(running, mark, held)?;
        command.stdin(OwnedFd::from(inner)).stdout(print.try_clone()?).stderr(print);
        let child = command.spawn()?;
        let (heard, output, live) = (Vec::new(), Vec::new(), mark.name.is_none() || uncaptured());
        let (begun, dry, deaf, ended) = (false, false, false, None);
        Ok(Self { child, end, socket, heard, printed, output, live, begun, dry, deaf, ended })
    }

    /// Listens until the process has ended, and to what it said last.
    fn until_the_end(&mut self, running: &Running) -> io::Result<ExitStatus> {
        loop {
            // What is closed can be read forever: instead of it the end is waited for.
            let end = self.end.as_fd();
            let printed = if self.dry { end } else { self.printed.as_fd() };
            let said = if self.deaf { end } else { self.socket.as_fd() };
            let [printed, said, ended] = ready([printed, said, end], None)?;
            if printed && !self.dry {
                self.dry = self.take_output()? == 0;
            } else if said && !self.deaf {
                self.deaf = self.listen(running)? == 0;
            } else if ended {
                return self.child.wait();
            }
        }
    }

    /// Reads what the body printed, which lies in the pipe. Gives how much that was.
    fn take_output(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 8192];
        let length = self.printed.read(&mut buffer)?;
        let read = &buffer[..length];
        if self.live && self.begun {
            stdout().write_all(read)?;
            stdout().flush()?;
        } else {
            self.output.extend_from_slice(read);
        }
        Ok(length)
    }

    /// Reads what the process says, and answers. Gives how much that was.
    fn listen(&mut self, running: &Running) -> io::Result<usize> {
        let mut buffer = [0; 8192];
        let length = match self.socket.read(&mut buffer) {
            // It was killed with an answer unread.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => 0,
            read => read?,
        };
        self.heard.extend_from_slice(&buffer[..length]);
        while let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.heard.drain(..=end).collect();
            let reply = match serde_json::from_slice(&line)? {
                Word::Begun => self.begin()?,
                Word::Order(order) => running.obey(order),
                Word::Ended(ended) => {
                    self.ended = Some(ended);
                    Reply::Done
                }
            };
            let mut reply = serde_json::to_vec(&reply)?;
            reply.push(b'\n');
            match self.socket.write_all(&reply) {
                // A process that was killed meanwhile is told of by its end.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
        Ok(length)
    }

    /// What was printed so far was printed out here as well.
    fn begin(&mut self) -> io::Result<Reply> {
        while ready([self.printed.as_fd()], Some(Timespec::default()))? == [true] {
            if self.take_output()? == 0 {
                break;
            }
        }
        self.output.clear();
        self.begun = true;
        Ok(Reply::Done)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // Both do nothing where it was waited for.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// This test once more.
fn again(running: &Running, mark: &Mark, held: PipeWriter) -> io::Result<Command> {
    let mut command = running.command_holding(env::current_exe()?, Some(held.into()));
    match &mark.name {
        // The body's output comes through the pipe, and nobody but this process looks at what libtest says.
        Some(name) => command.args(["--exact", name, "--nocapture", "--include-ignored"]),
        None => command.args(env::args_os().skip(1)),
    };
    let (name, value) = mark.variable();
    command.env(name, value);
    Ok(command)
}

/// Whether libtest was told to let output through.
fn uncaptured() -> bool {
    let told = |argument: String| argument == "--nocapture" || argument == "--no-capture";
    env::args().any(told) || env::var("RUST_TEST_NOCAPTURE").is_ok_and(|value| value != "0")
}

/// Waits until one of these can be read or is closed, and says of each whether it is.
fn ready<const N: usize>(fds: [BorrowedFd<'_>; N], within: Option<Timespec>) -> io::Result<[bool; N]> {
    let mut polled = fds.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
    rustix::io::retry_on_intr(|| rustix::event::poll(&mut polled, within.as_ref()))?;
    Ok(polled.map(|polled| !polled.revents().is_empty()))
}
