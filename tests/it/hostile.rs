//! The harness under fire: subjects that do all they can, machines that lack what is needed, a harness that is killed. Each
//! row of a table says how it is brought about, the words and the status that are told, and all of them are held to this:
//! the other cases of the run are unharmed, and nothing is left behind.
//!
//! Each table runs in a machine of its own: a sandbox, in which this test is run once more as root, whose processes, mounts
//! and files can be counted, and which can be spoilt. What programs leave behind while all is well stands in exec/own.rs and
//! sandbox/machine.rs, how subjects break the protocol in vicious.rs and subject.rs, what forbids namespaces in
//! sandbox/nested.rs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so does what it is made of")]
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

mod contained;
mod killed;
mod left;
mod machine;
mod subjects;

use std::path::Path;
use std::process::Command;

use netdbspec::sandbox::Program;
use netdbspec::world::World;

use crate::sandbox::given::{deeper, depth, passes, world};
use crate::support;

/// Runs the body of a test in a machine of its own. The body's type says which test it is of.
fn in_a_machine<F: FnOnce()>(body: F) {
    if depth() > 0 {
        return body();
    }
    let path = std::any::type_name::<F>().trim_end_matches("::{{closure}}");
    let (_crate, test) = path.split_once("::").unwrap();
    passes(&machine(), &in_the_checkout(deeper(test)));
}

/// The machine: it has an address that others could reach.
fn machine() -> World {
    let mut world = world();
    world.links = vec![crate::sandbox::given::link("net0", &["192.0.2.77/24"])];
    world
}

fn in_the_checkout(mut program: Program) -> Program {
    program.cwd = support::root().to_owned();
    // Interpreters are found by it.
    program.env.extend(std::env::var_os("PATH").map(|path| ("PATH".into(), path)));
    program.env.extend(std::env::var_os("NETDBSPEC_REQUIRE").map(|names| ("NETDBSPEC_REQUIRE".into(), names)));
    program
}

/// The program under test, whose home and folder for temporary files is this one.
fn netdbspec(home: &Path, arguments: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>) -> Command {
    let mut command = support::command(support::root(), arguments);
    command.env("HOME", home).env("TMPDIR", home);
    command
}

/// A text without its line breaks and frames.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}
