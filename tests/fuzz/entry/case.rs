//! The case loader: the text of a case file, read against the suite's own worlds. The further records of a case that can be
//! read are read too, and its rules are held against a subject that did nothing.

use std::sync::LazyLock;

use netdbspec::call::Ask;
use netdbspec::case;
use netdbspec::outcome::Outcome;
use netdbspec::server::Zones;
use netdbspec::tree::Tree;
use netdbspec::verdict::judge;
use netdbspec::world::{self, Worlds};

use super::{folder, tell};

static WORLDS: LazyLock<Worlds> = LazyLock::new(|| world::read(&Tree::fixtures().below("worlds")).0);

/// Reads a case file.
pub fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (suite, problems) = case::read(&folder("area/topic.toml", text), &WORLDS);
    tell(&problems);
    for case in &suite.cases {
        if let Some(Err(problems)) = case.world.as_deref().map(Zones::read) {
            tell(&problems);
        }
        let _ = judge(&case.rules, &Outcome::default(), &["glibc".to_owned()], &Ask::facet);
    }
}
