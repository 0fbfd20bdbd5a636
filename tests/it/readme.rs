//! What fixtures/README.md says is so: its examples can be read, and it leaves no call, fault or column out.

use std::fs;

use netdbspec::call::Ask;
use netdbspec::fault::Kind;
use netdbspec::tree::Tree;
use netdbspec::verdict::Facet;
use netdbspec::{case, world};

const README: &str = include_str!("../../fixtures/README.md");

/// The blocks of README that are marked with a word, each with its line.
fn blocks(marked: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (number, line) in README.lines().enumerate() {
        if let Some(mark) = line.strip_prefix("```") {
            inside = mark == format!("toml {marked}");
            if inside {
                blocks.push((number + 1, String::new()));
            }
        } else if let Some((_, text)) = blocks.last_mut().filter(|_| inside) {
            text.push_str(line);
            text.push('\n');
        }
    }
    assert!(!blocks.is_empty(), "no block is marked `toml {marked}`");
    blocks
}

/// Reads each marked block as part of a case file.
#[track_caller]
fn check(marked: &str, case: impl Fn(&str) -> String) {
    for (line, text) in blocks(marked) {
        let root = tempfile::tempdir().expect("a folder for the test");
        let put = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder below it");
            fs::write(path, text).expect("a file in it");
        };
        put("worlds/default/world.toml", "about = \"The least there can be\"\n");
        put("worlds/default/test.zone", "");
        let file = case(&text);
        put(if marked == "world" { "worlds/example/world.toml" } else { "cases/area/topic.toml" }, &file);
        put(
            "cases/area/other.toml",
            "about = \"Nothing wrong\"\n[[case]]\nname = \"x\"\nabout = \"A case\"\nask.gethostname = {}\nunspecified = [{}]\n",
        );
        let tree = Tree::Disk(root.path().to_owned());
        let (worlds, mut problems) = world::read(&tree.below("worlds"));
        problems.extend(case::read(&tree.below("cases"), &worlds).1);
        let problems: Vec<_> = problems.iter().map(|problem| format!("{problem}\n")).collect();
        assert!(problems.is_empty(), "fixtures/README.md:{line}: cannot be read:\n{}\n{file}", problems.concat());
    }
}

const CASE: &str = "about = \"From README\"\nworld = \"default\"\n\n[[case]]\nname = \"x\"\nabout = \"A case\"\n";

#[test]
fn files_can_be_read() {
    check("file", str::to_owned);
}

#[test]
fn keys_of_a_case_can_be_read() {
    check("keys", |keys| {
        let rule = if keys.contains("must = ") { "" } else { "unspecified = [{}]\n" };
        format!("{CASE}{keys}{rule}")
    });
}

#[test]
fn rules_can_be_read() {
    check("rule", |rules| format!("{CASE}ask.gethostname = {{}}\n{rules}"));
}

#[test]
fn tests_can_be_read() {
    check("test", |tests| {
        let rules: String = tests
            .lines()
            .map(|test| test.split("  #").next().unwrap_or(test).trim())
            .map(|test| format!("  {{ clause = \"POSIX gethostname\", answer.name = {test} }},\n"))
            .collect();
        format!("{CASE}ask.gethostname = {{}}\nmust = [\n{rules}]\n")
    });
}

#[test]
fn faults_can_be_read() {
    check("faults", |faults| format!("{CASE}ask.gethostname = {{}}\n{faults}unspecified = [{{}}]\n"));
}

#[test]
fn worlds_can_be_read() {
    check("world", str::to_owned);
}

#[test]
fn no_call_fault_column_or_form_is_left_out() {
    for name in Ask::NAMES {
        let row = README.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("the table of calls has no row for `{name}`"));
        for (facet, _) in Ask::facets(name).unwrap_or_default() {
            let told = row.contains(&format!("`{facet}`")) || row.contains("| as ");
            assert!(told, "the row of `{name}` does not name its facet `{facet}`");
        }
    }
    for name in Kind::NAMES {
        assert!(README.contains(&format!("\n| `{name}` |")), "the table of faults has no row for `{name}`");
    }
    for (column, _) in Facet::WIRE {
        assert!(README.contains(&format!("| `{column}` |")), "the table of columns does not name `{column}`");
    }
}

/// fixtures/FAULTS.md leads from a fault to a case: each that it names is one, or one for each family.
#[test]
fn the_page_of_faults_names_cases() {
    let page = include_str!("../../fixtures/FAULTS.md");
    let named = page.split('`').filter(|word| word.starts_with("dns/"));
    let missing: Vec<_> = named
        .filter(|id| {
            let (file, name) = id.rsplit_once('/').unwrap();
            let path = format!("{}/fixtures/cases/{file}.toml", env!("CARGO_MANIFEST_DIR"));
            !fs::read_to_string(path).is_ok_and(|text| text.contains(&format!("\nname = \"{name}\"\n")))
        })
        .collect();
    assert_eq!(missing, [""; 0]);
}
