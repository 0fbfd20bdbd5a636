//! What is read from world and case files, where nothing is wrong with them.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use netdbspec::case::{self, Case, Step, Suite, Varies};
use netdbspec::tree::Tree;
use netdbspec::verdict::{Facet, Level, Test};
use netdbspec::world::{self, File, World, Worlds};
use serde_json::json;

const DEFAULT: &str = r#"
about = "The base"
hostname = "box"
nxdomain = ["nowhere"]
lo = [{ ip = "192.0.2.10", prefix = 24 }]
nameserver = [{ address = "127.0.0.1" }, { address = "127.0.0.2", fault = [{ delay = { ms = 1 } }] }]
sysctl = { "net/ipv6/bindv6only" = "0" }
"#;

/// Reads files of a tree of worlds and cases, of which nothing may be wrong. The world `default` is there already.
#[track_caller]
fn read(files: &[(&str, &str)]) -> (Worlds, Suite) {
    let root = tempfile::tempdir().expect("a folder for the test");
    let base = [
        ("worlds/default/world.toml", DEFAULT),
        ("worlds/default/hosts", "127.0.0.1 localhost\n"),
        ("worlds/default/services", "http 80/tcp\n"),
        ("worlds/default/test.zone", "the zone test"),
    ];
    for (path, text) in base.iter().chain(files) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder below it");
        fs::write(path, text).expect("a file in it");
    }
    let tree = Tree::Disk(root.path().to_owned());
    let worlds = world::load(&tree.below("worlds")).expect("the worlds can be read");
    let cases = tree.below("cases");
    let suite = match cases.files() {
        Ok(_) => case::load(&cases, &worlds).expect("the cases can be read"),
        Err(_) => Suite::default(),
    };
    (worlds, suite)
}

/// Reads one case file, and gives its cases.
#[track_caller]
fn cases(text: &str) -> Vec<Case> {
    read(&[("cases/dns/basic.toml", text)]).1.cases
}

fn faults(world: &World) -> Vec<Vec<&str>> {
    world.nameservers.iter().map(|server| server.faults.iter().map(|fault| fault.kind.name()).collect()).collect()
}

#[test]
fn a_world_has_what_it_leaves_out_from_default_but_no_links() {
    let (worlds, _) = read(&[
        (
            "worlds/other/world.toml",
            "about = \"Another\"\nabsent = [\"services\"]\nfile_link = { \"resolv.conf\" = \"/x\" }\n",
        ),
        ("worlds/other/networks", "loopback 127.0.0.0\n"),
    ]);
    let other = &worlds["other"];
    assert_eq!((other.name.as_str(), other.about.as_str(), other.hostname.as_str()), ("other", "Another", "box"));
    let files: Vec<_> = other.files.iter().map(|(name, file)| (name.as_str(), file.clone())).collect();
    let text = |text: &str| File::Text(text.to_owned());
    let expected = [
        ("hosts", text("127.0.0.1 localhost\n")),
        ("networks", text("loopback 127.0.0.0\n")),
        ("resolv.conf", File::Link("/x".to_owned())),
    ];
    assert_eq!(files, expected);
    assert_eq!(other.zones, worlds["default"].zones);
    assert_eq!(other.nxdomain, ["nowhere"]);
    assert_eq!(other.sysctls["net/ipv6/bindv6only"], "0");
    assert!(other.lo.is_empty() && other.links.is_empty() && other.routes.is_empty());
}

#[test]
fn what_a_world_writes_is_its_own() {
    let text = r#"
about = "Another"
hostname = "there"
nxdomain = []
nameserver = [{ address = "::1", udp = false }]
fault = [{ drop = {} }]
sysctl = {}
"#;
    let files = [("worlds/other/world.toml", text), ("worlds/other/2.0.192.in-addr.arpa.zone", "zone")];
    let (worlds, _) = read(&files);
    let other = &worlds["other"];
    assert_eq!(other.hostname, "there");
    let zones: Vec<_> = other.zones.iter().map(|zone| (zone.origin.as_str(), zone.line, zone.text.as_str())).collect();
    assert_eq!(zones, [("2.0.192.in-addr.arpa.", 1, "zone")]);
    assert!(other.zones[0].path.ends_with("worlds/other/2.0.192.in-addr.arpa.zone"));
    assert!(other.nxdomain.is_empty() && other.sysctls.is_empty());
    assert_eq!(faults(other), [["drop"]]);
    assert!(!other.nameservers[0].udp && other.nameservers[0].tcp);
}

#[test]
fn a_case_has_its_keys() {
    let text = r#"
about = "A topic"

[[case]]
name = "all-keys"
about = "It has many keys."
steps = [{ remove = "hosts" }, { ask.gethostname = {} }, { write = { file = "hosts", text = "x" } }]
world = "default"
env = { A = "b" }
timeout = "1500ms"
varies = "race"
unspecified = [{}]
must = [{ clause = "POSIX gethostname", step = 1, answer.name = "box", elapsed = { max = "2s" } }]
documented = [{ clause = "gethostname(2)", whose = "linux", either = [{ failure = "EFAULT" }, { errno = { absent = true } }] }]
"#;
    let (_, suite) = read(&[("cases/dns/basic.toml", text)]);
    let case = &suite.cases[0];
    assert_eq!(case.id.as_str(), "dns/basic/all-keys");
    assert_eq!(case.at.line, 4);
    assert_eq!((case.timeout, case.varies), (Duration::from_millis(1500), Some(Varies::Race)));
    assert_eq!(case.env["A"], "b");
    assert!(
        matches!(&case.steps[..], [Step::Write(_, None), Step::Ask(_), Step::Write(_, Some(File::Text(text)))] if text == "x")
    );
    let levels: Vec<_> = case.rules.iter().map(|rule| rule.level).collect();
    assert_eq!(levels, [Level::Unspecified, Level::Must, Level::Documented], "in the order of the file");
    let facets: Vec<_> = case.rules[1].either[0].iter().map(|check| check.facet.to_string()).collect();
    assert_eq!((case.rules[1].step, facets), (Some(1), vec!["answer.name".to_owned(), "elapsed".to_owned()]));
    assert_eq!((case.rules[2].whose.as_str(), case.rules[2].either.len()), ("linux", 2));
    assert_eq!(suite.topics["dns/basic"].about, "A topic");
    assert!(suite.topics["dns/basic"].path.ends_with("cases/dns/basic.toml"));
}

#[test]
fn a_case_without_a_world_has_none() {
    let text = "about = \"x\"\n[[case]]\nname = \"x\"\nabout = \"x\"\nask.gethostname = {}\nunspecified = [{}]\n";
    let case = &cases(text)[0];
    assert!(case.world.is_none());
    assert_eq!((case.timeout, case.varies), (Duration::from_secs(10), None));
}

#[test]
fn a_case_is_read_for_each_of_its_families() {
    let text = r#"
about = "x"
[[case]]
name = "x"
about = "About $family"
families = ["inet", "inet6"]
vars.n = { inet = 4, inet6 = ["six", "$record"] }
vars.port = { inet = 80, inet6 = 8080 }
ask.gethostname = {}
env = { LINE = "$family $record $loopback $any$port $$x $ $TMP/x" }
unspecified = [{ answer.name = "$n" }]
"#;
    let read = cases(text);
    let ids: Vec<_> = read.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["dns/basic/x@inet", "dns/basic/x@inet6"]);
    assert_eq!(read[0].about, "About AF_INET");
    assert_eq!(read[0].env["LINE"], "AF_INET A 127.0.0.1 0.0.0.080 $x $ $TMP/x");
    assert_eq!(read[1].env["LINE"], "AF_INET6 AAAA ::1 ::8080 $x $ $TMP/x");
    let tests: Vec<_> = read.iter().map(|case| case.rules[0].either[0][0].clone()).collect();
    assert_eq!(tests[0].facet, Facet::Answer("name".to_owned()));
    assert_eq!(tests[0].test, Test::Is(json!(4)));
    assert_eq!(tests[1].test, Test::Is(json!(["six", "AAAA"])));
}

#[test]
fn a_case_changes_its_world_and_no_other() {
    let head = "about = \"x\"\nworld = \"default\"\n";
    let plain = |name: &str| {
        format!("[[case]]\nname = \"{name}\"\nabout = \"x\"\nask.gethostname = {{}}\nunspecified = [{{}}]\n")
    };
    let changed = r#"
hostname = "there"
files = { hosts = "none" }
absent = ["services"]
nxdomain = ["invalid"]
fault = [{ on = { server = "127.0.0.1" }, drop = {} }, { truncate = {} }]
records = """
a.test. 300 A 192.0.2.1
"""
"#;
    let text = format!("{head}{}{}{}{changed}", plain("one"), plain("two"), plain("three"));
    let (worlds, suite) = read(&[("cases/dns/basic.toml", &text)]);
    let [one, two, three] = &suite.cases[..] else { panic!("{} cases", suite.cases.len()) };
    let world = |case: &Case| Arc::clone(case.world.as_ref().expect("it has a world"));
    assert!(Arc::ptr_eq(&world(one), &worlds["default"]) && Arc::ptr_eq(&world(one), &world(two)));
    let changed = world(three);
    assert_eq!(changed.hostname, "there");
    assert_eq!(changed.files.len(), 1);
    assert_eq!(changed.files["hosts"], File::Text("none".to_owned()));
    assert_eq!(changed.nxdomain, ["nowhere", "invalid"]);
    assert_eq!(faults(&changed), [vec!["drop", "truncate"], vec!["delay", "truncate"]]);
    let records = changed.records.as_ref().expect("it has records");
    assert_eq!((records.origin.as_str(), records.text.as_str()), (".", "a.test. 300 A 192.0.2.1\n"));
    let line = text.lines().position(|line| line.starts_with("a.test.")).expect("the record") + 1;
    assert_eq!(records.line, line);
    assert!(worlds["default"].records.is_none() && worlds["default"].hostname == "box");
}

#[test]
fn cases_stand_by_file_and_in_its_order() {
    let file = |names: [&str; 2]| {
        let case = |name| {
            format!("[[case]]\nname = \"{name}\"\nabout = \"x\"\nask.gethostname = {{}}\nunspecified = [{{}}]\n")
        };
        format!("about = \"x\"\n{}{}", case(names[0]), case(names[1]))
    };
    let (one, two, three) = (file(["z", "a"]), file(["k", "b"]), file(["y", "c"]));
    let files = [("cases/dns/b.toml", &*one), ("cases/addrinfo/z.toml", &*two), ("cases/dns/a.toml", &*three)];
    let (_, suite) = read(&files);
    let ids: Vec<_> = suite.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["addrinfo/z/k", "addrinfo/z/b", "dns/a/y", "dns/a/c", "dns/b/z", "dns/b/a"]);
}
