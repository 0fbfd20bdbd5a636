//! A small world, programs for it, and what they say.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::thread;
use std::time::Duration;

use netdbspec::sandbox::{Error, Exit, Identity, Program, Sandbox, Stdio, doctor};
use netdbspec::world::{self, Address, Link, Nameserver, World};

/// How long a program may take that has nothing to wait for. Reached only where something is broken.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A world with some files of /etc and one nameserver.
pub(crate) fn world() -> World {
    let files = [
        ("hosts", "127.0.0.1 localhost inside\n"),
        ("resolv.conf", "nameserver 127.0.0.1\n"),
        ("services", "x 1/tcp\n"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), world::File::Text(text.to_owned())));
    World { files: BTreeMap::from(files), nameservers: vec![nameserver("127.0.0.1")], ..World::bare("small") }
}

pub(crate) fn nameserver(address: &str) -> Nameserver {
    Nameserver::at(address.parse().unwrap())
}

pub(crate) fn address(text: &str) -> Address {
    let (ip, prefix) = text.split_once('/').unwrap();
    Address {
        ip: ip.parse().unwrap(),
        prefix: prefix.parse().unwrap(),
        deprecated: false,
        tentative: false,
        home: false,
    }
}

pub(crate) fn link(name: &str, addresses: &[&str]) -> Link {
    let address = addresses.iter().map(|text| address(text)).collect();
    Link { name: name.to_owned(), peer: None, address, peer_address: Vec::new() }
}

/// A program with pipes, as root, whose environment is a PATH.
pub(crate) fn program(argv: &[&str]) -> Program {
    Program {
        argv: argv.iter().map(Into::into).collect(),
        env: BTreeMap::from([("PATH".into(), "/usr/sbin:/usr/bin:/sbin:/bin".into())]),
        cwd: "/".into(),
        stdio: Stdio::Pipes,
        identity: Identity::Root,
        root: None,
        confined: false,
        own: false,
    }
}

/// A shell script.
pub(crate) fn sh(script: &str) -> Program {
    program(&["sh", "-c", script])
}

/// Builds a sandbox, or fails with the diagnosis.
pub(crate) fn build(world: &World, program: &Program) -> Sandbox {
    Sandbox::build(world, program).unwrap_or_else(|error| panic!("{}\n{:#?}", told(&error), doctor()))
}

/// An error with its hint.
pub(crate) fn told(error: &Error) -> String {
    format!("{error}\n{}", error.hint().unwrap_or_default())
}

/// What a program said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) exit: Exit,
}

/// Runs a program to its end.
pub(crate) fn run(world: &World, program: &Program) -> Said {
    finish(&mut build(world, program))
}

/// Releases a program and lets it run to its end.
pub(crate) fn finish(sandbox: &mut Sandbox) -> Said {
    drop(sandbox.take_stdin());
    let stderr = sandbox.take_stderr().unwrap();
    let stderr = thread::spawn(move || all(stderr));
    let stdout = sandbox.take_stdout().unwrap();
    sandbox.release().unwrap();
    let stdout = all(stdout);
    let exit = sandbox.wait(Some(DEADLINE)).unwrap().expect("the program closed its output and did not end");
    Said { stdout, stderr: stderr.join().unwrap(), exit }
}

fn all(mut stream: File) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// What a script says that must succeed.
pub(crate) fn says(world: &World, script: &str) -> String {
    succeeded(run(world, &sh(script)))
}

/// What a program said that must have succeeded.
pub(crate) fn succeeded(said: Said) -> String {
    assert_eq!((said.exit, said.stderr.as_str()), (Exit::Status(0), ""), "{said:?}");
    said.stdout
}

/// Set for a test that runs itself again inside a sandbox or another process: how deep it is.
const DEPTH: &str = "NETDBSPEC_TEST_DEPTH";

/// How deep this test runs: 0 where the harness has started it, 1 where it has started itself, and so on.
pub(crate) fn depth() -> usize {
    std::env::var(DEPTH).ok().and_then(|depth| depth.parse().ok()).unwrap_or(0)
}

/// This test again, one deeper: the part of it that has to run elsewhere.
pub(crate) fn deeper(test: &str) -> Program {
    let mut again = program(&[]);
    let exe = std::env::current_exe().unwrap();
    again.argv = vec![exe.into(), test.into(), "--exact".into(), "--nocapture".into()];
    again.env.insert(DEPTH.into(), (depth() + 1).to_string().into());
    again
}

/// The same outside any sandbox.
pub(crate) fn deeper_outside(test: &str) -> std::process::Command {
    let again = deeper(test);
    let mut command = std::process::Command::new(&again.argv[0]);
    command.args(&again.argv[1..]).env_clear().envs(again.env);
    command
}

/// Runs a test to its end, which must be a good one.
pub(crate) fn passes(world: &World, test: &Program) {
    let said = run(world, test);
    let passed = said.exit == Exit::Status(0) && said.stdout.contains("1 passed");
    assert!(passed, "{}\n{}\n{:?}", said.stdout, said.stderr, said.exit);
}
