//! Builds the data files in again when one is changed, added or taken away.

fn main() {
    println!("cargo::rerun-if-changed=fixtures");
    println!("cargo::rerun-if-changed=snapshots");
}
