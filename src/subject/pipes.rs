//! The pipes of a subject: lines both ways under a deadline, and standard error drained meanwhile, so that a subject
//! never waits for us to read or write. Knows bytes and time, and nothing of the protocol.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};

/// The longest line that a subject may write, in bytes.
pub(super) const LIMIT: usize = 16 << 20;
/// How much of standard error is kept, in bytes.
const KEPT: usize = 4096;

/// What came from the subject's standard output.
pub(super) enum Came {
    /// A line, without its end.
    Line(Vec<u8>),
    /// The end, after these bytes of a line without an end.
    End(Vec<u8>),
    /// More than a line may hold.
    Flood,
    /// Nothing in the time that it was given.
    TimeUp,
}

/// Our ends of the pipes to one subject. What has been closed by either side is `None`.
#[derive(Debug)]
pub(super) struct Pipes {
    stdin: Option<File>,
    stdout: Option<File>,
    stderr: Option<File>,
    /// To be written to its standard input.
    outbox: Vec<u8>,
    /// Standard input is closed as soon as the outbox is empty.
    closing: bool,
    /// Read from its standard output and not yet taken; the first `searched` bytes hold no end of a line.
    inbox: Vec<u8>,
    searched: usize,
    /// The last that it wrote to standard error.
    said: Vec<u8>,
}

impl Pipes {
    /// Takes our ends of a subject's pipes. They no longer block from here on.
    ///
    /// # Errors
    /// When a descriptor cannot be set so.
    pub(super) fn new(stdin: OwnedFd, stdout: OwnedFd, stderr: OwnedFd) -> io::Result<Self> {
        for end in [&stdin, &stdout, &stderr] {
            ioctl_fionbio(end, true)?;
        }
        Ok(Self {
            stdin: Some(stdin.into()),
            stdout: Some(stdout.into()),
            stderr: Some(stderr.into()),
            outbox: Vec::new(),
            closing: false,
            inbox: Vec::new(),
            searched: 0,
            said: Vec::new(),
        })
    }

    /// Puts bytes into the outbox. They are sent while lines are awaited.
    pub(super) fn post(&mut self, bytes: Vec<u8>) {
        self.outbox = bytes;
    }

    /// Closes the subject's standard input once the outbox is empty.
    pub(super) fn close(&mut self) {
        self.closing = true;
    }

    /// Waits for the next line.
    pub(super) fn line(&mut self, deadline: Instant) -> io::Result<Came> {
        loop {
            if let Some(end) = self.inbox[self.searched..].iter().position(|byte| *byte == b'\n') {
                let after = self.inbox.split_off(self.searched + end + 1);
                let mut line = std::mem::replace(&mut self.inbox, after);
                self.searched = 0;
                line.pop();
                return Ok(Came::Line(line));
            }
            self.searched = self.inbox.len();
            if self.searched > LIMIT {
                return Ok(Came::Flood);
            }
            if self.stdout.is_none() {
                self.searched = 0;
                return Ok(Came::End(std::mem::take(&mut self.inbox)));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Came::TimeUp);
            }
            self.step(left)?;
        }
    }

    /// What has come beyond the lines taken so far, without waiting for more.
    pub(super) fn surplus(&mut self) -> io::Result<&[u8]> {
        if self.inbox.is_empty() {
            self.step(Duration::ZERO)?;
        }
        Ok(&self.inbox)
    }

    /// What came together with the last line, beyond it.
    pub(super) fn rest(&self) -> &[u8] {
        &self.inbox
    }

    /// The last that the subject wrote to standard error, without waiting for more.
    pub(super) fn last_words(&mut self) -> io::Result<String> {
        // Bounded, because what the subject started may go on writing for ever.
        for _ in 0..64 {
            if self.stderr.is_none() || !self.step(Duration::ZERO)? {
                break;
            }
        }
        Ok(String::from_utf8_lossy(&self.said).trim_end().to_owned())
    }

    /// Waits until one of the pipes is ready, then moves what can be moved. Says whether something moved.
    fn step(&mut self, wait: Duration) -> io::Result<bool> {
        // Most questions fit into the pipe at once.
        if self.send()? {
            return Ok(true);
        }
        let pending = self.closing || !self.outbox.is_empty();
        let ends = [
            (self.stdin.as_ref().filter(|_| pending), PollFlags::OUT),
            (self.stdout.as_ref(), PollFlags::IN),
            (self.stderr.as_ref(), PollFlags::IN),
        ];
        let mut polled: Vec<_> =
            ends.into_iter().filter_map(|(end, event)| end.map(|end| PollFd::new(end, event))).collect();
        match poll(&mut polled, Timespec::try_from(wait).ok().as_ref()) {
            Ok(0) | Err(Errno::INTR) => return Ok(false),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut ready = polled.iter().map(|end| !end.revents().is_empty());
        let [_, stdout, stderr] = ends.map(|(end, _)| end.is_some() && ready.next() == Some(true));
        let sent = self.send()?;
        let heard = stdout && receive(&mut self.stdout, &mut self.inbox)?;
        let said = stderr && receive(&mut self.stderr, &mut self.said)?;
        self.said.drain(..self.said.len().saturating_sub(KEPT));
        Ok(sent || heard || said)
    }

    fn send(&mut self) -> io::Result<bool> {
        let pending = self.closing || !self.outbox.is_empty();
        let Some(stdin) = self.stdin.as_mut().filter(|_| pending) else { return Ok(false) };
        let sent = match stdin.write(&self.outbox) {
            Ok(sent) => sent,
            Err(error) if passing(&error) => 0,
            // It will not listen; what it has to say is still heard.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.stdin = None;
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        self.outbox.drain(..sent);
        if self.closing && self.outbox.is_empty() {
            self.stdin = None;
        }
        Ok(sent > 0)
    }
}

/// Reads once, what is there. Says whether something was there, be it the end.
fn receive(pipe: &mut Option<File>, into: &mut Vec<u8>) -> io::Result<bool> {
    let Some(open) = pipe else { return Ok(false) };
    into.reserve(1 << 16);
    match rustix::io::read(open, rustix::buffer::spare_capacity(into)) {
        Ok(0) => *pipe = None,
        Ok(_) => {}
        Err(Errno::AGAIN | Errno::INTR) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    Ok(true)
}

fn passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
