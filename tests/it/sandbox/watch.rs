//! A program that is watched: all that it and its children look at is seen, and nothing else of its life changes.

use std::path::Path;

use netdbspec::sandbox::{Exit, Glance, Look, Program, Watch};
use netdbspec::world::{File, World};

use super::given::{Said, build, finish, program, sh, told, world};

/// Runs a program to its end under a watch. Where watching is refused the test fails with the reason.
fn watched(world: &World, program: &Program) -> (Said, Vec<Glance>) {
    let mut sandbox = build(world, program);
    let watch = sandbox.watch().unwrap_or_else(|error| panic!("{}", told(&error)));
    let said = finish(&mut sandbox);
    drop(sandbox);
    (said, Watch::finish(watch))
}

/// The error numbers with which a path was opened, in order, and where it led the last time.
fn opened(glances: &[Glance], wanted: &str) -> (Vec<i32>, Option<String>) {
    let (mut errnos, mut last) = (Vec::new(), None);
    for glance in glances {
        if let Look::Open { path, real } = &glance.look
            && path == Path::new(wanted)
        {
            errnos.push(glance.errno);
            last = real.as_ref().map(|real| real.display().to_string());
        }
    }
    (errnos, last)
}

#[test]
fn what_is_there_what_is_not_and_where_links_lead() {
    let mut world = world();
    world.files.insert("networks".to_owned(), File::Link("hosts".to_owned()));
    let script = "cat /etc/hosts; cd /etc && cat services networks /etc/gai.conf 2>&1 | wc -l; test -e host.conf";
    let (said, glances) = watched(&world, &sh(script));
    assert!(said.stdout.starts_with("127.0.0.1 localhost inside\n"), "{said:?}");
    assert_eq!(opened(&glances, "/etc/hosts"), (vec![0], None));
    assert_eq!(opened(&glances, "/etc/services"), (vec![0], None), "a relative path is told as an absolute one");
    assert_eq!(opened(&glances, "/etc/networks"), (vec![0], Some("/etc/hosts".to_owned())));
    assert_eq!(opened(&glances, "/etc/gai.conf"), (vec![libc::ENOENT], None));
    let asked = |glance: &Glance| matches!(&glance.look, Look::Stat(path) if path.ends_with("host.conf"));
    assert!(glances.iter().any(asked), "{glances:?}");
    assert!(glances.is_sorted_by_key(|glance| glance.at));
}

#[test]
fn where_a_program_connects_to_and_from_which_address() {
    let script = "import socket\n\
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
        s.connect(('127.0.0.9', 7))\n\
        try: s.connect(('198.51.100.1', 7))\n\
        except OSError: pass\n\
        try: socket.socket(socket.AF_UNIX).connect('/nowhere/socket')\n\
        except OSError: pass\n";
    if !crate::support::has("python", "python3") {
        return;
    }
    let (said, glances) = watched(&world(), &program(&["python3", "-c", script]));
    assert_eq!((said.exit, said.stderr.as_str()), (Exit::Status(0), ""));
    let seen = |look: &Look| glances.iter().filter(|glance| glance.look == *look).map(|glance| glance.errno).next();
    let from = Some("127.0.0.1".parse().unwrap());
    assert_eq!(seen(&Look::Connect { to: "127.0.0.9:7".parse().unwrap(), from }), Some(0));
    let nowhere = Look::Connect { to: "198.51.100.1:7".parse().unwrap(), from: None };
    assert_eq!(seen(&nowhere), Some(libc::ENETUNREACH));
    assert_eq!(seen(&Look::Socket("/nowhere/socket".into())), Some(libc::ENOENT));
}

#[test]
fn signals_stops_and_the_end_are_what_they_were() {
    let (said, _) = watched(&world(), &sh("trap 'echo caught' USR1; kill -USR1 $$; kill -TERM $$"));
    assert_eq!((said.exit, said.stdout.as_str()), (Exit::Signal(libc::SIGTERM), "caught\n"));
    // Until the stopped process has run on and ended, which only one that stays stopped never does.
    let stopped = "sh -c 'kill -STOP $$; exit 7' & p=$!\n\
        while grep -q '^State:.[^Z]' /proc/$p/status; do kill -CONT $p; done; wait $p; echo $?";
    let (said, _) = watched(&world(), &sh(stopped));
    assert_eq!((said.exit, said.stdout.as_str()), (Exit::Status(0), "7\n"));
}

#[test]
fn a_program_that_never_starts_leaves_no_watch_behind() {
    let mut sandbox = build(&world(), &sh("exit"));
    let watch = sandbox.watch().unwrap();
    drop(sandbox);
    assert_eq!(watch.finish(), []);
    let mut sandbox = build(&world(), &program(&["/nonexistent"]));
    let watch = sandbox.watch().unwrap();
    sandbox.release().unwrap_err();
    insta::assert_snapshot!(sandbox.watch().unwrap_err(), @"watching the program's files: the program has ended already");
    drop(sandbox);
    assert_eq!(watch.finish(), []);
}
