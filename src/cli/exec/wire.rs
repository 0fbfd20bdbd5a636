//! The queries of a world as they happen, one line each.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags};

use crate::cli::exit::{Exit, stop};
use crate::server::Watch;
use crate::snapshot::query_line;

/// What prints each query that it is told of: in this file, or on standard error.
pub(super) fn watch(file: Option<&Path>) -> miette::Result<Watch> {
    let Some(path) = file else {
        return Ok(Arc::new(|query| print(&query_line(query))));
    };
    let failed = |error| stop(Exit::OURS, format!("writing the wire to `{}`: {error}", path.display()));
    let file = File::create(path).map_err(failed)?;
    Ok(Arc::new(move |query| {
        // That nobody can read it any more is no reason to take the world away from the program.
        _ = (&file).write_all(format!("{}\n", query_line(query)).as_bytes());
    }))
}

/// Writes a whole line at once, so that no other program's output comes in between.
fn print(line: &str) {
    let (line, mut error) = (format!("{line}\n"), io::stderr().lock());
    let mut left = line.as_bytes();
    while !left.is_empty() {
        match error.write(left) {
            Ok(written) => left = left.get(written..).unwrap_or_default(),
            Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
            // The program has the same stream, and may have made it one that does not wait.
            Err(fault) if fault.kind() == ErrorKind::WouldBlock => {
                _ = rustix::event::poll(&mut [PollFd::new(&error, PollFlags::OUT)], None);
            }
            Err(_) => return,
        }
    }
}
