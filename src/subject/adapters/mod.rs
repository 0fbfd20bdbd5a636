//! Subjects inside this binary besides the C library, each behind a feature of its own: `netdbspec probe NAME` starts one.

#[cfg(any(feature = "hickory", feature = "rust"))]
mod bare;
#[cfg(feature = "hickory")]
mod hickory;
#[cfg(feature = "rust")]
mod rust;

use std::io::{self, Read, Write};

use super::probe::{Adapter, converse};

/// The adapters that this binary was built with.
const ADAPTERS: &[(&str, Adapter)] = &[
    #[cfg(feature = "hickory")]
    ("hickory", hickory::ADAPTER),
    #[cfg(feature = "rust")]
    ("rust", rust::ADAPTER),
];

/// Whether this binary was built with the adapter of this name, which is that of its feature.
#[must_use]
pub fn has(name: &str) -> bool {
    ADAPTERS.iter().any(|(known, _)| *known == name)
}

/// Speaks the protocol on these streams until `bye` or the end of the input, for the adapter of this name.
///
/// # Errors
/// When there is no such adapter, a stream fails, or the input holds a line that is no question of the protocol.
pub fn serve(name: &str, stdin: impl Read, stdout: impl Write) -> io::Result<()> {
    let Some((_, adapter)) = ADAPTERS.iter().find(|(known, _)| *known == name) else {
        let here: Vec<_> = ADAPTERS.iter().map(|(known, _)| *known).collect();
        let here = if here.is_empty() { "none".to_owned() } else { here.join(", ") };
        let text = format!("this binary was built without an adapter `{name}`; it has {here}");
        return Err(io::Error::new(io::ErrorKind::Unsupported, text));
    };
    converse(adapter, stdin, stdout)
}
