//! Worlds and cases are read from files, and what is wrong with them is told with its place.

use netdbspec::tree::Tree;
use netdbspec::world::Problem;
use netdbspec::{case, world};

/// All problems of a tree of `worlds` and `cases`, one a line, with hints below them.
fn problems(tree: &Tree) -> String {
    let (worlds, mut problems) = world::read(&tree.below("worlds"));
    problems.extend(case::read(&tree.below("cases"), &worlds).1);
    problems.iter().map(rendered).collect()
}

fn rendered(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{problem}\n  hint: {hint}\n"),
        None => format!("{problem}\n"),
    }
}

/// The suite as it is on disk now. Another tree is read with `NETDBSPEC_FIXTURES=DIR`.
#[test]
fn load_suite() {
    let root =
        std::env::var("NETDBSPEC_FIXTURES").unwrap_or_else(|_| format!("{}/fixtures", env!("CARGO_MANIFEST_DIR")));
    if !std::path::Path::new(&root).join("worlds").exists() {
        return;
    }
    let found = problems(&Tree::Disk(root.into()));
    assert!(found.is_empty(), "\n{found}");
}
