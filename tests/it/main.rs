//! Tests from outside: through the library's public face and the binary.

mod no_sandbox;
mod sandbox;
