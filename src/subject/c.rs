//! The adapters in C: the probe of a C library, and c-ares.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Build;
use super::compiled::{INSIDE, asked, built, library};
use super::register::Wanted;
use super::root::Libc;
use super::{Absent, Root, Subject, program, source};

/// The files of the probe in their order. They are one program.
const PROBE: &str = "probe json reader writer reply lacking constants options kinds ip arguments sockaddr guard \
    addrinfo nameinfo host hostent fqdn netdb inet pton words byte_order in6 structure links unix packing socket round_trip \
    script target operations resolved data sockets conditions under calls version hello conversation";

/// The files of c-ares in their order: the probe's own, and those of another folder in place of its calls.
const C_ARES: &str = "probe json reader writer reply lacking constants options kinds ip arguments sockaddr guard host \
    ares_channel ares_errors ares_addrinfo ares_nameinfo ares_hostent ares_inet pton round_trip conditions under ares_calls \
    ares_version hello conversation";

/// The C library that a compiler links to.
pub(super) fn cc(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    Compiler::of(wanted)?.subject(wanted, PROBE, &[])
}

/// The library c-ares.
pub(super) fn c_ares(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    Compiler::of(wanted)?.subject(wanted, C_ARES, &["cares"])
}

/// A compiler, and the libraries that its program shall run with.
struct Compiler<'a> {
    /// The compiler and its first arguments.
    words: Vec<String>,
    /// The dynamic loader that runs the program, where that is not the system's.
    loader: Option<&'a Path>,
    /// The folder of the libraries that the loader finds.
    libs: Option<&'a Path>,
    /// The root file system that the program shall run in, and its C library.
    root: Option<(&'a Root, &'a Libc)>,
}

impl<'a> Compiler<'a> {
    /// Reads `COMPILER[,loader=PATH][,libs=DIR]`.
    fn of(wanted: &Wanted<'a>) -> Result<Self, Absent> {
        let wrong = |why: String| {
            let example = "cc:gcc,loader=/opt/glibc/lib/ld-linux-x86-64.so.2,libs=/opt/glibc/lib";
            Absent { wrong: true, ..wanted.absent(why, format!("--subject '{example}'")) }
        };
        let root = wanted.root.map(|root| root.libc().map(|libc| (root, libc)).ok_or(root)).transpose();
        let root = root.map_err(|root| {
            let why = format!("there is neither glibc nor musl in `{}`", root.folder().display());
            wanted.absent(why, "choose another: netdbspec subjects --root DIR")
        })?;
        let mut parts = wanted.how.unwrap_or_else(|| default_compiler(root)).split(',');
        let compiler = parts.next().unwrap_or_default();
        let words = shlex::split(compiler).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| wrong(format!("`{compiler}` names no compiler")))?;
        let (mut loader, mut libs) = (None, None);
        for part in parts {
            let place = match part.split_once('=') {
                Some(("loader", path)) => loader.insert(Path::new(path)),
                Some(("libs", path)) => libs.insert(Path::new(path)),
                _ => return Err(wrong(format!("`{part}` is neither loader=PATH nor libs=DIR"))),
            };
            if !place.is_absolute() || !place.exists() {
                return Err(wrong(format!("`{}` is no absolute path of something that is there", place.display())));
            }
        }
        if root.is_some() && (loader.is_some() || libs.is_some()) {
            return Err(wrong("in a root file system the loader and the libraries are those of the root".to_owned()));
        }
        if let Some((_, Libc::Glibc { libraries, .. })) = root {
            libs = Some(libraries);
        }
        Ok(Self { words, loader, libs, root })
    }

    /// Builds an adapter, and runs it as the libraries ask for.
    fn subject(&self, wanted: &Wanted<'_>, files: &str, libraries: &[&str]) -> Result<Subject, Absent> {
        let install = || program::installing(if libraries.is_empty() { self.package() } else { "libc-ares-dev" });
        let version = match asked(wanted, self.command().arg("--version"), install) {
            Err(absent) if self.root.is_some() => return Ok(wanted.unable(&absent)),
            version => version?,
        };
        let own = self.own(wanted, libraries)?;
        let mut whole: String = files.split_whitespace().map(|file| format!("#include \"{file}.c\"\n")).collect();
        whole.push_str(self.fitting());
        let mut sources = source::files("c");
        sources.extend(source::files("c-ares"));
        sources.push(("all.c".to_owned(), whole));
        let folder = built(
            wanted,
            &Build {
                name: wanted.base(),
                key: vec![
                    self.words.join(" "),
                    version,
                    format!("{:?} {:?}", self.loader, self.libs),
                    self.stamp(&own),
                ],
                files: &sources,
                commands: &|_| {
                    let mut compile = self.command();
                    compile.args(["-std=c99", "-O1", "-o", "probe", "all.c"]).args(self.told());
                    compile.args(&own).args(self.link());
                    vec![compile]
                },
                product: "probe",
            },
            install,
        )?;
        let probe = folder.join("probe");
        if let Some((root, _)) = self.root {
            return Ok(wanted.subject(INSIDE, [""; 0]).in_root(root, vec![(probe, INSIDE.into())]));
        }
        let Some(loader) = self.loader else { return Ok(wanted.subject(probe, [] as [&str; 0])) };
        let path = self.libs.into_iter().flat_map(|libs| [OsStr::new("--library-path"), libs.as_os_str()]);
        Ok(wanted.subject(loader, path.chain([probe.as_os_str()])))
    }

    /// The version of a C library that does not tell it at run time, and whose compiler does.
    fn told(&self) -> Option<String> {
        let output = Command::new("diet").output().ok().filter(|_| self.words[0] == "diet")?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let number = said.split_once("diet version ")?.1.split(|c: char| !(c.is_ascii_digit() || c == '.')).next()?;
        Some(format!("-DLIBC_VERSION=\"{number}\""))
    }

    /// The libraries that the adapter is about, as the linker is told of them: those of a root or a folder, else the system's.
    fn own(&self, wanted: &Wanted<'_>, libraries: &[&str]) -> Result<Vec<OsString>, Absent> {
        let found = |name: &&str| {
            let file = format!("lib{name}.so.2");
            let there = match self.root {
                Some((root, _)) => Some(root.library(&file).ok_or_else(|| {
                    wanted.absent(format!("there is no {file} in the root file system"), "install it in the image")
                })?),
                None => self.libs.and_then(|libs| library(libs, &file)),
            };
            Ok(there.map_or_else(|| format!("-l{name}").into(), PathBuf::into_os_string))
        };
        libraries.iter().map(found).collect()
    }

    /// Lines that the compiler stumbles over if it is for another C library than the root has.
    fn fitting(&self) -> &'static str {
        match self.root {
            None => "",
            Some((_, Libc::Glibc { .. })) => "#ifndef __GLIBC__\n#error this compiler is not for glibc\n#endif\n",
            Some((_, Libc::Musl { .. })) => {
                "#ifdef __GLIBC__\n#error this compiler is for glibc, not for musl\n#endif\n"
            }
        }
    }

    /// What tells a root's C library, and its loader, from those that were at the same place before.
    fn stamp(&self, own: &[OsString]) -> String {
        let libc = self.libs.filter(|_| self.root.is_some()).and_then(|libs| library(libs, "libc.so.6"));
        let at = |path: &OsString| fs::metadata(path).and_then(|at| Ok((at.len(), at.modified()?))).ok();
        format!(
            "{:?} {:?}",
            self.root.map(|(_, libc)| libc),
            libc.into_iter()
                .map(PathBuf::into_os_string)
                .chain(own.iter().cloned())
                .map(|path| at(&path))
                .collect::<Vec<_>>()
        )
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }

    /// A program for another glibc is linked to that one: the versions of its symbols are never newer then.
    fn link(&self) -> Vec<OsString> {
        let Some((libs, libc)) = self.libs.and_then(|libs| Some((libs, library(libs, "libc.so.6")?))) else {
            return self.dynamic_linker().chain(["-lpthread".into()]).collect();
        };
        let mut rpath = OsString::from("-Wl,-rpath-link,");
        rpath.push(libs);
        // Threads have a library of their own before glibc 2.34.
        let libraries =
            [library(libs, "libpthread.so.0"), Some(libc)].into_iter().flatten().map(PathBuf::into_os_string);
        ["-fPIC", "-pie", "-nodefaultlibs"]
            .map(OsString::from)
            .into_iter()
            .chain([rpath])
            .chain(self.dynamic_linker())
            .chain(libraries)
            .chain(["-lgcc".into()])
            .collect()
    }

    /// The loader by which the program asks to be run, where that is a root's.
    fn dynamic_linker(&self) -> impl Iterator<Item = OsString> {
        let loader = self.root.map(|(_, Libc::Glibc { loader, .. } | Libc::Musl { loader })| loader);
        loader.into_iter().map(|loader| format!("-Wl,--dynamic-linker={}", loader.display()).into())
    }

    /// The package that has the compiler.
    fn package(&self) -> &str {
        match self.words[0].as_str() {
            "musl-gcc" => "musl-tools",
            "diet" => "dietlibc-dev",
            "cc" => "gcc",
            other => other,
        }
    }
}

/// The compiler for a root's C library, where none was asked for.
fn default_compiler(root: Option<(&Root, &Libc)>) -> &'static str {
    // On a machine with musl, cc is for musl.
    match root {
        Some((_, Libc::Musl { .. })) if !cfg!(target_env = "musl") => "musl-gcc",
        _ => "cc",
    }
}
