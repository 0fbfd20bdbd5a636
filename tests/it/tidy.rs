//! The rules of the house, held as tests: layers, lengths, module comments, registers, and where `unsafe` may stand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use netdbspec::snapshot::{self, SOURCE, SnapFile};
use netdbspec::tree::Tree;
use netdbspec::{case, world};

/// The modules by layer, lowest first. Siblings of one layer never meet.
const LAYERS: &[&[&str]] = &[
    &["fault", "outcome", "rootfs", "tree"],
    &["call", "verdict", "world"],
    &["case"],
    &["sandbox", "server", "snapshot", "subject"],
    &["event"],
    &["fuzz", "hermetic", "report", "runner", "selftest", "trace"],
    &["cli"],
];

/// What a layer may use of its own layer or of a layer above, with the reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("fault", "outcome", "a fault filters by the transport of a query"),
    ("fuzz", "runner", "what is made up is asked as a case is"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("reading {}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // What a fuzz target was built into.
                folders.extend(Some(path).filter(|path| !path.ends_with("target")));
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn sources() -> Vec<(String, String)> {
    ["src", "tests", "benches", "examples"]
        .iter()
        .filter(|folder| root().join(folder).exists())
        .flat_map(|folder| files_below(folder, ".rs"))
        .map(|path| (shown(&path), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

#[test]
fn every_file_says_what_it_is() {
    let found: Vec<_> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    assert_none("a file begins with a comment that says what it is (`//! …`)", &found);
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let fixtures = ["py", "toml"].into_iter().flat_map(|ending| files_below("fixtures", ending));
    let fixtures = fixtures.map(|path| (shown(&path), fs::read_to_string(&path).unwrap_or_default()));
    let found: Vec<_> = sources()
        .into_iter()
        .chain(fixtures)
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > 600)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert_none("a file has at most 600 lines, most have 60 to 200", &found);
}

#[test]
fn modules_import_only_from_layers_below() {
    let layer_of: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(layer, names)| names.iter().map(move |name| (*name, layer))).collect();
    let mut found = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("src/")) {
        let module = path["src/".len()..].split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        let Some(layer) = layer_of.get(module.as_str()) else {
            if !matches!(module.as_str(), "lib" | "main") {
                found.push(format!("{path}: `{module}` stands in no layer"));
            }
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            for used in line.split("crate::").skip(1).filter(|_| !line.trim_start().starts_with("//")) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let below = layer_of.get(used.as_str()).is_some_and(|used| used < layer);
                let excepted = EXCEPTIONS.iter().any(|(from, to, _)| *from == module && *to == used);
                if layer_of.contains_key(used.as_str()) && used != module && !below && !excepted {
                    found.push(format!("{path}:{}: `{module}` imports `{used}`", number + 1));
                }
            }
        }
    }
    assert_none("a module imports only from the layers below it", &found);
}

#[test]
fn unsafe_has_two_rooms_and_a_reason_each_time() {
    let mut found = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path != "tests/it/tidy.rs") {
        let allowed = path.starts_with("src/call/") || path.starts_with("src/sandbox/");
        let mut reason_near = 0;
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if line.contains("// SAFETY:") {
                reason_near = 12;
            }
            let block = code.contains("unsafe {") || code.contains("unsafe impl");
            if block && !allowed {
                found.push(format!("{path}:{}: `unsafe` outside src/call and src/sandbox", number + 1));
            } else if block && reason_near == 0 {
                found.push(format!("{path}:{}: an unsafe block without a SAFETY line", number + 1));
            }
            reason_near = usize::saturating_sub(reason_near, 1);
        }
    }
    assert_none("`unsafe` stands in call/ and sandbox/ only, each block with its reason", &found);
}

#[test]
fn a_library_has_its_room() {
    let rooms: &[(&str, &[&str])] = &[
        ("tokio", &["src/server/", "src/subject/adapters/hickory.rs"]),
        ("hickory_resolver", &["src/subject/adapters/hickory.rs"]),
        ("hickory_server", &["src/server/"]),
        ("hickory_proto", &["src/server/", "src/fault/"]),
        ("miette", &["src/cli/"]),
        ("clap", &["src/cli/"]),
        ("indicatif", &["src/cli/"]),
        ("rustix", &["src/sandbox/", "src/subject/", "src/hermetic/", "src/cli/", "src/call/sockets/elsewhere.rs"]),
    ];
    let mut found = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("src/")) {
        for (name, allowed) in rooms {
            let named =
                text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(&format!("{name}::")));
            if named && !allowed.iter().any(|room| path.starts_with(room)) {
                found.push(format!("{path}: names `{name}`"));
            }
        }
    }
    assert_none("a library is named only in its own room", &found);
}

#[test]
fn every_dependency_is_used_and_explained() {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows = architecture.lines().skip_while(|line| *line != "## Direct dependencies");
    let explained: BTreeSet<&str> = rows
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|names| names.split(", "))
        .filter(|name| !matches!(*name, "crate" | "---"))
        .collect();
    let targets = manifest["target"].as_table().unwrap().values().filter_map(toml::Value::as_table);
    let direct: BTreeSet<&str> = std::iter::once(&manifest)
        .chain(targets)
        .flat_map(|table| ["dependencies", "build-dependencies", "dev-dependencies"].map(|kind| table.get(kind)))
        .flatten()
        .flat_map(|dependencies| dependencies.as_table().unwrap().keys().map(String::as_str))
        .collect();
    let mut found: Vec<String> = direct
        .symmetric_difference(&explained)
        .map(|name| format!("{name} stands in only one of Cargo.toml and the table of ARCHITECTURE.md"))
        .collect();
    let code: Vec<String> = sources()
        .into_iter()
        .filter(|(path, _)| path != "tests/it/tidy.rs")
        .flat_map(|(_, text)| text.lines().map(|line| line.trim_start().to_owned()).collect::<Vec<_>>())
        .filter(|line| !line.starts_with("//"))
        .collect();
    for name in direct {
        let path = name.replace('-', "_") + "::";
        if !code.iter().any(|line| line.contains(&path)) {
            found.push(format!("{name} is named nowhere in the code"));
        }
    }
    assert_none("a dependency is used, and ARCHITECTURE.md says what for", &found);
}

#[test]
fn every_plug_in_has_its_row_in_the_register() {
    let mut found = Vec::new();
    for (folder, shared) in [("src/call", &["mod", "ffi"][..]), ("src/fault", &["mod", "filter"][..])] {
        let register = fs::read_to_string(root().join(folder).join("mod.rs")).unwrap();
        let rows = register.rsplit("register! {").next().unwrap_or_default().to_owned();
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let private = fs::read_to_string(if path.is_dir() { path.join("mod.rs") } else { path.clone() })
                .unwrap()
                .starts_with("//! Shared");
            if !shared.contains(&name.as_str()) && !private && !rows.contains(&format!("{name} =>")) {
                found.push(format!("{folder}/{name}: no row in {folder}/mod.rs"));
            }
        }
    }
    assert_none("every call and fault has a row in its register; what several share begins with `//! Shared`", &found);
}

#[test]
fn no_relaxed_lint_and_no_mark_is_left() {
    let marks = [
        concat!("#[al", "low("),
        concat!("#![al", "low("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("#[ig", "nore"),
    ];
    // Tests that others run, each with its arguments: alone they mean nothing.
    let run_by_others = "tests/it/hermetic/outside.rs";
    let mut found = Vec::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let of_here = marks.iter().take(if path == run_by_others { 4 } else { 5 });
            if let Some(mark) = of_here.copied().find(|mark| line.contains(mark)) {
                found.push(format!("{path}:{}: {mark}", number + 1));
            }
        }
    }
    assert_none("lints are relaxed by `expect` with a reason; nothing is left for later", &found);
}

#[test]
fn the_top_level_holds_what_it_should() {
    let expected: BTreeSet<&str> = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "CHANGELOG.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "build.rs",
        "src",
        "fixtures",
        "tests",
        "snapshots",
        "benches",
        "examples",
        "target",
    ]
    .into();
    let found: Vec<_> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !expected.contains(name.as_str()))
        .collect();
    assert_none("the top level holds only what the layout names", &found);
}

#[test]
fn nothing_is_on_record_that_no_case_owns() {
    let fixtures = Tree::Disk(root().join("fixtures"));
    let (worlds, _) = world::read(&fixtures.below("worlds"));
    let (suite, _) = case::read(&fixtures.below("cases"), &worlds);
    let snapshots = Tree::Disk(root().join("snapshots"));
    let left = snapshot::leftovers(&snapshots, &suite.recordable()).unwrap();
    let found: Vec<_> = left
        .iter()
        .map(|left| format!("snapshots/{}/{}.snap {}", left.subject, left.topic, left.names.join(", ")))
        .collect();
    assert_none(
        "a snapshot belongs to a topic, and each of its blocks to a case; `audit AREA --record snapshots` tidies",
        &found,
    );
    let written = |path: &PathBuf| fs::read_to_string(path).unwrap();
    let other: Vec<_> = files_below("snapshots", ".snap")
        .into_iter()
        .filter(|path| SnapFile::parse(&written(path)).unwrap().to_text(SOURCE) != written(path))
        .map(|path| shown(&path))
        .collect();
    assert_none("a snapshot is, byte for byte, as insta and `audit --record` write it", &other);
}

#[test]
fn the_version_stands_in_the_changelog_once() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let heading = format!("## {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(changelog.lines().filter(|line| line.starts_with(&heading)).count(), 1, "`{heading}` in CHANGELOG.md");
}
