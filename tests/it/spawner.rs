//! A spawner's copy in place of a program: asked the same, it answers as the program does that is executed.
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use netdbspec::case::{self, Case};
use netdbspec::event::Event;
use netdbspec::runner::{self, Plan};
use netdbspec::sandbox::Spawner;
use netdbspec::subject;
use netdbspec::tree::Tree;
use netdbspec::verdict::Status;
use netdbspec::world;
use rustix::process::{Pid, Signal};

use crate::sandbox::given::DEADLINE;
use crate::support::netdbspec;

/// Topics that look at the environment, the descriptors, the threads, the limits and the signals of the process.
const TOPICS: [&str; 5] = ["addrinfo/list", "addrinfo/sys", "dns/basic", "dns/environment", "sockets/pair"];

/// This process's spawners and their copies that wait, by their folders in /proc; zombies too.
fn waiting() -> Vec<PathBuf> {
    let parent = format!("PPid:\t{}\n", std::process::id());
    let all = fs::read_dir("/proc").expect("/proc is there").filter_map(|entry| Some(entry.ok()?.path()));
    all.filter(|process| {
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        status.starts_with("Name:\tnetdbspec-spawn\n") && status.contains(&parent)
    })
    .collect()
}

/// Kills the copies that wait, of which there is one when a spawner has got to it.
fn kill_reserves() {
    let network = |process: PathBuf| fs::read_link(process.join("ns/net")).ok();
    let own = network("/proc/self".into());
    let begun = Instant::now();
    let reserves = loop {
        let mut waiting = waiting();
        waiting.retain(|process| network(process.clone()).is_some_and(|other| Some(other) != own));
        if !waiting.is_empty() {
            break waiting;
        }
        assert!(begun.elapsed() < DEADLINE, "there is no copy in reserve");
        std::thread::yield_now();
    };
    for reserve in reserves {
        let number = reserve.file_name().and_then(|name| name.to_str()?.parse().ok()).and_then(Pid::from_raw);
        // It may have become a sandbox meanwhile, of another test, and that may have ended.
        if let Some(number) = number
            && fs::read_to_string(reserve.join("comm")).is_ok_and(|name| name == "netdbspec-spawn\n")
        {
            _ = rustix::process::kill_process(number, Signal::KILL);
        }
    }
}

#[test]
fn a_copy_answers_as_what_is_executed() {
    let spawner = Spawner::start(2, &netdbspec());
    let worlds = world::load(&Tree::fixtures().below("worlds")).expect("the worlds are right");
    let suite = case::load(&Tree::fixtures().below("cases"), &worlds).expect("the cases are right");
    let cases: Vec<Case> = suite.cases.into_iter().filter(|case| TOPICS.contains(&case.id.topic())).collect();
    assert!(cases.len() > 50, "{} cases", cases.len());
    let executed = format!("cmd:'{}' probe", netdbspec().display());
    let subjects = ["libc", &executed].map(|name| subject::find(name, &netdbspec()).expect("it is here"));
    assert_eq!(subjects.each_ref().map(subject::Subject::is_own), [true, false]);
    let one = Plan::new(vec![cases[0].clone()], vec![subjects[0].clone()]);
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

    assert!(!waiting().is_empty(), "no spawner was used");
    // One that is lost is replaced.
    for _ in 0..3 {
        kill_reserves();
        let mut status = None;
        let ran = runner::run(&one, &mut |event| {
            if let Event::CaseFinished(record) = event {
                status = Some((record.status, record.note));
            }
        });
        ran.expect("the run begins");
        assert_eq!(status, Some((Status::Pass, None)));
    }
    drop(spawner);
    assert_eq!(waiting(), Vec::<PathBuf>::new());
}
