//! The suite leaves nothing of its own language unused: each call, step, form of a test, column of the wire, kind of fault
//! and file of /etc has a case.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use netdbspec::call::Ask;
use netdbspec::case::{self, Case, FORMS, Step, Suite};
use netdbspec::fault::Kind;
use netdbspec::tree::Tree;
use netdbspec::verdict::{Check, Facet, Test};
use netdbspec::world::{self, FILES, World, Worlds};

/// The areas that a case can belong to.
const AREAS: [&str; 14] = [
    "addrinfo",
    "dns",
    "hostent",
    "hosts",
    "inet",
    "layout",
    "nameinfo",
    "order",
    "packing",
    "protocols",
    "python",
    "services",
    "sessions",
    "sockets",
];

/// The suite as it is on disk now, with its worlds.
static SUITE: LazyLock<(Worlds, Suite)> = LazyLock::new(|| {
    let tree = Tree::Disk(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    let (worlds, _) = world::read(&tree.below("worlds"));
    let (suite, _) = case::read(&tree.below("cases"), &worlds);
    (worlds, suite)
});

fn cases() -> &'static [Case] {
    &SUITE.1.cases
}

fn worlds() -> impl Iterator<Item = &'static World> {
    cases().iter().filter_map(|case| case.world.as_deref())
}

fn checks(case: &Case) -> impl Iterator<Item = &Check> {
    case.rules.iter().flat_map(|rule| rule.either.iter().flatten())
}

/// The form that a test has in a case file; the bare value has none.
fn forms(test: &Test) -> Vec<&'static str> {
    match test {
        Test::Is(_) => vec![],
        Test::Any(_) => vec!["any"],
        Test::Not(_) => vec!["not"],
        Test::Set(_) => vec!["set"],
        Test::Only(_) => vec!["only"],
        Test::Has(_) => vec!["has"],
        Test::Lacks(_) => vec!["lacks"],
        Test::Begins(_) => vec!["begins"],
        Test::Order(_) => vec!["order"],
        Test::Count(_) => vec!["count"],
        Test::Within(range) => {
            let ends = [("min", range.min), ("max", range.max)];
            ends.into_iter().filter(|(_, end)| end.is_some()).map(|(form, _)| form).collect()
        }
        Test::Pattern(_) => vec!["pattern"],
        Test::Distinct(_) => vec!["distinct"],
        Test::Absent => vec!["absent"],
        Test::Present => vec!["present"],
        other => panic!("{other:?} is a form of a test that has no name here yet"),
    }
}

/// Fails with every one of `all` that no case uses.
#[track_caller]
fn all_used<'n>(what: &str, all: impl IntoIterator<Item = &'n str>, used: impl IntoIterator<Item = &'n str>) {
    let used: BTreeSet<_> = used.into_iter().collect();
    let unused: Vec<_> = all.into_iter().filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "no case uses the {what} {}", unused.join(", "));
}

#[test]
fn each_call_is_asked() {
    let asked = cases().iter().flat_map(|case| &case.steps).filter_map(|step| match step {
        Step::Ask(ask) => Some(ask.name()),
        _ => None,
    });
    all_used("call", Ask::NAMES.iter().copied(), asked);
}

#[test]
fn each_kind_of_step_is_taken() {
    let taken =
        cases().iter().filter(|case| case.steps.len() > 1).flat_map(|case| &case.steps).map(|step| match step {
            Step::Ask(_) => "ask",
            Step::Write(_, Some(_)) => "write",
            Step::Write(_, None) => "remove",
            other => panic!("{other:?} is a kind of step that has no name here yet"),
        });
    all_used("step", ["ask", "write", "remove"], taken);
}

#[test]
fn each_form_of_a_test_is_written() {
    let written = cases().iter().flat_map(checks).flat_map(|check| forms(&check.test));
    all_used("test", FORMS, written);
}

#[test]
fn each_column_of_the_wire_is_looked_at() {
    let looked_at = cases().iter().flat_map(checks).filter_map(|check| match &check.facet {
        Facet::Wire(column) => Some(column.as_str()),
        _ => None,
    });
    all_used("column of the wire", Facet::WIRE.iter().map(|(column, _)| *column), looked_at);
}

#[test]
fn each_kind_of_fault_is_made() {
    let made = worlds().flat_map(|world| &world.nameservers).flat_map(|server| &server.faults);
    all_used("fault", Kind::NAMES.iter().copied(), made.map(|fault| fault.kind.name()));
}

/// A file counts where it is another than in `default`, from which every world has its files.
#[test]
fn each_file_is_varied() {
    let default = &SUITE.0["default"].files;
    let of_worlds =
        worlds().flat_map(|world| FILES.into_iter().filter(|name| world.files.get(*name) != default.get(*name)));
    all_used("file", FILES, of_worlds);
}

/// Cases that differ in nothing but their family count once.
#[test]
fn each_area_has_its_cases() {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut on_the_wire = BTreeSet::new();
    let mut with_routes = BTreeSet::new();
    for case in cases() {
        let id = case.id.as_str();
        let name = id.split('@').next().unwrap_or(id);
        let area = id.split('/').next().unwrap_or(id);
        names.entry(area).or_default().insert(name);
        if area == "dns" && checks(case).any(|check| matches!(check.facet, Facet::Wire(_))) {
            on_the_wire.insert(name);
        }
        let placed = |world: &World| !world.routes.is_empty() && (!world.links.is_empty() || !world.lo.is_empty());
        if area == "order" && case.world.as_deref().is_some_and(placed) {
            with_routes.insert(name);
        }
    }
    for area in AREAS {
        let count = names.get(area).map_or(0, BTreeSet::len);
        assert!(count >= 10, "{area} has {count} cases");
    }
    assert!(on_the_wire.len() >= 40, "{} cases of dns look at the wire", on_the_wire.len());
    assert!(with_routes.len() >= 15, "{} cases of order have addresses and routes", with_routes.len());
}
