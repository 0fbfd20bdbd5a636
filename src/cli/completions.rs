//! `netdbspec completions`: what a shell needs to complete this program's command lines.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::args::Cli;
use super::exit::Exit;

/// The arguments of `completions`.
#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(super) const HELP: &str = "\
For this shell alone:
  source <(netdbspec completions bash)

For good:
  netdbspec completions bash > ~/.local/share/bash-completion/completions/netdbspec
  netdbspec completions zsh > DIR/_netdbspec, with a DIR of $fpath
  netdbspec completions fish > ~/.config/fish/completions/netdbspec.fish";
}

/// Prints the script.
pub(super) fn run(completions: &Completions) -> miette::Result<Exit> {
    let mut script = Vec::new();
    generate(completions.shell, &mut Cli::command(), "netdbspec", &mut script);
    super::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::OK)
}
