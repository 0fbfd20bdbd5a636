//! A conversation with a subject over its pipes: hello, questions, bye. Every reply is checked before it counts, and
//! every way of losing the subject is told apart. Knows no sandbox: whoever started the subject tells how it ended.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use super::pipes::{Came, LIMIT, Pipes};
use super::protocol::{self, Hello, Question};
use super::{Trouble, signal};
use crate::call::Ask;
use crate::outcome::{Failure, Lost, Reply};

/// Longer than anybody waits, and short enough for a clock.
const AGES: Duration = Duration::from_secs(1 << 30);

/// How a subject's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It exited with this status.
    Status(i32),
    /// This signal killed it.
    Signal(i32),
}

/// Waits at most so long for the subject's process to end; gives `None` when it still runs.
pub type Wait<'w> = dyn FnMut(Duration) -> Result<Option<Ended>, Trouble> + 'w;

/// A conversation with one subject. A subject that was lost stays lost: it is not asked again.
#[derive(Debug)]
pub struct Session {
    pipes: Pipes,
    hello: Option<Hello>,
    /// How many questions were asked; at once the number of the last.
    asked: u64,
    lost: Option<Lost>,
}

/// Why an exchange gave nothing that counts.
enum Stop {
    Lost(Lost),
    Trouble(Trouble),
}

impl Session {
    /// Begins a conversation over our ends of the subject's standard streams. Nothing is said yet.
    ///
    /// # Errors
    /// When the pipes cannot be set up.
    pub fn open(
        stdin: impl Into<OwnedFd>,
        stdout: impl Into<OwnedFd>,
        stderr: impl Into<OwnedFd>,
    ) -> Result<Self, Trouble> {
        let pipes = Pipes::new(stdin.into(), stdout.into(), stderr.into())?;
        Ok(Self { pipes, hello: None, asked: 0, lost: None })
    }

    /// Takes it as said who the subject is: it is not asked.
    #[must_use]
    pub fn knowing(self, hello: Hello) -> Self {
        Self { hello: Some(hello), ..self }
    }

    /// Asks the subject who it is. Once it has said so, it is not asked again.
    ///
    /// # Errors
    /// [`Trouble::Unmet`] when it was lost over this, which is no finding about any call; other trouble with the pipes.
    pub fn hello(&mut self, within: Duration, wait: &mut Wait<'_>) -> Result<Hello, Trouble> {
        if let Some(hello) = &self.hello {
            return Ok(hello.clone());
        }
        if let Some(lost) = &self.lost {
            return Err(Trouble::Unmet(lost.clone()));
        }
        let greeting = Question::Hello { protocol: protocol::VERSION };
        let greeted = self.exchange(Some(&greeting), within, wait).and_then(|(line, reply)| match reply {
            protocol::Reply::Hello(hello) => Ok(hello),
            _ => Err(babble(&line, "it answers a question where a hello is due")),
        });
        match greeted {
            Ok(hello) => Ok(self.hello.insert(hello).clone()),
            Err(Stop::Lost(lost)) => Err(Trouble::Unmet(self.lost.insert(lost).clone())),
            Err(Stop::Trouble(trouble)) => Err(trouble),
        }
    }

    /// Asks one call, after a hello where there was none yet. A call that the subject does not list is not asked.
    ///
    /// # Errors
    /// Our trouble: the adapter's own, or the pipes'. What the subject itself does wrong is a [`Reply::Lost`].
    pub fn ask(&mut self, ask: &Ask, within: Duration, wait: &mut Wait<'_>) -> Result<Reply, Trouble> {
        let hello = self.hello(within, wait)?;
        if let Some(lost) = &self.lost {
            return Ok(Reply::Lost(lost.clone()));
        }
        if !hello.makes(ask.name()) {
            return Ok(Reply::Unsupported(hello.lacks(ask.name())));
        }
        match self.question(ask, within, wait) {
            Ok(reply) => Ok(reply),
            Err(Stop::Lost(lost)) => Ok(Reply::Lost(self.lost.insert(lost).clone())),
            Err(Stop::Trouble(trouble)) => Err(trouble),
        }
    }

    /// Whether the subject was lost over what it was asked.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Says one message as it stands, and gives the reply as it came: for those who try a subject out.
    ///
    /// # Errors
    /// How the subject was lost over it, or our trouble with the pipes, in words.
    pub fn say(
        &mut self,
        question: &Question,
        within: Duration,
        wait: &mut Wait<'_>,
    ) -> Result<protocol::Reply, String> {
        match self.exchange(Some(question), within, wait) {
            Ok((_, reply)) => Ok(reply),
            Err(Stop::Lost(lost)) => Err(self.lost.insert(lost).to_string()),
            Err(Stop::Trouble(trouble)) => Err(trouble.to_string()),
        }
    }

    /// Ends the conversation. Gives what the subject did instead of exiting quietly with status 0, if it did.
    ///
    /// # Errors
    /// When the pipes fail, or it cannot be found out how the subject ended.
    pub fn bye(self, within: Duration, wait: &mut Wait<'_>) -> Result<Option<Lost>, Trouble> {
        self.leave(Some(&Question::Bye {}), within, wait)
    }

    /// As [`Session::bye`], without a word: the subject sees the end of its input.
    ///
    /// # Errors
    /// As for [`Session::bye`].
    pub fn hang_up(self, within: Duration, wait: &mut Wait<'_>) -> Result<Option<Lost>, Trouble> {
        self.leave(None, within, wait)
    }

    fn leave(
        mut self,
        word: Option<&Question>,
        within: Duration,
        wait: &mut Wait<'_>,
    ) -> Result<Option<Lost>, Trouble> {
        if self.lost.is_some() {
            return Ok(self.lost);
        }
        match self.exchange(word, within, wait) {
            Ok((line, _)) => Ok(Some(unasked(&line, self.asked))),
            Err(Stop::Lost(Lost::Exited { status: 0, .. })) => Ok(None),
            Err(Stop::Lost(lost)) => Ok(Some(lost)),
            Err(Stop::Trouble(trouble)) => Err(trouble),
        }
    }

    fn question(&mut self, ask: &Ask, within: Duration, wait: &mut Wait<'_>) -> Result<Reply, Stop> {
        let call = ask.name();
        let arguments = serde_json::to_value(ask).map_err(|source| Trouble::Writing { call, source })?;
        let question = Question::Ask { seq: self.asked + 1, call: arguments };
        let (line, reply) = self.exchange(Some(&question), within, wait)?;
        match reply {
            protocol::Reply::Hello(_) => Err(Stop::Lost(unasked(&line, self.asked))),
            other if other.seq() != Some(self.asked) => Err(Stop::Lost(unasked(&line, self.asked - 1))),
            protocol::Reply::Answer { value, .. } => Ask::check(call, value)
                .map(Reply::Answer)
                .map_err(|reason| babble(&line, &format!("its value is no answer of {call}: {reason}"))),
            protocol::Reply::Failure { name, .. } if name.is_empty() => {
                Err(babble(&line, "it is a failure without a name"))
            }
            protocol::Reply::Failure { name, errno, code, text, .. } => {
                Ok(Reply::Failure(Failure { name, errno, code, text }))
            }
            protocol::Reply::Unsupported { reason, .. } => Ok(Reply::Unsupported(reason)),
            protocol::Reply::Trouble { text, .. } => Err(Trouble::Reported { call, text }.into()),
        }
    }

    /// Sends one message and takes the one line that comes for it. What ends the conversation closes the subject's input.
    fn exchange(
        &mut self,
        question: Option<&Question>,
        within: Duration,
        wait: &mut Wait<'_>,
    ) -> Result<(Vec<u8>, protocol::Reply), Stop> {
        let deadline = Instant::now() + within.min(AGES);
        // What comes before the hello was asked for cannot be told from the reply: it is taken for it.
        if self.hello.is_some() {
            let early = self.pipes.surplus()?;
            if !early.is_empty() {
                return Err(Stop::Lost(unasked(early, self.asked)));
            }
        }
        self.asked += u64::from(matches!(question, Some(Question::Ask { .. })));
        if let Some(question) = question {
            self.pipes.post(protocol::line(question).map_err(io::Error::from)?);
        }
        if matches!(question, None | Some(Question::Bye {})) {
            self.pipes.close();
        }
        let line = match self.pipes.line(deadline)? {
            Came::Line(line) => line,
            Came::End(half) => return Err(Stop::Lost(self.ended(&half, deadline, wait)?)),
            Came::Flood => return Err(Stop::Lost(Lost::Flooded { limit: LIMIT })),
            // What the subject started may hold its pipes open after its own end.
            Came::TimeUp => {
                let lost = match wait(Duration::ZERO)? {
                    Some(ended) => ended.lost(self.pipes.last_words()?),
                    None => Lost::Hung { after: within },
                };
                return Err(Stop::Lost(lost));
            }
        };
        let reply = protocol::Reply::read(&line).map_err(|reason| babble(&line, &reason))?;
        match self.pipes.rest() {
            [] => Ok((line, reply)),
            more => Err(Stop::Lost(unasked(more, self.asked))),
        }
    }

    /// Finds out why the subject's standard output has ended, after `half` a line.
    fn ended(&mut self, half: &[u8], deadline: Instant, wait: &mut Wait<'_>) -> Result<Lost, Trouble> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // In slices, so that it cannot be held up by a full standard error.
            let ended = wait(left.min(Duration::from_millis(50)))?;
            let stderr = self.pipes.last_words()?;
            match ended {
                Some(ended @ Ended::Signal(_)) => return Ok(ended.lost(stderr)),
                Some(Ended::Status(status)) if !half.is_empty() => {
                    return Ok(babbled(
                        half,
                        &format!("it is half a line, after which it exited with status {status}"),
                    ));
                }
                Some(ended) => return Ok(ended.lost(stderr)),
                None if left.is_zero() => {
                    return Ok(babbled(half, "it closed its standard output and went on running"));
                }
                None => {}
            }
        }
    }
}

impl Ended {
    fn lost(self, stderr: String) -> Lost {
        match self {
            Self::Status(status) => Lost::Exited { status, stderr },
            Self::Signal(number) => Lost::Crashed { signal: signal::name(number), stderr },
        }
    }
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Trouble(error.into())
    }
}

fn babble(line: &[u8], reason: &str) -> Stop {
    Stop::Lost(babbled(line, reason))
}

fn babbled(line: &[u8], reason: &str) -> Lost {
    Lost::Babbled { line: shown(line), reason: reason.to_owned() }
}

/// What to make of a line that nothing was asked for, when `answered` is the last question that has its answer.
fn unasked(written: &[u8], answered: u64) -> Lost {
    let line = written.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let reason = match protocol::Reply::read(line).map(|reply| reply.seq()) {
        Ok(Some(seq)) if seq > 0 && seq == answered => format!("it is a second answer to question {seq}"),
        Ok(Some(seq)) => format!("it answers question {seq}, which was not asked"),
        Ok(None) => "it says hello a second time".to_owned(),
        Err(reason) => reason,
    };
    babbled(line, &reason)
}

/// A line as messages show it: its beginning, without control characters.
fn shown(line: &[u8]) -> String {
    const SHOWN: usize = 200;
    let text = String::from_utf8_lossy(&line[..line.len().min(4 * SHOWN)]);
    let mut shown = String::new();
    for char in text.chars().take(SHOWN) {
        if char.is_control() { shown.extend(char.escape_default()) } else { shown.push(char) }
    }
    if text.chars().nth(SHOWN).is_some() { shown + "…" } else { shown }
}
