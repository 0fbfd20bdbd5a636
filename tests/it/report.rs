//! A saved run, told in every format and every way.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use netdbspec::event::{Event, Record, Summary, Who, read};
use netdbspec::report::{Format, Options, Verbosity};
use rstest::rstest;

const MIXED: &str = include_str!("../../fixtures/runs/mixed.jsonl");

/// Four subjects and seven cases. The last subject tells addresses alone.
const MATRIX: &str = include_str!("../../fixtures/runs/matrix.jsonl");

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

#[rstest]
#[case::usual(Verbosity::Usual)]
#[case::verbose(Verbosity::Verbose)]
#[case::quiet(Verbosity::Quiet)]
fn four_subjects(#[case] verbosity: Verbosity) {
    let text = told(&read(MATRIX).unwrap(), Format::Terminal, Options { verbosity, colour: false });
    insta::assert_snapshot!(format!("four_subjects_{verbosity:?}"), text);
}

/// The run of four subjects with as many again and again under other names.
fn twenty_subjects() -> Vec<Event> {
    let events = read(MATRIX).expect("the saved run is one");
    let mut more = Vec::new();
    for event in events {
        match event {
            Event::Started(mut header) => {
                let who = header.subjects.clone();
                for nth in 1..5 {
                    header.subjects.extend(who.iter().cloned().map(|who| Who {
                        name: format!("{}-{nth}", who.name),
                        version: format!("{}-{nth}", who.version),
                        ..who
                    }));
                }
                more.push(Event::Started(header));
            }
            Event::CaseFinished(record) => {
                for nth in 1..5 {
                    let subject_name = format!("{}-{nth}", record.subject_name);
                    more.push(Event::CaseFinished(Box::new(Record { subject_name, ..(*record).clone() })));
                }
                more.push(Event::CaseFinished(record));
            }
            other => more.push(other),
        }
    }
    more
}

#[test]
fn twenty_subjects_stand_together_in_lines() {
    let text = told(&twenty_subjects(), Format::Terminal, Options::default());
    let shown = text.split("\n\n").find(|block| block.contains("retried-over-tcp")).expect("it is told");
    insta::assert_snapshot!(shown);
    assert!(text.contains("the subjects differ in 5 of 7 cases"), "as many as with four\n{text}");
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
    let runs = [read(MIXED).unwrap(), read(MATRIX).unwrap(), twenty_subjects()];
    for (run, verbosity) in runs.iter().flat_map(|run| [(run, Verbosity::Usual), (run, Verbosity::Verbose)]) {
        let text = told(run, Format::Terminal, Options { verbosity, colour: false });
        let long: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(long.is_empty(), "{long:#?}");
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    for run in [MIXED, MATRIX] {
        let events = read(run).unwrap();
        let plain = told(&events, Format::Terminal, Options::default());
        let coloured = told(&events, Format::Terminal, Options { colour: true, ..Options::default() });
        assert_ne!(plain, coloured);
        assert_eq!(plain, anstream::adapter::strip_str(&coloured).to_string());
    }
}

#[test]
fn the_json_report_is_complete() {
    for run in [MIXED, MATRIX] {
        assert_eq!(told(&read(run).unwrap(), Format::Json, Options::default()), run);
    }
}

#[test]
fn the_footer_is_the_sum_of_the_records() {
    for run in [MIXED, MATRIX] {
        let events = read(run).unwrap();
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
}
