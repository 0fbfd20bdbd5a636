//! `netdbspec subjects`: who can be asked here, and what is wrong with an adapter.

use std::path::PathBuf;

use clap::Args;

use super::audit::{find, rooted};
use super::exit::{Exit, stop, stop_with_help, with_exit};
use super::load;
use crate::report::terminal::{Paint, count};
use crate::runner::{self, Tried, chain, meet};
use crate::subject::{self, Absent, Hello, Root};
use crate::verdict::Status;

/// The subjects that CI, or whoever sets this variable, cannot do without.
const REQUIRE: &str = "NETDBSPEC_REQUIRE";

/// The arguments of `subjects`.
#[derive(Args, Debug)]
pub(super) struct Subjects {
    /// Only these: cc:musl-gcc, go:/opt/go/bin/go, 'cmd:python3 adapter.py' … [default: all that are known]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Try them out inside a world, and say what is wrong with them
    #[arg(long, requires = "names")]
    check: bool,
    /// The subjects of the root file system in this folder, such as an unpacked container image
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

impl Subjects {
    /// The statuses, for its help.
    pub(super) const HELP: &str = "\
Exit status:
  0  those that NETDBSPEC_REQUIRE names can run here; with --check, nothing is wrong
  1  with --check: something is wrong with an adapter
  2  the command line is wrong
  3  a subject that NETDBSPEC_REQUIRE names, or that is to be tried out, cannot run here";
}

/// Says which subjects can run here, and how to get the others.
pub(super) fn run(arguments: &Subjects) -> miette::Result<Exit> {
    let root = rooted(arguments.root.as_deref())?;
    if arguments.check {
        return check(&arguments.names, root.as_ref());
    }
    let exe = super::audit::own_executable()?;
    // A root has one C library.
    let fits = |name: &&&str| root.is_none() || !name.contains(':');
    let listed = || {
        subject::all().iter().flat_map(|builtin| builtin.listed).filter(fits).map(|name| (*name).to_owned()).collect()
    };
    let names: Vec<String> = if arguments.names.is_empty() { listed() } else { arguments.names.clone() };
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().min(16);
    let (mut here, mut missing) = (0, Vec::new());
    for name in &names {
        let met = match find(name, &exe, root.as_ref()) {
            Ok(subject) => match subject.unable() {
                Some(why) => Err((why.to_owned(), None)),
                None => meet(&subject).map_err(|trouble| (chain(&trouble), None)),
            },
            Err(absent) if absent.wrong => return Err(with_exit(Exit::USAGE, absent)),
            Err(Absent { why, how, .. }) => Err((why, Some(how))),
        };
        here += usize::from(met.is_ok());
        if met.is_err() {
            missing.push(name.clone());
        }
        // One after the other: some are compiled now.
        super::print(&line(name, root.is_some(), width, met, super::paint()))?;
    }
    super::print(&format!(
        "\n{here} of {} can run here. Others: cc:COMPILER for the C library of any compiler,\nNAME:PROGRAM for another interpreter, \
         cmd:COMMAND for any program that speaks the protocol\n",
        count(names.len(), "subject", "subjects")
    ))?;
    required(&missing)
}

/// Says by its status whether one that must be here is missing.
fn required(missing: &[String]) -> miette::Result<Exit> {
    let required = std::env::var(REQUIRE).unwrap_or_default();
    let lost: Vec<_> = missing.iter().filter(|name| required.split(',').any(|word| word.trim() == *name)).collect();
    if lost.is_empty() {
        return Ok(Exit::OK);
    }
    let lost = lost.into_iter().cloned().collect::<Vec<_>>().join(", ");
    let help = format!("get them as said above, or take them out of {REQUIRE}");
    Err(stop_with_help(
        Exit::UNABLE,
        format!("finding the subjects that {REQUIRE} names: {lost} cannot run here"),
        help,
    ))
}

fn line(name: &str, in_root: bool, width: usize, met: Result<Hello, (String, Option<String>)>, paint: Paint) -> String {
    let about = subject::all().iter().find(|builtin| name.split(':').next() == Some(builtin.name));
    let about = match about {
        Some(_) if in_root && name == "libc" => "the C library of the root file system",
        Some(builtin) => builtin.about,
        None => "a program that speaks the protocol",
    };
    match met {
        Ok(hello) => {
            let version = format!("{} {}", hello.name, hello.version);
            format!("{}  {name:width$}  {version:22}  {about}\n", paint.status(Status::Pass, "✓ here  "))
        }
        Err((why, how)) => {
            let how = how.map_or_else(String::new, |how| format!("\n            try: {how}"));
            let mark = paint.status(Status::Unsupported, "- absent");
            format!("{mark}  {name:width$}  {about}\n            {why}{how}\n")
        }
    }
}

/// Tries each subject out, and says by the status whether something is wrong.
fn check(names: &[String], root: Option<&Root>) -> miette::Result<Exit> {
    let exe = super::audit::own_executable()?;
    let worlds = load::worlds(None)?;
    let Some(world) = worlds.get("default") else { return Err(stop(Exit::USAGE, "there is no world `default`")) };
    let mut all_well = true;
    for name in names {
        let subject = find(name, &exe, root)
            .map_err(|absent| with_exit(if absent.wrong { Exit::USAGE } else { Exit::UNABLE }, absent))?;
        let tried = runner::check(&subject, world)
            .map_err(|why| stop(Exit::UNABLE, format!("trying out the subject `{name}`: {why}")))?;
        all_well &= tried.iter().all(|tried| tried.wrong.is_none());
        super::print(&told(name, root, &tried, super::paint()))?;
    }
    Ok(if all_well { Exit::OK } else { Exit::DEVIATES })
}

fn told(name: &str, root: Option<&Root>, tried: &[Tried], paint: Paint) -> String {
    let mut text = format!("{name}\n");
    for Tried { what, wrong } in tried {
        text += &match wrong {
            None => format!("  {} {what}\n", paint.status(Status::Pass, "✓")),
            Some(wrong) => format!("  {} {what}\n      {wrong}\n", paint.status(Status::Fail, "✗")),
        };
    }
    let wrong = tried.iter().filter(|tried| tried.wrong.is_some()).count();
    text + &match wrong {
        0 => {
            let inside = root.map(|root| format!("--root {} ", shell(&root.folder().to_string_lossy())));
            format!("nothing is wrong with it: netdbspec {}--subject {}\n", inside.unwrap_or_default(), shell(name))
        }
        wrong => {
            format!("{} wrong. The protocol: fixtures/subjects/README.md\n", count(wrong, "thing is", "things are"))
        }
    }
}

/// A word as a shell takes it.
fn shell(name: &str) -> String {
    shlex::try_quote(name).map_or_else(|_| name.to_owned(), Into::into)
}
