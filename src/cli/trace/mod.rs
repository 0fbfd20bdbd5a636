//! `netdbspec trace`: how a configuration resolves a name, and what it costs.

mod page;
mod text;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::args::seconds;
use super::audit::{find, own_executable, rooted};
use super::composed::Composed;
use super::exit::{Exit, stop, stop_with_help, with_exit};
use super::{paint, print, problems};
use crate::call::Ask;
use crate::event::Who;
use crate::outcome::Reply;
use crate::runner::{self, Watched};
use crate::server::Zones;
use crate::subject::Subject;
use crate::trace::{Change, Other, Seen, Trace};
use crate::world::{File, World, Zone};

const HELP: &str = "\
Without a world it is the suite's `default`; with --etc /etc it is this machine's configuration. A stub DNS server stands
at each nameserver address: it has the world's zones and --record, and says NXDOMAIN to all else. No packet leaves.

Exit status:
  0  the name was resolved
  1  it was not
  2  the command line is wrong, or a world or zone file is
  3  it could not be run here";

/// A look-up that took longer than this is not made again in other ways.
const LONG: Duration = Duration::from_secs(20);

/// The arguments of `trace`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct TraceArgs {
    /// The name to look up
    name: String,
    /// The service: http, 443
    service: Option<String>,
    /// Who is asked: libc, cc:musl-gcc, python …, as `netdbspec subjects` lists them
    #[arg(long, value_name = "NAME", default_value = "libc")]
    subject: String,
    /// Ask the subject of the root file system in this folder, such as an unpacked container image
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Only addresses of this family
    #[arg(long, value_name = "FAMILY")]
    family: Option<Family>,
    /// A flag of the hints: AI_ADDRCONFIG, AI_CANONNAME; repeatable, or several with commas
    #[arg(long, value_name = "FLAG", value_delimiter = ',')]
    flags: Vec<String>,
    /// What the trace looks like: terminal, json or html; repeatable as FORMAT=FILE
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = "terminal", value_parser = target)]
    format: Vec<Target>,
    /// Give the subject this long, in seconds or as 1m30s
    #[arg(long, value_name = "S", default_value = "120", value_parser = seconds)]
    timeout: Duration,
    #[command(flatten)]
    composed: Composed,
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Family {
    /// AF_INET
    Inet,
    /// AF_INET6
    Inet6,
}

/// What a trace looks like, and the file it goes to.
#[derive(Clone, Debug)]
struct Target {
    form: Form,
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Terminal,
    Json,
    Html,
}

fn target(text: &str) -> Result<Target, String> {
    let (form, file) = match text.split_once('=') {
        Some((_, "")) => return Err(format!("`{text}` names no file after the `=`")),
        Some((form, file)) => (form, Some(PathBuf::from(file))),
        None => (text, None),
    };
    let form = match form {
        "terminal" => Form::Terminal,
        "json" => Form::Json,
        "html" => Form::Html,
        _ => return Err(format!("there is no format `{form}`; there are terminal, json, html")),
    };
    Ok(Target { form, file })
}

/// Traces the look-up, and says by the status whether it gave an address.
pub(super) fn run(args: &TraceArgs) -> miette::Result<Exit> {
    if args.format.iter().filter(|target| target.file.is_none()).count() > 1 {
        let help = "give all but one a file: --format html=FILE";
        return Err(stop_with_help(Exit::USAGE, "choosing formats: two of them go to standard output", help));
    }
    let root = rooted(args.root.as_deref())?;
    let absent = |error: crate::subject::Absent| {
        let exit = if error.wrong { Exit::USAGE } else { Exit::UNABLE };
        with_exit(exit, error)
    };
    let subject = find(&args.subject, &own_executable()?, root.as_ref()).map_err(absent)?;
    let world = args.composed.world()?;
    let zones: Vec<String> = world.zones.iter().map(|zone| zone.origin.clone()).collect();
    let world = with_a_root(&world);
    if let Err(found) = Zones::read(&world) {
        return Err(problems::report(&found));
    }
    let tracing = Tracing { args, subject, zones };
    let mut trace = tracing.trace(&world, &args.name)?;
    trace.command = command();
    if let Some(folder) = &args.composed.etc {
        trace.world = format!("{} with the files of {}", trace.world, folder.display());
    }
    if trace.bill.elapsed <= LONG {
        let others = trace.worth_trying().into_iter().map(|change| tracing.changed(&world, change));
        let others = others.collect::<miette::Result<Vec<_>>>()?;
        trace.compare(others);
    } else {
        trace.compare(Vec::new());
    }
    for target in &args.format {
        let text = match target.form {
            Form::Terminal => text::trace(&trace, if target.file.is_none() { paint() } else { Default::default() }),
            Form::Json => json_line(&trace)?,
            Form::Html => page::page(&trace),
        };
        match &target.file {
            None => print(&text)?,
            Some(file) => write(file, &text)?,
        }
    }
    Ok(if trace.is_answered() { Exit::OK } else { Exit::DEVIATES })
}

/// The command that this process was started with, but for what the trace looks like.
fn command() -> String {
    let mut words = std::env::args().skip(1);
    let mut kept = vec!["netdbspec".to_owned()];
    while let Some(word) = words.next() {
        match word.as_str() {
            "--format" => drop(words.next()),
            word if word.starts_with("--format=") => {}
            _ => kept.push(word),
        }
    }
    shlex::try_join(kept.iter().map(String::as_str)).unwrap_or_default()
}

fn write(file: &Path, text: &str) -> miette::Result<()> {
    std::fs::write(file, text)
        .map_err(|error| stop(Exit::UNABLE, format!("writing the trace to `{}`: {error}", file.display())))
}

fn json_line(trace: &Trace) -> miette::Result<String> {
    let mut text = serde_json::to_string_pretty(trace)
        .map_err(|error| stop(Exit::UNABLE, format!("writing the trace as JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// The same world, where a name that no zone has does not exist: as a cluster's or a provider's DNS would say.
fn with_a_root(world: &World) -> World {
    let mut world = world.clone();
    if !world.zones.iter().any(|zone| zone.origin == ".") {
        let text = ". 60 IN SOA . . 1 3600 600 86400 60\n. 60 IN NS .\n".to_owned();
        world.add_zone(Zone { origin: ".".to_owned(), path: "the root zone".to_owned(), line: 1, text });
    }
    world
}

/// What stays the same from one look-up to the next.
struct Tracing<'a> {
    args: &'a TraceArgs,
    subject: Subject,
    /// The zones that count as served.
    zones: Vec<String>,
}

impl Tracing<'_> {
    /// Looks a name up, and makes sense of it.
    fn trace(&self, world: &World, node: &str) -> miette::Result<Trace> {
        let ask = self.ask(node)?;
        let seen = runner::watched(&self.subject, world, &ask, self.args.timeout);
        let Watched { hello, asked, wire, begun, glances } = seen.map_err(|why| {
            let (text, help) = why.split_once("\n  try: ").map_or((&*why, None), |(text, help)| (text, Some(help)));
            match help {
                Some(help) => stop_with_help(Exit::UNABLE, text, help),
                None => stop(Exit::UNABLE, text),
            }
        })?;
        if let Reply::Unsupported(why) = &asked.reply {
            let text = format!("tracing a look-up of {}: {why}", self.subject.name());
            return Err(stop_with_help(Exit::UNABLE, text, "choose another subject: netdbspec subjects"));
        }
        let subject = Who { name: self.subject.name().to_owned(), implementation: hello.name, version: hello.version };
        Ok(Trace::of(&Seen {
            world,
            zones: &self.zones,
            node,
            call: &ask.written(),
            subject: &subject,
            asked: &asked,
            wire: &wire,
            begun,
            glances: glances.as_deref().map_err(String::as_str),
        }))
    }

    /// Looks the name up with one thing changed.
    fn changed(&self, world: &World, change: Change) -> miette::Result<Other> {
        let trace = match &change {
            Change::Name(name) => self.trace(world, name)?,
            Change::Options(options) => {
                let mut world = world.clone();
                let text = match world.files.get("resolv.conf") {
                    Some(File::Text(text)) => with_options(text, options),
                    _ => with_options("", options),
                };
                world.files.insert("resolv.conf".to_owned(), File::Text(text));
                self.trace(&world, &self.args.name)?
            }
        };
        Ok(Other::of(change, &trace))
    }

    fn ask(&self, node: &str) -> miette::Result<Ask> {
        let mut arguments = json!({ "node": node });
        if let Some(service) = &self.args.service {
            arguments["service"] = json!(service);
        }
        if !self.args.flags.is_empty() {
            arguments["flags"] = json!(self.args.flags);
        }
        match self.args.family {
            None => {}
            Some(Family::Inet) => arguments["family"] = json!("AF_INET"),
            Some(Family::Inet6) => arguments["family"] = json!("AF_INET6"),
        }
        serde_json::from_value(json!({ "getaddrinfo": arguments })).map_err(|error| {
            stop_with_help(
                Exit::USAGE,
                format!("making the call: {error}"),
                "write flags by their C names: AI_CANONNAME",
            )
        })
    }
}

/// A resolv.conf with an option, and without another of its name: not every resolver takes the last.
fn with_options(text: &str, option: &str) -> String {
    let name = option.split(':').next().unwrap_or_default();
    let kept = |line: &str| {
        let Some(options) = line.strip_prefix("options") else { return format!("{line}\n") };
        let others = options.split_whitespace().filter(|other| other.split(':').next() != Some(name));
        others.fold("options".to_owned(), |line, other| line + " " + other) + "\n"
    };
    text.lines().map(kept).filter(|line| line != "options\n").collect::<String>() + &format!("options {option}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_takes_the_place_of_another_of_its_name() {
        let text = "nameserver 10.0.0.1\noptions ndots:5\noptions timeout:1 ndots:3\n";
        assert_eq!(with_options(text, "ndots:1"), "nameserver 10.0.0.1\noptions timeout:1\noptions ndots:1\n");
        assert_eq!(with_options("", "edns0"), "options edns0\n");
    }

    #[test]
    fn a_format_may_have_a_file() {
        assert_eq!(
            target("html=a.html").map(|target| (target.form, target.file)),
            Ok((Form::Html, Some("a.html".into())))
        );
        assert_eq!(target("json").map(|target| (target.form, target.file)), Ok((Form::Json, None)));
        assert_eq!(target("html=").unwrap_err(), "`html=` names no file after the `=`");
        assert_eq!(target("xml").unwrap_err(), "there is no format `xml`; there are terminal, json, html");
    }
}
