//! What can be done to a world while its program runs.

use std::fs::File as Stream;
use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use netdbspec::sandbox::{Error, Exit, Sandbox};
use netdbspec::world::File;

use super::given::{DEADLINE, build, sh, world};

/// A program that runs each line it reads.
struct Shell {
    sandbox: Sandbox,
    stdin: Stream,
    stdout: BufReader<Stream>,
}

impl Shell {
    fn new() -> Self {
        Self::running("while read line; do eval \"$line\"; done")
    }

    fn running(script: &str) -> Self {
        let mut sandbox = build(&world(), &sh(script));
        sandbox.release().unwrap();
        let stdin = sandbox.take_stdin().unwrap();
        let stdout = BufReader::new(sandbox.take_stdout().unwrap());
        Self { sandbox, stdin, stdout }
    }

    /// The first line that a command says.
    fn says(&mut self, command: &str) -> String {
        writeln!(self.stdin, "{command}").unwrap();
        self.hears()
    }

    /// The next line that it says.
    fn hears(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn write(&mut self, name: &str, text: &str) {
        self.sandbox.write(name, Some(&File::Text(text.to_owned()))).unwrap();
    }
}

#[test]
fn a_file_is_replaced_by_another_inode() {
    let mut shell = Shell::new();
    let mut inodes = vec![shell.says("stat -c %i /etc/hosts")];
    for text in ["127.0.0.1 first\n", "127.0.0.1 again\n"] {
        shell.write("hosts", text);
        assert_eq!(shell.says("cat /etc/hosts"), text.trim_end());
        inodes.push(shell.says("stat -c %i /etc/hosts"));
    }
    inodes.sort();
    inodes.dedup();
    assert_eq!(inodes.len(), 3, "{inodes:?}");
    assert_eq!(shell.says("ls -A /etc | grep -c netdbspec"), "0");
    assert_eq!(shell.says("stat -c '%F %a' /etc/hosts"), "regular file 644");
}

#[test]
fn a_file_is_taken_away_and_comes_back() {
    let mut shell = Shell::new();
    let exists = "test -e /etc/hosts && echo yes || echo no";
    shell.sandbox.write("hosts", None).unwrap();
    assert_eq!(shell.says(exists), "no");
    shell.sandbox.write("hosts", None).unwrap();
    shell.write("hosts", "x\n");
    assert_eq!(shell.says(exists), "yes");
}

#[test]
fn links_folders_and_files_take_each_others_place() {
    let mut shell = Shell::new();
    let kind = "stat -c %F /etc/resolv.conf";
    for (file, expected) in [
        (File::Folder, "directory"),
        (File::Link("/run/x".to_owned()), "symbolic link"),
        (File::Folder, "directory"),
        (File::Text("x".to_owned()), "regular file"),
        (File::Link("hosts".to_owned()), "symbolic link"),
    ] {
        shell.sandbox.write("resolv.conf", Some(&file)).unwrap();
        assert_eq!(shell.says(kind), expected);
    }
    assert_eq!(shell.says("cat /etc/resolv.conf"), "127.0.0.1 localhost inside");
}

#[test]
fn a_file_of_the_machine_is_hidden_inside_only() {
    let mut shell = Shell::new();
    assert_eq!(shell.says("test -s /etc/passwd && echo yes"), "yes");
    shell.sandbox.write("passwd", None).unwrap();
    assert_eq!(shell.says("test -e /etc/passwd || echo no"), "no");
    assert!(std::path::Path::new("/etc/passwd").exists());
}

#[test]
fn contents_of_any_length() {
    let mut shell = Shell::new();
    for length in [0, 65_536, 3_000_000] {
        shell.write("services", &"x".repeat(length));
        assert_eq!(shell.says("wc -c < /etc/services"), length.to_string());
    }
}

#[test]
fn a_name_that_leads_out_is_refused() {
    let mut shell = Shell::new();
    for name in ["../passwd", "a/b", "", ".."] {
        let error = shell.sandbox.write(name, None).unwrap_err();
        assert!(matches!(error, Error::Write { errno: libc::EINVAL, .. }), "{error}");
    }
}

#[test]
fn a_signal_reaches_the_program() {
    let mut shell = Shell::running("trap 'echo heard' USR1; echo ready; while :; do sleep 600 & wait; done");
    assert_eq!(shell.hears(), "ready");
    shell.sandbox.signal(libc::SIGUSR1).unwrap();
    assert_eq!(shell.hears(), "heard");
    assert!(matches!(shell.sandbox.signal(9999), Err(Error::Signal { signal: 9999, errno: libc::EINVAL })));
    assert_eq!(shell.sandbox.wait(Some(Duration::ZERO)).unwrap(), None);
    shell.sandbox.signal(libc::SIGTERM).unwrap();
    assert_eq!(shell.sandbox.wait(Some(DEADLINE)).unwrap(), Some(Exit::Signal(libc::SIGTERM)));
}

#[test]
fn after_its_end_there_is_nothing_to_do() {
    let mut shell = Shell::new();
    writeln!(shell.stdin, "exit 3").unwrap();
    assert_eq!(shell.sandbox.wait(Some(DEADLINE)).unwrap(), Some(Exit::Status(3)));
    let error = shell.sandbox.write("hosts", None).unwrap_err();
    assert!(matches!(error, Error::Ended { .. }), "{error}");
    assert!(matches!(shell.sandbox.signal(libc::SIGTERM), Err(Error::Ended { .. })));
    assert_eq!(shell.sandbox.wait(None).unwrap(), Some(Exit::Status(3)));
    assert_eq!(shell.sandbox.kill(), Exit::Status(3));
}

#[test]
fn an_end_that_nobody_has_waited_for_is_no_surprise() {
    for _ in 0..20 {
        let mut shell = Shell::new();
        drop(shell.stdin);
        // Whether it ends before, while or after the request is done, the request says so.
        match shell.sandbox.write("hosts", None) {
            Ok(()) | Err(Error::Ended { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        assert_eq!(shell.sandbox.wait(Some(DEADLINE)).unwrap(), Some(Exit::Status(0)));
    }
}

#[test]
fn a_file_is_replaced_while_the_program_waits_at_the_gate() {
    let mut sandbox = build(&world(), &sh("cat /etc/hosts"));
    sandbox.write("hosts", Some(&File::Text("changed\n".to_owned()))).unwrap();
    assert_eq!(super::given::succeeded(super::given::finish(&mut sandbox)), "changed\n");
}
