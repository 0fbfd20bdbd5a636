//! `netdbspec man`: the manual pages.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::{Man, generate_to};

use super::args::Cli;
use super::exit::{Exit, stop, stop_with_help};

/// The arguments of `man`.
#[derive(Args, Debug)]
pub(super) struct Manual {
    /// Write a page for the program and one for each verb into this folder, instead of the first to standard output
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints the page of the program, or writes all pages.
pub(super) fn run(manual: &Manual) -> miette::Result<Exit> {
    match &manual.folder {
        Some(folder) => {
            generate_to(Cli::command(), folder).map_err(|error| {
                let text = format!("writing the manual pages into `{}`: {error}", folder.display());
                stop_with_help(Exit::UNABLE, text, "give a folder that exists and that you may write to")
            })?;
        }
        None => {
            let mut page = Vec::new();
            let rendered = Man::new(Cli::command()).render(&mut page);
            rendered.map_err(|error| stop(Exit::UNABLE, format!("writing the manual page: {error}")))?;
            super::print(&String::from_utf8_lossy(&page))?;
        }
    }
    Ok(Exit::OK)
}
