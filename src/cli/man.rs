//! `netdbspec man`: the manual pages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::args::Cli;
use super::exit::{Exit, stop, stop_with_help};

/// The arguments of `man`.
#[derive(Args, Debug)]
pub(super) struct Manual {
    /// Write all pages into this folder, instead of the program's to standard output
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Manual {
    pub(super) const HELP: &str = "\
Examples:
  netdbspec man | man -l -
  netdbspec man ~/.local/share/man/man1 && man netdbspec-audit";
}

/// Prints the page of the program, or writes all pages.
pub(super) fn run(manual: &Manual) -> miette::Result<Exit> {
    let mut command = Cli::command();
    // Gives the verbs their full names.
    command.build();
    match &manual.folder {
        Some(folder) => {
            for command in [&command].into_iter().chain(command.get_subcommands()) {
                write(command, folder).map_err(|error| {
                    let text = format!("writing the manual pages into `{}`: {error}", folder.display());
                    stop_with_help(Exit::UNABLE, text, "give a folder that exists and that you may write to")
                })?;
            }
        }
        None => {
            let page = page(&command);
            let page = page.map_err(|error| stop(Exit::UNABLE, format!("writing the manual page: {error}")))?;
            super::print(&page)?;
        }
    }
    Ok(Exit::OK)
}

fn write(command: &Command, folder: &Path) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    fs::write(folder.join(format!("{name}.1")), page(command)?)
}

/// A page, in which what stands below the options has sections of its own.
fn page(command: &Command) -> io::Result<String> {
    let source = concat!("netdbspec ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(source).manual("netdbspec");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    page.extend(b".nh\n.ad l\n");
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    man.render_options_section(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if let Some(text) = command.get_after_help() {
        page.push_str(&sections(&text.to_string()));
    }
    // So that it reads the same whatever encoding a formatter expects.
    let ascii = |char: char| if char.is_ascii() { char.to_string() } else { format!("\\[u{:04X}]", u32::from(char)) };
    Ok(page.chars().map(ascii).collect())
}

/// Text below headings that end in a colon, as sections. Each line begins one.
fn sections(text: &str) -> String {
    let (mut sections, mut begun) = (String::new(), false);
    for line in text.lines() {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        match line.strip_suffix(':').filter(|heading| !heading.starts_with(' ')) {
            Some(heading) => {
                sections.push_str(&format!(".SH \"{}\"\n", heading.to_uppercase()));
                begun = true;
                continue;
            }
            None if !begun => sections.push_str(".SH NOTES\n"),
            None => {}
        }
        begun = true;
        let text = line.strip_prefix("  ").unwrap_or(&line);
        // What begins like a request of roff is none.
        let guard = if text.starts_with(['.', '\'']) { "\\&" } else { "" };
        let breaks = if text.is_empty() || text.starts_with(' ') { "" } else { ".br\n" };
        sections.push_str(&if text.is_empty() { ".sp\n".to_owned() } else { format!("{breaks}{guard}{text}\n") });
    }
    sections
}
