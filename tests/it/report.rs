//! A saved run, told in every format and every way.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use netdbspec::event::{Event, Record, Summary, read};
use netdbspec::report::{Format, Options, Verbosity};
use rstest::rstest;

const MIXED: &str = include_str!("../../fixtures/runs/mixed.jsonl");

#[derive(Clone, Default)]
struct Page(Rc<RefCell<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn told(events: &[Event], format: Format, options: Options) -> String {
    let page = Page::default();
    let mut reporter = format.reporter(Box::new(page.clone()), options);
    for event in events {
        reporter.event(event).expect("a page takes everything");
    }
    let bytes = page.0.borrow().clone();
    String::from_utf8(bytes).expect("reports are UTF-8")
}

/// The run as it would have been for one subject alone, with the records that `keep` lets through.
fn only(subject: &str, keep: impl Fn(&Record) -> bool) -> Vec<Event> {
    let mut summary = Summary::default();
    let mut events = read(MIXED).expect("the saved run is one");
    events.retain(|event| match event {
        Event::CaseFinished(record) => record.subject_name == subject && keep(record),
        _ => true,
    });
    for event in &mut events {
        match event {
            Event::Started(header) => header.subjects.retain(|who| who.name == subject),
            Event::CaseFinished(record) => summary.add(record),
            Event::Finished(finished) => *finished = Summary { elapsed: finished.elapsed, ..summary.clone() },
            _ => {}
        }
    }
    events
}

#[rstest]
#[case::usual(Verbosity::Usual)]
#[case::verbose(Verbosity::Verbose)]
#[case::quiet(Verbosity::Quiet)]
fn two_subjects(#[case] verbosity: Verbosity) {
    let text = told(&read(MIXED).unwrap(), Format::Terminal, Options { verbosity, colour: false });
    insta::assert_snapshot!(format!("two_subjects_{verbosity:?}"), text);
}

#[test]
fn one_subject() {
    insta::assert_snapshot!(told(&only("libc", |_| true), Format::Terminal, Options::default()));
}

#[test]
fn nothing_but_known_deviations() {
    let known = only("libc", |record| !record.is_new());
    insta::assert_snapshot!(told(&known, Format::Terminal, Options::default()));
}

#[test]
fn plain_passes_cost_no_line() {
    let passes = only("libc", |record| record.status == netdbspec::verdict::Status::Pass);
    insta::assert_snapshot!(told(&passes, Format::Terminal, Options::default()));
}

#[test]
fn eighty_columns_suffice() {
    for verbosity in [Verbosity::Usual, Verbosity::Verbose] {
        let text = told(&read(MIXED).unwrap(), Format::Terminal, Options { verbosity, colour: false });
        let long: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(long.is_empty(), "{long:#?}");
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let events = read(MIXED).unwrap();
    let plain = told(&events, Format::Terminal, Options::default());
    let coloured = told(&events, Format::Terminal, Options { colour: true, ..Options::default() });
    assert_ne!(plain, coloured);
    assert_eq!(plain, anstream::adapter::strip_str(&coloured).to_string());
}

#[test]
fn the_json_report_is_complete() {
    assert_eq!(told(&read(MIXED).unwrap(), Format::Json, Options::default()), MIXED);
}

#[test]
fn the_footer_is_the_sum_of_the_records() {
    let events = read(MIXED).unwrap();
    let mut summary = Summary::default();
    let mut footer = None;
    for event in &events {
        match event {
            Event::CaseFinished(record) => summary.add(record),
            Event::Finished(finished) => footer = Some(finished),
            _ => {}
        }
    }
    let footer = footer.unwrap();
    assert_eq!(&Summary { elapsed: footer.elapsed, ..summary }, footer);
}
