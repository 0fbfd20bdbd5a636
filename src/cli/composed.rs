//! A world chosen by its name or folder, or put together on the command line. Every verb that enters one takes these.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::exit::{Exit, stop, stop_with_help};
use super::{load, problems};
use crate::fault::Fault;
use crate::world::{File, Unfit, World, Zone};

/// Which world is meant, and what is to be changed in it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "World")]
pub(super) struct Composed {
    /// The world to begin with: one of the suite's, or a folder with a world.toml [default: default]
    #[arg(long, value_name = "NAME|DIR")]
    pub(super) world: Option<String>,
    /// The files of a real /etc, this machine's or a container's: hosts, nsswitch.conf, resolv.conf …; what the folder does
    /// not have stays as the world has it. The stub takes the nameserver addresses of its resolv.conf
    #[arg(long, value_name = "DIR")]
    pub(super) etc: Option<PathBuf>,
    /// Serve this master file, named ORIGIN.zone; repeatable
    #[arg(long, value_name = "FILE")]
    pub(super) zone: Vec<PathBuf>,
    /// Serve this record: 'www.example. A 192.0.2.1'; repeatable
    #[arg(long, value_name = "RECORD")]
    record: Vec<String>,
    /// This file as /etc/hosts
    #[arg(long, value_name = "FILE")]
    hosts: Option<PathBuf>,
    /// A line of /etc/resolv.conf: 'options ndots:5', 'search a.example', 'nameserver 10.96.0.10'; repeatable
    #[arg(long, value_name = "LINE")]
    resolv: Vec<String>,
    /// Take this file away from /etc: gai.conf; repeatable
    #[arg(long, value_name = "FILE")]
    absent: Vec<String>,
    /// Let the nameservers misbehave: drop, AAAA:rcode=SERVFAIL, 'udp:truncate', '@127.0.0.2,nth=1:delay=2s'; repeatable
    #[arg(long, value_name = "[FILTER:]KIND[=VALUE]")]
    fault: Vec<String>,
    /// What gethostname() gives
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
}

impl Composed {
    /// Whether anything of a world is said at all.
    pub(super) fn is_given(&self) -> bool {
        let Self { world, etc, zone, record, hosts, resolv, absent, fault, hostname } = self;
        let lists = [record, resolv, absent, fault].into_iter().any(|list| !list.is_empty());
        lists
            || !zone.is_empty()
            || [world, hostname].into_iter().any(Option::is_some)
            || etc.is_some()
            || hosts.is_some()
    }

    /// The world, put together.
    pub(super) fn world(&self) -> miette::Result<Arc<World>> {
        self.world_among(None)
    }

    /// The world, put together; it begins with one of this folder's instead of the suite's.
    pub(super) fn world_among(&self, worlds: Option<&Path>) -> miette::Result<Arc<World>> {
        let mut world = self.chosen(worlds)?;
        if let Some(folder) = &self.etc {
            world.take_etc(folder).map_err(unfit)?;
        }
        for path in &self.zone {
            world.add_zone(zone(path)?);
        }
        if !self.record.is_empty() {
            world.add_records(&self.record.join("\n"));
        }
        if let Some(path) = &self.hosts {
            world.put("hosts", Some(File::Text(text(path)?))).map_err(unfit)?;
        }
        if !self.resolv.is_empty() {
            let text = resolv_conf(world.files.get("resolv.conf"), &self.resolv);
            world.resolv_conf(&text).map_err(unfit)?;
        }
        for name in &self.absent {
            world.put(name, None).map_err(unfit)?;
        }
        for fault in &self.fault {
            let read = fault.parse::<Fault>().map_err(|why| {
                stop_with_help(
                    Exit::USAGE,
                    format!("reading the fault `{fault}`: {why}"),
                    "fixtures/FAULTS.md lists all",
                )
            })?;
            world.add_fault(&read).map_err(unfit)?;
        }
        if let Some(hostname) = &self.hostname {
            hostname.clone_into(&mut world.hostname);
        }
        Ok(Arc::new(world))
    }

    /// The world to begin with.
    fn chosen(&self, worlds: Option<&Path>) -> miette::Result<World> {
        let name = self.world.as_deref().unwrap_or("default");
        let folder = Path::new(name);
        if self.world.is_some() && folder.join("world.toml").is_file() {
            return World::in_folder(folder).map_err(|found| problems::report(&found));
        }
        let worlds = load::worlds(worlds)?;
        worlds.get(name).map(|world| (**world).clone()).ok_or_else(|| {
            let known: Vec<_> = worlds.keys().map(String::as_str).collect();
            let help = format!("the worlds are {}; a folder of your own needs a world.toml", known.join(", "));
            stop_with_help(Exit::USAGE, format!("looking for the world `{name}`: there is none of that name"), help)
        })
    }
}

/// The resolv.conf that the lines make. They say all but the nameservers, which stay as they are unless they are told too.
fn resolv_conf(before: Option<&File>, lines: &[String]) -> String {
    let is_server = |line: &str| line.starts_with("nameserver");
    let kept = match before {
        Some(File::Text(text)) if !lines.iter().any(|line| is_server(line)) => text.as_str(),
        _ => "",
    };
    let kept = kept.lines().filter(|line| is_server(line));
    kept.chain(lines.iter().map(String::as_str)).map(|line| format!("{line}\n")).collect()
}

/// A zone out of a master file. Its name is its origin, as in a world's folder.
fn zone(path: &Path) -> miette::Result<Zone> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(stem) = name.strip_suffix(".zone").filter(|stem| !stem.is_empty()) else {
        let doing = format!("serving the zone `{}`: its name does not say its origin", path.display());
        return Err(stop_with_help(Exit::USAGE, doing, "name the file by its origin: example.test.zone"));
    };
    let origin = format!("{}.", stem.trim_end_matches('.'));
    Ok(Zone { origin, path: path.display().to_string(), line: 1, text: text(path)? })
}

fn text(path: &Path) -> miette::Result<String> {
    std::fs::read_to_string(path).map_err(|error| stop(Exit::USAGE, format!("reading `{}`: {error}", path.display())))
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unfit(unfit: Unfit) -> miette::Report {
    match &unfit.hint {
        Some(hint) => stop_with_help(Exit::USAGE, unfit.to_string(), hint.clone()),
        None => stop(Exit::USAGE, unfit.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        composed: Composed,
    }

    fn composed(words: &[&str]) -> Composed {
        Line::parse_from(["netdbspec"].iter().chain(words)).composed
    }

    #[test]
    fn the_pieces_come_together() {
        let words = ["--resolv", "options ndots:5", "--record", "www.example. A 192.0.2.1", "--hostname", "pod"];
        let given = composed(&[&words[..], &["--fault", "AAAA:drop", "--absent", "services"]].concat());
        assert!(given.is_given() && !composed(&[]).is_given());
        let world = given.world().unwrap();
        assert_eq!(world.files["resolv.conf"], File::Text("nameserver 127.0.0.1\noptions ndots:5\n".to_owned()));
        assert!(world.zones.iter().any(|zone| zone.origin == "example."));
        assert_eq!((world.hostname.as_str(), world.nameservers[0].faults.len()), ("pod", 1));
        assert!(!world.files.contains_key("services"));
    }

    #[test]
    fn what_cannot_be_is_told_with_the_remedy() {
        let why = |words: &[&str]| composed(words).world().unwrap_err().to_string();
        insta::assert_snapshot!(why(&["--world", "defualt"]), @"looking for the world `defualt`: there is none of that name");
        insta::assert_snapshot!(why(&["--zone", "example"]), @"serving the zone `example`: its name does not say its origin");
        insta::assert_snapshot!(why(&["--hosts", "/nonexistent/hosts"]), @"reading `/nonexistent/hosts`: No such file or directory (os error 2)");
        insta::assert_snapshot!(why(&["--fault", "dorp"]), @"reading the fault `dorp`: it names no kind; write [FILTER:]KIND[=VALUE], where KIND is one of accept, answer, bytes, damage, delay, drop, duplicate, edns, forge, fuzz, header, icmp, packet, rcode, stream, truncate");
        insta::assert_snapshot!(why(&["--absent", "passwd"]), @"putting `passwd` in place: a world has no such file");
    }
}
