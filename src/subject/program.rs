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

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::{behind, found};

    fn check(script: &str, expected: Option<&Path>) {
        let folder = tempfile::tempdir().unwrap();
        let shim = folder.path().join("shim");
        // Written by another process: this one forks in other threads, and a file open for writing cannot be run.
        let write = r#"printf '#!/bin/sh\n%s\n' "$1" >"$2" && chmod 700 "$2""#;
        let status = Command::new("/bin/sh").args(["-c", write, "sh", script]).arg(&shim).status().unwrap();
        assert!(status.success());
        assert_eq!(behind(&shim, &["where"]).as_deref(), expected, "{script}");
    }

    #[test]
    fn a_version_manager_in_place_of_the_program_is_asked_for_it() {
        let shell = fs::canonicalize("/bin/sh").unwrap();
        assert_eq!(behind(Path::new("/bin/sh"), &[]).as_ref(), Some(&shell));
        check(r#"test "$1" = where && echo /bin/sh"#, Some(&shell));
        check("echo /bin/sh; exit 1", None);
        check("echo /nonexistent/python3", None);
        check("echo /etc/passwd", None);
        check("echo 'no version is set' >&2", None);
    }

    #[test]
    fn a_program_is_found_in_path_or_by_its_own() {
        assert!(found(OsStr::new("sh")).all(|path| path.is_absolute() && path.ends_with("sh")));
        assert_eq!(found(OsStr::new("/bin/sh")).collect::<Vec<_>>(), [Path::new("/bin/sh")]);
        assert_eq!(found(OsStr::new("src/lib.rs")).next(), None);
        assert_eq!(found(OsStr::new("no-such-program")).next(), None);
    }
}
