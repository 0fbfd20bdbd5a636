//! The corpus of the fuzz targets, and with it every input that ever broke something, read again without the tools that
//! fuzzing needs (tests/fuzz/README.md).

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use rstest::rstest;

#[expect(unreachable_pub, reason = "the fuzz targets use it as a library")]
#[path = "../fuzz/entry/mod.rs"]
mod entry;

#[rstest]
#[case("case", entry::case::run)]
#[case("fault", entry::fault::run)]
#[case("packet", entry::packet::run)]
#[case("protocol", entry::protocol::run)]
#[case("report", entry::report::run)]
#[case("snapshot", entry::snapshot::run)]
#[case("stream", entry::stream::run)]
#[case("world", entry::world::run)]
#[case("zone", entry::zone::run)]
fn the_corpus_does_no_harm(#[case] target: &str, #[case] run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "the corpus of `{target}` is empty");
    for file in files {
        let input = fs::read(&file).unwrap();
        assert!(catch_unwind(|| run(&input)).is_ok(), "what `{}` did stands above", file.display());
    }
}
