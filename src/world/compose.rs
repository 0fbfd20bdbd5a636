//! Worlds put together piece by piece, by a program or on a command line.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use super::check::misplaced;
use super::{Address, FILES, File, Nameserver, Problem, World, Zone, load, nearest};
use crate::fault::Fault;
use crate::tree::Tree;

/// A change that cannot be made to a world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{doing}: {why}")]
pub struct Unfit {
    /// What was to be done, to what.
    pub doing: String,
    /// Why that cannot be.
    pub why: String,
    /// What to do about it, where that is not plain.
    pub hint: Option<String>,
}

impl Unfit {
    fn new(doing: impl Into<String>, why: impl ToString) -> Self {
        Self { doing: doing.into(), why: why.to_string(), hint: None }
    }
}

impl World {
    /// The world of the suite that has this name: `default`, `pymotw`.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, Unfit> {
        let doing = || format!("looking for the world `{name}`");
        let mut worlds =
            load(&Tree::fixtures().below("worlds")).map_err(|wrong| Unfit::new(doing(), wrong[0].clone()))?;
        let Some(world) = worlds.remove(name) else {
            let known: Vec<&str> = worlds.keys().map(String::as_str).collect();
            let meant = nearest(name, known.iter().copied()).map(|meant| format!("did you mean `{meant}`?"));
            let hint = meant.unwrap_or_else(|| format!("the worlds are {}", known.join(", ")));
            return Err(Unfit { hint: Some(hint), ..Unfit::new(doing(), "there is none of that name") });
        };
        Ok((*world).clone())
    }

    /// The world in a folder, which has a `world.toml`. What it leaves out is taken from the suite's `default`.
    ///
    /// # Errors
    /// All faults of its files.
    pub fn in_folder(folder: &Path) -> Result<Self, Vec<Problem>> {
        load::folder(folder)
    }

    /// Puts a file of /etc in place of the world's own; `None` takes it away. A resolv.conf moves no nameserver: see
    /// [`World::resolv_conf`].
    ///
    /// # Errors
    /// When no world has such a file ([`FILES`]).
    pub fn put(&mut self, name: &str, file: Option<File>) -> Result<(), Unfit> {
        if !FILES.contains(&name) {
            let hint = Some(format!("the files of a world's /etc are {}", FILES.join(", ")));
            return Err(Unfit { hint, ..Unfit::new(format!("putting `{name}` in place"), "a world has no such file") });
        }
        match file {
            Some(file) => self.files.insert(name.to_owned(), file),
            None => self.files.remove(name),
        };
        Ok(())
    }

    /// Serves a zone, instead of one of the same origin if there is one. Its text is read when the world is served.
    pub fn add_zone(&mut self, zone: Zone) {
        let origin = |zone: &Zone| zone.origin.trim_end_matches('.').to_ascii_lowercase();
        self.zones.retain(|other| origin(other) != origin(&zone));
        self.zones.push(zone);
    }

    /// Serves further records, written as in a master file with absolute owner names: `www.example. 60 A 192.0.2.1`. For a
    /// name outside all zones there is a zone of its last label from then on, and what is not in it does not exist.
    pub fn add_records(&mut self, text: &str) {
        for owner in text.lines().filter(|line| !line.starts_with([' ', '\t', ';', '$'])) {
            let Some(owner) = owner.split_whitespace().next().map(|owner| owner.trim_end_matches('.')) else {
                continue;
            };
            let encloses = |zone: &Zone| below(owner, zone.origin.trim_end_matches('.'));
            if !self.zones.iter().any(encloses) {
                self.zones.push(made_for(owner));
            }
        }
        let records = self.records.get_or_insert_with(|| Zone {
            origin: ".".to_owned(),
            path: "further records".to_owned(),
            line: 1,
            text: String::new(),
        });
        if !records.text.is_empty() && !records.text.ends_with('\n') {
            records.text.push('\n');
        }
        records.text.push_str(text);
    }

    /// Makes every nameserver that the fault can be for misbehave so, after the faults that it has already.
    ///
    /// # Errors
    /// When the world has no nameserver that it can be for, or not what it needs.
    pub fn add_fault(&mut self, fault: &Fault) -> Result<(), Unfit> {
        let doing = || format!("adding a fault of the kind `{}`", fault.kind.name());
        let servers = self.nameservers.iter().map(|server| server.address);
        let reached: Vec<IpAddr> = servers.filter(|own| fault.on.server.is_none_or(|on| on == *own)).collect();
        if reached.is_empty() {
            let why = match fault.on.server {
                Some(server) => format!("the world has no nameserver {server}"),
                None => "the world has no nameserver".to_owned(),
            };
            return Err(Unfit::new(doing(), why));
        }
        if let Some(why) = reached.iter().flat_map(|address| misplaced(fault, *address, self)).next() {
            return Err(Unfit::new(doing(), why));
        }
        for server in self.nameservers.iter_mut().filter(|server| reached.contains(&server.address)) {
            server.faults.push(fault.clone());
        }
        Ok(())
    }

    /// Puts a resolv.conf in place, and has nameservers at the addresses that it names (resolv.conf(5): at 127.0.0.1 where it
    /// names none). An address that is not the loopback's becomes one of `lo`.
    ///
    /// # Errors
    /// When it names an address on a certain link (`fe80::1%eth0`).
    pub fn resolv_conf(&mut self, text: &str) -> Result<(), Unfit> {
        let mut addresses: Vec<IpAddr> = Vec::new();
        for line in text.lines().filter(|line| line.starts_with("nameserver")) {
            let Some(word) = line["nameserver".len()..].split_whitespace().next() else { continue };
            if word.contains('%') {
                let hint = Some("write the address without its link".to_owned());
                let why = format!("`{word}` is on a link that the world does not have");
                return Err(Unfit { hint, ..Unfit::new("putting a resolv.conf in place", why) });
            }
            // What is no address is for the resolver to misread.
            addresses.extend(word.parse::<IpAddr>().ok().filter(|address| !addresses.contains(address)));
        }
        if addresses.is_empty() {
            addresses.push(Ipv4Addr::LOCALHOST.into());
        }
        for ip in addresses.iter().copied().filter(|ip| !ip.is_loopback()) {
            let of_links = self.links.iter().flat_map(|link| link.address.iter().chain(&link.peer_address));
            if !self.lo.iter().chain(of_links).any(|own| own.ip == ip) {
                let prefix = if ip.is_ipv4() { 32 } else { 128 };
                self.lo.push(Address { ip, prefix, deprecated: false, tentative: false, home: false });
            }
        }
        self.nameservers = addresses.into_iter().map(Nameserver::at).collect();
        self.put("resolv.conf", Some(File::Text(text.to_owned())))
    }

    /// Takes the files of a real /etc, this machine's or a container's: of [`FILES`] those that the folder has. The others
    /// stay as the world has them. Its resolv.conf moves the nameservers ([`World::resolv_conf`]).
    ///
    /// # Errors
    /// When the folder has none of them, or one cannot be read as text.
    pub fn take_etc(&mut self, folder: &Path) -> Result<(), Unfit> {
        let mut taken = 0;
        for name in FILES {
            let path = folder.join(name);
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Unfit::new(format!("reading `{}`", path.display()), error)),
            };
            taken += 1;
            match name {
                "resolv.conf" => self.resolv_conf(&text)?,
                _ => self.put(name, Some(File::Text(text)))?,
            }
        }
        if taken == 0 {
            let hint = Some(format!("give a folder that has one of {}", FILES.join(", ")));
            let doing = format!("taking the files of /etc from `{}`", folder.display());
            return Err(Unfit { hint, ..Unfit::new(doing, "it has none of them") });
        }
        Ok(())
    }
}

/// Whether a name is a zone's origin or below it; both without a final dot.
fn below(name: &str, origin: &str) -> bool {
    let (name, origin) = (name.to_ascii_lowercase(), origin.to_ascii_lowercase());
    origin.is_empty() || name.strip_suffix(&origin).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A zone for a name that no zone of the world encloses: that of its last label.
fn made_for(owner: &str) -> Zone {
    let origin = format!("{}.", owner.rsplit('.').next().unwrap_or_default());
    let text = "@ 60 IN SOA @ hostmaster 1 3600 600 86400 60\n@ 60 IN NS @\n".to_owned();
    Zone { path: format!("the zone made for `{owner}`"), line: 1, origin, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(origin: &str) -> Zone {
        Zone { origin: origin.to_owned(), path: String::new(), line: 1, text: String::new() }
    }

    #[test]
    fn a_record_outside_all_zones_brings_a_zone() {
        let mut world = World::bare("own");
        world.add_zone(zone("a.example."));
        world.add_records("www.A.example. A 192.0.2.1");
        assert_eq!(world.zones.len(), 1);
        world.add_records("; a comment\nwww.b.example. A 192.0.2.2\nmail.example. A 192.0.2.3\n");
        let origins: Vec<_> = world.zones.iter().map(|zone| zone.origin.as_str()).collect();
        assert_eq!(origins, ["a.example.", "example."]);
        assert_eq!(world.records.unwrap().text.lines().count(), 4);
    }

    #[test]
    fn a_zone_takes_the_place_of_one_of_the_same_origin() {
        let mut world = World::bare("own");
        for origin in ["a.test.", "b.test.", "A.test."] {
            world.add_zone(zone(origin));
        }
        assert_eq!(*world.zones, [zone("b.test."), zone("A.test.")]);
    }

    #[test]
    fn nameservers_move_to_where_resolv_conf_says() {
        let mut world = World::named("default").unwrap();
        world.resolv_conf("nameserver 10.96.0.10\nnameserver ::1\nnameserver x\nnameserver 10.96.0.10\n").unwrap();
        let addresses: Vec<_> = world.nameservers.iter().map(|server| server.address.to_string()).collect();
        assert_eq!(addresses, ["10.96.0.10", "::1"]);
        assert!(world.lo.iter().any(|own| own.ip.to_string() == "10.96.0.10" && own.prefix == 32));
        world.resolv_conf("search a.test\n").unwrap();
        assert_eq!(world.nameservers[0].address, Ipv4Addr::LOCALHOST);
        insta::assert_snapshot!(world.resolv_conf("nameserver fe80::1%eth0").unwrap_err(), @"putting a resolv.conf in place: `fe80::1%eth0` is on a link that the world does not have");
    }

    #[test]
    fn what_cannot_be_is_told_in_words() {
        let mut world = World::bare("own");
        let fault: Fault = "drop".parse().unwrap();
        insta::assert_snapshot!(world.add_fault(&fault).unwrap_err(), @"adding a fault of the kind `drop`: the world has no nameserver");
        world.nameservers.push(Nameserver::at(Ipv4Addr::LOCALHOST.into()));
        world.add_fault(&fault).unwrap();
        assert_eq!(world.nameservers[0].faults.len(), 1);
        let elsewhere: Fault = "@127.0.0.2:drop".parse().unwrap();
        insta::assert_snapshot!(world.add_fault(&elsewhere).unwrap_err(), @"adding a fault of the kind `drop`: the world has no nameserver 127.0.0.2");
        insta::assert_snapshot!(world.put("passwd", None).unwrap_err(), @"putting `passwd` in place: a world has no such file");
        insta::assert_snapshot!(World::named("defualt").unwrap_err().hint.unwrap(), @"did you mean `default`?");
        insta::assert_snapshot!(world.take_etc(Path::new("/nonexistent")).unwrap_err(), @"taking the files of /etc from `/nonexistent`: it has none of them");
    }
}
