//! The subjects that are asked by this program itself.

use super::register::Wanted;
use super::{Absent, Subject, c};

/// The C library that this program is linked to; in a root file system that of the root.
pub(super) fn libc(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    if wanted.root.is_some() { c::cc(wanted) } else { probe(wanted, &["probe"]) }
}

/// The crate hickory-resolver.
pub(super) fn hickory(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    feature(wanted, cfg!(feature = "hickory"))
}

/// Rust's standard library.
pub(super) fn rust(wanted: &Wanted<'_>) -> Result<Subject, Absent> {
    feature(wanted, cfg!(feature = "rust"))
}

fn feature(wanted: &Wanted<'_>, built_in: bool) -> Result<Subject, Absent> {
    if built_in {
        return probe(wanted, &["probe", wanted.name]);
    }
    let how = format!("cargo install netdbspec --features cli,{}", wanted.name);
    Err(wanted.absent(format!("this netdbspec was built without the feature `{}`", wanted.name), how))
}

fn probe(wanted: &Wanted<'_>, arguments: &[&str]) -> Result<Subject, Absent> {
    if wanted.exe.is_file() {
        return Ok(Subject { own: true, ..wanted.subject(wanted.exe, arguments) });
    }
    let why = format!("there is no `{}`, which asks it", wanted.exe.display());
    Err(wanted.absent(why, "cargo install netdbspec"))
}
