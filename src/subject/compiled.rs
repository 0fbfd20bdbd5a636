//! Adapters that a compiler of this machine makes into a program.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::{Build, run};
use super::register::Wanted;
use super::{Absent, Subject, program, source};

/// Where a compiled adapter is in a root file system.
pub(super) const INSIDE: &str = "/.netdbspec/probe";

/// Go's net with its own resolver.
pub(super) fn go(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    go_built(wanted, false)
}

/// Go's net by way of the C library.
pub(super) fn go_cgo(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    go_built(wanted, true)
}

fn go_built(wanted: &Wanted<'_>, cgo: bool) -> Result<Subject, Absent> {
    let install = || program::installing("golang-go");
    let go = program_of(wanted, "go", install)?;
    let version = asked(wanted, Command::new(&go).arg("version"), install)?;
    let folder = built(
        wanted,
        &Build {
            name: wanted.base(),
            key: vec![go.display().to_string(), version],
            files: &source::files("go"),
            commands: &|all| {
                let mut build = Command::new(&go);
                build.args(["build", "-trimpath", "-o", "probe", "."]);
                // Nothing is fetched: the adapter needs the standard library alone.
                build.env("GOCACHE", all.join("go-build")).env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
                build.env("CGO_ENABLED", if cgo { "1" } else { "0" }).env("GOFLAGS", "");
                vec![build]
            },
            product: "probe",
        },
        install,
    )?;
    let probe = folder.join("probe");
    Ok(match wanted.root {
        // It is one file that needs nothing else, in whatever root.
        Some(root) if !cgo => wanted.subject(INSIDE, [] as [&str; 0]).in_root(root, vec![(probe, INSIDE.into())]),
        _ => wanted.subject(probe, [] as [&str; 0]),
    })
}

/// Java's InetAddress.
pub(super) fn java(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    let install = || program::installing("default-jdk-headless");
    let java = program_of(wanted, "java", install)?;
    // The compiler that belongs to it; a run-time environment has none.
    let javac = java.with_file_name("javac");
    let version = asked(wanted, Command::new(&javac).arg("-version"), install)?;
    let files = source::files("java");
    let folder = built(
        wanted,
        &Build {
            name: wanted.base(),
            key: vec![java.display().to_string(), version],
            files: &files,
            commands: &|_| {
                let mut compile = Command::new(&javac);
                compile.args(["-d", "."]).args(files.iter().map(|(name, _)| name));
                vec![compile]
            },
            product: "Probe.class",
        },
        install,
    )?;
    let arguments = JAVA.iter().map(OsStr::new);
    Ok(wanted.subject(java, arguments.chain([folder.as_os_str(), OsStr::new("Probe")])))
}

/// How a JVM starts: soon, and in silence. It lives for one case, too short for a compiler or a second collector to pay.
const JAVA: &[&str] = &[
    "-Xshare:auto",
    "-Xint",
    "-XX:+UseSerialGC",
    // In sandboxes all have the same process id, and would meet in /tmp and say so on standard output.
    "-XX:-UsePerfData",
    "-XX:+DisplayVMOutputToStderr",
    "-Xlog:disable",
    "-Xlog:all=warning:stderr",
    "-cp",
];

/// The program that was asked for, or else the one of this name.
pub(super) fn program_of(wanted: &Wanted<'_>, name: &str, install: impl Fn() -> String) -> Result<PathBuf, Absent> {
    let name = wanted.how.unwrap_or(name);
    let found = program::found(OsStr::new(name)).next().and_then(|path| std::fs::canonicalize(path).ok());
    found.ok_or_else(|| wanted.absent(format!("there is no program `{name}`"), install()))
}

/// What a compiler says when it is asked for its version.
pub(super) fn asked(
    wanted: &Wanted<'_>,
    command: &mut Command,
    install: impl Fn() -> String,
) -> Result<String, Absent> {
    run(command).map_err(|error| wanted.absent(error.to_string(), install()))
}

/// The folder of a build.
pub(super) fn built(wanted: &Wanted<'_>, build: &Build<'_>, install: impl Fn() -> String) -> Result<PathBuf, Absent> {
    build.folder().map_err(|error| wanted.absent(error.to_string(), install()))
}

/// A library's file in a folder, where it is there.
pub(super) fn library(folder: &Path, name: &str) -> Option<PathBuf> {
    Some(folder.join(name)).filter(|path| path.is_file())
}
