//! Programs and suites that others wrote, or might have, unmodified inside: they find what they find outside.

use std::collections::BTreeSet;
use std::process::Command;

use super::exec;
use crate::support::{Folder, Ran, absent, command, has, root};

/// Why a test of CPython is skipped that needs more than names: the kernel, the system or an option decides, inside as
/// outside.
const NOT_OURS: [&str; 10] = [
    "required",
    "requires Windows",
    "Windows specific",
    "macOS specific",
    "Linux specific",
    "not supported",
    "is not loaded",
    "Numeric scope id does not work",
    // The tests that look at hosts of the internet, which are run nowhere by default.
    "network is not enabled",
    "should be run as root",
];

/// What is skipped inside and not on a usual machine: they look up the host's own name, which a machine has in /etc/hosts, and
/// the default world in no place at all.
const NAMELESS: [&str; 2] = ["testHostnameRes", "testSockName"];

/// What stays out: AF_VSOCK knows no network namespaces, so those tests would speak to the hypervisor of this machine.
const OUTSIDE: [&str; 2] = ["-i", "*VSOCK*"];

/// Runs CPython's own tests of its socket module inside, those that are selected.
fn test_socket(options: &[&str], selected: &[&str]) -> Ran {
    let folder = Folder::new();
    let mut arguments = vec!["exec"];
    arguments.extend(options);
    arguments.extend(["--", "python3", "-m", "test", "-v"]);
    arguments.extend(selected);
    arguments.push("test_socket");
    Ran::of(command(root(), arguments).env("TMPDIR", folder.path()).env_remove("LANG").env("LC_ALL", "C.UTF-8"))
}

fn has_test_socket() -> bool {
    if !has("python", "python3") {
        return false;
    }
    let found = Command::new("python3").args(["-c", "import test.test_socket"]).output();
    let found = found.is_ok_and(|done| done.status.success());
    if !found {
        absent("test_socket", "Python has no module `test.test_socket`: apt-get install libpython3.11-testsuite");
    }
    found
}

/// The tests that did not simply pass, each with what became of it. Its result may stand on the line below its name.
fn other_results(said: &str) -> Vec<(String, String)> {
    let (mut name, mut others) = (String::new(), Vec::new());
    for line in said.lines() {
        if let Some((test, _)) = line.split_once(" (test.test_socket.") {
            test.clone_into(&mut name);
        }
        let result = line.rsplit_once(" ... ").map(|(_, result)| result);
        if let Some(result) = result.filter(|result| *result != "ok") {
            others.push((name.clone(), result.to_owned()));
        }
    }
    others
}

#[test]
fn cpython_s_own_tests_of_its_socket_module_pass() {
    if !has_test_socket() {
        return;
    }
    let ran = test_socket(&[], &OUTSIDE);
    assert_eq!(ran.exit, 0, "{}\n{}", ran.out, ran.err);
    let said = format!("{}\n{}", ran.out, ran.err);
    let passed = said.lines().filter(|line| line.ends_with(" ... ok")).count();
    assert!(passed > 400, "{passed} tests passed\n{said}");
    let (nameless, others): (Vec<_>, Vec<_>) =
        other_results(&said).into_iter().partition(|(_, result)| result.contains("name lookup failure"));
    let others: Vec<_> =
        others.iter().filter(|(_, result)| !NOT_OURS.iter().any(|reason| result.contains(reason))).collect();
    assert!(others.is_empty(), "{others:#?}");
    let nameless: BTreeSet<_> = nameless.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(nameless, BTreeSet::from(NAMELESS));
}

#[test]
fn they_find_the_host_s_own_name_where_the_world_has_it() {
    if !has_test_socket() {
        return;
    }
    let [first, second] = NAMELESS;
    let ran = test_socket(&["--record", "box. A 127.0.0.1"], &["-m", first, "-m", second]);
    let said = format!("{}\n{}", ran.out, ran.err);
    assert_eq!((ran.exit, said.matches(" ... ok").count()), (0, 2), "{said}");
}

/// Runs one of our own programs, which prints what came of all that it did, in a small world of a shop.
fn shop(program: &[&str], folder: &Folder) -> String {
    folder.put("hosts", "127.0.0.1 localhost\n::1 localhost\n");
    let hosts = folder.path().join("hosts").display().to_string();
    let records = [
        "shop.example. A 127.0.0.1",
        "shop.example. AAAA ::1",
        "shop.example. MX 10 mail.shop.example.",
        "four.example. A 127.0.0.2",
        "six.example. AAAA ::1",
    ];
    let mut options = vec!["--hosts", &hosts];
    options.extend(records.iter().flat_map(|record| ["--record", record]));
    let at = folder.path().display().to_string();
    let ran = exec(&options, &[program, &[&at]].concat());
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.out
}

fn source(name: &str) -> String {
    root().join("tests/it/exec/programs").join(name).display().to_string()
}

#[test]
fn a_node_program_uses_the_network_of_the_world() {
    if !has("node", "node") {
        return;
    }
    insta::assert_snapshot!(shop(&["node", &source("network.mjs")], &Folder::new()), @r"
    lookup 127.0.0.1 ::1
    resolve4 127.0.0.1
    resolve6 ::1
    mx 10 mail.shop.example
    service http
    missing ENOTFOUND ENOTFOUND
    http 200 GET /basket for shop.example
    family 4 200 127.0.0.1
    family 6 200 ::1
    udp4 hello 127.0.0.1
    udp6 hello ::1
    unix over a file
    ");
}

#[test]
fn a_go_program_uses_the_network_of_the_world() {
    if !has("go", "go") {
        return;
    }
    let folder = Folder::new();
    let program = folder.path().join("network");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&program).arg(source("network.go")).current_dir(folder.path());
    build.envs([("CGO_ENABLED", "0"), ("GOFLAGS", ""), ("GOPROXY", "off"), ("GOTOOLCHAIN", "local")]);
    let built = Ran::of(&mut build);
    assert_eq!(built.exit, 0, "{}", built.err);
    insta::assert_snapshot!(shop(&[&program.display().to_string()], &folder), @r"
    lookup [127.0.0.1 ::1] mail.shop.example. 80 true
    tcp4 200 GET /basket for shop.example from 127.0.0.1
    tcp6 200 GET /basket for shop.example from ::1
    udp4 hello
    udp6 hello
    unix over a file
    ");
}
