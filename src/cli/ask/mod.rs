//! `netdbspec ask`: one call, its answer, and what was sent for it.

mod calls;
mod name;
mod table;
mod told;
mod words;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::args::seconds;
use super::audit::{find, own_executable, rooted};
use super::composed::Composed;
use super::exit::{Exit, stop_over, stop_with_help, with_exit};
use super::list::Form;
use super::problems;
use crate::call::Ask;
use crate::case;
use crate::outcome::Reply;
use crate::report::terminal::count;
use crate::runner;
use crate::server::Zones;
use crate::subject::{Absent, Subject};
use crate::world::{World, nearest};
use name::CallName;
use told::{Said, Telling};

/// The arguments of `ask`.
#[derive(Args, Debug)]
pub(super) struct AskArguments {
    /// The call: getaddrinfo, getnameinfo, inet_pton … (see `netdbspec ask --list`)
    #[arg(required_unless_present = "list", hide_possible_values = true, value_parser = CallName)]
    call: Option<String>,
    /// Its arguments: values in order, or KEY=VALUE
    #[arg(value_name = "ARG")]
    words: Vec<OsString>,
    /// Further values in order, which may contain a `=` or begin with `-`
    #[arg(last = true, value_name = "VALUE")]
    verbatim: Vec<OsString>,
    /// List the calls and their arguments; with CALL, all about this one
    #[arg(long, conflicts_with_all = ["words", "verbatim"])]
    list: bool,
    /// Who is asked: libc, python, cc:musl-gcc, cmd:COMMAND … (see `netdbspec subjects`); repeatable
    #[arg(long, value_name = "NAME", default_value = "libc")]
    subject: Vec<String>,
    /// Ask the subjects of the root file system in this folder, such as an unpacked container image
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// How long a subject may take, in seconds or as 1m30s
    #[arg(long, value_name = "S", default_value = "60", value_parser = seconds)]
    timeout: Duration,
    /// What the answer looks like; json: a line of JSON for each subject
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Form,
    /// The answer alone, without headings and queries
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    world: Composed,
}

impl AskArguments {
    pub(super) const HELP: &str = "\
Arguments of a call:
  A word KEY=VALUE names its argument; other words are for the arguments in order. Constants are written as in C or in \
short (family=AF_INET6, family=inet6), flags with commas between them, the rest as in a case file. A value that contains \
a `=` or begins with `-` stands after its key or after `--`.

    netdbspec ask getaddrinfo www.example.com https family=inet6
    netdbspec ask getnameinfo 192.0.2.1 80 flags=numerichost
    netdbspec ask inet_pton AF_INET6 ::1 --subject libc --subject python
    netdbspec ask getaddrinfo a.example --record 'a.example. A 192.0.2.1'
    netdbspec ask getaddrinfo node=a=b.test
    netdbspec ask getaddrinfo -- -a.test

Where it is asked:
  Without an option of \"World\" on this machine as it is, look-ups over the network among it; with one inside that world, \
and what was sent is printed too. What lives in a root file system (--root) is always asked in a world.

Exit status:
  0  every subject answered
  1  the call failed as the API lets it fail
  2  the command line is wrong
  3  a subject could not be asked: it is absent, or was lost
  4  a subject has no such call";
}

/// Asks the call of each subject.
pub(super) fn run(arguments: &AskArguments) -> miette::Result<Exit> {
    if let Some(name) = arguments.call.as_deref().filter(|name| !Ask::NAMES.contains(name)) {
        let help = match nearest(name, Ask::NAMES.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "all calls: netdbspec ask --list".to_owned(),
        };
        return Err(stop_with_help(Exit::USAGE, format!("reading the call: there is no call `{name}`"), help));
    }
    let Some(call) = arguments.call.as_deref().filter(|_| !arguments.list) else {
        super::print(&arguments.call.as_deref().map_or_else(calls::all, calls::one))?;
        return Ok(Exit::OK);
    };
    let ask = read(call, &arguments.words, &arguments.verbatim)?;
    let world = arguments.world()?;
    let subjects = arguments.subjects()?;
    let telling = Telling { ask: &ask, form: arguments.format, quiet: arguments.quiet, several: subjects.len() > 1 };
    super::print(&telling.heading(super::paint()))?;
    let mut worst = Worst::default();
    for (name, subject) in subjects {
        let said = match subject {
            Ok(subject) => arguments.of(&subject, &ask, world.as_ref()),
            Err(absent) => Said::Nothing(absent.to_string()),
        };
        if let Said::Nothing(why) = &said {
            anstream::eprintln!("{why}");
        }
        worst.note(&said);
        super::print(&telling.told(name, world.as_deref(), &said, super::paint())?)?;
    }
    Ok(worst.exit())
}

/// The call, read as a case file's is.
fn read(call: &str, words: &[OsString], verbatim: &[OsString]) -> miette::Result<Ask> {
    let help = format!("its arguments: netdbspec ask --list {call}");
    let written = words::written(call, words, verbatim)
        .map_err(|why| stop_with_help(Exit::USAGE, format!("reading the call: {why}"), help.clone()))?;
    case::read_call("the call", &written).map_err(|problems| {
        let parts = problems.iter().map(|problem| problems::within(problem, &written)).collect();
        let text = format!("reading the call: {}", count(problems.len(), "problem", "problems"));
        let is_unknown = problems.iter().any(|problem| problem.text.contains("unknown key"));
        let help = if is_unknown { format!("{help}; a value that has a `=` in it stands after `--`") } else { help };
        stop_over(Exit::USAGE, text, Some(help), parts)
    })
}

impl AskArguments {
    /// The world that is meant, where one is. That its zones can be served is known then.
    fn world(&self) -> miette::Result<Option<Arc<World>>> {
        let is_meant = self.world.is_given() || self.root.is_some();
        let world = is_meant.then(|| self.world.world()).transpose()?;
        world.as_deref().map(Zones::read).transpose().map_err(|found| problems::report(&found))?;
        Ok(world)
    }

    /// The subjects by their names, each once; why one is absent, where it is. A name that nobody has is an error.
    fn subjects(&self) -> miette::Result<Vec<(&str, Result<Subject, Absent>)>> {
        let (exe, root) = (own_executable()?, rooted(self.root.as_deref())?);
        let mut found: Vec<(&str, Result<Subject, Absent>)> = Vec::new();
        for name in &self.subject {
            if found.iter().any(|(other, _)| other == name) {
                continue;
            }
            match find(name, &exe, root.as_ref()) {
                Err(absent) if absent.wrong => return Err(with_exit(Exit::USAGE, absent)),
                subject => found.push((name, subject)),
            }
        }
        Ok(found)
    }

    /// What comes of asking one subject.
    fn of(&self, subject: &Subject, ask: &Ask, world: Option<&Arc<World>>) -> Said {
        let variables = if world.is_none() { inherited() } else { BTreeMap::new() };
        match runner::ask(subject, ask, world.cloned(), variables, self.timeout) {
            Ok((who, outcome)) => Said::This(who, outcome),
            Err(why) => Said::Nothing(format!("asking the subject `{}`: {why}", subject.name())),
        }
    }
}

/// This process's own variables, but for those that choose a language: this machine as it is includes what its user set for
/// resolvers and runtimes.
fn inherited() -> BTreeMap<String, String> {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    env::vars_os().filter_map(text).filter(|(name, _)| !name.starts_with("LC_") && !name.starts_with("LANG")).collect()
}

/// What the replies come to.
#[derive(Default)]
struct Worst {
    failed: bool,
    unasked: bool,
    lacks: bool,
}

impl Worst {
    fn note(&mut self, said: &Said) {
        match said.reply() {
            Some(Reply::Answer(_)) => {}
            Some(Reply::Failure(_)) => self.failed = true,
            Some(Reply::Unsupported(_)) => self.lacks = true,
            Some(Reply::Lost(_)) | None => self.unasked = true,
        }
    }

    /// The status: what could not be asked outweighs a failure, and that a call which a subject does not have.
    fn exit(&self) -> Exit {
        match self {
            Self { unasked: true, .. } => Exit::UNABLE,
            Self { failed: true, .. } => Exit::DEVIATES,
            Self { lacks: true, .. } => Exit::NOTHING,
            _ => Exit::OK,
        }
    }
}
