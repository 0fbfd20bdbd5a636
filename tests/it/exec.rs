//! `netdbspec exec`: programs that know nothing of worlds meet one, and the machine does not notice.
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

mod own;
mod suites;
mod terminal;
mod worlds;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rstest::rstest;

use crate::support::{Folder, Ran, command, has, root, run};

/// Runs a program inside, in the checkout.
fn exec(options: &[&str], program: &[&str]) -> Ran {
    run(root(), ["exec"].iter().chain(options).chain(&["--"]).chain(program))
}

/// What a program prints that must succeed and say nothing else.
#[track_caller]
fn says(options: &[&str], program: &[&str]) -> String {
    let ran = exec(options, program);
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.out
}

#[test]
fn python_resolves_in_a_world() {
    if !has("python", "python3") {
        return;
    }
    let script = "import socket; print(socket.gethostname(), socket.gethostbyname_ex('www.python.org'))";
    assert_eq!(
        says(&["--world", "pymotw"], &["python3", "-c", script]),
        "apu.hellfly.net ('prod.python.map.fastlylb.net', ['www.python.org', 'python.map.fastly.net'], ['151.101.32.223'])\n"
    );
}

#[test]
fn getent_resolves_in_a_world_and_the_wire_is_told() {
    if !has("getent", "getent") {
        return;
    }
    let ran = exec(&["--world", "pymotw", "--wire"], &["getent", "ahosts", "www.python.org"]);
    let first: Vec<_> = ran.out.lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(first, ["151.101.32.223", "STREAM", "prod.python.map.fastlylb.net"]);
    // A machine without an IPv6 address is not asked for any.
    assert_eq!((ran.exit, ran.err.as_str()), (0, "udp A www.python.org. → NOERROR 3\n"));
    let missing = exec(&["--world", "pymotw", "--wire"], &["getent", "hosts", "nosuchname"]);
    let told: Vec<_> = missing.err.lines().collect();
    assert!(told.contains(&"udp AAAA nosuchname.hellfly.net. → NXDOMAIN"), "{told:?}");
    assert!(told.contains(&"udp A nosuchname. → NXDOMAIN"), "{told:?}");
    assert_eq!((missing.exit, missing.out.as_str()), (2, ""));
}

#[test]
fn dig_asks_the_nameserver_of_the_world() {
    if !has("dig", "dig") {
        return;
    }
    let ran = exec(&["--world", "pymotw", "--wire"], &["dig", "+short", "www.python.org", "AAAA"]);
    assert_eq!(
        (ran.exit, ran.out.as_str()),
        (0, "python.map.fastly.net.\nprod.python.map.fastlylb.net.\n2a04:4e42:8::223\n")
    );
    let line = ran.err.trim_end();
    assert!(line.starts_with("udp AAAA www.python.org.") && line.ends_with("→ NOERROR 3"), "{line}");
    assert_eq!(line.lines().count(), 1);
}

/// A server that says which of its addresses was reached and what for, once, to a curl that it starts when it listens.
const SERVER: &str = r#"
import socket, subprocess, sys
listening = socket.create_server(("", 8080))
listening.settimeout(60)
curl = subprocess.Popen(["curl", "-q", "-sS", "--noproxy", "*", "http://a.test:8080/x"])
stream, _ = listening.accept()
with stream, stream.makefile("rwb") as file:
    request = [line.decode().strip() for line in iter(file.readline, b"\r\n")]
    host = [line for line in request if line.startswith("Host:")]
    said = f"{stream.getsockname()[0]}\n{request[0]}\n{host[0]}\n".encode()
    file.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
sys.exit(curl.wait())
"#;

#[test]
fn curl_reaches_a_server_by_a_name_of_the_world() {
    if has("python", "python3") && has("curl", "curl") {
        assert_eq!(says(&[], &["python3", "-c", SERVER]), "192.0.2.1\nGET /x HTTP/1.1\nHost: a.test:8080\n");
    }
}

#[test]
fn a_case_lends_its_world_with_what_it_changes() {
    let show = ["sh", "-c", "cat /etc/resolv.conf; echo $LOCALDOMAIN"];
    assert!(says(&["--case", "dns/environment/localdomain@inet"], &show).ends_with("\ntwo.test\n"));
    if !has("getent", "getent") {
        return;
    }
    let options = ["--wire", "--case", "dns/truncation/retried-over-tcp@inet"];
    let ran = exec(&options, &["getent", "ahostsv4", "m40.test"]);
    assert_eq!((ran.exit, ran.out.lines().filter(|line| line.contains("STREAM")).count()), (0, 40));
    assert_eq!(ran.err, "udp A m40.test. → NOERROR 0 TC; truncate\ntcp A m40.test. → NOERROR 40\n");
}

#[rstest]
#[case("exit 0", 0)]
#[case("exit 3", 3)]
#[case("exit 255", 255)]
#[case("kill -TERM $$", 143)]
#[case("kill -KILL $$", 137)]
#[case("kill -SEGV $$", 139)]
fn how_the_program_ended_is_passed_on(#[case] script: &str, #[case] status: i32) {
    let ran = exec(&[], &["sh", "-c", script]);
    assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (status, "", ""));
}

#[test]
fn what_keeps_it_from_running_the_program_has_a_status_of_its_own() {
    let world = exec(&["--world", "nowhere"], &["true"]);
    insta::assert_snapshot!(world.err.lines().next().unwrap_or_default(), @"  × looking for the world `nowhere`: there is none of that name");
    assert!(world.err.contains("help: the worlds are bare, default, linked"), "{}", world.err);
    let one_of_two = exec(&["--case", "dns/truncation/retried-over-tcp"], &["true"]);
    assert!(one_of_two.err.contains("it stands for 2 cases"), "{}", one_of_two.err);
    let none = exec(&["--case", "packing/pton4/basic"], &["true"]);
    assert!(none.err.contains("the case looks at nothing and has no world"), "{}", none.err);
    let files = exec(&["--worlds", "fixtures/broken/worlds"], &["true"]);
    assert!(files.err.contains("fixtures/broken/worlds/no-about/world.toml:1:1"), "{}", files.err);
    let option = run(root(), ["exec", "--wrld", "pymotw", "--", "true"]);
    assert!(option.err.contains("unexpected argument '--wrld'"), "{}", option.err);
    let nothing = run(root(), ["exec", "--world", "pymotw"]);
    for ran in [world, one_of_two, none, files, option, nothing] {
        assert_eq!((ran.exit, ran.out.as_str()), (125, ""), "{}", ran.err);
    }
}

#[test]
fn a_program_that_cannot_be_executed_is_told_as_by_a_shell() {
    let missing = exec(&[], &["no-such-program", "--help"]);
    insta::assert_snapshot!(missing.told());
    let forbidden = exec(&[], &["/etc/hosts"]);
    insta::assert_snapshot!(forbidden.told());
}

#[test]
fn the_arguments_of_the_program_are_its_own() {
    let ran = run(root(), ["exec", "sh", "-c", "echo \"$@\"", "sh", "--wire", "--help", "-q"]);
    assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (0, "--wire --help -q\n", ""));
}

#[test]
fn its_standard_streams_are_the_callers() {
    let (input, mut fill) = std::io::pipe().expect("a pipe");
    fill.write_all(b"one\ntwo\n").expect("a pipe holds so much");
    drop(fill);
    let mut reads = command(root(), ["exec", "--", "sh", "-c", "cat; echo three >&2"]);
    let ran = Ran::of(reads.stdin(input));
    assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (0, "one\ntwo\n", "three\n"));
}

#[test]
fn it_works_in_the_callers_folder_as_the_caller() {
    let folder = Folder::new();
    folder.put("input", "from outside\n");
    let ran = run(folder.path(), ["exec", "--", "sh", "-c", "id -u; id -g; pwd -P; cat input; echo inside >output"]);
    let here = fs::canonicalize(folder.path()).expect("it is there");
    let own = fs::metadata(folder.path().join("input")).expect("it is there");
    let expected = format!("{}\n{}\n{}\nfrom outside\n", own.uid(), own.gid(), here.display());
    assert_eq!((ran.exit, ran.out, ran.err.as_str()), (0, expected, ""));
    let made = fs::metadata(folder.path().join("output")).expect("it stays");
    assert_eq!((made.uid(), made.gid(), folder.read("output").as_str()), (own.uid(), own.gid(), "inside\n"));
}

#[test]
fn variables_are_inherited_unless_they_steer_a_resolver() {
    let steering = ["HOSTALIASES", "LOCALDOMAIN", "NIS_PATH", "RES_OPTIONS", "RESOLV_HOST_CONF", "RESOLV_MULTI"];
    let mut env = command(root(), ["exec", "--", "env"]);
    env.env("HARMLESS", "as it was").env("RESOLVE", "as it was");
    for name in steering {
        env.env(name, "from outside");
    }
    let ran = Ran::of(&mut env);
    assert!(!ran.out.contains("from outside"), "{}", ran.out);
    let path = std::env::var("PATH").expect("there is one");
    for line in ["HARMLESS=as it was", "RESOLVE=as it was", &format!("PATH={path}")] {
        assert!(ran.out.lines().any(|said| said == line), "{line} in {}", ran.out);
    }
    assert_eq!(ran.exit, 0);
}

/// What there is of a file: kind and mode, time of change, contents or target.
type Seen = (u32, i64, i64, Vec<u8>);

/// A folder and all below it. What only others may read is told without its contents.
fn seen(folder: &Path, found: &mut BTreeMap<PathBuf, Seen>) {
    let at = fs::symlink_metadata(folder).expect("it is there");
    let what = match at.file_type() {
        kind if kind.is_symlink() => fs::read_link(folder).map(|target| target.into_os_string().into_encoded_bytes()),
        kind if kind.is_file() => fs::read(folder),
        _ => Ok(Vec::new()),
    };
    found.insert(folder.to_owned(), (at.mode(), at.mtime(), at.mtime_nsec(), what.unwrap_or_default()));
    if at.is_dir() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            seen(&entry.expect("it can be listed").path(), found);
        }
    }
}

fn etc() -> BTreeMap<PathBuf, Seen> {
    let mut found = BTreeMap::new();
    seen(Path::new("/etc"), &mut found);
    found
}

#[test]
fn the_machines_etc_is_left_alone() {
    let before = etc();
    let write = "echo x >/etc/hosts && cat /etc/hosts; rm -f /etc/resolv.conf /etc/passwd; echo y >/etc/new; \
        mkdir /etc/folder; mv /etc/services /etc/folder/; chmod 600 /etc/nsswitch.conf; touch -d @0 /etc; ls /etc/new";
    // The files of the world belong to the caller, who may change them; all of it goes with the sandbox.
    let ran = exec(&[], &["sh", "-c", write]);
    assert_eq!((ran.exit, ran.out.as_str()), (0, "x\n/etc/new\n"), "{}", ran.err);
    for world in ["bare", "linked", "pymotw"] {
        assert_ne!(says(&["--world", world], &["cat", "/etc/nsswitch.conf", "/etc/services"]), "");
        exec(&["--world", world], &["sh", "-c", "kill -KILL $$"]);
    }
    let inside =
        run(Path::new("/etc"), ["exec", "--", "sh", "-c", "echo x >hosts; cat hosts; echo y >new-too"].map(OsStr::new));
    assert_eq!((inside.exit, inside.out.as_str()), (0, "x\n"), "{}", inside.err);
    let after = etc();
    let differ: Vec<_> =
        before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(differ.is_empty(), "{differ:?}");
    assert!(before.len() > 20 && says(&[], &["cat", "/etc/hosts"]) == "127.0.0.1 localhost\n::1 localhost\n");
}
