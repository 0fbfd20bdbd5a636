//! `netdbspec fuzz`: the subject under fire.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::seconds;
use super::audit::{find, own_executable, rooted};
use super::exit::{Exit, stop, stop_with_help, with_exit};
use super::{is_watched, load};
use crate::fuzz::{Extent, Group, Grower, Hunt, Kind, Progress, Report, hunt};
use crate::report::terminal::count;
use crate::runner::Desk;
use crate::sandbox::Spawner;

/// How many inputs there are where neither a number nor a time is given.
const COUNT: u64 = 1000;

/// The arguments of `fuzz`.
#[derive(Args, Debug)]
pub(super) struct Fuzz {
    /// Who is asked (see `netdbspec subjects`); repeatable: several are also held against each other
    #[arg(long, value_name = "NAME", default_value = "libc")]
    subject: Vec<String>,
    /// Ask the subjects of the root file system in this folder
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// What the inputs are drawn from: the same seed, the same inputs
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Begin no input after this time, in seconds or as 15m
    #[arg(long, value_name = "T", value_parser = seconds)]
    time: Option<Duration>,
    /// So many inputs [default: 1000, or what the time allows]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// The number of the first input; with --count 1 it is the only one
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
    /// A variable for the subjects, NAME=VALUE; repeatable. c-ares, which waits long: 'RES_OPTIONS=retrans:1000 retry:1'
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// Write each finding into this folder, as a case file
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the inputs as case files, and ask nobody
    #[arg(long, conflicts_with_all = ["out", "time"])]
    print: bool,
    /// How many inputs are asked at once [default: four times the processors]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

impl Fuzz {
    pub(super) const HELP: &str = "\
Found are: subjects that are lost (killed, hung, exited, flooded, babbled), addresses and names that were in no reply and no
file, descriptors that a call keeps, and differences between subjects. Errors of memory are seen where a subject ends of them:
  --subject 'cmd:valgrind -q --error-exitcode=99 netdbspec probe'
What is found is shrunk, and printed as a case file. Memory that a call keeps is not seen.

Exit status:
  0  nothing was found
  1  something was found
  2  the command line is wrong
  3  a subject cannot be asked here, or no input could be";

    fn extent(&self) -> Extent {
        let processors = available_parallelism().map_or(1, NonZero::get);
        let unless_told = if self.time.is_some() { u64::MAX } else { COUNT };
        Extent {
            seed: self.seed,
            first: self.from,
            count: self.count.unwrap_or(unless_told),
            time: self.time,
            lanes: self.jobs.map_or(4 * processors, usize::from),
            env: self.env.iter().cloned().collect(),
        }
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    let variable = text.split_once('=').filter(|(name, _)| !name.is_empty());
    variable.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| "write NAME=VALUE".to_owned())
}

/// Hunts, and tells what was found.
pub(super) fn run(fuzz: &Fuzz) -> miette::Result<Exit> {
    let exe = own_executable()?;
    // First of all: they start while the cases are loaded.
    let processors = available_parallelism().map_or(1, NonZero::get);
    let _spawner = (!fuzz.print).then(|| Spawner::start(processors.min(8), &exe));
    let worlds = load::worlds(None)?;
    let grower = Grower::new(&worlds).map_err(|why| stop(Exit::UNABLE, format!("making inputs: {why}")))?;
    let extent = fuzz.extent();
    if fuzz.print {
        return print(&grower, &extent);
    }
    if let Some(folder) = &fuzz.out {
        let made = std::fs::create_dir_all(folder.join("fuzz"));
        made.map_err(|error| stop(Exit::USAGE, format!("making the folder `{}`: {error}", folder.display())))?;
    }
    let root = rooted(fuzz.root.as_deref())?;
    let mut subjects = Vec::new();
    for name in &fuzz.subject {
        let found = find(name, &exe, root.as_ref());
        let wrong = |absent: &crate::subject::Absent| if absent.wrong { Exit::USAGE } else { Exit::UNABLE };
        subjects.push(found.map_err(|absent| with_exit(wrong(&absent), absent))?);
    }
    let desk = Desk::open(&subjects).map_err(|error| with_exit(Exit::UNABLE, error))?;
    let who: Vec<String> = desk.who().iter().map(|who| format!("{}: {}", who.name, who.display())).collect();
    super::print(&format!("netdbspec fuzz   {}   seed {}\n\n", who.join("   "), fuzz.seed))?;
    let bar = bar(fuzz.count);
    let report = hunt(&Hunt { desk: &desk, worlds: &worlds, grower: &grower }, &extent, &mut |now| show(&bar, &now));
    bar.finish_and_clear();
    for (nth, group) in report.groups.iter().enumerate() {
        let file = fuzz.out.as_deref().map(|folder| write(folder, fuzz, group)).transpose()?;
        super::print(&told(nth + 1, group, fuzz, file.as_deref()))?;
    }
    super::print(&summary(&report))?;
    if report.unable.values().sum::<u64>() == report.inputs {
        let why = report.unable.keys().next().cloned().unwrap_or_default();
        return Err(stop_with_help(
            Exit::UNABLE,
            format!("asking: no input could be asked: {why}"),
            "netdbspec doctor",
        ));
    }
    Ok(if report.groups.is_empty() { Exit::OK } else { Exit::DEVIATES })
}

/// The inputs, as they stand.
fn print(grower: &Grower, extent: &Extent) -> miette::Result<Exit> {
    let last = extent.first.saturating_add(extent.count);
    super::print("about = \"What netdbspec fuzz asks\"\nworld = \"default\"\n")?;
    for number in extent.first..last {
        let name = format!("seed-{}-input-{number}", extent.seed);
        super::print(&format!("\n{}", grower.grow(extent.seed, number).case_text(&name, "An input.")))?;
    }
    Ok(Exit::OK)
}

fn bar(count: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(count, ProgressDrawTarget::hidden());
    let template = if count.is_some() { "  {bar:20} {pos}/{len}  {msg}" } else { "  {spinner} {elapsed} {pos}  {msg}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("█▓░"));
    }
    if is_watched() {
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

fn show(bar: &ProgressBar, now: &Progress) {
    bar.set_position(now.inputs);
    let found = count(now.groups, "finding", "findings");
    bar.set_message(match now.shrinking {
        0 => found,
        more => format!("{found}, shrinking {more} more"),
    });
}

/// The name of a finding's case.
fn name(fuzz: &Fuzz, group: &Group) -> String {
    let kind = group.finding.kind;
    format!("{kind}-seed-{}-input-{}", fuzz.seed, group.number)
}

/// What a finding's case says of itself.
fn about(group: &Group) -> String {
    format!("{}.", group.finding.what)
}

/// The case of a finding. That nobody is lost it demands, so that the report of a run shows who is.
fn demanding(group: &Group, text: &str) -> String {
    let word = group.finding.what.rsplit(": ").next().unwrap_or_default();
    let rule = format!("must = [{{ clause = \"POSIX {}\", failure = {{ not = \"{word}\" }} }}]\n", group.input.call);
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    if plain && group.finding.kind == Kind::Lost {
        text.replace("unspecified = [{}]\n", &rule)
    } else {
        text.to_owned()
    }
}

fn write(folder: &Path, fuzz: &Fuzz, group: &Group) -> miette::Result<PathBuf> {
    // One input may have shown several things.
    let name = name(fuzz, group);
    let free = |nth: &u32| {
        let name = if *nth == 1 { name.clone() } else { format!("{name}-{nth}") };
        (name.clone(), folder.join("fuzz").join(format!("{name}.toml")))
    };
    let (name, path) = (1..).map(|nth| free(&nth)).find(|(_, path)| !path.exists()).unwrap_or_else(|| free(&1));
    let written = std::fs::write(&path, demanding(group, &group.input.file_text(&name, &about(group))));
    written.map_err(|error| stop(Exit::UNABLE, format!("writing `{}`: {error}", path.display())))?;
    Ok(path)
}

/// One finding.
fn told(nth: usize, group: &Group, fuzz: &Fuzz, file: Option<&Path>) -> String {
    let subjects: String = fuzz.subject.iter().map(|name| format!(" --subject {}", quoted(name))).collect();
    let env = fuzz.env.iter().map(|(name, value)| format!(" --env {}", quoted(&format!("{name}={value}"))));
    let env: String = env.collect();
    let again = match (file, &fuzz.out) {
        (Some(file), Some(folder)) => {
            let topic = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            // What one subject alone answers is only shown where it breaks a rule.
            let alone = fuzz.subject.len() == 1 && group.finding.kind != Kind::Lost;
            let shown = if alone { "--format json" } else { "-v" };
            format!("netdbspec audit fuzz/{topic} --cases {}{subjects} {shown}", folder.display())
        }
        _ => format!("netdbspec fuzz --seed {} --from {} --count 1{subjects}{env}", fuzz.seed, group.number),
    };
    let features: Vec<&str> = group.features.iter().map(String::as_str).collect();
    let times = count(usize::try_from(group.count).unwrap_or(usize::MAX), "input", "inputs");
    let case = demanding(group, &group.input.case_text(&name(fuzz, group), &about(group)));
    let case: String = case.lines().map(|line| format!("      {line}\n")).collect();
    format!(
        "{nth:>3}  {:8}  {}\n     with      {}\n     shown by  {times}, first {}; {} bytes of case, shrunk from {} in {}\n     again     {again}\n\n{case}\n",
        group.finding.kind,
        group.finding.what,
        features.join(", "),
        group.number,
        group.input.size(),
        group.before,
        count(group.runs, "run", "runs"),
    )
}

/// A word of a command line for a shell.
fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

fn summary(report: &Report) -> String {
    let mut text = String::new();
    for (why, inputs) in &report.unable {
        text.push_str(&format!("  could not be asked: {inputs} · {}\n", why.lines().next().unwrap_or_default()));
    }
    let of = |kind: Kind| report.groups.iter().filter(|group| group.finding.kind == kind).count();
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let mark = if report.groups.is_empty() { "✓ nothing found" } else { "✗ found" };
    text.push_str(&format!(
        "{mark}: {}, {}, {}, {}, of {}; {} did not come again\n  {} of subjects in {:.0} s\n",
        count(of(Kind::Lost), "loss", "losses"),
        count(of(Kind::Invented), "invention", "inventions"),
        count(of(Kind::Leak), "leak", "leaks"),
        count(of(Kind::Differ), "difference", "differences"),
        count(number(report.inputs), "input", "inputs"),
        report.unsteady,
        count(number(report.asked), "run", "runs"),
        report.elapsed.as_secs_f64(),
    ));
    text
}
