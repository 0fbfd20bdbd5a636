//! Cases whose outcome differs from run to run with one implementation, though not with others: `fixtures/races.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::case::Glob;
use crate::event::Who;
use crate::tree::Tree;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    race: Vec<Entry>,
}

/// Cases that race for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The implementations: `go`, or one version of it: `go 1.19`.
    of: Vec<String>,
    /// The reason.
    #[serde(rename = "why")]
    _why: String,
    /// The cases, as globs over their ids.
    cases: Vec<String>,
}

/// The implementations and the cases, ready to be matched.
type Races = Vec<(Vec<String>, Vec<Glob>)>;

/// Whether the outcome of the case `id` differs from run to run with this subject.
pub(super) fn among(who: &Who, id: &str) -> bool {
    static RACES: OnceLock<Races> = OnceLock::new();
    let races = RACES.get_or_init(|| read().unwrap_or_default());
    let of = races.iter().filter(|(of, _)| of.iter().any(|of| *of == who.implementation || *of == who.display()));
    of.flat_map(|(_, cases)| cases).any(|glob| glob.matches(id))
}

/// Reads the embedded file. A test sees to it that this does not fail.
fn read() -> Result<Races, Box<dyn std::error::Error>> {
    let file: File = toml::from_str(&Tree::fixtures().read("races.toml")?)?;
    let globs = |entry: &Entry| entry.cases.iter().map(|case| Glob::new(case)).collect::<Result<_, _>>();
    file.race.iter().map(|entry| Ok((entry.of.clone(), globs(entry)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_right_and_every_glob_matches_a_case() {
        let fixtures = Tree::fixtures();
        let worlds = crate::world::load(&fixtures.below("worlds")).unwrap();
        let suite = crate::case::load(&fixtures.below("cases"), &worlds).unwrap();
        let stale: Vec<_> = read()
            .unwrap()
            .into_iter()
            .flat_map(|(_, cases)| cases)
            .filter(|glob| !suite.cases.iter().any(|case| glob.matches(case.id.as_str())))
            .collect();
        assert!(stale.is_empty(), "no case is called like {stale:?}");
        let who = |implementation: &str| Who {
            implementation: implementation.to_owned(),
            version: "2.31".to_owned(),
            ..Who::default()
        };
        assert!(among(&who("go"), "order/rule1/all-unusable") && !among(&who("glibc"), "order/rule1/all-unusable"));
        assert!(among(&who("glibc"), "dns/cve/cve-2023-4527"));
    }
}
