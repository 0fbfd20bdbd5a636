//! Worlds and cases are read from files, and what is wrong with them is told with its place.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use netdbspec::tree::Tree;
use netdbspec::world::Problem;
use netdbspec::{case, world};
use rstest::rstest;

/// All problems of a tree of `worlds` and `cases`.
fn problems(root: &Path) -> Vec<Problem> {
    let tree = Tree::Disk(root.to_owned());
    let (worlds, mut problems) = world::read(&tree.below("worlds"));
    problems.extend(case::read(&tree.below("cases"), &worlds).1);
    problems
}

/// Problems one a line, with the hints below them.
fn rendered<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> String {
    let line = |problem: &Problem| match &problem.hint {
        Some(hint) => format!("{problem}\n  hint: {hint}\n"),
        None => format!("{problem}\n"),
    };
    problems.into_iter().map(line).collect()
}

/// The problems of all of fixtures/broken: a fault of one file hides none of another.
static BROKEN: LazyLock<Vec<Problem>> = LazyLock::new(|| problems(Path::new("fixtures/broken")));

/// The problems of one file or folder of fixtures/broken, as its snapshot has them.
fn check(path: &Path) {
    let below = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("it is below the checkout");
    let own = |problem: &&Problem| Path::new(&problem.at.file).starts_with(below);
    let text = rendered(BROKEN.iter().filter(own));
    assert!(!text.is_empty(), "{} is not broken", below.display());
    let name = below.strip_prefix("fixtures/broken").expect("it is below fixtures/broken").with_extension("");
    insta::assert_snapshot!(name.display().to_string().replace('/', "_"), text);
}

#[rstest]
fn broken_cases(#[files("fixtures/broken/cases/**/*.*")] path: PathBuf) {
    check(&path);
}

#[rstest]
fn broken_worlds(
    #[files("fixtures/broken/worlds/*")]
    #[exclude("/default$")]
    #[dirs]
    path: PathBuf,
) {
    check(&path);
}

/// The suite as it is on disk now. Another tree is read with `NETDBSPEC_FIXTURES=DIR`.
#[test]
fn load_suite() {
    let root =
        std::env::var("NETDBSPEC_FIXTURES").unwrap_or_else(|_| format!("{}/fixtures", env!("CARGO_MANIFEST_DIR")));
    let found = problems(Path::new(&root));
    assert!(found.is_empty(), "\n{}", rendered(&found));
}
