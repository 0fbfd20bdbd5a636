//! The integration tests: one binary, one module a subject.

mod adapter;
mod load;
mod report;
mod subject;
//! Tests from outside: through the library's public face and the binary.

mod sandbox;
//! The integration tests: one file a boundary.

mod calls;
mod readme;
mod suite;
mod readme;
mod suite;
//! The integration tests: one file a boundary.

mod calls;
mod readme;
mod report;
mod sandbox;
mod subject;
mod suite;
mod zones;
