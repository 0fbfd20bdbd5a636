//! `netdbspec exec`: any program, unmodified, inside a world.

mod wire;

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::args::Selection;
use super::composed::Composed;
use super::exit::{Exit, restated, stop, stop_with_help, with_exit};
use super::fall_through::FallThrough;
use super::load::{self, Sources};
use super::problems;
use crate::hermetic::steers;
use crate::runner::listeners;
use crate::sandbox::{self, Identity, Program, Root, Sandbox, StandIn, Stdio};
use crate::server::{Server, Zones};
use crate::subject;
use crate::world::World;

const HELP: &str = "\
Examples:
  netdbspec exec --record 'www.example. A 192.0.2.1' -- getent ahosts www.example
  netdbspec exec --zone example.test.zone --wire -- ./my-tests
  netdbspec exec --fault AAAA:rcode=SERVFAIL --wire -- getent ahosts a.test
  netdbspec exec --case dns/truncation/retried-over-tcp@inet -- sh

The program keeps its streams, terminal, signals, folder, user, limits and exit
status. It sees the world in /etc, in the network and in the host name. It gets
neither descriptors above 2 nor variables that steer a resolver. When it ends,
so do the processes that it has left behind.

Exit status: the program's own, and
  125  netdbspec failed before it could run the program
  126  the program could not be executed
  127  there is no such program
  128+n  signal n killed the program";

/// The arguments of `exec`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Exec {
    /// The world of this case, with what the case changes in it and its variables
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// Run the program of the root file system in this folder, such as an unpacked container image
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Print each query as it happens: on standard error, or in a file
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    wire: Option<Option<PathBuf>>,
    #[command(flatten)]
    fall_through: FallThrough,
    /// Let it be root inside: to bind ports below 1024, set up links, mount. Outside it stays you
    #[arg(long)]
    as_root: bool,
    #[command(flatten)]
    sources: Sources,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "CMD")]
    command: Vec<OsString>,
    #[command(flatten)]
    composed: Composed,
}

/// Runs the program and passes on how it ended.
pub(super) fn run(exec: &Exec) -> miette::Result<Exit> {
    // What another verb says with a status of its own could be mistaken for the program's.
    let before = |report| restated(report, Exit::OURS);
    // Before there is a thread that a signal could reach.
    let stand_in = StandIn::new().map_err(of_sandbox)?;
    let (world, variables) = exec.chosen().map_err(before)?;
    let zones = Zones::read(&world).map_err(|found| before(problems::report(&found)))?;
    let watch = exec.wire.as_ref().map(|file| wire::watch(file.as_deref())).transpose()?;
    let program = exec.program(variables)?;
    let server = Server::start().map_err(ours)?;
    let mut sandbox = Sandbox::build(&world, &program).map_err(of_sandbox)?;
    let (zones, listeners) = (Arc::new(zones), listeners(sandbox.take_bound()));
    let service = match watch {
        Some(watch) => server.serve_watched(&world, zones, listeners, watch),
        None => server.serve(&world, zones, listeners),
    };
    let service = service.map_err(ours)?;
    service.set_fall_through(exec.fall_through.nameservers());
    sandbox.release().map_err(of_sandbox)?;
    let exit = sandbox.stand_in(&stand_in).map_err(of_sandbox)?;
    drop(sandbox);
    service.stop().map_err(ours)?;
    Ok(Exit::of_program(exit))
}

impl Exec {
    /// The program as it is to start.
    fn program(&self, variables: BTreeMap<String, String>) -> miette::Result<Program> {
        let (cwd, root) = match &self.root {
            None => (folder()?, None),
            Some(folder) => (PathBuf::from("/"), Some(Root { folder: folder.clone(), files: Vec::new() })),
        };
        Ok(Program {
            argv: self.command.clone(),
            env: environment(variables, self.root.is_some()),
            cwd,
            stdio: Stdio::Inherit,
            identity: if self.as_root { Identity::Root } else { Identity::Own },
            root,
            confined: false,
            own: false,
        })
    }

    /// The world that is meant, and the variables that come with it.
    fn chosen(&self) -> miette::Result<(Arc<World>, BTreeMap<String, String>)> {
        let Some(id) = &self.case else {
            return Ok((self.composed.world_among(self.sources.worlds.as_deref())?, BTreeMap::new()));
        };
        if self.composed.is_given() {
            let text = format!("entering the world of `{id}`: another world is given too");
            return Err(stop_with_help(Exit::OURS, text, "leave out --case, or the options under \"World\""));
        }
        let selection = Selection { selectors: vec![id.clone()], family: Vec::new() };
        let loaded = load::load_selected(&self.sources, &selection)?;
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

/// The working directory.
fn folder() -> miette::Result<PathBuf> {
    env::current_dir().map_err(|error| {
        let text = format!("entering the working directory inside: it has no path: {error}");
        stop_with_help(Exit::OURS, text, "it may have been deleted: cd to another folder")
    })
}

/// This process's own variables without those that steer a resolver, and a case's. In a root file system most would lead
/// nowhere.
fn environment(variables: BTreeMap<String, String>, in_root: bool) -> BTreeMap<OsString, OsString> {
    let own = env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        let kept = !in_root || ["TERM", "LANG"].contains(&name.as_ref()) || name.starts_with("LC_");
        kept && !steers(&name)
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
