//! A spawner's copy in place of a program: asked the same, it answers as the program does that is executed.
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

use std::collections::BTreeMap;

use netdbspec::case::{self, Case};
use netdbspec::event::Event;
use netdbspec::runner::{self, Plan};
use netdbspec::sandbox::Spawner;
use netdbspec::subject;
use netdbspec::tree::Tree;
use netdbspec::world;

use crate::support::netdbspec;

/// Topics that look at the environment, the descriptors, the threads, the limits and the signals of the process.
const TOPICS: [&str; 5] = ["addrinfo/list", "addrinfo/sys", "dns/basic", "dns/environment", "sockets/pair"];

#[test]
fn a_copy_answers_as_what_is_executed() {
    let _spawner = Spawner::start(2, &netdbspec());
    let worlds = world::load(&Tree::fixtures().below("worlds")).expect("the worlds are right");
    let suite = case::load(&Tree::fixtures().below("cases"), &worlds).expect("the cases are right");
    let cases: Vec<Case> = suite.cases.into_iter().filter(|case| TOPICS.contains(&case.id.topic())).collect();
    assert!(cases.len() > 50, "{} cases", cases.len());
    let executed = format!("cmd:'{}' probe", netdbspec().display());
    let subjects = ["libc", &executed].map(|name| subject::find(name, &netdbspec()).expect("it is here"));
    assert_eq!(subjects.each_ref().map(subject::Subject::is_own), [true, false]);
    let plan = Plan { jobs: 2, ..Plan::new(cases, subjects.into()) };
    let mut came: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let ran = runner::run(&plan, &mut |event| {
        if let Event::CaseFinished(record) = event {
            // The order of queries of threads is another each time.
            let entry = record.entry();
            came.entry(record.id.clone()).or_default().push(if entry.is_kept() {
                entry.block()
            } else {
                entry.status.to_string()
            });
        }
    });
    ran.expect("the run begins");
    for (id, blocks) in came {
        assert!(matches!(&blocks[..], [one, other] if one == other), "{id}: {blocks:#?}");
    }
}
