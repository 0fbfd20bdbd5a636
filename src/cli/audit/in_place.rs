//! `--isolation in-place`: this container's own files are swapped. They are put back whatever ends the run.

use std::sync::Arc;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::cli::exit::{Exit, stop, with_exit};
use crate::sandbox::InPlace;

/// Opens this container, and sees to it that a signal puts its files back.
pub(super) fn open() -> miette::Result<Arc<InPlace>> {
    let (here, left) = InPlace::open().map_err(|error| with_exit(Exit::UNABLE, error))?;
    tell_left(&left);
    let here = Arc::new(here);
    // It must not keep the files swapped where the run ends early.
    let watched = Arc::downgrade(&here);
    let mut signals =
        Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]).map_err(|error| with_exit(Exit::UNABLE, error))?;
    let wait = move || {
        for signal in signals.forever() {
            if let Some(Err(error)) = watched.upgrade().map(|here| here.restore()) {
                anstream::eprintln!("{error}");
            }
            // Ends this process as the signal would have.
            _ = emulate_default_handler(signal);
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned()).spawn(wait);
    thread.map_err(|error| stop(Exit::UNABLE, format!("starting a thread for signals: {error}")))?;
    Ok(here)
}

/// Puts everything back at the end of a run.
pub(super) fn close(here: &InPlace) -> miette::Result<()> {
    here.restore().map_err(|error| with_exit(Exit::UNABLE, error))
}

/// Puts back what a run that was killed has left, and says so.
pub(in crate::cli) fn recover() -> miette::Result<()> {
    tell_left(&InPlace::recover().map_err(|error| with_exit(Exit::UNABLE, error))?);
    Ok(())
}

fn tell_left(left: &[String]) {
    if !left.is_empty() {
        let files: Vec<_> = left.iter().map(|name| format!("/etc/{name}")).collect();
        anstream::eprintln!("an earlier run in place was killed: its files are put back: {}", files.join(", "));
    }
}
