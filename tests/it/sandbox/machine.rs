//! The machine stays as it is, whatever happens.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use netdbspec::sandbox::{Exit, Identity, Program};
use netdbspec::world::{FILES, File};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::FdFlags;
use rustix::process::{Pid, PidfdFlags};

use super::given::{DEADLINE, build, deeper_outside, depth, finish, link, run, says, sh, succeeded, world};

/// The files of a world as the machine has them: contents, times and inodes.
fn etc() -> BTreeMap<String, impl PartialEq + std::fmt::Debug> {
    let names = FILES.iter().map(|name| (*name).to_owned()).chain([".".to_owned()]);
    let look = |name: &String| {
        let path = format!("/etc/{name}");
        let at = fs::symlink_metadata(&path).ok()?;
        Some((fs::read(&path).unwrap_or_default(), at.mtime(), at.mtime_nsec(), at.ino()))
    };
    names.map(|name| (name.clone(), look(&name))).collect()
}

fn mounts() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}

#[test]
fn its_etc_and_its_mounts_stay_what_they_are() {
    let before = (etc(), mounts());
    for identity in [Identity::Root, Identity::Own] {
        let mut world = world();
        world.links = vec![link("v0", &["192.0.2.1/24"])];
        let mut sandbox =
            build(&world, &Program { identity, ..sh("echo x > /etc/hosts; rm -f /etc/services; touch /etc/new") });
        for name in FILES {
            sandbox.write(name, Some(&File::Text("never outside\n".to_owned()))).unwrap();
        }
        finish(&mut sandbox);
    }
    assert_eq!((etc(), mounts()), before);
    assert!(!fs::exists("/etc/new").unwrap());
    assert!(!fs::exists("/sys/class/net/v0").unwrap());
}

#[test]
fn a_working_directory_in_etc_does_not_lead_out() {
    let said = succeeded(run(&world(), &Program { cwd: "/etc".into(), ..sh("cat hosts; echo x > made-inside; pwd") }));
    assert_eq!(said, "127.0.0.1 localhost inside\n/etc\n");
    assert!(!fs::exists("/etc/made-inside").unwrap());
}

#[test]
fn a_descriptor_into_etc_does_not_lead_out() {
    let held = fs::File::open("/etc").unwrap();
    rustix::io::fcntl_setfd(&held, FdFlags::empty()).unwrap();
    assert_eq!(says(&world(), "ls /proc/$$/fd"), "0\n1\n2\n");
}

#[test]
fn many_at_once() {
    thread::scope(|scope| {
        for lane in 0..8 {
            scope.spawn(move || {
                for turn in 0..6 {
                    let mut world = world();
                    world.hostname = format!("box-{lane}-{turn}");
                    assert_eq!(says(&world, "hostname"), format!("{}\n", world.hostname));
                }
            });
        }
    });
}

#[test]
fn many_at_once_in_one_hand() {
    let mut all: Vec<_> = (0..16).map(|_| build(&world(), &sh("cat /etc/hosts"))).collect();
    all.truncate(12);
    for sandbox in all.iter_mut().rev() {
        assert_eq!(succeeded(finish(sandbox)), "127.0.0.1 localhost inside\n");
    }
}

#[test]
fn a_crash_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let crash = Program { cwd: folder.path().to_owned(), ..sh("ulimit -c; kill -SEGV $$") };
    let said = run(&world(), &crash);
    assert_eq!((said.stdout.as_str(), said.exit), ("0\n", Exit::Signal(libc::SIGSEGV)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// How many sandboxes the killed process holds.
const HELD: usize = 4;

#[test]
fn nothing_stays_of_a_process_that_is_killed() {
    if depth() > 0 {
        return hold_sandboxes();
    }
    let before = mounts();
    let mut victim = deeper_outside("sandbox::machine::nothing_stays_of_a_process_that_is_killed")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("all are running")), "it built no sandboxes");

    // For each sandbox a reaper, the shell and two sleeps.
    let inside = descendants(Pid::from_child(&victim));
    assert_eq!(inside.len(), 4 * HELD, "{inside:?}");
    let ends: Vec<_> =
        inside.iter().map(|pid| rustix::process::pidfd_open(*pid, PidfdFlags::empty()).unwrap()).collect();
    victim.kill().unwrap();
    victim.wait().unwrap();
    for (end, pid) in ends.iter().zip(&inside) {
        assert!(ended(end), "process {pid:?} outlives the one that was killed");
    }
    assert_eq!(mounts(), before);
}

fn hold_sandboxes() {
    // All at once, so that each is copied while others' sockets are open.
    let sandboxes = thread::scope(|scope| {
        let builders: Vec<_> =
            (0..HELD).map(|_| scope.spawn(|| build(&world(), &sh("sleep 600 & echo; sleep 600 & wait")))).collect();
        builders.into_iter().map(|builder| builder.join().unwrap()).collect::<Vec<_>>()
    });
    let mut sandboxes = sandboxes;
    for sandbox in &mut sandboxes {
        sandbox.release().unwrap();
    }
    // Each is at work once the shell has both its children.
    while descendants(rustix::process::getpid()).len() < 4 * HELD {
        thread::yield_now();
    }
    write_line("all are running");
    for sandbox in &mut sandboxes {
        sandbox.wait(None).unwrap();
    }
}

/// Not through the test harness, which may hold it back.
fn write_line(text: &str) {
    rustix::io::write(rustix::stdio::stdout(), format!("{text}\n").as_bytes()).unwrap();
}

/// All processes below this one, as /proc has them.
fn descendants(root: Pid) -> HashSet<Pid> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let name = entry.unwrap().file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw) else { continue };
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        // The name of the program, in parentheses, may hold anything.
        let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
        parents.extend(parent.and_then(Pid::from_raw).map(|parent| (pid, parent)));
    }
    let mut found = HashSet::from([root]);
    loop {
        let next: HashSet<_> =
            parents.iter().filter(|(_, parent)| found.contains(parent)).map(|(pid, _)| *pid).collect();
        let before = found.len();
        found.extend(next);
        if found.len() == before {
            found.remove(&root);
            return found;
        }
    }
}

/// Whether a process has ended or does so before the deadline.
fn ended(process: &OwnedFd) -> bool {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let left = Timespec::try_from(deadline.saturating_duration_since(Instant::now())).unwrap();
        match rustix::event::poll(&mut [PollFd::from_borrowed_fd(process.as_fd(), PollFlags::IN)], Some(&left)) {
            Ok(count) => return count > 0,
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => panic!("{errno}"),
        }
    }
}
