//! `netdbspec serve`: the stub server alone, on any address and port, for dig, for another program or for one's own set-up.

mod counts;
mod files;
mod greeting;
mod listen;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::composed::Composed;
use super::exit::{Exit, stop_with_help, tell, with_exit};
use super::fall_through::FallThrough;
use super::{print, problems};
use crate::outcome::Query;
use crate::report::terminal::count;
use crate::server::{Error, Listener, Server, Service, Watch, Zones};
use crate::snapshot::query_line;
use crate::world::World;
use counts::Counts;
use files::Files;
use greeting::Greeting;
use listen::Listen;

/// How long it must be quiet until files that changed are read: an editor may not be done with them yet.
const QUIET: Duration = Duration::from_millis(50);

/// How long files may change all the time until they are read all the same.
const AT_MOST: Duration = Duration::from_secs(2);

/// How many queries the server keeps in its log. They have been told.
const KEPT: usize = 10_000;

/// The arguments of `serve`.
#[derive(Args, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    fall_through: FallThrough,
    /// Your own worlds instead of the suite's; they still take from the suite's `default` what they leave out
    #[arg(long, value_name = "DIR")]
    worlds: Option<PathBuf>,
    /// Tell no query, only how many there were in the end: for many a second
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    composed: Composed,
}

/// What the main thread is told by the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// A file may have changed.
    Changed,
    /// It is to end.
    Stop,
}

/// Serves until a signal ends it.
pub(super) fn run(serve: &Serve) -> miette::Result<Exit> {
    let to = serve.fall_through.nameservers();
    serve.listen.refuse_circle(&to)?;
    let (tell, told) = mpsc::channel();
    stop_on_signals(tell.clone()).map_err(|error| with_exit(Exit::UNABLE, error))?;
    // Before they are read, so that no change goes unseen.
    let files = serve.watch_files(tell.clone())?;
    let served = serve.read()?;
    let listeners = serve.listen.bind(&served.world)?;
    let bound: Vec<(SocketAddr, IpAddr)> =
        listeners.iter().filter_map(|listener| Some((listener.bound()?, listener.address))).collect();
    let server = Server::start().map_err(|error| with_exit(Exit::UNABLE, error))?;
    let counts = Arc::new(Mutex::new(Counts::default()));
    // No query is told before where to ask is.
    let held = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let service = served.start(&server, listeners, (!serve.quiet).then(|| watch(counts.clone())))?;
    service.keep(KEPT);
    service.set_fall_through(to.clone());
    let greeting =
        Greeting { bound: &bound, world: &served.world, zones: &served.zones, to: &to, files: &serve.files() };
    print(&greeting.to_string())?;
    drop(held);
    serve.attend(&service, &told, files, served)?;
    let queries = service.queries();
    service.stop().map_err(|error| with_exit(Exit::UNABLE, error))?;
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner).to_string();
    print(&format!("{}\n", if serve.quiet { count(queries, "query", "queries") } else { counts }))?;
    Ok(Exit::OK)
}

/// A world, and its zones as they were read.
#[derive(Clone, Debug)]
struct Served {
    world: Arc<World>,
    zones: Arc<Zones>,
}

impl Served {
    fn start(&self, server: &Server, listeners: Vec<Listener>, watch: Option<Watch>) -> miette::Result<Service> {
        let faults = self.world.nameservers.iter().flat_map(|nameserver| &nameserver.faults);
        if let Some(fault) = faults.into_iter().find(|fault| fault.makes_packets() || fault.fills_queue()) {
            let text =
                format!("serving `{}`: its fault `{}` takes a network of its own", self.world.name, fault.kind.name());
            let help = "run a program inside the world instead, with netdbspec exec; or leave that fault out";
            return Err(stop_with_help(Exit::USAGE, text, help));
        }
        let zones = self.zones.clone();
        let service = match watch {
            Some(watch) => server.serve_watched(&self.world, zones, listeners, watch),
            None => server.serve(&self.world, zones, listeners),
        };
        service.map_err(|error| match error {
            Error::Source { .. } => {
                let help = "add a --listen for each nameserver of the world, in their order";
                stop_with_help(Exit::USAGE, error.to_string(), help)
            }
            error => with_exit(Exit::UNABLE, error),
        })
    }

    /// Puts it in the place of what is served.
    fn put(self, service: &Service) -> miette::Result<Self> {
        let put = service.set_world(&self.world, self.zones.clone());
        let help = "end this program and start it again: its sockets stay as they were";
        put.map(|()| self).map_err(|error| stop_with_help(Exit::UNABLE, error.to_string(), help))
    }

    /// Whether another one is served no differently.
    fn is_same(&self, other: &Self) -> bool {
        let (own, other) = (&self.world, &other.world);
        (&own.zones, &own.records, &own.nxdomain) == (&other.zones, &other.records, &other.nxdomain)
            && format!("{:?}", own.nameservers) == format!("{:?}", other.nameservers)
    }
}

impl Serve {
    /// What its help says at the end.
    pub(super) const HELP: &str = "\
The first line of its output begins with `listening on` and comes when queries can. Then each query is told as it comes, \
until SIGINT or SIGTERM.

The first --listen stands for the first nameserver of the world, the second for the second, each with its own zones and \
faults. Those beyond stand for the first again: it then listens at several addresses, and counts its queries together. On \
a machine with several addresses name them rather than 0.0.0.0: a reply to a datagram leaves from the one that the system \
chooses.

A zone file or world folder that changes is read again. What is wrong with it is told, and what was served before is \
served on.

Exit status:
  0  SIGINT or SIGTERM ended it
  2  the command line is wrong, or a world or zone file is
  3  it cannot listen there";

    fn read(&self) -> miette::Result<Served> {
        let world = self.composed.world_among(self.worlds.as_deref())?;
        let zones = Zones::read(&world).map_err(|found| problems::report(&found))?;
        Ok(Served { world, zones: Arc::new(zones) })
    }

    /// The world's folder, if it is one's own.
    fn folder(&self) -> Option<PathBuf> {
        let world = Path::new(self.composed.world.as_deref()?);
        let among = self.worlds.iter().map(|worlds| worlds.join(world));
        std::iter::once(world.to_owned()).chain(among).find(|folder| folder.join("world.toml").is_file())
    }

    /// All that is watched.
    fn files(&self) -> Vec<PathBuf> {
        self.composed.zone.iter().cloned().chain(self.folder()).collect()
    }

    /// Watches the files that it serves; nothing where there are none. What is not there is told when it is read.
    fn watch_files(&self, tell: Sender<Told>) -> miette::Result<Option<Files>> {
        let (zones, world) = (&self.composed.zone, self.folder());
        if zones.is_empty() && world.is_none() || !zones.iter().all(|zone| zone.is_file()) {
            return Ok(None);
        }
        let changed = move || {
            let _ = tell.send(Told::Changed);
        };
        let watched = Files::watch(zones, world.as_deref(), changed);
        watched.map(Some).map_err(|error| {
            let help = "the system may watch too many files already: see inotify(7), max_user_watches";
            stop_with_help(Exit::UNABLE, format!("watching the files that are served: {error}"), help)
        })
    }

    /// Does what the other threads say, until it is to end.
    fn attend(
        &self,
        service: &Service,
        told: &Receiver<Told>,
        mut files: Option<Files>,
        mut served: Served,
    ) -> miette::Result<()> {
        let mut wrong = None;
        while let Ok(what) = told.recv() {
            match what {
                Told::Stop => break,
                Told::Changed if wait_until_quiet(told) => break,
                Told::Changed => {
                    if let Some(files) = &mut files {
                        // A folder that has gone comes with another change.
                        let _ = files.renew();
                    }
                    self.read_again(service, &mut served, &mut wrong)?;
                }
            }
        }
        Ok(())
    }

    /// Serves the files as they are now. What is wrong with them is told once.
    fn read_again(&self, service: &Service, served: &mut Served, wrong: &mut Option<String>) -> miette::Result<()> {
        let read = self.read().and_then(|read| match read.is_same(served) {
            true => Ok(None),
            false => read.put(service).map(Some),
        });
        match read {
            Err(report) => {
                let text = tell(&report);
                if wrong.as_ref() != Some(&text) {
                    anstream::eprint!("{text}");
                    anstream::eprintln!("serving on what was there before");
                }
                *wrong = Some(text);
            }
            Ok(None) if wrong.is_none() => {}
            Ok(changed) => {
                (*served, *wrong) = (changed.unwrap_or_else(|| served.clone()), None);
                print("serving the changed files\n")?;
            }
        }
        Ok(())
    }
}

/// Prints each query, and counts it.
fn watch(counts: Arc<Mutex<Counts>>) -> Watch {
    let begun = Instant::now();
    Arc::new(move |query: &Query| {
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody who would read it is there: the queries are answered all the same.
        let _ = print(&format!("{:8.3} {}\n", begun.elapsed().as_secs_f64(), query_line(query)));
        counts.add(query);
    })
}

/// Waits until no file has changed for a while; true: it is to end.
fn wait_until_quiet(told: &Receiver<Told>) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < AT_MOST {
        match told.recv_timeout(QUIET) {
            Ok(Told::Stop) => return true,
            Ok(_) => {}
            Err(_) => break,
        }
    }
    false
}

fn stop_on_signals(tell: Sender<Told>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let wait = move || {
        if signals.forever().next().is_some() {
            let _ = tell.send(Told::Stop);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
}
