//! A saved run: lines of JSON that may come from anywhere. Told again in every format but HTML, and compared with itself, and merged.

use std::io::sink;

use netdbspec::event;
use netdbspec::report::changes::{Changes, Run, changes};
use netdbspec::report::merge::Merge;
use netdbspec::report::{Format, Options, Verbosity};

/// Reads a saved run.
pub fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Ok(events) = event::read(text) else { return };
    let options = Options { verbosity: Verbosity::Verbose, colour: true };
    // A page reads the cases of the suite first, which takes too long to be done for each input.
    for format in Format::NAMES.iter().filter(|name| **name != "html").filter_map(|name| Format::named(name)) {
        let mut reporter = format.reporter(Box::new(sink()), options);
        events.iter().for_each(|event| reporter.event(event).expect("nothing is too much for a sink"));
    }
    let read = || Run::read(input).expect("it was read before");
    if let Some(changes) = changes(&read(), &read()) {
        assert!(changes.iter().all(Changes::is_empty), "nothing has changed");
    }
    // Two runs of the same name each, told apart by their files.
    let mut merge = Merge::new(true);
    if merge.add("a.jsonl", input).is_ok() && merge.add("b.jsonl", input).is_ok() {
        drop(merge.finish());
    }
}
