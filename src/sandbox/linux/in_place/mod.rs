//! For disposable containers in which no namespace may be made: files of /etc are swapped in place, one case at a time, and
//! the stub server listens on port 53 of the loopback. Links, addresses, routes and the host name stay as they are.
//!
//! Never outside a container ([`container`]). What stood in /etc is kept in a [`journal`] before the first file is swapped,
//! and put back after each case, at the end, and, where this process was killed, by the next one that finds the journal.

mod container;
mod etc;
mod fit;
mod journal;
mod sockets;
mod tenant;

pub use tenant::Tenant;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::thread::CapabilitySet;

use self::container::Seen;
use self::etc::Content;
use self::journal::{Fault, Journal};
use super::lost;
use crate::sandbox::{Error, Program};
use crate::world::{FILES, File, World};

/// The folder whose files are swapped.
const ETC: &str = "/etc";

/// This very container, whose files of /etc are swapped. Dropping it puts them back.
#[derive(Debug)]
pub struct InPlace {
    hostname: String,
    ipv6: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    journal: Journal,
    /// A world stands in /etc.
    occupied: bool,
    /// Everything is back for good: nothing is swapped any more.
    closed: bool,
    /// Why not everything could be put back.
    stuck: Option<Error>,
}

impl InPlace {
    /// Sees that this is a disposable container and nobody else is at it, puts back what an earlier run has left, and
    /// keeps what stands in /etc now. Also says which files were put back.
    ///
    /// # Errors
    /// Why files are not to be swapped here.
    pub fn open() -> Result<(Self, Vec<String>), Error> {
        let (seen, _) = examine()?;
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
            .map_err(|errno| super::system("becoming the parent of what subjects leave behind", errno))?;
        let is_mount_point = |path: &Path| path.to_str().is_some_and(|path| seen.is_mount_point(path));
        let (journal, left) = Journal::open(Path::new(ETC), &FILES, &is_mount_point).map_err(told)?;
        let hostname = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let state = Mutex::new(State { journal, occupied: false, closed: false, stuck: None });
        Ok((Self { hostname, ipv6: fit::has_ipv6(), state }, left))
    }

    /// Puts back what a run that was killed has left swapped, if there was one here, and says which files. A run that goes
    /// on is left alone.
    ///
    /// # Errors
    /// When it cannot be put back.
    pub fn recover() -> Result<Vec<String>, Error> {
        match Journal::recover(Path::new(ETC)) {
            Err(Fault::Held) => Ok(Vec::new()),
            recovered => recovered.map_err(told),
        }
    }

    /// The name of this host.
    #[must_use]
    pub fn hostname(&self) -> &str {
        &self.hostname
    }

    /// Whether `lo` has the address of IPv6.
    #[must_use]
    pub fn has_ipv6(&self) -> bool {
        self.ipv6
    }

    /// Why the first thing of the world that cannot be had in place cannot, in words. Its further addresses of `lo` and its routes are
    /// not among these: whether they matter depends on what is asked.
    #[must_use]
    pub fn lacks(&self, world: &World) -> Option<String> {
        let unfit = |name: &String, file| self.refuses(name, file);
        let files = world.files.iter().find_map(|(name, file)| unfit(name, Some(file)));
        let absent = || {
            let mut lacking = FILES.iter().filter(|name| !world.files.contains_key(**name));
            lacking.find_map(|name| unfit(&(*name).to_owned(), None))
        };
        fit::lacks(world, self.ipv6).or(files).or_else(absent)
    }

    /// Why a file cannot stand in /etc, or must not.
    #[must_use]
    pub fn refuses(&self, name: &str, file: Option<&File>) -> Option<String> {
        let taken = self.state().journal.takes(name, &Content::of(file)).err();
        taken.or_else(|| fit::named_nameserver(name, file, self.ipv6))
    }

    /// Makes the world stand in place of this container's own, for `program`, held until [`Tenant::release`]: its files in
    /// /etc, its nameservers' sockets on the loopback.
    ///
    /// # Errors
    /// What stands in the way. Nothing is swapped then.
    pub fn build(self: &Arc<Self>, world: &World, program: Program) -> Result<Tenant, Error> {
        if let Some(what) = self.lacks(world) {
            return Err(Error::World { world: world.name.clone(), what: format!("in place {what}") });
        }
        let bound = sockets::bind(world)?;
        let unreadable = world.files.values().any(|file| *file == File::Unreadable);
        let lost = match unreadable {
            true => CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH,
            false => CapabilitySet::empty(),
        };
        let mut state = self.usable()?;
        if state.occupied {
            return Err(refused("there is a world in /etc already: one case at a time", Some("--jobs 1")));
        }
        state.occupied = true;
        let swapped = FILES.iter().try_for_each(|name| swap(&state.journal, name, world.files.get(*name)));
        drop(state);
        // From here on it is the tenant who sees that everything is put back.
        let tenant = Tenant::new(Arc::clone(self), bound, program, lost);
        swapped.map(|()| tenant)
    }

    /// Puts everything back for good.
    ///
    /// # Errors
    /// When something cannot be put back: the journal stays then, for the next run.
    pub fn restore(&self) -> Result<(), Error> {
        let mut state = self.state();
        if !state.closed {
            state.closed = true;
            let back = state.journal.put_back().map_err(told).map(drop);
            let done = back.and_then(|()| {
                state.journal.close().map_err(|error| system("removing the journal of swapped files from /etc", &error))
            });
            state.stuck = done.err();
        }
        state.stuck.clone().map_or(Ok(()), Err)
    }

    /// Replaces a file under the eyes of a running program.
    fn swap(&self, name: &str, file: Option<&File>) -> Result<(), Error> {
        swap(&self.usable()?.journal, name, file)
    }

    /// Puts the files of a world that is over back.
    fn vacate(&self) -> Result<(), Error> {
        let mut state = self.state();
        if state.occupied && !state.closed {
            state.occupied = false;
            state.stuck = state.journal.put_back().map_err(told).err();
        }
        state.stuck.clone().map_or(Ok(()), Err)
    }

    fn usable(&self) -> Result<MutexGuard<'_, State>, Error> {
        let state = self.state();
        match &state.stuck {
            Some(stuck) => Err(stuck.clone()),
            None if state.closed => Err(refused("everything was put back: the run is over", None)),
            None => Ok(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        // Nobody is left to be told; the journal stays, and the next run tells.
        _ = self.restore();
    }
}

/// What shows that this is a container whose files may be swapped.
///
/// # Errors
/// Why they may not.
pub(super) fn examine() -> Result<(Seen, String), Error> {
    let seen = Seen::here();
    let evidence = seen.evidence().map_err(|why| {
        let remedy = "leave out --isolation: a machine's own /etc is never touched; `netdbspec doctor` says what a \
                      sandbox needs here";
        refused(format!("this is no disposable container: {why}"), Some(remedy))
    })?;
    if !rustix::process::geteuid().is_root() {
        return Err(refused("it takes root to write to /etc and to open port 53", Some("docker run --user 0")));
    }
    if let [daemon, ..] = fit::daemons().as_slice() {
        let what = format!("{daemon} answers for resolvers here, and what is in /etc would not be asked");
        return Err(refused(what, Some("stop the daemon that listens there")));
    }
    if !Path::new("/proc/thread-self/children").exists() {
        return Err(refused("/proc does not tell which processes a subject leaves behind", None));
    }
    Ok((seen, evidence))
}

fn swap(journal: &Journal, name: &str, file: Option<&File>) -> Result<(), Error> {
    journal.swap(name, &Content::of(file)).map_err(|error| system(&format!("swapping /etc/{name}"), &error))
}

fn told(fault: Fault) -> Error {
    match fault {
        Fault::Held => refused("another run is at it", Some("wait until it has ended: there is one at a time")),
        Fault::Failed(doing, error) => {
            let remedy = "run it as root, in a container whose /etc can be written to; what stood there before is in \
                          /etc/.netdbspec-in-place/journal.json";
            refused(format!("{doing}: {error}"), Some(remedy))
        }
    }
}

fn refused(what: impl Into<String>, remedy: Option<&str>) -> Error {
    Error::InPlace { what: what.into(), remedy: remedy.map(str::to_owned) }
}

fn system(doing: &str, error: &io::Error) -> Error {
    refused(format!("{doing}: {error}"), None)
}
