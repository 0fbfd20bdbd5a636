//! What the integration tests share: the checkout, this program, and what may be missing on a machine.
#![expect(clippy::print_stdout, reason = "libtest shows what a test prints")]

use std::path::{Path, PathBuf};

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
