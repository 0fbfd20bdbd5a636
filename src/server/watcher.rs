//! Tells somebody of each query, on a thread of its own: whoever listens may take their time, or hang, and the server
//! answers all the same.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use super::Error;
use super::log::Noted;
use crate::outcome::Query;

/// Who is told of each query.
pub type Watch = Arc<dyn Fn(&Query) + Send + Sync>;

/// The thread that tells, until the other end of its channel is dropped.
pub(super) struct Watcher {
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts the thread; what is sent to the other end is told.
    pub(super) fn start(watch: Watch) -> Result<(Self, Sender<Noted>), Error> {
        let (sender, queries) = mpsc::channel();
        let tell = move || queries.into_iter().for_each(|noted: Noted| watch(&noted.into_query()));
        let thread = thread::Builder::new().name("wire".to_owned()).spawn(tell).map_err(Error::Thread)?;
        Ok((Self { thread: Some(thread) }, sender))
    }

    /// Waits until all is told. The channel's other end must be gone.
    pub(super) fn finish(&mut self) {
        // Whoever is told last may be the one who ends the service, and cannot wait for itself.
        if let Some(thread) = self.thread.take().filter(|own| own.thread().id() != thread::current().id()) {
            // A panic there has been reported where it happened.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").finish_non_exhaustive()
    }
}
