//! What a test or a program holds of a world that is served.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::live::{Live, Order, Reply};
use crate::outcome::Query;

/// The nameservers of a world that is served: what they were asked, and what they answer from now on.
///
/// Its methods panic at what is wrong in a record, a zone, a fault or a file, as an assertion does: it is for tests.
#[derive(Debug)]
pub struct Net(Line);

#[derive(Debug)]
enum Line {
    /// The world is served by this process.
    Near(Arc<Live>),
    /// It is served by the process that started this one.
    Far(Mutex<Far>),
}

impl Net {
    pub(super) fn near(live: Arc<Live>) -> Self {
        Self(Line::Near(live))
    }

    pub(super) fn far(far: Far) -> Self {
        Self(Line::Far(Mutex::new(far)))
    }

    /// The queries that have arrived, in order of arrival, those included that lie unread in a socket: each as transport, type
    /// and name.
    ///
    /// ```text
    /// assert_eq!(net.queries(), ["udp A www.example.", "udp AAAA www.example."]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn queries(&self) -> Vec<String> {
        self.log().iter().map(Query::line).collect()
    }

    /// The queries that have arrived, in order of arrival, with all that is known of each.
    ///
    /// # Panics
    /// When the process that serves the world is gone.
    #[track_caller]
    #[must_use]
    pub fn log(&self) -> Vec<Query> {
        match self.ask(Order::Queries) {
            Reply::Queries(queries) => queries,
            Reply::Refused(why) => panic!("{why}"),
            Reply::Done => Vec::new(),
        }
    }

    /// Forgets the queries that have arrived so far: [`queries`](Self::queries) tells later ones only.
    #[track_caller]
    pub fn forget(&self) {
        self.order(Order::Forget);
    }

    /// Makes the nameservers misbehave from now on, besides as before: see [`World::fault`](super::World::fault).
    ///
    /// # Panics
    /// When there is no such fault, or the world has not what it needs.
    #[track_caller]
    pub fn fault(&self, fault: &str) {
        self.order(Order::Fault(fault.to_owned()));
    }

    /// Makes the nameservers misbehave no longer.
    #[track_caller]
    pub fn well(&self) {
        self.order(Order::Well);
    }

    /// Serves further records from now on: see [`World::record`](super::World::record).
    ///
    /// # Panics
    /// When they are not written as records.
    #[track_caller]
    pub fn record(&self, records: &str) {
        self.order(Order::Record(records.to_owned()));
    }

    /// Serves a zone from now on, instead of one of the same origin if there is one.
    ///
    /// # Panics
    /// When its text is no zone.
    #[track_caller]
    pub fn zone(&self, origin: &str, text: &str) {
        self.order(Order::Zone { origin: origin.to_owned(), text: text.to_owned() });
    }

    /// Puts a file of /etc in place from now on. Resolvers differ in when they read it again.
    ///
    /// # Panics
    /// When a world has no such file, or this one has no files at all ([`Stub`](super::Stub)).
    #[track_caller]
    pub fn file(&self, name: &str, text: &str) {
        self.order(Order::File { name: name.to_owned(), text: Some(text.to_owned()) });
    }

    /// Takes a file of /etc away.
    ///
    /// # Panics
    /// As [`Net::file`].
    #[track_caller]
    pub fn without(&self, name: &str) {
        self.order(Order::File { name: name.to_owned(), text: None });
    }

    #[track_caller]
    fn order(&self, order: Order) {
        if let Reply::Refused(why) = self.ask(order) {
            panic!("{why}");
        }
    }

    fn ask(&self, order: Order) -> Reply {
        match &self.0 {
            Line::Near(live) => live.obey(order),
            Line::Far(far) => {
                let mut far = far.lock().unwrap_or_else(PoisonError::into_inner);
                far.ask(&super::test::Word::Order(order)).unwrap_or_else(|error| {
                    Reply::Refused(format!("asking the process that serves the world: {error}"))
                })
            }
        }
    }

    /// Says something else to the process that serves the world, and waits until it was heard.
    pub(super) fn tell(&self, word: &super::test::Word) -> io::Result<()> {
        match &self.0 {
            Line::Near(_) => Ok(()),
            Line::Far(far) => far.lock().unwrap_or_else(PoisonError::into_inner).ask(word).map(|_: Reply| ()),
        }
    }
}

/// A process at the other end of a socket, which is asked in lines of JSON.
#[derive(Debug)]
pub(super) struct Far(BufReader<UnixStream>);

impl Far {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self(BufReader::new(stream))
    }

    fn ask<R: DeserializeOwned>(&mut self, word: &impl Serialize) -> io::Result<R> {
        let mut line = serde_json::to_string(word)?;
        line.push('\n');
        self.0.get_mut().write_all(line.as_bytes())?;
        line.clear();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}
