//! What is served and what is asked: zones, the same as a file of hosts, and files of questions for dnsperf.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of the small zone, and of the one with 100,000 records: each has an A and an AAAA record.
pub(super) const SMALL: u32 = 1_000;
pub(super) const LARGE: u32 = 50_000;

/// A zone of so many names, with a wildcard beside them.
pub(super) fn zone(names: u32) -> String {
    let mut text =
        "$TTL 300\n@ SOA ns hostmaster 1 1h 10m 1d 60\n*.wild A 192.0.2.1\n*.wild AAAA 2001:db8::1\n".to_owned();
    for number in 0..names {
        let [v4, v6] = addresses(number);
        _ = writeln!(text, "host{number} A {v4}\nhost{number} AAAA {v6}");
    }
    text
}

/// The same names as a file of hosts.
pub(super) fn hosts(origin: &str, names: u32) -> String {
    let lines =
        (0..names).flat_map(|number| addresses(number).map(|address| format!("{address} host{number}.{origin}\n")));
    lines.collect()
}

fn addresses(number: u32) -> [String; 2] {
    let [_, high, middle, low] = number.to_be_bytes();
    [format!("10.{high}.{middle}.{low}"), format!("2001:db8::{number:x}")]
}

/// A file of questions for A and AAAA of so many names. No two that follow each other lie side by side in the zone.
pub(super) fn questions(folder: &Path, file: &str, names: u32, name: impl Fn(u32) -> String) -> PathBuf {
    let mut text = String::new();
    for number in 0..names {
        // A prime that divides no count of names here: each comes once.
        let number = u64::from(number) * 7919 % u64::from(names);
        let name = name(u32::try_from(number).expect("it is below a u32"));
        _ = writeln!(text, "{name} A\n{name} AAAA");
    }
    put(folder, file, &text)
}

/// Writes a file.
pub(super) fn put(folder: &Path, file: &str, text: &str) -> PathBuf {
    let path = folder.join(file);
    fs::write(&path, text).expect("a temporary folder can be written to");
    path
}
