//! Programs: who they are, how they start and how they end.

use std::io::Read;
use std::time::Duration;

use netdbspec::sandbox::{Error, Exit, Identity, Program, Sandbox, Stdio};
use rstest::rstest;

use super::given::{DEADLINE, build, finish, program, run, says, sh, succeeded, told, world};

/// The capability sets in the order of /proc/self/status: inheritable, permitted, effective, bounding, ambient.
const IDENTITY: &str = "id -u; sed -n 's/^Cap...:.//p' /proc/self/status";

#[test]
fn root_has_every_capability_inside() {
    let said = says(&world(), IDENTITY);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "0");
    assert_ne!(u64::from_str_radix(lines[3], 16).unwrap() & (1 << 21), 0, "CAP_SYS_ADMIN in {said}");
    assert_eq!(says(&world(), "hostname other; hostname"), "other\n");
}

#[test]
fn the_user_himself_has_the_capabilities_that_he_has_outside() {
    let own = |script| Program { identity: Identity::Own, ..sh(script) };
    let said = succeeded(run(&world(), &own(IDENTITY)));
    let user = rustix::process::geteuid();
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], user.as_raw().to_string());
    // Permitted and effective; what a file may give is in the bounding set.
    let none = |set: &str| set == "0000000000000000";
    assert_eq!([none(lines[2]), none(lines[3]), none(lines[4])], [!user.is_root(), !user.is_root(), false], "{said}");
    assert_eq!(run(&world(), &own("hostname other")).exit == Exit::Status(0), user.is_root());
}

#[rstest]
#[case("exit 0", Exit::Status(0))]
#[case("exit 7", Exit::Status(7))]
#[case("exit 255", Exit::Status(255))]
#[case("kill -TERM $$", Exit::Signal(libc::SIGTERM))]
#[case("kill -ABRT $$", Exit::Signal(libc::SIGABRT))]
#[case("kill -SEGV $$", Exit::Signal(libc::SIGSEGV))]
#[case("kill -KILL $$", Exit::Signal(libc::SIGKILL))]
fn its_end_is_passed_on(#[case] script: &str, #[case] expected: Exit) {
    assert_eq!(run(&world(), &sh(script)).exit, expected);
}

#[rstest]
#[case("/no/such/program", libc::ENOENT)]
#[case("no-such-program", libc::ENOENT)]
#[case("/etc/passwd", libc::EACCES)]
#[case("/etc", libc::EACCES)]
#[case("/etc/passwd/x", libc::ENOENT)]
fn a_program_that_cannot_be_executed(#[case] name: &str, #[case] expected: i32) {
    let mut sandbox = build(&world(), &program(&[name]));
    let error = sandbox.release().unwrap_err();
    assert!(matches!(&error, Error::Exec { program, errno } if program == name && *errno == expected), "{error}");
    assert_eq!(sandbox.wait(Some(DEADLINE)).unwrap(), Some(Exit::Status(127)));
}

#[test]
fn a_program_is_found_in_the_path_of_its_own_environment() {
    let mut lost = program(&["sh", "-c", "echo found"]);
    lost.env.insert("PATH".into(), "/no/such/folder".into());
    let error = build(&world(), &lost).release().unwrap_err();
    assert!(matches!(error, Error::Exec { errno: libc::ENOENT, .. }), "{error}");
    lost.env.remove(std::ffi::OsStr::new("PATH"));
    assert_eq!(succeeded(run(&world(), &lost)), "found\n");
}

#[test]
fn a_folder_that_does_not_exist() {
    let error = Sandbox::build(&world(), &Program { cwd: "/no/such/folder".into(), ..sh("true") }).unwrap_err();
    assert_eq!(
        told(&error).lines().next(),
        Some("entering the folder /no/such/folder inside the sandbox: ENOENT, No such file or directory")
    );
}

#[test]
fn it_starts_in_its_folder() {
    assert_eq!(succeeded(run(&world(), &Program { cwd: "/usr".into(), ..sh("pwd") })), "/usr\n");
}

#[test]
fn nothing_happens_before_it_is_released() {
    let mut sandbox = build(&world(), &sh("echo here"));
    assert_eq!(sandbox.wait(Some(Duration::ZERO)).unwrap(), None);
    assert_eq!(succeeded(finish(&mut sandbox)), "here\n");
}

#[test]
fn a_program_that_is_never_released_ends_with_its_sandbox() {
    let mut sandbox = build(&world(), &sh("echo here"));
    let mut stdout = sandbox.take_stdout().unwrap();
    drop(sandbox);
    let mut said = String::new();
    stdout.read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

#[test]
fn it_is_killed() {
    let mut sandbox = build(&world(), &sh("sleep 600 & sleep 600"));
    sandbox.release().unwrap();
    assert_eq!(sandbox.wait(Some(Duration::from_millis(1))).unwrap(), None);
    let mut stdout = sandbox.take_stdout().unwrap();
    assert_eq!(sandbox.kill(), Exit::Signal(libc::SIGKILL));
    assert_eq!(sandbox.wait(None).unwrap(), Some(Exit::Signal(libc::SIGKILL)));
    // Its child held the pipe as well.
    assert_eq!(stdout.read(&mut [0]).unwrap(), 0);
}

#[test]
fn what_it_leaves_behind_ends_with_it() {
    let said = run(&world(), &sh("setsid sleep 600 & trap '' HUP; (sleep 600 &); echo done"));
    assert_eq!((said.stdout.as_str(), said.exit), ("done\n", Exit::Status(0)));
}

#[test]
fn orphans_are_reaped() {
    let script =
        "for i in 1 2 3 4; do (true &); done; while grep -q '^State:.Z' /proc/[0-9]*/status; do :; done; echo clean";
    assert_eq!(run(&world(), &sh(script)).stdout, "clean\n");
}

#[test]
fn it_starts_with_default_signals_and_a_session_of_its_own() {
    // SIGPIPE is ignored in this process, as in every Rust program.
    let said =
        says(&world(), "sed -n 's/^Sig\\(Blk\\|Ign\\):.//p' /proc/self/status; cut -d' ' -f6 /proc/$$/stat; umask");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines, ["0000000000000000", "0000000000000000", "2", "0022"]);
}

#[test]
fn it_may_use_this_process_s_own_streams() {
    let mut sandbox =
        build(&world(), &Program { stdio: Stdio::Inherit, ..sh("test $(cut -d' ' -f6 /proc/$$/stat) != 2") });
    assert!(sandbox.take_stdin().is_none() && sandbox.take_stdout().is_none() && sandbox.take_stderr().is_none());
    sandbox.release().unwrap();
    assert_eq!(sandbox.wait(Some(DEADLINE)).unwrap(), Some(Exit::Status(0)));
}

#[test]
fn no_zombie_stays() {
    let children = || {
        let stat = std::fs::read_to_string("/proc/thread-self/children").unwrap();
        stat.split_whitespace().count()
    };
    run(&world(), &sh("exit 1"));
    drop(build(&world(), &sh("sleep 600")));
    assert_eq!(children(), 0);
}
