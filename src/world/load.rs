//! Reads worlds from folders: `NAME/world.toml`, files of /etc under their own names, and zones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::changes::{Changes, domain_name};
use super::source::Source;
use super::{FILES, File, Nameserver, Position, Problem, World, Zone};
use crate::tree::Tree;

/// All worlds of a tree, by name.
pub type Worlds = BTreeMap<String, Arc<World>>;

/// The world that others inherit from.
const DEFAULT: &str = "default";

/// Reads every world of a folder of worlds.
///
/// A tree without the world `default` has that of the suite.
///
/// # Errors
/// All faults of all worlds.
pub fn load(tree: &Tree) -> Result<Worlds, Vec<Problem>> {
    let (worlds, problems) = read(tree);
    if problems.is_empty() { Ok(worlds) } else { Err(problems) }
}

/// Reads every world of a folder of worlds, and what can be read of those that have faults, so that the cases which run
/// in them can be read as well.
#[must_use]
pub fn read(tree: &Tree) -> (Worlds, Vec<Problem>) {
    let mut problems = Vec::new();
    let folders = folders(tree, &mut problems);
    let mut worlds = Worlds::new();
    let default = match folders.get(DEFAULT) {
        Some(files) => Arc::new(world(tree, DEFAULT, files, &bare(), &mut problems)),
        None => match builtin(tree) {
            Some(default) => default,
            None => {
                let at = Position::of(&tree.name(DEFAULT), "", 0);
                let text = format!("there is no world `{DEFAULT}`, from which others take what they leave out");
                problems.push(Problem { at, text, hint: None });
                Arc::new(bare())
            }
        },
    };
    for (name, files) in &folders {
        if name != DEFAULT {
            worlds.insert(name.clone(), Arc::new(world(tree, name, files, &default, &mut problems)));
        }
    }
    worlds.insert(DEFAULT.to_owned(), default);
    problems.sort();
    problems.dedup();
    (worlds, problems)
}

/// Reads the world of one folder, which takes what it leaves out from the suite's `default`.
///
/// # Errors
/// All faults of its files.
pub(super) fn folder(folder: &Path) -> Result<World, Vec<Problem>> {
    // A path like `.` has no last part.
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let tree = Tree::Disk(whole.parent().map(Path::to_owned).unwrap_or_default());
    let mut problems = Vec::new();
    let files = Tree::Disk(whole).files().unwrap_or_else(|error| {
        let at = Position::of(&folder.display().to_string(), "", 0);
        problems.push(Problem { at, text: format!("cannot read the folder of a world: {error}"), hint: None });
        Vec::new()
    });
    if !problems.is_empty() {
        return Err(problems);
    }
    let default = builtin(&tree).unwrap_or_else(|| Arc::new(bare()));
    let world = world(&tree, &name, &files.into_iter().collect(), &default, &mut problems);
    problems.sort();
    problems.dedup();
    if problems.is_empty() { Ok(world) } else { Err(problems) }
}

/// The world `default` of the suite, for another tree that has none of its own.
fn builtin(tree: &Tree) -> Option<Arc<World>> {
    match tree {
        Tree::Embedded(..) => None,
        Tree::Disk(_) | Tree::Memory(_) => {
            let suite = Tree::fixtures().below("worlds");
            let files = folders(&suite, &mut Vec::new()).remove(DEFAULT)?;
            Some(Arc::new(world(&suite, DEFAULT, &files, &bare(), &mut Vec::new())))
        }
    }
}

/// What `default` itself starts from.
fn bare() -> World {
    let nameserver = Nameserver::at(std::net::Ipv4Addr::LOCALHOST.into());
    World { nameservers: vec![nameserver], ..World::bare(DEFAULT) }
}

/// The files of each world's folder, by the world's name.
fn folders(tree: &Tree, problems: &mut Vec<Problem>) -> BTreeMap<String, BTreeSet<String>> {
    let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let files = tree.files().unwrap_or_else(|error| {
        let at = Position::of(&tree.name(""), "", 0);
        problems.push(Problem { at, text: format!("cannot read the folder of worlds: {error}"), hint: None });
        Vec::new()
    });
    for path in files {
        match path.split_once('/') {
            Some((world, file)) => {
                folders.entry(world.to_owned()).or_default().insert(file.to_owned());
            }
            None => {
                let at = Position::of(&tree.name(&path), "", 0);
                let text = "this file belongs to no world".to_owned();
                let hint = Some(format!("a world is a folder with a `world.toml`: `NAME/{path}`"));
                problems.push(Problem { at, text, hint });
            }
        }
    }
    folders
}

/// Reads one world that takes what it leaves out from `base`.
fn world(tree: &Tree, name: &str, files: &BTreeSet<String>, base: &World, problems: &mut Vec<Problem>) -> World {
    let mut world = World {
        name: name.to_owned(),
        links: Vec::new(),
        lo: Vec::new(),
        mtu: None,
        routes: Vec::new(),
        sources: Vec::new(),
        ..base.clone()
    };
    let path = format!("{name}/world.toml");
    let text = if files.contains("world.toml") { text(tree, &path, problems) } else { Some("".into()) };
    let text = text.unwrap_or_default();
    let mut source = Source::new(tree.name(&path), &text);
    if !files.contains("world.toml") {
        source.fault(0..0, format!("the world `{name}` has no `world.toml`"));
    }
    let zones = zones(tree, name, files, problems);
    if !zones.is_empty() {
        world.zones = zones.into();
    }
    if let Some(mut keys) = source.parse().filter(|_| files.contains("world.toml")) {
        world.about = keys.need("about", &mut source).map(|about| about.text).unwrap_or_default();
        let mut changes = Changes::take(&mut keys, &mut source);
        keys.done(&mut source);
        own_files(tree, name, files, &mut changes, &mut source, problems);
        if changes.has_nxdomain() {
            world.nxdomain.clear();
        }
        changes.make(&mut world, &(0..0), &mut source);
    }
    problems.extend(source.problems());
    world
}

/// Puts the real files of a world's folder in place.
fn own_files(
    tree: &Tree,
    name: &str,
    files: &BTreeSet<String>,
    changes: &mut Changes,
    source: &mut Source<'_>,
    problems: &mut Vec<Problem>,
) {
    for file in files.iter().filter(|file| *file != "world.toml" && !file.ends_with(".zone")) {
        let path = format!("{name}/{file}");
        if FILES.contains(&file.as_str()) {
            if let Some(text) = text(tree, &path, problems) {
                changes.file(file, 0..0, Some(File::Text(text.into_owned())), source);
            }
        } else {
            let path = tree.name(&path);
            let mut stray = Source::new(path, "");
            let known: Vec<_> = FILES.into_iter().chain(["world.toml", "ORIGIN.zone"]).collect();
            stray.unknown(0..0, "file of a world", file, &known);
            problems.extend(stray.problems());
        }
    }
}

/// The zones of a world's folder. The stem of a file's name is the zone's origin.
fn zones(tree: &Tree, name: &str, files: &BTreeSet<String>, problems: &mut Vec<Problem>) -> Vec<Zone> {
    let mut zones = Vec::new();
    for file in files {
        let Some(stem) = file.strip_suffix(".zone") else { continue };
        let path = format!("{name}/{file}");
        if let Err(text) = domain_name(stem) {
            let hint =
                Some("the name of a zone file is its origin without the final dot: `example.test.zone`".to_owned());
            problems.push(Problem { at: Position::of(&tree.name(&path), "", 0), text, hint });
        } else if let Some(text) = text(tree, &path, problems) {
            let origin = format!("{stem}.");
            zones.push(Zone { origin, path: tree.name(&path), line: 1, text: text.into_owned() });
        }
    }
    zones
}

fn text(tree: &Tree, path: &str, problems: &mut Vec<Problem>) -> Option<std::borrow::Cow<'static, str>> {
    match tree.read(path) {
        Ok(text) => Some(text),
        Err(error) => {
            let at = Position::of(&tree.name(path), "", 0);
            problems.push(Problem { at, text: format!("cannot read this file as UTF-8 text: {error}"), hint: None });
            None
        }
    }
}
