//! The program `netdbspec`. All it does is in the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    netdbspec::cli::main()
}
