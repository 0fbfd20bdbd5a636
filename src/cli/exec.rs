//! `netdbspec exec`: any program, unmodified, inside a world.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::args::Selection;
use super::exit::{Exit, restated, stop, stop_with_help, with_exit};
use super::load::{self, Sources};
use super::problems;
use crate::runner::listeners;
use crate::sandbox::{self, Identity, Program, Root, Sandbox, StandIn, Stdio};
use crate::server::{Server, Zones};
use crate::snapshot::query_line;
use crate::subject;
use crate::world::World;

/// Variables that steer a resolver, besides those that begin with `RESOLV_`. A program inside a world does not inherit them.
const STEERING: [&str; 4] = ["HOSTALIASES", "LOCALDOMAIN", "NIS_PATH", "RES_OPTIONS"];

const HELP: &str = "\
Exit status: the program's own, and
  125  netdbspec failed before it could run the program
  126  the program could not be executed
  127  there is no such program
  128+n  signal n killed the program";

/// The arguments of `exec`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Exec {
    /// The world, by name
    #[arg(long, value_name = "NAME", default_value = "default", conflicts_with = "case")]
    world: String,
    /// The world of this case, with what the case changes in it and its variables
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// Run the program of the root file system in this folder, such as an unpacked container image
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Print each query that was seen on the wire, once the program has ended
    #[arg(long)]
    wire: bool,
    /// Claim to be root inside
    #[arg(long)]
    as_root: bool,
    #[command(flatten)]
    sources: Sources,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Runs the program and passes on how it ended.
pub(super) fn run(exec: &Exec) -> miette::Result<Exit> {
    // What another verb says with a status of its own could be mistaken for the program's.
    let before = |report| restated(report, Exit::OURS);
    let stand_in = StandIn::new().map_err(of_sandbox)?;
    let (world, variables) = exec.chosen().map_err(before)?;
    let zones = Zones::read(&world).map_err(|found| before(problems::report(&found)))?;
    let (cwd, root) = match &exec.root {
        None => (env::current_dir().unwrap_or_else(|_| PathBuf::from("/")), None),
        Some(folder) => (PathBuf::from("/"), Some(Root { folder: folder.clone(), files: Vec::new() })),
    };
    let program = Program {
        argv: exec.command.clone(),
        env: environment(variables, exec.root.is_some()),
        cwd,
        stdio: Stdio::Inherit,
        identity: if exec.as_root { Identity::Root } else { Identity::Own },
        root,
    };
    let server = Server::start().map_err(ours)?;
    let mut sandbox = Sandbox::build(&world, &program).map_err(of_sandbox)?;
    let service = server.serve(&world, Arc::new(zones), listeners(sandbox.take_bound())).map_err(ours)?;
    sandbox.release().map_err(of_sandbox)?;
    let exit = sandbox.stand_in(&stand_in).map_err(of_sandbox)?;
    drop(sandbox);
    let wire = service.stop().map_err(ours)?;
    if exec.wire {
        for query in &wire {
            anstream::eprintln!("{}", query_line(query));
        }
    }
    Ok(Exit::of_program(exit))
}

impl Exec {
    /// The world that is meant, and the variables that come with it.
    fn chosen(&self) -> miette::Result<(Arc<World>, BTreeMap<String, String>)> {
        let Some(id) = &self.case else {
            let worlds = load::worlds(self.sources.worlds.as_deref())?;
            let world = worlds.get(&self.world).cloned().ok_or_else(|| {
                let known: Vec<_> = worlds.keys().map(String::as_str).collect();
                let text = format!("looking for the world `{}`: there is none of that name", self.world);
                stop_with_help(Exit::OURS, text, format!("the worlds are {}", known.join(", ")))
            })?;
            return Ok((world, BTreeMap::new()));
        };
        let selection = Selection { selectors: vec![id.clone()], family: Vec::new() };
        let loaded = load::load(&self.sources)?;
        let cases = load::select(&loaded.suite, &selection)?;
        let [case] = cases.as_slice() else {
            let text = format!("looking for the case `{id}`: it stands for {} cases", cases.len());
            return Err(stop_with_help(Exit::OURS, text, format!("name one of them: netdbspec list '{id}'")));
        };
        let world = case.world.clone().ok_or_else(|| {
            let text = format!("entering the world of `{id}`: the case looks at nothing and has no world");
            stop_with_help(Exit::OURS, text, "choose a world: netdbspec exec --world default")
        })?;
        Ok((world, case.env.clone()))
    }
}

/// This process's own variables without those that steer a resolver, and a case's. In a root file system most would lead
/// nowhere.
fn environment(variables: BTreeMap<String, String>, in_root: bool) -> BTreeMap<OsString, OsString> {
    let own = env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        let kept = !in_root || ["TERM", "LANG"].contains(&name.as_ref()) || name.starts_with("LC_");
        kept && !STEERING.contains(&name.as_ref()) && !name.starts_with("RESOLV_")
    });
    let path = in_root.then(|| ("PATH".into(), subject::ROOT_PATH.into()));
    let own = own.chain(path);
    own.chain(variables.into_iter().map(|(name, value)| (name.into(), value.into()))).collect()
}

/// A sandbox's error with what to do about it.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn of_sandbox(error: sandbox::Error) -> miette::Report {
    let (exit, text) = (Exit::of_exec(&error), error.to_string());
    match error.hint() {
        Some(hint) => stop_with_help(exit, text, hint),
        None => stop(exit, text),
    }
}

fn ours(error: impl Error + Send + Sync + 'static) -> miette::Report {
    with_exit(Exit::OURS, error)
}
