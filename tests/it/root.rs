//! Subjects that live in a root file system: small ones made here of what is on this machine, and real ones where
//! `NETDBSPEC_ROOTS` or target/subjects has them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so does what it is made of")]
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use netdbspec::subject::{self, Root};

use crate::support::{self, Folder, Ran, absent, command, has, json};
use crate::{rootfs, sandbox};

/// A shell as an adapter: it says hello, and answers gethostname with what the world's kernel says.
const ADAPTER: &str = r#"#!/bin/sh
while read -r line; do case $line in
*'"hello"'*) echo '{"hello":{"protocol":1,"name":"sh","version":"1","os":"image","implements":[],"calls":["gethostname","inet_aton"]}}';;
*'"bye"'*) exit 0;;
*'"seq":'*) seq=${line#*\"seq\":}; seq=${seq%%,*}; read -r host < /proc/sys/kernel/hostname
  case $line in
  *gethostname*) echo "{\"answer\":{\"seq\":$seq,\"value\":{\"name\":\"$host\"}}}";;
  *) echo "{\"failure\":{\"seq\":$seq,\"name\":\"NOT_AN_ADDRESS\"}}";;
  esac;;
esac; done
"#;

/// A root with a shell and the adapter as /usr/bin/adapter.
pub(crate) fn with_adapter() -> Folder {
    let root = rootfs::with(&["sh"]);
    root.put("usr/bin/adapter", ADAPTER);
    fs::set_permissions(root.path().join("usr/bin/adapter"), fs::Permissions::from_mode(0o755)).unwrap();
    root
}

/// The program with `--root`, and a folder of its own for compiled adapters.
fn audit(root: &Path, cache: &Folder, arguments: &[&str]) -> Ran {
    let mut audit = command(support::root(), arguments);
    audit.arg("--root").arg(root).env("XDG_CACHE_HOME", cache.path());
    Ran::of(&mut audit)
}

#[test]
fn a_program_of_the_root_is_met_and_asked_inside_only() {
    let root = with_adapter();
    let before = rootfs::all(root.path());
    let cache = Folder::new();
    // One that has a world, and those of inet_aton, which look at nothing.
    let selected =
        ["audit", "--subject", "cmd:adapter", "--format", "json", "sessions/pymotw-hosts/gethostname", "inet/aton"];
    let ran = audit(root.path(), &cache, &selected);
    let lines = json(&ran.out);
    assert_eq!(lines[0]["subjects"][0]["implementation"], "sh", "{}{}", ran.out, ran.err);
    assert!(lines[0]["options"].as_array().unwrap().iter().any(|word| word == "--root"));
    let footer = lines.last().unwrap();
    assert_eq!(footer["counts"]["broken"], 0, "{}", ran.out);
    assert!(ran.out.contains("NOT_AN_ADDRESS") && !ran.out.contains("lost"), "{}", ran.out);
    assert!(rootfs::all(root.path()) == before, "the root has changed");

    let root = Root::open(root.path()).unwrap();
    let subject = subject::find_in(&root, "cmd:/bin/adapter", Path::new("/nonexistent")).unwrap();
    assert_eq!(subject.argv(), ["/bin/adapter"]);
    assert_eq!(subject.home().unwrap().folder, root.folder());
    assert!(!subject.env().values().any(|value| value.to_string_lossy().contains("cargo")), "{:?}", subject.env());
    let error = subject.meet(sandbox::given::DEADLINE).unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("in a sandbox only"));
}

#[test]
fn the_root_s_own_c_library_is_asked_by_a_probe_built_for_it() {
    if !has("cc", "cc") || cfg!(target_env = "musl") {
        return;
    }
    // Only a C library: no shell, no /etc, nothing that a program of this machine would find. It finds its modules by name.
    let root = rootfs::with(&[]);
    rootfs::add(&root, "ls");
    fs::remove_file(root.path().join("usr/bin/ls")).unwrap();
    for name in ["libpthread.so.0", "libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2", "libidn2.so.0"] {
        rootfs::add_library(&root, name);
    }
    let before = rootfs::all(root.path());
    let cache = Folder::new();
    let arguments =
        ["audit", "--format", "json", "hosts/nss/scratch-image", "hosts/file", "inet/aton", "services/byname"];
    let inside = audit(root.path(), &cache, &arguments);
    let outside = support::run(support::root(), arguments);
    let outcomes = |ran: &Ran| -> Vec<String> {
        let mut told: Vec<_> = json(&ran.out)
            .iter()
            .filter(|line| line.get("id").is_some() && line.get("status").is_some())
            .map(|line| format!("{} {} {}", line["id"], line["status"], line["note"]))
            .collect();
        told.sort();
        told
    };
    assert!(outcomes(&inside).len() > 20, "{}{}", inside.out, inside.err);
    assert_eq!(outcomes(&inside), outcomes(&outside));
    assert!(rootfs::all(root.path()) == before, "the root has changed");
}

#[test]
fn without_a_compiler_nothing_is_supported_and_the_reason_says_what_to_install() {
    if cfg!(target_env = "musl") {
        return;
    }
    let (root, cache) = (rootfs::with(&["sh"]), Folder::new());
    let mut audit = command(support::root(), ["audit", "--format", "json", "inet/aton", "--root"]);
    audit.arg(root.path()).env("XDG_CACHE_HOME", cache.path()).env("PATH", "/nonexistent");
    let ran = Ran::of(&mut audit);
    assert_eq!(ran.exit, 4, "{}{}", ran.out, ran.err);
    let footer = json(&ran.out).pop().unwrap();
    assert!(footer["counts"]["unsupported"].as_u64().unwrap() > 5, "{footer}");
    assert!(ran.out.contains("running `cc --version`") && ran.out.contains("install gcc"), "{}", ran.out);
}

#[test]
fn a_folder_that_is_no_root_is_refused_before_anything_runs() {
    let (empty, cache) = (Folder::new(), Folder::new());
    let told = |root: &Path, subject: &str| {
        let ran = audit(root, &cache, &["audit", "--subject", subject, "inet/aton"]);
        (ran.exit, ran.err.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    for (root, why) in [
        (empty.path(), "the folder is empty"),
        (Path::new("/nonexistent"), "No such file or directory"),
        (Path::new("/"), "it is this machine's own"),
    ] {
        let (exit, err) = told(root, "libc");
        assert!(exit == 2 && err.contains(why), "{exit} {err}");
    }
    empty.put("app", "no C library, as where a program is linked statically\n");
    let (exit, err) = told(empty.path(), "libc");
    assert!(exit == 3 && err.contains("there is neither glibc nor musl in"), "{exit} {err}");
    for (subject, why) in [
        ("python", "there is no `python3` in the root file system"),
        ("cmd:sh adapter", "there is no program `sh` in the root file system"),
        ("go-cgo:/nonexistent", "there is no program `/nonexistent`"),
    ] {
        let (exit, err) = told(empty.path(), subject);
        assert!(exit == 3 && err.contains(why), "{exit} {err}");
    }
}

#[test]
fn any_program_of_a_root_runs_in_a_world() {
    let root = rootfs::with(&["cat"]);
    let cache = Folder::new();
    let mut exec = command(support::root(), ["exec", "--world", "special", "--root"]);
    exec.arg(root.path()).args(["--", "cat", "/etc/hosts"]).env("XDG_CACHE_HOME", cache.path());
    let ran = Ran::of(&mut exec);
    assert_eq!((ran.exit, ran.out), (0, fs::read_to_string(special("hosts")).unwrap()), "{}", ran.err);
}

fn special(file: &str) -> PathBuf {
    let worlds = support::root().join("fixtures/worlds");
    let own = worlds.join("special").join(file);
    if own.exists() { own } else { worlds.join("default").join(file) }
}

/// A real root of this name; otherwise says that it is absent.
fn real(name: &str) -> Option<PathBuf> {
    let roots = std::env::var_os("NETDBSPEC_ROOTS").map(PathBuf::from);
    let roots = roots.unwrap_or_else(|| support::root().join("target/subjects"));
    let root = roots.join(name);
    if !root.is_dir() {
        absent(name, &format!("there is no {}: .ci/get-subjects DIR fetches it; NETDBSPEC_ROOTS=DIR", root.display()));
        return None;
    }
    Some(root)
}

/// Asks subjects of a real root, none of whose cases may break.
fn asks(root: &Path, subject: &str, implementation: &str) {
    let cache = Folder::new();
    let before = rootfs::all(&root.join("etc"));
    let selected = ["audit", "--subject", subject, "--format", "json", "hosts/nss", "services", "inet/aton"];
    let ran = audit(root, &cache, &selected);
    let lines = json(&ran.out);
    assert_eq!(lines[0]["subjects"][0]["implementation"], implementation, "{}{}", ran.out, ran.err);
    let counts = &lines.last().unwrap()["counts"];
    assert!(counts["broken"] == 0 && counts["pass"].as_u64().unwrap() > 20, "{counts}");
    assert!(rootfs::all(&root.join("etc")) == before, "the root has changed");
}

#[test]
fn another_suite_of_debian() {
    let Some(root) = real("root-trixie") else { return };
    if has("cc", "cc") && !cfg!(target_env = "musl") {
        asks(&root, "libc", "glibc");
    }
    asks(&root, "python", "cpython");
}

#[test]
fn a_root_with_musl_and_busybox_and_nothing_in_etc() {
    let Some(root) = real("root-musl") else { return };
    if has("musl-gcc", "musl-gcc") {
        asks(&root, "libc", "musl");
    }
}
