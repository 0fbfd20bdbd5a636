//! The program: the subject `libc` where it is started as one, else the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: the suite starts this program once a case.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "probe") {
        return match netdbspec::subject::serve_probe(std::io::stdin().lock(), std::io::stdout().lock()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    ExitCode::SUCCESS
}
