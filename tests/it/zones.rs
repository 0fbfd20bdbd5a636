//! Zone text: every file of fixtures/zones/good is read as its snapshot says, every file of fixtures/zones/broken is
//! refused in the words of its snapshot.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use insta::{Settings, assert_snapshot};
use netdbspec::server::Zones;
use netdbspec::world::{Problem, World, Zone};
use rstest::rstest;

const ROUNDS: usize = 200;

/// A world that has these zones and nothing else.
pub(crate) fn world(zones: Vec<Zone>) -> World {
    World {
        name: "made-up".to_owned(),
        about: String::new(),
        hostname: "box".to_owned(),
        files: BTreeMap::new(),
        zones,
        records: None,
        nxdomain: Vec::new(),
        nameservers: Vec::new(),
        links: Vec::new(),
        lo: Vec::new(),
        routes: Vec::new(),
        labels: Vec::new(),
        sysctls: BTreeMap::new(),
    }
}

/// A zone whose text begins on the first line of its file.
pub(crate) fn zone(origin: &str, path: &str, text: &str) -> Zone {
    Zone { origin: origin.to_owned(), path: path.to_owned(), line: 1, text: text.to_owned() }
}

fn read(path: &Path) -> Result<Zones, Vec<Problem>> {
    let file = path.file_name().unwrap().to_string_lossy();
    Zones::read(&world(vec![zone("example.test.", &file, &std::fs::read_to_string(path).unwrap())]))
}

/// All problems, each with its hint on a line of its own.
pub(crate) fn said(problems: &[Problem]) -> String {
    let line = |problem: &Problem| match &problem.hint {
        Some(hint) => format!("{problem}\n    {hint}\n"),
        None => format!("{problem}\n"),
    };
    problems.iter().map(line).collect()
}

fn snapshot(kind: &str, path: &Path, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path(format!("snapshots/zones/{kind}"));
    settings.bind(|| assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), text));
}

#[rstest]
fn a_good_zone_is_read_as_it_was_meant(#[files("fixtures/zones/good/*.zone")] path: PathBuf) {
    let zones = read(&path).unwrap_or_else(|problems| panic!("{}", said(&problems)));
    snapshot("good", &path, &zones.to_string());
}

#[rstest]
fn a_broken_zone_is_refused_with_the_place_and_the_remedy(#[files("fixtures/zones/broken/*.zone")] path: PathBuf) {
    let problems = read(&path).map(|zones| zones.to_string()).unwrap_err();
    snapshot("broken", &path, &said(&problems));
}

#[rstest]
fn what_was_read_reads_back_the_same(#[files("fixtures/zones/good/*.zone")] path: PathBuf) {
    let once = read(&path).unwrap().to_string();
    // Plain bytes of a type that has a form of its own come back in that form.
    let twice = Zones::read(&world(vec![zone("example.test.", "again", &once)]));
    assert_eq!(twice.unwrap_or_else(|problems| panic!("{}", said(&problems))).to_string(), once);
}

/// Zone text with a few bytes changed: whatever comes of it, it is not a panic.
#[rstest]
fn a_damaged_zone_is_read_or_refused(#[files("fixtures/zones/*/*.zone")] path: PathBuf) {
    const BYTES: &[u8] = b"().;\"\\ \t\n@$#*0129aZ-\xc3\xa9\0";
    let text = std::fs::read(path).unwrap();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 33).unwrap() % limit
    };
    for _ in 0..ROUNDS {
        let mut damaged = text.clone();
        for _ in 0..=below(4) {
            let at = below(damaged.len());
            match below(3) {
                0 => drop(damaged.remove(at)),
                1 => damaged[at] = BYTES[below(BYTES.len())],
                _ => damaged.insert(at, BYTES[below(BYTES.len())]),
            }
        }
        let damaged = String::from_utf8_lossy(&damaged).into_owned();
        let _ = Zones::read(&world(vec![zone("example.test.", "damaged", &damaged)]));
    }
}
