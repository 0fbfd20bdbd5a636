//! Machines that lack what is needed: each row spoils a machine of its own, and says what is told then.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::mount::{MountFlags, UnmountFlags};
use rustix::process::{Resource, Rlimit};
use rustix::thread::CapabilitySet;

use super::left::Left;
use super::{in_a_machine, in_one_line, netdbspec};
use crate::support::{Folder, Ran, has};

/// A case that looks at nothing and is asked outside any sandbox, one inside a world, and one that needs a file.
const CASES: [&str; 3] = ["packing/pton4/basic", "hosts/file/case@inet", "sockets/unix/stream"];

/// What a run comes to on such a machine.
struct Told<'t> {
    /// Its exit status.
    status: i32,
    /// What it says, in one line.
    words: &'t [&'t str],
}

impl Told<'_> {
    /// Runs a command and holds it against this. Nothing of it is left, in these folders least of all.
    #[track_caller]
    fn is_of(&self, command: &mut Command, folders: &[&Path]) {
        let before = Left::now(folders);
        let ran = Ran::of(command);
        let said = in_one_line(&format!("{}\n{}", ran.out, ran.err));
        for words in self.words {
            assert!(said.contains(words), "{words}\nis not in\n{said}");
        }
        assert_eq!(ran.exit, self.status, "{said}");
        before.is_all_again(folders);
    }
}

#[track_caller]
fn tells(home: &Path, command: &mut Command, told: &Told<'_>) {
    told.is_of(command, &[home]);
}

/// What is told where all cases were run as always.
const WELL: &str = "3 cases in";
const NONE_BROKEN: &str = "0 could not be run";

#[track_caller]
fn is_well(home: &Path, command: &mut Command) {
    tells(home, command, &Told { status: 0, words: &[WELL, NONE_BROKEN] });
}

fn audit(home: &Path, options: &[&str]) -> Command {
    netdbspec(home, ["audit"].iter().chain(options).chain(&CASES))
}

/// Mounts a tmpfs of 64 kB here and fills it.
fn fill(folder: &Path) {
    rustix::mount::mount(c"tmpfs", folder, c"tmpfs", MountFlags::empty(), c"size=64k").unwrap();
    let mut file = fs::File::create(folder.join("fill")).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
}

/// Takes away what was mounted here: a folder under a mount cannot be removed.
fn uncover(path: &Path) {
    rustix::mount::unmount(path, UnmountFlags::DETACH).unwrap();
}

#[test]
fn a_full_disk() {
    in_a_machine(|| {
        let folder = Folder::new();
        fill(folder.path());
        let home = folder.path();
        // Nothing that a case needs is there.
        is_well(home, &mut audit(home, &[]));
        let report = home.join("report.jsonl");
        let words = format!("writing the report to `{}`: No space left on device", report.display());
        let format = format!("json={}", report.display());
        fs::File::create(&report).unwrap();
        let told = Told { status: 3, words: &[&words, WELL, NONE_BROKEN] };
        tells(home, &mut audit(home, &["--format", &format, "--format", "terminal"]), &told);
        let snapshots = home.join("snapshots").display().to_string();
        let told = Told { status: 3, words: &["writing the snapshot `", "No space left on device"] };
        fs::create_dir_all(home.join("snapshots/glibc")).unwrap();
        // What could be written stays.
        told.is_of(&mut audit(home, &["--record", &snapshots]), &[]);
        uncover(home);
    });
}

#[test]
fn a_full_standard_output() {
    in_a_machine(|| {
        let folder = Folder::new();
        let mut audit = audit(folder.path(), &["--format", "json"]);
        let run = audit.stdout(fs::File::create("/dev/full").unwrap()).stderr(Stdio::piped()).spawn().unwrap();
        let ran = Ran::said(run.wait_with_output().unwrap());
        let said = in_one_line(&ran.err);
        assert!(said.contains("writing the report to standard output: No space left on device"), "{said}");
        assert_eq!(ran.exit, 3);
    });
}

#[test]
fn a_home_and_a_folder_for_temporary_files_that_cannot_be_written() {
    in_a_machine(|| {
        let folder = Folder::new();
        let home = folder.path();
        let paths = [home, Path::new("/tmp"), Path::new("/var/tmp")];
        for path in paths {
            rustix::mount::mount_bind(path, path).unwrap();
            rustix::mount::mount_remount(path, MountFlags::BIND | MountFlags::RDONLY, c"").unwrap();
        }
        assert!(fs::write(home.join("x"), "").is_err());
        is_well(home, &mut audit(home, &[]));
        let other = &mut netdbspec(home, ["exec", "--", "sh", "-c", "cat /etc/hosts"]);
        tells(home, other, &Told { status: 0, words: &["127.0.0.1 localhost"] });
        paths.into_iter().rev().for_each(uncover);
    });
}

#[test]
fn a_home_that_does_not_exist() {
    in_a_machine(|| {
        let folder = Folder::new();
        is_well(folder.path(), audit(folder.path(), &[]).env("HOME", "/nonexistent").env("TMPDIR", "/nonexistent"));
    });
}

fn open_files(limit: u64) {
    rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(limit), maximum: Some(limit) }).unwrap();
}

#[test]
fn sixty_four_descriptors() {
    in_a_machine(|| {
        let folder = Folder::new();
        open_files(64);
        is_well(folder.path(), &mut audit(folder.path(), &[]));
        // As many at once as they allow.
        let many = &mut netdbspec(folder.path(), ["audit", "hosts/file", "dns/ns", "-q"]);
        tells(folder.path(), many, &Told { status: 0, words: &[NONE_BROKEN] });
    });
}

#[test]
fn twelve_descriptors() {
    in_a_machine(|| {
        let folder = Folder::new();
        open_files(12);
        let words = ["Too many open files", "try: raise the limit of open files: ulimit -n 4096"];
        tells(folder.path(), &mut audit(folder.path(), &[]), &Told { status: 3, words: &words });
    });
}

#[test]
fn no_proc() {
    in_a_machine(|| {
        let folder = Folder::new();
        rustix::mount::mount(c"tmpfs", c"/proc", c"tmpfs", MountFlags::empty(), None).unwrap();
        for (arguments, status, words) in [
            (&["audit", "packing/pton4/basic"][..], 3, "no /proc/self/exe available. Is /proc mounted?"),
            (&["exec", "--", "true"], 125, "looking at /proc/thread-self/ns/mnt: ENOENT, No such file or directory"),
            (&["exec", "--", "true"], 125, "help: mount -t proc proc /proc as root"),
            (&["doctor"], 3, "sandboxes cannot be made here"),
        ] {
            let ran = Ran::of(&mut netdbspec(folder.path(), arguments));
            let said = in_one_line(&format!("{}\n{}", ran.out, ran.err));
            assert!(said.contains(words) && ran.exit == status, "{arguments:?}: {}: {said}", ran.exit);
        }
    });
}

#[test]
fn no_user_namespaces() {
    in_a_machine(|| {
        let folder = Folder::new();
        let home = folder.path();
        fs::write("/proc/sys/user/max_user_namespaces", "0").unwrap();
        // From here on no program that is executed gets a capability.
        for capability in (0..64).map(|bit| CapabilitySet::from_bits_retain(1 << bit)) {
            _ = rustix::thread::remove_capability_from_bounding_set(capability);
        }
        let words = [
            "3 cases in",
            "2 could not be run",
            "make the namespaces: ENOSPC, No space left on device (user.max_user_namespaces is 0)",
            "try: sysctl -w user.max_user_namespaces=10000 as root",
        ];
        tells(home, &mut audit(home, &[]), &Told { status: 3, words: &words });
        // What looks at nothing is asked outside then, and what a subject starts there goes with it.
        let manners = crate::support::root().join("tests/it/vices/manners");
        let hostile = format!(". '{}'\nsleep 600 & hear; introduce\nhear; kill -SEGV $$\n", manners.display());
        folder.put("hostile.sh", &hostile);
        let subject = format!("cmd:sh {}", home.join("hostile.sh").display());
        let run = &mut netdbspec(home, ["audit", "packing/pton4/basic", "--subject", &subject]);
        tells(home, run, &Told { status: 1, words: &["it was killed by SIGSEGV"] });
    });
}

/// A program that forbids itself these calls, with this error, and becomes another.
const FILTER: &str = "
import ctypes, os, struct, sys
code = bytes.fromhex(sys.argv[1])
class Program(ctypes.Structure): _fields_ = [('len', ctypes.c_ushort), ('filter', ctypes.c_char_p)]
prctl = ctypes.CDLL(None, use_errno=True).prctl
assert prctl(38, 1, 0, 0, 0) == 0, 'PR_SET_NO_NEW_PRIVS'
assert prctl(22, 2, ctypes.byref(Program(len(code) // 8, code)), 0, 0) == 0, 'PR_SET_SECCOMP'
os.execv(sys.argv[2], sys.argv[2:])
";

/// How a filter looks at the first argument of a call.
enum First {
    Is(u32),
    Has(u32),
}

/// A filter of seccomp(2) under which a call fails, where its first argument is so, if that matters.
fn filter(call: libc::c_long, first: Option<First>, errno: i32) -> String {
    let instruction =
        |code: u16, yes: u8, no: u8, value: u32| [&code.to_ne_bytes()[..], &[yes, no], &value.to_ne_bytes()].concat();
    let (load, equal, set, done) = (0x20, 0x15, 0x45, 0x06);
    // struct seccomp_data: the number of the call, and from byte 16 on its arguments, the low half first on little endian.
    let low = if cfg!(target_endian = "big") { 20 } else { 16 };
    let call = u32::try_from(call).unwrap();
    let test = match first {
        Some(First::Is(value)) => Some((equal, value)),
        Some(First::Has(bits)) => Some((set, bits)),
        None => None,
    };
    let look = match test {
        Some((test, value)) => [
            instruction(load, 0, 0, 0),
            instruction(equal, 0, 3, call),
            instruction(load, 0, 0, low),
            instruction(test, 0, 1, value),
        ]
        .concat(),
        None => [instruction(load, 0, 0, 0), instruction(equal, 0, 1, call)].concat(),
    };
    let refuse = instruction(done, 0, 0, libc::SECCOMP_RET_ERRNO | errno.cast_unsigned());
    hex::encode([look, refuse, instruction(done, 0, 0, libc::SECCOMP_RET_ALLOW)].concat())
}

/// The same command under a filter.
fn filtered(command: &Command, filter: &str) -> Command {
    let mut under = Command::new("python3");
    under.args(["-c", FILTER, filter]).arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        value.map(|value| under.env(name, value));
    }
    under
}

#[test]
fn a_filter_that_forbids_mount() {
    if !has("python", "python3") {
        return;
    }
    in_a_machine(|| {
        let folder = Folder::new();
        let home = folder.path();
        let words = [
            "2 could not be run",
            "make all mounts private: EPERM, Operation not permitted (a seccomp filter is in force, as in a container)",
            "try: start the container with --security-opt seccomp=unconfined",
        ];
        let filter = filter(libc::SYS_mount, None, libc::EPERM);
        tells(home, &mut filtered(&audit(home, &[]), &filter), &Told { status: 3, words: &words });
    });
}

#[test]
fn a_filter_that_forbids_user_namespaces() {
    if !has("python", "python3") {
        return;
    }
    in_a_machine(|| {
        let folder = Folder::new();
        let home = folder.path();
        let words =
            ["2 could not be run", "make the namespaces: EPERM, Operation not permitted (a seccomp filter is in force"];
        let filter = filter(libc::SYS_clone, Some(First::Has(libc::CLONE_NEWUSER.cast_unsigned())), libc::EPERM);
        // Without it root does, who needs none.
        for capability in (0..64).map(|bit| CapabilitySet::from_bits_retain(1 << bit)) {
            _ = rustix::thread::remove_capability_from_bounding_set(capability);
        }
        tells(home, &mut filtered(&audit(home, &[]), &filter), &Told { status: 3, words: &words });
    });
}

#[test]
fn a_filter_that_knows_no_new_calls() {
    if !has("python", "python3") {
        return;
    }
    in_a_machine(|| {
        let folder = Folder::new();
        for call in [libc::SYS_mount_setattr, libc::SYS_close_range] {
            let audit = audit(folder.path(), &[]);
            is_well(folder.path(), &mut filtered(&audit, &filter(call, None, libc::ENOSYS)));
        }
        let doctor = netdbspec(folder.path(), ["doctor"]);
        let words = ["✗", "they can write what their user can, since mount_setattr is refused: ENOSYS"];
        let filter = filter(libc::SYS_mount_setattr, None, libc::ENOSYS);
        tells(folder.path(), &mut filtered(&doctor, &filter), &Told { status: 0, words: &words });
    });
}

#[test]
fn no_ipv6() {
    in_a_machine(|| {
        let folder = Folder::new();
        fs::write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1").unwrap();
        is_well(folder.path(), &mut audit(folder.path(), &[]));
        if has("python", "python3") {
            // A kernel without IPv6 refuses the sockets as well.
            let filter = filter(libc::SYS_socket, Some(First::Is(libc::AF_INET6.cast_unsigned())), libc::EAFNOSUPPORT);
            let audit = netdbspec(folder.path(), ["audit", "dns/ns/ipv6-address@inet", "hosts/file/case@inet"]);
            let words =
                ["1 could not be run", "bind port 53 of the nameserver ::1: EAFNOSUPPORT", "IPv6 is disabled here"];
            tells(folder.path(), &mut filtered(&audit, &filter), &Told { status: 3, words: &words });
        }
    });
}

#[test]
fn a_monotonic_clock_at_another_place() {
    if !has("unshare", "unshare") {
        return;
    }
    in_a_machine(|| {
        let folder = Folder::new();
        for offset in ["-20", "1000000000"] {
            let audit = audit(folder.path(), &[]);
            let mut elsewhere = Command::new("unshare");
            elsewhere.args(["-T", "--monotonic", offset, "--boottime", offset]).arg(audit.get_program());
            elsewhere.args(audit.get_args()).stdin(Stdio::null());
            is_well(folder.path(), elsewhere.env("TMPDIR", folder.path()));
        }
    });
}

/// A clock that is set meanwhile changes no wait and no time that is told: nothing of ours reads it.
#[test]
fn the_clock_of_the_wall_is_never_asked() {
    let mut folders = vec![crate::support::root().join("src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                // When a file was written is told by the file.
                let text = text.replace("use std::time::SystemTime;", "").replace("Option<SystemTime>", "");
                let asks = ["SystemTime", "CLOCK_REALTIME", "ClockId::Realtime", "UNIX_EPOCH"];
                assert!(!asks.iter().any(|word| text.contains(word)), "{} reads the clock of the wall", path.display());
                seen += usize::from(text.contains("Instant::now"));
            }
        }
    }
    assert!(seen > 5, "only {seen} files measure time");
}
