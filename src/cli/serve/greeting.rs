//! What is said first: where it listens, what it serves, how to ask it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::listen::reached_at;
use crate::server::Zones;
use crate::world::World;

/// How many zones are named.
const NAMED: usize = 6;

/// All that there is to say.
#[derive(Debug)]
pub(super) struct Greeting<'a> {
    /// Where it listens, and as which nameserver of the world.
    pub(super) bound: &'a [(SocketAddr, IpAddr)],
    pub(super) world: &'a World,
    pub(super) zones: &'a Zones,
    /// Who is asked for names outside all zones.
    pub(super) to: &'a [SocketAddr],
    /// What is watched.
    pub(super) files: &'a [PathBuf],
}

/// Each line begins with a word that says what it is about. The first is for scripts to wait for.
impl fmt::Display for Greeting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = joined(self.bound.iter().map(|(bound, _)| bound));
        writeln!(f, "listening on {bound}")?;
        if self.world.nameservers.len() > 1 {
            for (bound, server) in self.bound {
                writeln!(f, "  as        nameserver {server} at {bound}")?;
            }
        }
        let deaf = self.world.nameservers.iter().map(|server| server.address);
        for server in deaf.filter(|server| !self.bound.iter().any(|(_, own)| own == server)) {
            writeln!(f, "  without   nameserver {server}, for which there is no --listen")?;
        }
        // What the command line adds comes last, and is what matters.
        let zones: Vec<&str> = self.world.zones.iter().rev().map(|zone| zone.origin.as_str()).collect();
        let more = zones.len().saturating_sub(NAMED);
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(f, "  serving   {}{tail}", joined(zones.iter().take(NAMED)))?;
        if !self.to.is_empty() {
            writeln!(f, "  else      asked of {}", joined(self.to.iter()))?;
        }
        if !self.files.is_empty() {
            writeln!(f, "  watching  {}", joined(self.files.iter().map(|file| file.display())))?;
        }
        if let Some((bound, _)) = self.bound.first() {
            let (name, rtype) = self.example();
            let name = shlex::try_quote(&name).unwrap_or_default().into_owned();
            let port = if bound.port() == 53 { String::new() } else { format!(" -p {}", bound.port()) };
            writeln!(f, "  ask it    dig @{}{port} {name} {rtype}", reached_at(*bound))?;
        }
        writeln!(f, "  end it    with Ctrl-C")
    }
}

impl Greeting<'_> {
    /// A name to ask for, with a type that it has: of a further record, or else of the last zone that has an address.
    fn example(&self) -> (String, String) {
        let text = self.zones.to_string();
        let records: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                Some((*words.first()?, *words.get(3)?))
            })
            .collect();
        let further = self.world.records.iter().filter_map(|records| records.text.split_whitespace().next());
        let origins = self.world.zones.iter().rev().map(|zone| zone.origin.as_str());
        let below = |name: &str, origin: &str| name.to_ascii_lowercase().ends_with(&origin.to_ascii_lowercase());
        let address = |origin: &str| {
            let mut own = records.iter().filter(|(name, _)| below(name, origin) && !name.starts_with('*'));
            own.find(|(_, rtype)| matches!(*rtype, "A" | "AAAA"))
        };
        let found = further.chain(origins).find_map(address).or_else(|| records.first());
        let (name, rtype) = found.copied().unwrap_or((".", "SOA"));
        (name.to_owned(), rtype.to_owned())
    }
}

fn joined(parts: impl Iterator<Item = impl fmt::Display>) -> String {
    parts.map(|part| part.to_string()).collect::<Vec<_>>().join(", ")
}
