//! Every rule of the suite can fail, and what cannot is found.

use netdbspec::call::Ask;
use netdbspec::case::{self, Case, Step, Suite};
use netdbspec::selftest::{self, Reasons};
use netdbspec::snapshot::{self, Entry};
use netdbspec::tree::Tree;
use netdbspec::verdict::Status;
use netdbspec::world;

use crate::support::{Folder, root, run};

fn fixtures() -> Tree {
    Tree::Disk(root().join("fixtures"))
}

fn suite() -> Suite {
    let worlds = world::load(&fixtures().below("worlds")).expect("the worlds are right");
    case::load(&fixtures().below("cases"), &worlds).expect("the cases are right")
}

#[test]
fn every_rule_of_the_suite_can_fail() {
    let suite = suite();
    let cases: Vec<&Case> = suite.cases.iter().collect();
    let reasons = Reasons::read(&fixtures()).expect("the reasons can be read");
    let snapshots = Tree::Disk(root().join("snapshots"));
    let proof = selftest::run(&cases, &snapshots, &reasons, true).expect("the snapshots can be read");
    let fault = |fault: &selftest::Fault| match &fault.case {
        Some(case) => format!("{case}: {}", fault.text),
        None => fault.text.clone(),
    };
    let faults: Vec<String> = proof.faults.iter().map(fault).collect();
    assert!(faults.is_empty(), "{} faults; see netdbspec selftest:\n{}", faults.len(), faults.join("\n"));
    assert!(proof.rules > 1000 && proof.outcomes > 10 * proof.rules, "{} of {}", proof.outcomes, proof.rules);
}

/// A block, read back and written again, is the same from its first call on.
#[test]
fn what_is_on_record_is_read_back() {
    let snapshots = Tree::Disk(root().join("snapshots"));
    let mut differ = Vec::new();
    for case in &suite().cases {
        let asks: Vec<&Ask> =
            case.steps.iter().filter_map(|step| if let Step::Ask(ask) = step { Some(ask) } else { None }).collect();
        let recorded = snapshot::all(&snapshots, case.id.topic()).expect("they can be read");
        // Those that tell all: what others leave out cannot be read back.
        for (subject, recorded) in
            recorded.iter().filter(|(subject, _)| ["glibc", "python"].contains(&subject.as_str()))
        {
            let block = recorded.case(case.id.name()).filter(|block| snapshot::is_whole(block));
            let Some(block) = block else { continue };
            let again = snapshot::outcome(block, &asks).map(|outcome| {
                let entry = Entry {
                    name: case.id.name(),
                    status: Status::Pass,
                    varies: false,
                    verdicts: &[],
                    outcome: &outcome,
                };
                entry.block()
            });
            let lines = again.as_deref().unwrap_or_default().lines().skip(1);
            let first = |line: &&str| asks.iter().any(|ask| line.starts_with(&format!("  {} →", ask.name())));
            if !block.lines().skip_while(|line| !first(line)).eq(lines) {
                differ.push(format!("{subject} {block}\n--- again\n{again:?}"));
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n\n"));
}

const WORLD: &str = "about = \"The base\"\nnameserver = [{ address = \"127.0.0.1\" }]\n";

/// Cases with these keys beside the usual ones, tried.
fn tried(cases: &[(&str, &str)], record: Option<&str>) -> String {
    let folder = Folder::new();
    folder.put("worlds/default/world.toml", WORLD);
    let mut file = "about = \"x\"\nworld = \"default\"\n".to_owned();
    for (name, keys) in cases {
        file.push_str(&format!(
            "\n[[case]]\nname = \"{name}\"\nabout = \"x\"\nask.getaddrinfo = {{ node = \"a\" }}\n{keys}\n"
        ));
    }
    folder.put("cases/dns/made.toml", &file);
    if let Some(record) = record {
        folder
            .put("snapshots/glibc/dns/made.snap", &format!("---\nsource: x\ndescription: glibc 2.36\n---\n{record}\n"));
    }
    folder.put("snapshots/python/dns/other.snap", "---\nsource: x\ndescription: cpython 3.11\n---\nx: pass\n");
    let ran = run(folder.path(), ["selftest", "--cases", "cases", "--worlds", "worlds", "--baseline", "snapshots"]);
    let faults: String = ran.out.split_inclusive('\n').skip_while(|line| !line.starts_with(['✗', '✓'])).collect();
    format!("exit {}\n{faults}{}", ran.exit, ran.err)
}

#[test]
fn a_rule_that_cannot_fail_is_found() {
    let told = tried(
        &[
            ("any-number", "must = [{ clause = \"c 1\", wire.count = { min = 0 } }]"),
            (
                "any-time",
                "should = [{ clause = \"c 2\", elapsed = { min = \"0s\" } }]\nsurvives = { \"elapsed: early\" = \"there is no sooner\" }",
            ),
            ("sound", "must = [{ clause = \"c 3\", answer.addresses = [\"192.0.2.1\"] }]"),
            ("never", "must = [{ clause = \"c 4\", answer.count = 1 }, { clause = \"c 4\", answer.count = 2 }]"),
            ("recorded", "unspecified = [{ clause = \"c 5\", wire.count = { min = 0 } }]"),
        ],
        None,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn what_a_case_excuses_has_to_be_needed() {
    let record = "failed: pass\n  must c 1: kept\n  getaddrinfo → EAI_NODATA\n    wire udp A a. → NOERROR 0";
    let told = tried(
        &[
            ("failed", "must = [{ clause = \"c 1\", answer.addresses = { lacks = [\"192.0.2.66\"] } }]"),
            (
                "stale",
                "must = [{ clause = \"c 2\", failure = \"EAI_NONAME\" }]\nsurvives = { \"failure: changed\" = \"no\" }",
            ),
        ],
        Some(record),
    );
    insta::assert_snapshot!(told);
}
