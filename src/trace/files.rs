//! The files that a subject looked at, out of all that it looked at.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Seen;
use super::config::{Config, hosts_of, text};
use crate::outcome::millis;
use crate::sandbox::{Glance, Look};
use crate::world::FILES;

/// A file that a subject looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its path, as the subject named it.
    pub path: String,
    /// Where it is, where links lead elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real: Option<String>,
    /// What came of it.
    pub came: Came,
    /// When it was first looked at, counted from the beginning of the call; 0 where that was before.
    #[serde(with = "millis")]
    pub at: Duration,
    /// Whether it was looked at before the call, while the subject started, and not in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before: bool,
    /// How often it was opened, or asked for.
    pub times: usize,
    /// What it says that matters here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says: String,
}

/// What came of looking at a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// It was opened.
    Read,
    /// It is there; nobody opened it.
    Found,
    /// It is not there.
    Absent,
    /// A daemon's socket took the connection.
    Connected,
    /// Another error, by its name or number.
    Failed(String),
}

impl Came {
    /// In one word, or the error.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Read => "read",
            Self::Found => "looked at",
            Self::Absent => "not there",
            Self::Connected => "connected",
            Self::Failed(error) => error,
        }
    }
}

/// What of /etc has nothing to do with names.
const OTHER: [&str; 7] =
    ["ld.so.cache", "ld.so.preload", "ld.so.nohwcap", "localtime", "locale.alias", "ssl", "python3"];

/// The files that matter to names, in the order in which they were first looked at.
pub(super) fn files(seen: &Seen<'_>, glances: &[(Duration, Glance)]) -> Vec<File> {
    let end = seen.begun + seen.asked.elapsed;
    let mut files: Vec<File> = Vec::new();
    for (at, glance) in glances.iter().filter(|(at, _)| *at <= end) {
        let (path, real, came) = match (&glance.look, glance.errno) {
            (Look::Open { path, real }, 0) => (path, real.as_deref(), Came::Read),
            (Look::Stat(path), 0) => (path, None, Came::Found),
            (Look::Socket(path), 0) => (path, None, Came::Connected),
            (Look::Open { path, .. } | Look::Stat(path) | Look::Socket(path), errno) => (path, None, failed(errno)),
            (Look::Connect { .. }, _) => continue,
        };
        let before = *at < seen.begun;
        // A runtime opens what it will at its start; what is read once and for all then is the configuration.
        let of_world = || path.strip_prefix("/etc").is_ok_and(|name| FILES.iter().any(|file| name == Path::new(file)));
        if !matters(path) || before && !of_world() {
            continue;
        }
        let path = path.display().to_string();
        // Where /etc is made of links its files are seen through a folder of ours.
        let real = real.map(|real| real.display().to_string()).filter(|real| !real.starts_with("/etc/.below/"));
        let says = if came == Came::Read { says(seen, &path) } else { String::new() };
        let at = at.saturating_sub(seen.begun);
        let new = File { path, real, came, at, before, times: 1, says };
        match files.iter_mut().find(|file| file.path == new.path) {
            Some(file) => add(file, new),
            None => files.push(new),
        }
    }
    // What was looked at in the call comes at its time, and not at that of an earlier look.
    files.sort_by_key(|file| (!file.before, file.at));
    files
}

/// What a further look at a file adds.
fn add(file: &mut File, new: File) {
    let rank = |came: &Came| [Came::Found, Came::Absent, Came::Read].iter().position(|known| known == came);
    if file.before && !new.before {
        *file = new;
    } else if new.came == Came::Found && file.came != Came::Found {
        // Whoever has read a file asks afterwards whether it has changed.
    } else if file.came == new.came {
        file.times += 1;
    } else if rank(&new.came) > rank(&file.came) {
        *file = File { at: file.at, ..new };
    }
}

fn failed(errno: i32) -> Came {
    match errno {
        libc::ENOENT | libc::ENOTDIR => Came::Absent,
        libc::EACCES => Came::Failed("may not be read (EACCES)".to_owned()),
        libc::ELOOP => Came::Failed("links without end (ELOOP)".to_owned()),
        libc::ECONNREFUSED => Came::Failed("nobody listens (ECONNREFUSED)".to_owned()),
        errno => Came::Failed(std::io::Error::from_raw_os_error(errno).to_string()),
    }
}

/// Whether a file may have to do with names: configuration, daemons' sockets and files, and modules of the C library.
fn matters(path: &Path) -> bool {
    if let Ok(below) = path.strip_prefix("/etc") {
        let first = below.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
        return first.is_some_and(|first| !OTHER.iter().any(|other| first.starts_with(other)));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let in_run = path.starts_with("/run") || path.starts_with("/var/run");
    in_run || name.starts_with("libnss_") || name.starts_with("libresolv")
}

/// What a file of the world says that matters here.
fn says(seen: &Seen<'_>, path: &str) -> String {
    match path.strip_prefix("/etc/") {
        Some("resolv.conf") => Config::of(seen.world).resolver(),
        Some("nsswitch.conf") => Config::of(seen.world)
            .sources
            .map_or_else(|| "no `hosts:`".to_owned(), |sources| format!("hosts: {sources}")),
        Some("hosts") => match hosts_of(seen.world, seen.node) {
            none if none.is_empty() => format!("no {}", seen.node),
            found => format!("{}: {}", seen.node, found.join(" ")),
        },
        Some(name @ ("host.conf" | "gai.conf")) => {
            let lines = text(seen.world, name).lines().map(|line| line.split('#').next().unwrap_or_default().trim());
            lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}
