//! What a program inside has of its own, as if it had been started in place of `exec`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use rstest::rstest;
use rustix::process::{Pid, Signal, WaitOptions, geteuid};

use super::says;
use crate::support::{Folder, Ran, command, has, netdbspec, root};

/// What a shell script says, run inside by a shell script outside: `exec` stands for the program and its options.
#[track_caller]
fn told_by(script: &str) -> String {
    let mut outer = Command::new("sh");
    outer.args(["-c", &format!("inside() {{ \"$NETDBSPEC\" exec \"$@\"; }}\n{script}")]);
    let ran = Ran::of(outer.env("NETDBSPEC", netdbspec()).current_dir(root()).stdin(Stdio::null()));
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.out
}

/// A script that is running inside.
struct Running {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Running {
    /// Starts it in a process group of its own, as a shell does.
    fn new(script: &str) -> Self {
        let mut command = command(root(), ["exec", "--", "sh", "-c", script]);
        let mut child = command.process_group(0).stdout(Stdio::piped()).spawn().expect("it starts");
        let said = BufReader::new(child.stdout.take().expect("it is a pipe"));
        Self { child, said }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn hears(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it says a line");
        line.trim_end().to_owned()
    }

    /// Sends it a signal, as one process sends it to another.
    fn signal(&self, signal: &str) {
        kill(signal, &self.child.id().to_string());
    }

    /// Waits until it has stopped itself, and says by which signal.
    fn stopped(&self) -> Option<i32> {
        let status = rustix::process::waitpid(Some(self.pid()), WaitOptions::UNTRACED).expect("it is a child");
        status.and_then(|(_, status)| status.stopping_signal())
    }

    #[track_caller]
    fn ends(mut self, status: i32) {
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).expect("it is text");
        assert_eq!((self.child.wait().expect("it ends").code(), rest.as_str()), (Some(status), ""));
    }
}

/// Sends a signal to a process, or to a group.
fn kill(signal: &str, whom: &str) {
    let sent = Command::new("kill").args(["-s", signal, "--", whom]).status().expect("there is kill");
    assert!(sent.success(), "{signal} to {whom}");
}

/// A script that says each of these signals when it comes.
fn listener(signals: &str) -> String {
    format!("for s in {signals}; do trap \"echo $s\" $s; done; echo ready; while :; do sleep 600 & wait; done")
}

#[test]
fn each_signal_is_passed_on() {
    let signals = "HUP INT QUIT USR1 USR2 ALRM TERM CONT WINCH URG IO PWR XCPU VTALRM";
    let mut running = Running::new(&listener(signals));
    assert_eq!(running.hears(), "ready");
    for signal in signals.split_whitespace() {
        running.signal(signal);
        assert_eq!(running.hears(), signal);
    }
    running.signal("ABRT");
    running.ends(128 + libc::SIGABRT);
}

#[test]
fn a_signal_for_the_whole_group_comes_once() {
    if !has("python", "python3") {
        return;
    }
    // A real-time signal, of which each one counts.
    let script = "import signal; s = signal.SIGRTMIN + 1; signal.pthread_sigmask(signal.SIG_BLOCK, [s, 10])
print('ready', flush=True)
while True: print(signal.Signals(n).name if (n := signal.sigwait([s, 10])) == 10 else n - s, flush=True)";
    let mut running = Running::new(&format!("exec python3 -c \"{script}\""));
    assert_eq!(running.hears(), "ready");
    for _ in 0..3 {
        kill("RTMIN+1", &format!("-{}", running.child.id()));
        assert_eq!(running.hears(), "0");
        running.signal("USR1");
        assert_eq!(running.hears(), "SIGUSR1");
    }
    running.signal("TERM");
    running.ends(128 + libc::SIGTERM);
}

#[test]
fn a_program_that_ignores_a_signal_goes_on() {
    let mut running =
        Running::new("trap '' TERM; trap 'echo still' USR1; echo ready; while :; do sleep 600 & wait; done");
    assert_eq!(running.hears(), "ready");
    running.signal("TERM");
    running.signal("USR1");
    assert_eq!(running.hears(), "still");
    running.signal("KILL");
    running.child.wait().expect("it ends");
}

#[test]
fn it_stops_and_goes_on_as_the_program_does() {
    let mut running = Running::new("trap 'echo on' CONT; echo ready; while :; do sleep 600 & wait; done");
    assert_eq!(running.hears(), "ready");
    for signal in ["TSTP", "TTIN", "TSTP"] {
        // TTIN is for whoever uses the terminal: it is sent to the program itself.
        match signal {
            "TTIN" => kill(signal, &inside(&running).to_string()),
            signal => running.signal(signal),
        }
        let number = if signal == "TTIN" { libc::SIGTTIN } else { libc::SIGTSTP };
        assert_eq!(running.stopped(), Some(number), "{signal}");
        running.signal("CONT");
        assert_eq!(running.hears(), "on");
    }
    running.signal("INT");
    running.ends(128 + libc::SIGINT);
}

#[test]
fn a_program_that_stops_itself_and_is_woken_by_another_wakes_it_too() {
    let running = Running::new("kill -STOP $$; exit 7");
    assert_eq!(running.stopped(), Some(libc::SIGSTOP));
    kill("CONT", &inside(&running).to_string());
    running.ends(7);
}

/// The program itself, as it is numbered outside: the child of the sandbox's first process.
fn inside(running: &Running) -> i32 {
    let child = |pid: i32| {
        let mut children = String::new();
        for task in fs::read_dir(format!("/proc/{pid}/task")).expect("it is there") {
            let path = task.expect("it is there").path().join("children");
            children += &fs::read_to_string(path).expect("the kernel tells of children");
        }
        children.split_whitespace().next().and_then(|pid| pid.parse().ok()).expect("it has a child")
    };
    child(child(running.pid().as_raw_nonzero().get()))
}

#[test]
fn what_it_leaves_behind_is_gone() {
    // A name that no other process has.
    let own = format!("{}.25", 7_000_000 + std::process::id());
    let script = format!("setsid sleep {own} >&- 2>&- & trap '' HUP; (sleep {own} >&- 2>&- &); echo left");
    assert_eq!(says(&[], &["sh", "-c", &script]), "left\n");
    let left: Vec<_> = fs::read_dir("/proc")
        .expect("there is /proc")
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("cmdline")).ok())
        .filter(|line| line.contains(&own))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn signals_that_the_caller_ignores_are_ignored_inside() {
    let show = "inside -- sed -n 's/^SigIgn:.//p' /proc/self/status";
    assert_eq!(told_by(show), "0000000000000000\n");
    // SIGHUP is bit 0 and SIGPIPE bit 12.
    assert_eq!(told_by(&format!("trap '' HUP PIPE; {show}")), "0000000000001001\n");
}

#[test]
fn a_pipe_that_nobody_reads_ends_the_program() {
    assert_eq!(told_by("{ { inside -- yes; echo $? >&3; } | head -n 1; } 3>&1"), "y\n141\n");
}

#[test]
fn an_output_that_the_program_closes_is_closed() {
    let script = "echo closing; exec >&-; read line; echo \"heard $line\" >&2";
    let mut child = command(root(), ["exec", "--", "sh", "-c", script]);
    let mut child =
        child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut said = String::new();
    // Ends while the program waits for its input.
    child.stdout.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert_eq!(said, "closing\n");
    child.stdin.take().expect("a pipe").write_all(b"it\n").expect("the program reads");
    let ran = child.wait_with_output().expect("it ends");
    assert_eq!((ran.status.code(), ran.stderr.as_slice()), (Some(0), &b"heard it\n"[..]));
}

#[test]
fn streams_that_the_caller_has_closed_are_closed_inside() {
    let show = "for n in 0 1 2; do test -e /proc/$$/fd/$n && echo $n >>$OUT; done; true";
    let folder = Folder::new();
    let out = folder.path().join("out");
    told_by(&format!("export OUT={}; inside -- sh -c '{show}' <&- >&-", out.display()));
    assert_eq!(folder.read("out"), "2\n");
}

#[test]
fn other_descriptors_are_closed() {
    let show = "inside -- sh -c 'ls /proc/$$/fd; true' 3</etc/passwd 7</etc";
    assert_eq!(told_by(show), "0\n1\n2\n");
}

#[test]
fn limits_niceness_and_the_mask_for_new_files() {
    let script = "umask 027; ulimit -n 100; ulimit -c 0; ulimit -v 9000000; \
        nice -n 5 \"$NETDBSPEC\" exec -- sh -c 'umask; ulimit -n; ulimit -c; ulimit -v; nice'";
    let before: i32 = told_by("nice").trim().parse().expect("a number");
    assert_eq!(told_by(script), format!("0027\n100\n0\n9000000\n{}\n", (before + 5).min(19)));
}

#[test]
fn the_user_and_the_groups() {
    let outside = Ran::of(Command::new("id").arg("-u").stdin(Stdio::null())).out;
    let inside = says(&[], &["sh", "-c", "id -u; grep CapEff /proc/self/status"]);
    assert_eq!(inside.lines().next(), outside.lines().next());
    // Root is root; others have no right that they have not outside.
    assert_eq!(inside.contains("0000000000000000"), !geteuid().is_root(), "{inside}");
    let folder = Folder::new();
    let claims = "id -u; id -g; echo x >mine; hostname other; hostname";
    let ran = Ran::of(&mut command(folder.path(), ["exec", "--as-root", "--", "sh", "-c", claims]));
    assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (0, "0\n0\nother\n", ""));
    let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(folder.path().join("mine")).expect("it is there"));
    assert_eq!(owner, geteuid().as_raw());
}

#[test]
fn a_low_port_is_for_root() {
    if !has("python", "python3") {
        return;
    }
    let bind = "import socket\ntry: socket.create_server(('127.0.0.1', 80)); print('bound')\n\
        except PermissionError: print('refused')";
    let own = if geteuid().is_root() { "bound\n" } else { "refused\n" };
    assert_eq!(says(&[], &["python3", "-c", bind]), own);
    assert_eq!(says(&["--as-root"], &["python3", "-c", bind]), "bound\n");
}

#[test]
fn the_machine_is_there_but_for_the_resolvers_files() {
    let home = Folder::new();
    let name = format!("netdbspec-test-{}", std::process::id());
    let script = format!(
        "echo home >\"$HOME/x\"; cat \"$HOME/x\"; echo shared >/dev/shm/{name}; hostname; cat /proc/[0-9]*/comm; \
         test -w /tmp && echo tmp"
    );
    let ran = Ran::of(command(root(), ["exec", "--", "sh", "-c", &script]).env("HOME", home.path()));
    let shared = Path::new("/dev/shm").join(&name);
    assert_eq!(fs::read_to_string(&shared).expect("it is shared"), "shared\n");
    fs::remove_file(shared).expect("it can go");
    assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (0, "home\nbox\nnetdbspec-init\nsh\ntmp\n", ""));
    assert_eq!(home.read("x"), "home\n");
}

#[rstest]
#[case::in_etc("cd /etc; inside -- pwd; inside -- cat resolv.conf | head -n 1", "/etc\nnameserver 127.0.0.1\n")]
#[case::below_etc(
    "cd /etc/alternatives 2>&- || cd /etc/ssl || cd /etc; inside -- sh -c 'test $(pwd -P) = '$(pwd -P)",
    ""
)]
#[case::a_link(
    "cd \"$F\"; mkdir real; ln -s real link; cd link; inside -- sh -c 'pwd; pwd -P' | sed \"s|.*/||\"",
    "link\nreal\n"
)]
fn the_folder(#[case] script: &str, #[case] expected: &str) {
    let folder = Folder::new();
    let script = format!("export F={0}; cd {0}; {script}", folder.path().display());
    assert_eq!(told_by(&script), expected);
}

#[test]
fn a_folder_whose_path_is_too_long_and_one_above_which_nobody_may_go() {
    let folder = Folder::new();
    let deep = "import os, subprocess
for _ in range(22): os.mkdir('x' * 200); os.chdir('x' * 200)
open('file', 'w').write('here\\n')
subprocess.run([os.environ['NETDBSPEC'], 'exec', '--', 'cat', 'file'], check=True)";
    if has("python", "python3") {
        assert_eq!(told_by(&format!("cd {}; python3 -c \"{deep}\"", folder.path().display())), "here\n");
    }
    folder.put("closed/open/x", "there\n");
    let closed = folder.path().join("closed");
    let script = format!("cd {}/open; chmod 0 ..; inside -- cat x", closed.display());
    let said = told_by(&script);
    fs::set_permissions(closed, fs::Permissions::from_mode(0o700)).expect("it is ours");
    assert_eq!(said, "there\n");
}

#[test]
fn a_folder_that_is_gone_is_told() {
    let folder = Folder::new();
    let script =
        format!("mkdir {0}/gone; cd {0}/gone; rmdir ../gone; inside -- true 2>&1; echo $?", folder.path().display());
    insta::assert_snapshot!(told_by(&script), @r"
      × entering the working directory inside: it has no path: No such file or directory (os error 2)
      help: it may have been deleted: cd to another folder

    125
    ");
}

#[test]
fn its_number_is_no_other_process_s() {
    let number: i32 = says(&[], &["sh", "-c", "echo $$"]).trim().parse().expect("a number");
    // Where the kernel does not let it be chosen, it is the first after that of process 1.
    assert!(number == 2 || number > 10, "{number}");
}

#[test]
fn a_killed_exec_takes_the_program_with_it() {
    let mut running = Running::new("echo ready; exec sleep 600");
    assert_eq!(running.hears(), "ready");
    rustix::process::kill_process(running.pid(), Signal::KILL).expect("it runs");
    let mut rest = Vec::new();
    // The program held the other end.
    running.said.read_to_end(&mut rest).expect("it ends");
    running.child.wait().expect("it ends");
}
