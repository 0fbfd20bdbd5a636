//! What is done with the bytes of each fuzz target, whatever they are: it must come to an end, soon, with little memory and
//! without a panic. Part of two packages: the targets beside this folder, which need a nightly compiler and `cargo fuzz`,
//! and the tests (`tests/it/fuzzing.rs`), which need neither and read the corpus again.

pub mod case;
pub mod fault;
pub mod packet;
pub mod protocol;
pub mod report;
pub mod snapshot;
pub mod stream;
pub mod world;
pub mod zone;

use std::collections::BTreeMap;

use netdbspec::tree::Tree;
use netdbspec::world::{Nameserver, Problem, World, Zone};

/// A folder that holds this one file.
fn folder(path: &str, text: &str) -> Tree {
    Tree::Memory(BTreeMap::from([(path.to_owned(), text.to_owned())]))
}

/// A world whose nameserver at 127.0.0.1 serves these zones, each given by its origin and its text.
fn serving<'z>(zones: impl IntoIterator<Item = (&'z str, &'z str)>) -> World {
    let mut world = World::bare("fuzzed");
    world.nameservers.push(Nameserver::at([127, 0, 0, 1].into()));
    world.zones.extend(zones.into_iter().map(|(origin, text)| Zone {
        origin: origin.to_owned(),
        path: format!("{origin}zone"),
        line: 1,
        text: text.to_owned(),
    }));
    world
}

/// The zones that the look-ups of the other tests ask.
fn look_ups() -> World {
    let tree = Tree::fixtures().below("zones/look-ups");
    let files = tree.files().expect("they are built in");
    let read = |file: &String| tree.read(file).expect("it is built in");
    let texts: Vec<_> = files.iter().map(|file| (file.trim_end_matches("zone"), read(file))).collect();
    serving(texts.iter().map(|(origin, text)| (*origin, &**text)))
}

/// Problems are told to people.
fn tell(problems: &[Problem]) {
    problems.iter().for_each(|problem| assert!(!problem.to_string().is_empty()));
}
