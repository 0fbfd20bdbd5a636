//! What the integration tests share: the checkout, this program as it is run and what it tells, folders of a test's own,
//! and what may be missing on a machine.
#![expect(clippy::print_stdout, reason = "libtest shows what a test prints")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program under test.
pub(crate) fn netdbspec() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_netdbspec"))
}

/// Says that a test cannot run here for want of `what`; fails where `NETDBSPEC_REQUIRE` lists it.
pub(crate) fn absent(what: &str, why: &str) {
    let required = std::env::var("NETDBSPEC_REQUIRE").unwrap_or_default();
    assert!(!required.split(',').any(|name| name.trim() == what), "{what} is required and absent: {why}");
    println!("absent: {what}: {why}");
}

/// Whether a program can be found, and otherwise says that it is absent.
pub(crate) fn has(what: &str, program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let here = std::env::split_paths(&folders).any(|folder| folder.join(program).is_file());
    if !here {
        absent(what, &format!("there is no `{program}` in PATH"));
    }
    here
}

/// A folder of a test's own, which goes with it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for the test"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).expect("the file is there")
    }
}

impl Drop for Folder {
    /// A folder that cannot be removed is a fault of the test; it would stay for good.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            fs::remove_dir_all(self.path()).expect("the folder can be removed");
        }
    }
}

/// What a run of the program came to.
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program with these arguments, in a folder, without input, and without what a developer may have set.
pub(crate) fn command(folder: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(netdbspec());
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env_remove("NETDBSPEC_SNAPSHOTS").env_remove("CLICOLOR_FORCE").env_remove("GITHUB_STEP_SUMMARY");
    command
}

/// Runs the program to its end.
pub(crate) fn run(folder: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
    Ran::of(&mut command(folder, arguments))
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::said(command.output().expect("the program starts"))
    }

    /// What a program said that has ended.
    pub(crate) fn said(done: Output) -> Self {
        Self {
            exit: done.status.code().expect("it exits"),
            out: String::from_utf8(done.stdout).expect("it prints UTF-8"),
            err: String::from_utf8(done.stderr).expect("it prints UTF-8"),
        }
    }

    /// Its exit status and all it printed, without what differs from machine to machine.
    pub(crate) fn told(&self) -> String {
        redacted(&format!("exit {}\n--- stdout\n{}--- stderr\n{}", self.exit, self.out, self.err))
    }
}

/// What the program printed without what differs from machine to machine and from run to run: versions, times, the
/// machine's name.
pub(crate) fn redacted(text: &str) -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    let text = text.replace(&format!(" {host}\n"), " HOST\n").replace(&format!("name={host}\n"), "name=HOST\n");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for line in &mut lines {
        if line.starts_with("netdbspec 0") {
            *line = "HEADER".to_owned();
        }
        if let Some((head, rest)) = line.split_once(" in ")
            && let Some((_, tail)) = rest.split_once(" s: ")
        {
            *line = format!("{head} in TIME s: {tail}");
        }
    }
    lines.join("\n")
}

/// The lines of a JSON report.
pub(crate) fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}
