//! Builds the data files in again when one is changed, added or taken away, and says which compiler it is: the version of
//! the standard library.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=fixtures");
    println!("cargo::rerun-if-changed=snapshots");
    println!("cargo::rustc-env=NETDBSPEC_RUST={}", rust());
    // A spawner is this binary, and so is its copy for each case. Where it may lie anywhere, 25,000 addresses in it are set at
    // its start, on a hundred pages that each copy would have too.
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux")
        && env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|c| c == "gnu")
    {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

/// The first two numbers of the compiler's version: `1.88`.
fn rust() -> String {
    let said = env::var_os("RUSTC").and_then(|rustc| Command::new(rustc).arg("--version").output().ok());
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let version = said.split_whitespace().nth(1).unwrap_or("unknown");
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}
