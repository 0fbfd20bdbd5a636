//! Where Python only passes a call on, it says what the C library says: what is on record of the two agrees, or the
//! reason stands in `fixtures/subjects/python/DIFFERS.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use netdbspec::call::Ask;
use netdbspec::case::{self, Case, Selector, Step};
use netdbspec::outcome::{Outcome, Reply};
use netdbspec::snapshot::{self, Recorded};
use netdbspec::tree::Tree;
use netdbspec::world;
use serde::Deserialize;

use crate::support::root;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    differs: Vec<Reason>,
}

/// Why outcomes differ, and in which cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    why: String,
    cases: Vec<String>,
}

/// The blocks of a case for both, where both are whole.
fn blocks<'r>(case: &Case, recorded: &'r [(String, Recorded)]) -> Option<(&'r str, &'r str)> {
    let of = |name: &str| {
        let recorded = recorded.iter().find(|(subject, _)| subject == name);
        recorded.and_then(|(_, recorded)| recorded.case(case.id.name())).filter(|block| snapshot::is_whole(block))
    };
    Some((of("glibc")?, of("python")?))
}

fn agree(asks: &[&Ask], libc: &Outcome, python: &Outcome) -> bool {
    let names: Vec<String> = asks.iter().map(|ask| serde_json::to_string(ask).unwrap()).collect();
    libc.agrees(python, |nth| match names.get(nth) {
        Some(ask) if ask.contains("AI_CANONNAME") => &[],
        _ => &["canonname"],
    })
}

#[test]
fn python_agrees_with_the_c_library_or_says_why_not() {
    let fixtures = Tree::Disk(root().join("fixtures"));
    let worlds = world::load(&fixtures.below("worlds")).unwrap();
    let suite = case::load(&fixtures.below("cases"), &worlds).unwrap();
    let snapshots = Tree::Disk(root().join("snapshots"));
    let file = fs::read_to_string(root().join("fixtures/subjects/python/DIFFERS.toml")).unwrap();
    let reasons: Reasons = toml::from_str(&file).unwrap();
    let globs =
        reasons.differs.iter().inspect(|reason| assert!(!reason.why.is_empty())).flat_map(|reason| &reason.cases);
    let like = |glob: &String| Selector::select(&suite, &[Selector::parse(glob).unwrap()], &[]).unwrap_or_default();
    let ids = |glob| like(glob).into_iter().map(|case| case.id.to_string()).collect::<BTreeSet<_>>();
    let mut explained: Vec<_> = globs.map(|glob| (glob.as_str(), ids(glob), 0)).collect();
    let mut topics: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in &suite.cases {
        topics.entry(case.id.topic()).or_default().push(case);
    }
    let (mut compared, mut wrong) = (0, Vec::new());
    for (topic, cases) in topics {
        let recorded = snapshot::all(&snapshots, topic).unwrap();
        for case in cases {
            let Some((libc, python)) = blocks(case, &recorded) else { continue };
            let asks: Vec<&Ask> =
                case.steps.iter().filter_map(|step| if let Step::Ask(ask) = step { Some(ask) } else { None }).collect();
            let of = |block| snapshot::outcome(block, &asks).unwrap_or_else(|| panic!("{}: {block}", case.id));
            let (of_libc, of_python) = (of(libc), of(python));
            let unsupported =
                |outcome: &Outcome| outcome.asked.iter().any(|asked| matches!(asked.reply, Reply::Unsupported(_)));
            if unsupported(&of_libc) || unsupported(&of_python) {
                continue;
            }
            compared += 1;
            if agree(&asks, &of_libc, &of_python) {
                continue;
            }
            let id = case.id.to_string();
            match explained.iter_mut().find(|(_, ids, _)| ids.contains(&id)) {
                Some((_, _, times)) => *times += 1,
                None => wrong.push(format!("{id} differs\n--- C library\n{libc}\n--- Python\n{python}")),
            }
        }
    }
    let stale = explained.iter().filter(|(_, _, times)| *times == 0);
    wrong.extend(stale.map(|(glob, ..)| format!("`{glob}` in DIFFERS.toml matches no case that differs")));
    assert!(wrong.is_empty(), "{} of {compared}:\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(compared > 1000, "{compared} cases are on record of both");
}
