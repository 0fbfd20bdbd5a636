//! The wire log of one world: its queries in order of arrival. What the log says of a query takes longer to put into words than
//! the query to answer; so one that got a right reply at once is noted as bytes, and put into words when it is looked at.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinError;

use super::query;
use crate::fault::{Exchange, On, Plan};
use crate::outcome::{Query, Sent, Transport};

/// What stands for the reply of a query that is still being asked outside.
pub(super) const UNDECIDED: &str = "forwarded, no reply yet";

/// One query.
#[derive(Clone, Debug)]
pub(super) enum Noted {
    /// In words.
    Told(Box<Query>),
    /// As bytes.
    Plain(Plain),
}

/// A query that came as a datagram and got the right reply at once, and nothing else.
#[derive(Clone, Debug)]
pub(super) struct Plain {
    server: IpAddr,
    source: SocketAddr,
    /// The query, and its reply behind it.
    bytes: Box<[u8]>,
    /// Where the reply begins.
    reply: usize,
    /// The name is outside all zones of the world.
    outside: bool,
    /// When it arrived, when the reply left, and how much too late; all but the last counted from the begin of the log.
    at: Duration,
    sent: Option<Duration>,
    late: Duration,
}

/// When a query came and went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) arrived: Instant,
    pub(super) sent: Instant,
    /// How long it may have lain unread because the thread did not run.
    pub(super) lag: Duration,
}

impl Noted {
    fn query(&self) -> Cow<'_, Query> {
        match self {
            Self::Told(query) => Cow::Borrowed(query),
            Self::Plain(plain) => Cow::Owned(plain.query()),
        }
    }

    /// In words.
    pub(super) fn into_query(self) -> Query {
        match self {
            Self::Told(query) => *query,
            Self::Plain(plain) => plain.query(),
        }
    }

    fn is_decided(&self) -> bool {
        !matches!(self, Self::Told(query) if query.reply == UNDECIDED)
    }
}

impl Plain {
    pub(super) fn new(server: IpAddr, source: SocketAddr, query: &[u8], reply: &[u8], outside: bool) -> Self {
        let (bytes, reply) = ([query, reply].concat().into(), query.len());
        Self { server, source, bytes, reply, outside, at: Duration::ZERO, sent: None, late: Duration::ZERO }
    }

    fn query(&self) -> Query {
        let Self { server, source, outside, at, late, .. } = *self;
        let (asked, reply) = self.bytes.split_at(self.reply);
        let told = query::told(reply, outside);
        let sends = Plan::reply(reply.to_vec()).sends.into_iter();
        let sent = sends.zip(self.sent).map(|(send, at)| Sent { at, ..query::message(asked, &send, server) });
        let (reply, sent) = (told, Some(sent.collect()));
        Query { at, late, outside, reply, sent, ..query::seen(asked, server, Transport::Udp, source) }
    }
}

/// The queries of one world, in order of arrival.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) start: Instant,
    kept: Mutex<Kept>,
    /// Tells of each query that is added.
    added: watch::Sender<()>,
    defect: Mutex<Option<String>>,
}

/// The queries that are not forgotten.
#[derive(Debug)]
struct Kept {
    /// How many came before.
    forgotten: usize,
    queries: VecDeque<Noted>,
    /// How many are not forgotten at once when more come.
    most: usize,
    /// Takes each query once it is decided what becomes of it.
    decided: Option<Sender<Noted>>,
}

impl Kept {
    fn get_mut(&mut self, number: usize) -> Option<&mut Query> {
        match self.queries.get_mut(number.checked_sub(self.forgotten)?)? {
            Noted::Told(query) => Some(query),
            // Nothing more becomes of it.
            Noted::Plain(_) => None,
        }
    }

    fn len(&self) -> usize {
        self.forgotten + self.queries.len()
    }

    fn add(&mut self, noted: Noted) {
        self.queries.push_back(noted);
        self.forget_beyond(self.most);
    }

    /// Forgets the oldest, until so many are left or the next is undecided.
    fn forget_beyond(&mut self, most: usize) {
        while self.queries.len() > most && self.queries.front().is_some_and(Noted::is_decided) {
            drop(self.queries.pop_front());
            self.forgotten += 1;
        }
    }

    fn tell(&self, noted: impl FnOnce() -> Noted) {
        if let Some(decided) = &self.decided {
            // Who listens no more has given up on its own.
            let _ = decided.send(noted());
        }
    }
}

impl Log {
    pub(super) fn new(decided: Option<Sender<Noted>>) -> Self {
        let (added, _) = watch::channel(());
        let kept = Kept { forgotten: 0, queries: VecDeque::new(), most: usize::MAX, decided };
        Self { start: Instant::now(), kept: Mutex::new(kept), added, defect: Mutex::default() }
    }

    /// Adds a query that arrived at `arrived`; gives back its number.
    pub(super) fn push(&self, arrived: Instant, mut query: Query) -> usize {
        query.at = arrived.saturating_duration_since(self.start);
        let noted = Noted::Told(Box::new(query));
        let mut kept = self.lock();
        if noted.is_decided() {
            kept.tell(|| noted.clone());
        }
        kept.add(noted);
        self.tell_added();
        kept.len() - 1
    }

    /// Adds a query whose reply has left. Who is told of it is told what was known before.
    pub(super) fn push_plain(&self, mut plain: Plain, times: Times) {
        plain.at = times.arrived.saturating_duration_since(self.start);
        plain.late = times.lag;
        let mut kept = self.lock();
        kept.tell(|| Noted::Plain(plain.clone()));
        plain.sent = Some(times.sent.saturating_duration_since(self.start));
        plain.late = times.lag.max(times.sent.saturating_duration_since(times.arrived));
        kept.add(Noted::Plain(plain));
        self.tell_added();
    }

    fn tell_added(&self) {
        // To tell nobody takes as long as all the rest.
        if self.added.receiver_count() > 0 {
            self.added.send_replace(());
        }
    }

    /// Notes what becomes of a query that was asked outside.
    pub(super) fn decide(&self, number: usize, reply: String) {
        let mut kept = self.lock();
        if let Some(query) = kept.get_mut(number) {
            query.reply = reply;
            let query = query.clone();
            kept.tell(|| Noted::Told(Box::new(query)));
        }
    }

    /// Nothing more is decided: tells of what is undecided for good, and lets whoever listens go.
    pub(super) fn finish(&self) {
        let mut kept = self.lock();
        kept.queries.iter().filter(|noted| !noted.is_decided()).for_each(|noted| kept.tell(|| noted.clone()));
        kept.decided = None;
    }

    /// What tells of each query that is added from now on.
    pub(super) fn additions(&self) -> watch::Receiver<()> {
        self.added.subscribe()
    }

    /// Whether a query that passes this filter has come, at any nameserver.
    pub(super) fn has(&self, on: &On) -> bool {
        let kept = self.lock();
        let passed = kept.queries.iter().map(Noted::query).filter(|query| {
            let (name, qtype) = (query.name.to_ascii_lowercase(), &*query.qtype);
            let (transport, server, edns) = (query.transport, query.server, query.edns.is_some());
            on.matches(&Exchange { query: &[], name: &name, qtype, transport, server, edns, previous: None })
        });
        (1..).take(passed.count()).any(|number| on.counts(number))
    }

    /// Notes that a message for a query left this much too late.
    pub(super) fn late(&self, number: usize, late: Duration) {
        if let Some(query) = self.lock().get_mut(number) {
            query.late = query.late.max(late);
        }
    }

    /// Notes that a message for a query left at `at`.
    pub(super) fn sent(&self, number: usize, at: Instant, mut sent: Sent) {
        sent.at = at.saturating_duration_since(self.start);
        if let Some(query) = self.lock().get_mut(number) {
            query.sent.get_or_insert_default().push(sent);
        }
    }

    /// Notes what else became of a query.
    pub(super) fn remark(&self, number: usize, text: &str) {
        if let Some(query) = self.lock().get_mut(number) {
            query.reply.push_str("; ");
            query.reply.push_str(text);
        }
    }

    /// Notes how a task of this world ended. One that panicked has left queries unanswered, which would look like a
    /// fault of the world.
    pub(super) fn ended(&self, result: Result<(), JoinError>) {
        if let Err(error) = result
            && error.is_panic()
        {
            // Its number within the runtime, which stands before this, says nothing to anybody.
            let text = error.to_string();
            let said = text.find("panicked").map_or(text.as_str(), |at| &text[at..]).to_owned();
            self.defect.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(said);
        }
    }

    /// What the first task that panicked said.
    pub(super) fn defect(&self) -> Option<String> {
        self.defect.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many queries there have been.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// All queries that are not forgotten.
    pub(super) fn all(&self) -> Vec<Query> {
        // No query waits for words.
        let noted = self.lock().queries.clone();
        noted.into_iter().map(Noted::into_query).collect()
    }

    /// Forgets the queries so far, but for those after the first that is undecided.
    pub(super) fn forget(&self) {
        self.lock().forget_beyond(0);
    }

    /// From now on forgets the oldest query when there are more than so many, unless it is undecided.
    pub(super) fn keep(&self, most: usize) {
        let mut kept = self.lock();
        kept.most = most;
        kept.forget_beyond(most);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
