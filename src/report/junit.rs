//! The report for what collects test results: JUnit's XML. A suite for each subject and area, a test for each case.
//!
//! What makes the run fail is a failure. A known deviation and a recommendation that is not followed stand in the output of
//! a test that passes, as does nothing of a plain pass.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::{Options, Reporter, terminal};
use crate::event::{Event, Header, Record};
use crate::outcome::Reply;
use crate::verdict::Status;

/// Collects tests, and writes them once all are there.
pub(super) struct JUnit {
    out: Box<dyn Write>,
    header: Header,
    /// By the subject's place in the header, and the area.
    suites: BTreeMap<(usize, String), BTreeMap<String, TestCase>>,
}

impl JUnit {
    /// A reporter that writes to `out`.
    #[must_use]
    pub(super) fn new(out: Box<dyn Write>, _: Options) -> Self {
        Self { out, header: Header::default(), suites: BTreeMap::new() }
    }

    fn report(&mut self) -> Report {
        let mut report = Report::new("netdbspec");
        for ((place, area), tests) in std::mem::take(&mut self.suites) {
            let who = &self.header.subjects[place];
            let mut suite = TestSuite::new(format!("{}: {area}", who.name));
            suite.add_property(("subject", who.display().as_str()));
            suite.add_property(("system", self.header.system.display().as_str()));
            suite.add_property(("netdbspec", self.header.netdbspec.as_str()));
            suite.set_time(tests.values().filter_map(|test| test.time).sum());
            suite.add_test_cases(tests.into_values());
            report.add_test_suite(suite);
        }
        report
    }
}

impl Reporter for JUnit {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started(header) => self.header = header.clone(),
            Event::CaseStarted { .. } => {}
            Event::CaseFinished(record) => {
                let place = self.header.subjects.iter().position(|who| who.name == record.subject_name);
                if let Some(place) = place {
                    let suite = self.suites.entry((place, record.area.clone())).or_default();
                    suite.insert(record.id.clone(), test(&self.header, record));
                }
            }
            Event::Finished(summary) => {
                let mut report = self.report();
                report.set_time(summary.elapsed);
                let text = report.to_string().map_err(io::Error::other)?;
                self.out.write_all(text.as_bytes())?;
                return self.out.flush();
            }
        }
        Ok(())
    }
}

fn test(header: &Header, record: &Record) -> TestCase {
    let told = terminal::record(header, record);
    let failed = failure(header, record);
    let mut status = match (record.status, &failed) {
        (Status::Broken, _) => TestCaseStatus::non_success(NonSuccessKind::Error),
        (_, Some(_)) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (Status::Unsupported, None) => TestCaseStatus::skipped(),
        _ => TestCaseStatus::success(),
    };
    match (record.status, failed) {
        (Status::Broken, _) => {
            let note = record.note.as_deref().unwrap_or("no reason was given");
            status.set_type("broken").set_message(note.lines().next().unwrap_or_default()).set_description(note);
        }
        (_, Some((kind, message))) => {
            status.set_type(kind).set_message(message).set_description(told.as_str());
        }
        (Status::Unsupported, None) => {
            status.set_message(why_unsupported(record));
        }
        _ => {}
    }
    if let Some(before) = &record.flaky {
        let mut rerun = TestRerun::new(NonSuccessKind::Failure);
        rerun.set_type("flaky").set_message("asked again, it came out as it should").set_description(&*before.diff);
        status.add_rerun(rerun);
    }
    let is_told = matches!(status, TestCaseStatus::Success { .. }) && !told.is_empty();
    let mut test = TestCase::new(record.id.as_str(), status);
    test.set_classname(format!("{}: {}", record.subject_name, record.topic)).set_time(record.elapsed);
    test.extra.insert("file".into(), record.at.file.as_str().into());
    test.extra.insert("line".into(), record.at.line.to_string().into());
    test.add_property(("status", record.status.to_string().as_str()));
    if is_told {
        test.set_system_out(told);
    }
    test
}

/// What makes the run fail: its kind, and one line about it.
fn failure(header: &Header, record: &Record) -> Option<(String, String)> {
    let counts = record.status == Status::Fail && (record.is_new() || header.strict);
    if let Some(rule) = record.broken_rules().first().filter(|_| counts)
        && let Some((required, came)) = terminal::breach(record)
    {
        let message = format!("{} · {}: required {required}; came {came}", rule.level, rule.clause);
        return Some((rule.level.to_string(), message));
    }
    let drift = record.drift.as_ref().filter(|drift| drift.counts)?;
    Some(("drift".to_owned(), format!("{} on record: {}, now: {}", drift.against, drift.was, record.status)))
}

fn why_unsupported(record: &Record) -> &str {
    let why = record.outcome.asked.iter().find_map(|asked| match &asked.reply {
        Reply::Unsupported(why) => Some(why.as_str()),
        _ => None,
    });
    why.filter(|why| !why.is_empty()).unwrap_or("the subject has no such call")
}
