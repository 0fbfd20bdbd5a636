//! The worlds that a program may be put into, what is told of its queries, and worlds in worlds.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::{exec, says};
use crate::support::{Folder, Ran, command, has, netdbspec, root, run};

#[test]
fn a_world_is_put_together_on_the_command_line() {
    if !has("getent", "getent") {
        return;
    }
    let folder = Folder::new();
    folder.put("own.example.zone", "@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.80\n");
    folder.put("hosts", "192.0.2.7 seven\n");
    let script = "hostname; getent ahostsv4 www.own.example | head -n 1; getent hosts seven; getent hosts short; \
        getent ahosts a.test; tail -n 1 /etc/resolv.conf";
    let ran = run(
        folder.path(),
        ["exec", "--zone", "own.example.zone", "--record", "short.more.example. A 192.0.2.9", "--hosts", "hosts"]
            .into_iter()
            .chain(["--resolv", "search more.example", "--fault", "a.test:rcode=SERVFAIL", "--hostname", "here"])
            .chain(["--", "sh", "-c", script]),
    );
    let expected = "here\n192.0.2.80      STREAM www.own.example\n192.0.2.7       seven\n\
        192.0.2.9       short.more.example\nsearch more.example\n";
    assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (0, expected, ""));
}

#[test]
fn a_world_of_a_folder_and_the_etc_of_a_container() {
    if !has("getent", "getent") {
        return;
    }
    let folder = Folder::new();
    folder.put("world/world.toml", "about = \"Mine\"\nhostname = \"mine\"\n");
    folder.put("world/hosts", "192.0.2.3 three\n");
    let world = folder.path().join("world").display().to_string();
    assert_eq!(
        says(&["--world", &world], &["sh", "-c", "hostname; getent hosts three"]),
        "mine\n192.0.2.3       three\n"
    );
    folder.put("etc/resolv.conf", "nameserver 10.96.0.10\nsearch default.svc.cluster.local\noptions ndots:5\n");
    let etc = folder.path().join("etc").display().to_string();
    let service = ["--etc", &etc, "--record", "www.default.svc.cluster.local. A 10.96.3.4", "--wire"];
    let ran = exec(&service, &["getent", "ahostsv4", "www"]);
    assert_eq!((ran.exit, ran.out.lines().next()), (0, Some("10.96.3.4       STREAM www.default.svc.cluster.local")));
    assert_eq!(ran.err, "udp A www.default.svc.cluster.local. @10.96.0.10 → NOERROR 1\n");
}

#[test]
fn a_case_and_a_world_are_too_much() {
    let ran = exec(&["--case", "hosts/file/case@inet", "--record", "a.example. A 192.0.2.1"], &["true"]);
    insta::assert_snapshot!(ran.told(), @r#"
    exit 125
    --- stdout
    --- stderr
      × entering the world of `hosts/file/case@inet`: another world is given too
      help: leave out --case, or the options under "World"
    "#);
}

#[test]
fn a_query_is_told_while_the_program_runs() {
    if !has("getent", "getent") {
        return;
    }
    let script = "getent ahostsv4 a.test | head -n 1; read go; getent ahostsv4 b.test >/dev/null";
    let mut child = command(root(), ["exec", "--wire", "--", "sh", "-c", script]);
    let child = child.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = child.spawn().expect("it starts");
    let mut told = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut next = || told.next().expect("a line").expect("text");
    assert_eq!(next(), "udp A a.test. → NOERROR 1");
    // The program waits until that was seen.
    child.stdin.take().expect("a pipe").write_all(b"go\n").expect("it reads");
    assert!(next().starts_with("udp A b.test. → "));
    child.wait().expect("it ends");
}

#[test]
fn the_wire_goes_into_a_file_and_lines_stay_whole() {
    if !has("getent", "getent") {
        return;
    }
    let folder = Folder::new();
    let wire = folder.path().join("wire");
    let option = format!("--wire={}", wire.display());
    assert!(says(&[&option], &["getent", "ahostsv4", "a.test"]).starts_with("192.0.2.1 "));
    assert_eq!(folder.read("wire"), "udp A a.test. → NOERROR 1\n");
    let nowhere = exec(&["--wire=/nonexistent/wire"], &["true"]);
    assert_eq!(nowhere.exit, 125);
    assert!(nowhere.err.contains("writing the wire to `/nonexistent/wire`: No such file"), "{}", nowhere.err);
    // The program writes to the same file at the same time.
    let both = folder.path().join("both");
    let file = File::options().create(true).append(true).open(&both).expect("a file");
    let script = "i=0; while [ $i -lt 40 ]; do getent ahostsv4 n$i.test >/dev/null; echo line >&2; i=$((i+1)); done & \
        i=0; while [ $i -lt 400 ]; do echo line >&2; i=$((i+1)); done; wait";
    let mut command = command(root(), ["exec", "--wire", "--", "sh", "-c", script]);
    assert!(command.stderr(file).status().expect("it runs").success());
    let text = folder.read("both");
    let queries = text.lines().filter(|line| line.starts_with("udp A n") && line.ends_with(".test. → NXDOMAIN"));
    assert_eq!((queries.count(), text.lines().filter(|line| *line == "line").count()), (40, 440), "{text}");
    assert_eq!(text.lines().count(), 480);
}

/// `exec` in `exec`.
fn nested(outer: &[&str], inner: &[&str], program: &[&str]) -> Ran {
    let netdbspec = netdbspec().display().to_string();
    let inner = [&[netdbspec.as_str(), "exec"], inner, &["--"], program].concat();
    exec(outer, &inner)
}

#[test]
fn what_falls_through_is_asked_of_the_machine_s_own_nameservers() {
    if !has("getent", "getent") {
        return;
    }
    // The world outside is the machine of the one inside: its resolv.conf names this stub.
    let outer = ["--record", "far.example. A 198.51.100.7", "--resolv", "nameserver 127.0.0.9", "--wire"];
    let inner = ["--record", "near.test. A 192.0.2.5", "--fall-through", "--wire=/dev/null"];
    let look = ["sh", "-c", "getent ahostsv4 far.example | head -n 1; getent hosts near.test; getent hosts no.example"];
    let ran = nested(&outer, &inner, &look);
    assert_eq!(ran.out, "198.51.100.7    STREAM far.example\n192.0.2.5       near.test\n");
    let told: Vec<_> = ran.err.lines().collect();
    assert_eq!(told.first(), Some(&"udp A far.example. @127.0.0.9 → NOERROR 1"), "{}", ran.err);
    assert!(told.iter().any(|line| line.starts_with("udp A no.example.")) && !ran.err.contains("near"), "{}", ran.err);
    // Nobody is asked unless it is said.
    let ran = nested(&outer, &[], &["getent", "ahostsv4", "far.example"]);
    assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (2, "", ""));
}

#[test]
fn worlds_in_worlds_in_worlds() {
    let netdbspec = netdbspec().display().to_string();
    let deeper = [&netdbspec, "exec", "--hostname", "third", "--", "sh", "-c", "hostname; id -u; exit 9"];
    let ran = nested(&["--hostname", "first"], &["--hostname", "second"], &deeper);
    let user = Ran::of(Command::new("id").arg("-u").stdin(Stdio::null())).out;
    assert_eq!((ran.exit, ran.out, ran.err.as_str()), (9, format!("third\n{user}"), ""));
    let signalled = nested(&[], &[], &["sh", "-c", "kill -TERM $$"]);
    assert_eq!(signalled.exit, 128 + libc::SIGTERM);
}
