//! The world loader: `world.toml`, and behind each line `--- NAME` a further file of the world's folder. The zones of a
//! world that can be read are read too.

use std::collections::BTreeMap;

use netdbspec::server::Zones;
use netdbspec::tree::Tree;
use netdbspec::world;

use super::tell;

/// Reads a world.
pub fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let mut files =
        BTreeMap::from([("default/world.toml".to_owned(), "about = \"What others inherit.\"\n".to_owned())]);
    let (mut name, mut from) = ("world.toml", 0);
    for line in text.split_inclusive('\n') {
        let at = line.as_ptr() as usize - text.as_ptr() as usize;
        if let Some(next) = line.strip_prefix("--- ") {
            files.insert(format!("fuzzed/{name}"), text[from..at].to_owned());
            (name, from) = (next.trim_end(), at + line.len());
        }
    }
    files.insert(format!("fuzzed/{name}"), text[from..].to_owned());
    let (worlds, problems) = world::read(&Tree::Memory(files));
    tell(&problems);
    for world in worlds.values() {
        match Zones::read(world) {
            Ok(zones) => drop(zones.to_string()),
            Err(problems) => tell(&problems),
        }
    }
}
