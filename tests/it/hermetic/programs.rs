//! Programs inside a world, started by std's `Command`.

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::thread;

use netdbspec::hermetic::{Running, World};
use rustix::process::{Pid, Signal};

use crate::support::has;

fn sh(world: &Running, script: &str) -> Command {
    let mut command = world.command("sh");
    command.args(["-c", script]);
    command
}

fn said(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn a_program_finds_the_files_and_names_of_the_world() {
    let world = World::new().hosts("192.0.2.7 printer\n").hostname("there").record("www.example. A 192.0.2.1");
    let world = world.start().unwrap();
    let output = sh(&world, "cat /etc/hosts /proc/sys/kernel/hostname").output().unwrap();
    assert_eq!(said(&output), "192.0.2.7 printer\nthere\n");
    if has("getent", "getent") {
        let output = world.command("getent").args(["ahostsv4", "www.example"]).output().unwrap();
        assert!(said(&output).starts_with("192.0.2.1 "), "{output:?}");
        assert_eq!(world.queries(), ["udp A www.example."]);
        world.fault("rcode=NXDOMAIN");
        assert_eq!(world.command("getent").args(["hosts", "www.example"]).status().unwrap().code(), Some(2));
    }
}

#[test]
fn what_std_does_for_a_command_it_does_here_too() {
    let world = World::new().start().unwrap();
    let mut command = sh(&world, "pwd; echo $OWN; cat; echo told >&2; exit 7");
    let command = command.env("OWN", "yes").current_dir("/usr");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"through a pipe\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(said(&output), "/usr\nyes\nthrough a pipe\n");
    assert_eq!((output.stderr.as_slice(), output.status.code()), (&b"told\n"[..], Some(7)));

    let error = world.command("no-such-program").spawn().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let error = world.command("true").current_dir("/nonexistent").spawn().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_signal_reaches_the_program_and_its_end_comes_back() {
    let world = World::new().start().unwrap();
    assert_eq!(sh(&world, "kill -SEGV $$").status().unwrap().signal(), Some(11));

    let mut command = sh(&world, "trap 'echo caught; exit 3' TERM; echo ready; sleep 86400 >/dev/null & wait");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut ready = [0; 6];
    out.read_exact(&mut ready).unwrap();
    let pid = Pid::from_child(&child);
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!((rest.as_str(), child.wait().unwrap().code()), ("caught\n", Some(3)));

    let mut child = world.command("sleep").arg("86400").stdout(Stdio::piped()).spawn().unwrap();
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    // It is gone itself, not only what stands for it: nobody holds its output.
    assert_eq!(child.stdout.take().unwrap().read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_program_is_a_process_of_the_world_and_its_user_s() {
    let world = World::new().start().unwrap();
    let output = sh(&world, "readlink /proc/self/ns/net; id -u; grep -E '^Cap(Prm|Eff)' /proc/self/status").output();
    let output = output.unwrap();
    let lines: Vec<_> = said(&output).lines().collect();
    assert_ne!(lines[0], std::fs::read_link("/proc/self/ns/net").unwrap().to_str().unwrap());
    assert_eq!(lines[1], rustix::process::getuid().as_raw().to_string());
    // Root stays root inside; anybody else gets no capability by coming in.
    let none = lines[2..].iter().all(|line| line.ends_with("\t0000000000000000"));
    assert_eq!(none, !rustix::process::getuid().is_root(), "{lines:?}");
}

#[test]
fn the_end_of_a_world_is_that_of_its_programs() {
    let world = World::new().start().unwrap();
    let mut child = sh(&world, "sleep 86400 & echo started; wait").stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 8]).unwrap();
    drop(world);
    assert_eq!(out.read(&mut [0]).unwrap(), 0);
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

#[test]
fn a_world_for_one_command_lasts_as_long_as_what_it_started() {
    let world = World::new().hosts("192.0.2.7 printer\n");
    let mut command = world.command("sh").unwrap();
    command.args(["-c", "read line; cat /etc/hosts"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(command);
    child.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(said(&output), "192.0.2.7 printer\n");
}

#[test]
fn worlds_side_by_side_do_not_meet() {
    if !has("getent", "getent") {
        return;
    }
    thread::scope(|scope| {
        for lane in 1..=8 {
            scope.spawn(move || {
                let world = World::new().record(&format!("www.example. A 192.0.2.{lane}")).start().unwrap();
                for _ in 0..4 {
                    world.forget();
                    let output = world.command("getent").args(["ahostsv4", "www.example"]).output().unwrap();
                    assert!(said(&output).starts_with(&format!("192.0.2.{lane} ")), "{output:?}");
                    assert_eq!(world.queries(), ["udp A www.example."]);
                }
            });
        }
    });
}
