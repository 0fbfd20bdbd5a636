//! Putting a world together in a test or a program, one call after another.

use std::fs;
use std::path::Path;

use super::error::{Error, problem, unfit};
use crate::fault::Fault;
use crate::server::Zones;
use crate::world::{self, File, Zone};

/// What the resolver of a program or a test will find: files of /etc, names, nameservers and how they misbehave.
///
/// It is put together by a chain of calls. What is wrong in them is told all at once where the world is used, so that no
/// call of the chain can fail:
///
/// ```
/// use netdbspec::hermetic::World;
///
/// let world = World::new()
///     .record("www.example. 60 A 192.0.2.1")
///     .record("www.example. 60 AAAA 2001:db8::1")
///     .hosts("127.0.0.1 localhost\n192.0.2.7 printer\n")
///     .resolv("search example\noptions ndots:2")
///     .fault("AAAA:rcode=SERVFAIL");
/// assert!(world.check().is_ok());
///
/// let wrong = World::new().record("www.example. A 192.0.2.256").fault("dorp");
/// println!("{}", wrong.check().unwrap_err());
/// ```
///
/// A name in no zone of the world is refused, and the query noted as [`outside`](crate::outcome::Query::outside): a world has
/// what it was given and nothing else. It never asks anyone outside.
#[derive(Clone, Debug)]
#[must_use = "a world does nothing until it is used: see `test`, `command`, `start` and `Stub::start`"]
pub struct World {
    pub(super) described: world::World,
    /// What was wrong so far, in words.
    wrong: Vec<String>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl From<world::World> for World {
    fn from(described: world::World) -> Self {
        Self { described, wrong: Vec::new() }
    }
}

impl World {
    /// A small dual-stack machine that knows no name but `localhost`: hosts before DNS, one nameserver at 127.0.0.1 without
    /// zones, and the addresses 192.0.2.10 and 2001:db8::10 besides the loopback's. All of 192.0.2.0/24 leads to the machine
    /// itself, so that a server of the test's own can be reached behind each record, and any program may bind ports from 1.
    pub fn new() -> Self {
        let mut world = Self::named("default");
        world.described.zones.clear();
        world.described.name = "hermetic".to_owned();
        world.described.sysctls.insert("net/ipv4/ip_unprivileged_port_start".to_owned(), "0".to_owned());
        world
    }

    /// A world of the suite, by its name: `default`, `pymotw`. `netdbspec list` names them.
    pub fn named(name: &str) -> Self {
        match world::World::named(name) {
            Ok(described) => described.into(),
            Err(error) => Self { described: world::World::bare(name), wrong: vec![unfit(&error)] },
        }
    }

    /// The world in a folder that has a `world.toml`, and each file of /etc and each zone (`ORIGIN.zone`) in its own format.
    pub fn load(folder: impl AsRef<Path>) -> Self {
        match world::World::in_folder(folder.as_ref()) {
            Ok(described) => described.into(),
            Err(problems) => {
                let name = folder.as_ref().display().to_string();
                Self { described: world::World::bare(&name), wrong: problems.iter().map(problem).collect() }
            }
        }
    }

    /// Serves records, one a line, written as in a master file with absolute owner names. For a name outside all zones there
    /// is a zone of its last label from then on, and what that does not have does not exist (NXDOMAIN).
    pub fn record(mut self, records: &str) -> Self {
        self.described.add_records(records);
        self
    }

    /// Serves a zone: the text of a master file (RFC 1035 §5).
    pub fn zone(mut self, origin: &str, text: &str) -> Self {
        self.described.add_zone(zone(origin, text));
        self
    }

    /// Serves the zone in a master file that is named by its origin: `example.test.zone`.
    pub fn zone_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match (name.strip_suffix(".zone"), fs::read_to_string(path)) {
            (Some(origin), Ok(text)) => {
                self.described.add_zone(Zone { path: path.display().to_string(), ..zone(origin, &text) });
            }
            (None, _) => self.wrong.push(format!(
                "serving the zone `{}`: its name does not say its origin\n  help: name the file by its origin: example.test.zone",
                path.display()
            )),
            (_, Err(error)) => self.wrong.push(format!("reading `{}`: {error}", path.display())),
        }
        self
    }

    /// Names outside all zones that do not exist: NXDOMAIN for each and all below it.
    pub fn missing(mut self, name: &str) -> Self {
        self.described.nxdomain.push(name.to_owned());
        self
    }

    /// /etc/hosts.
    pub fn hosts(self, text: &str) -> Self {
        self.file("hosts", text)
    }

    /// Lines of /etc/resolv.conf: `options ndots:5`, `search a.example`. They replace what it says besides its nameservers, and
    /// these too where there are lines for them (`nameserver 10.96.0.10`): then the world has nameservers there.
    pub fn resolv(self, lines: &str) -> Self {
        let names_servers = |text: &str| text.lines().any(|line| line.starts_with("nameserver"));
        let before = match self.described.files.get("resolv.conf") {
            Some(File::Text(text)) if !names_servers(lines) => text.as_str(),
            _ => "",
        };
        let kept = before.lines().filter(|line| names_servers(line));
        let text: String = kept.chain(lines.lines()).map(|line| format!("{line}\n")).collect();
        self.change(|world| world.resolv_conf(&text))
    }

    /// A file of /etc in its real format: `nsswitch.conf`, `gai.conf`, `services` … ([`FILES`](world::FILES)). A resolv.conf moves
    /// no nameserver: see [`World::resolv`].
    pub fn file(self, name: &str, text: &str) -> Self {
        self.change(|world| world.put(name, Some(File::Text(text.to_owned()))))
    }

    /// Takes a file of /etc away.
    pub fn without(self, name: &str) -> Self {
        self.change(|world| world.put(name, None))
    }

    /// Takes the files of a real /etc, a container's or a machine's: those of [`FILES`](world::FILES) that the folder has. The
    /// nameservers are then at the addresses that its resolv.conf names.
    pub fn etc(self, folder: impl AsRef<Path>) -> Self {
        self.change(|world| world.take_etc(folder.as_ref()))
    }

    /// What gethostname() gives.
    pub fn hostname(mut self, name: &str) -> Self {
        name.clone_into(&mut self.described.hostname);
        self
    }

    /// Makes the nameservers misbehave, in one line, `[FILTER:]KIND[=VALUE]`: `drop`, `AAAA:rcode=SERVFAIL`, `udp:truncate`,
    /// `@127.0.0.2,nth=1:delay=2s`. [`Fault`](crate::fault::Fault#impl-FromStr-for-Fault) says how it is written.
    pub fn fault(mut self, fault: &str) -> Self {
        match read_fault(fault) {
            Ok(fault) => self.change(|world| world.add_fault(&fault)),
            Err(wrong) => {
                self.wrong.push(wrong);
                self
            }
        }
    }

    /// Whether all that was given is right. Everything that uses the world asks this first.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn check(&self) -> Result<(), Error> {
        self.zones().map(drop)
    }

    /// The zones, read.
    pub(super) fn zones(&self) -> Result<Zones, Error> {
        let zones = Zones::read(&self.described);
        let unread = zones.as_ref().err().into_iter().flatten().map(problem);
        let wrong: Vec<_> = self.wrong.iter().cloned().chain(unread).collect();
        zones.ok().filter(|_| wrong.is_empty()).ok_or(Error::World(wrong))
    }

    fn change(mut self, change: impl FnOnce(&mut world::World) -> Result<(), world::Unfit>) -> Self {
        if let Err(error) = change(&mut self.described) {
            self.wrong.push(unfit(&error));
        }
        self
    }
}

/// A zone whose text comes from a program.
pub(super) fn zone(origin: &str, text: &str) -> Zone {
    let origin = format!("{}.", origin.trim_end_matches('.'));
    Zone { path: format!("the zone {origin}"), origin, line: 1, text: text.to_owned() }
}

/// A fault in one line.
pub(super) fn read_fault(text: &str) -> Result<Fault, String> {
    text.parse().map_err(|why| format!("reading the fault `{text}`: {why}"))
}
