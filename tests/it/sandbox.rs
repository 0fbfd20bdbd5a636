//! The sandbox, from outside. Where none can be made the tests fail with the doctor's diagnosis.

mod given;
mod inside;
mod machine;
mod nested;
mod network;
mod program;
mod running;
