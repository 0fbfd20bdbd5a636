//! Programs of this machine: where they are, and how to get those that are missing.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// All programs of this name, in the order of `PATH`; for a name with `/` the program there, if any.
pub(super) fn found(name: &OsStr) -> impl Iterator<Item = PathBuf> {
    let folders: Vec<PathBuf> = if name.as_bytes().contains(&b'/') {
        env::current_dir().into_iter().collect()
    } else {
        env::var_os("PATH").iter().flat_map(env::split_paths).collect()
    };
    let name = name.to_owned();
    folders.into_iter().map(move |folder| folder.join(&name)).filter(|path| executable(path))
}

/// The executable behind the interpreter at `path`. A script in its place, as version managers put there, starts slowly
/// and wants an environment: it is asked once, by the arguments `ask`, to print where the real one is.
pub(super) fn behind(path: &Path, ask: &[&str]) -> Option<PathBuf> {
    let mut start = [0; 2];
    File::open(path).ok()?.read_exact(&mut start).ok()?;
    if start != *b"#!" {
        return fs::canonicalize(path).ok();
    }
    let output = Command::new(path).args(ask).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let printed = Path::new(OsStr::from_bytes(output.stdout.trim_ascii()));
    fs::canonicalize(printed).ok().filter(|real| output.status.success() && executable(real))
}

/// The command that installs a package, by the package manager of this machine.
pub(super) fn installing(package: &str) -> String {
    const MANAGERS: [(&str, &str); 6] = [
        ("apt-get", "apt-get install"),
        ("apk", "apk add"),
        ("dnf", "dnf install"),
        ("pacman", "pacman -S"),
        ("zypper", "zypper install"),
        ("brew", "brew install"),
    ];
    MANAGERS
        .iter()
        .find(|(program, _)| found(OsStr::new(program)).next().is_some())
        .map_or_else(|| format!("install {package}"), |(_, command)| format!("{command} {package}"))
}

fn executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
