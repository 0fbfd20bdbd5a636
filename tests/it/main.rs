//! Tests from outside: through the library's public face and the binary.

mod sandbox;
