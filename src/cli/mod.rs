//! The command line: arguments, colours, exit status. One file a verb.

mod args;
mod ask;
mod audit;
mod completions;
mod composed;
mod diff;
mod doctor;
mod exec;
mod exit;
mod fall_through;
mod fuzz;
mod list;
mod load;
mod man;
mod outputs;
mod problems;
mod progress;
mod report;
mod selftest;
mod serve;
mod show;
mod subjects;
mod trace;

use std::ffi::CString;
use std::io::{self, IsTerminal};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::Parser;

use crate::sandbox::Spawner;
use args::{Cli, Verb};
use exit::Exit;

/// Runs the program of the command line that this process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let first = std::env::args_os().nth(1).unwrap_or_default();
    if first == "probe" {
        let arguments = std::env::args_os().map_while(|argument| CString::new(argument.into_vec()).ok());
        return ExitCode::from(probe(&arguments.collect::<Vec<_>>()));
    }
    if first == Spawner::ARGUMENT {
        Spawner::serve(probe);
        return ExitCode::SUCCESS;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody who would read it is there: the status still says it.
            let _ = error.print();
            let wrong = if first == "exec" { Exit::OURS } else { Exit::USAGE };
            return if error.use_stderr() { wrong } else { Exit::OK }.into();
        }
    };
    let colour = AutoStream::choice(&io::stderr()) != ColorChoice::Never;
    // A hook that is set already is as good.
    let _ = miette::set_hook(Box::new(move |_| Box::new(problems::handler(colour))));
    // What a run in place has left that was killed. That it cannot be mended keeps nobody from anything else.
    if let Err(report) = audit::in_place::recover() {
        anstream::eprint!("{}", exit::tell(&report));
    }
    let (done, trouble) = match cli.verb {
        None => (audit::run(&cli.audit), Exit::UNABLE),
        Some(Verb::Audit(audit)) => (audit::run(&audit), Exit::UNABLE),
        Some(Verb::List(list)) => (list::run(&list), Exit::UNABLE),
        Some(Verb::Show(show)) => (show::run(&show), Exit::UNABLE),
        Some(Verb::Diff(diff)) => (diff::run(&diff), Exit::UNABLE),
        Some(Verb::Report(report)) => (report::run(&report), Exit::UNABLE),
        Some(Verb::Selftest(selftest)) => (selftest::run(&selftest), Exit::UNABLE),
        Some(Verb::Fuzz(fuzz)) => (fuzz::run(&fuzz), Exit::UNABLE),
        Some(Verb::Exec(exec)) => (exec::run(&exec), Exit::OURS),
        Some(Verb::Serve(serve)) => (serve::run(&serve), Exit::UNABLE),
        Some(Verb::Trace(trace)) => (trace::run(&trace), Exit::UNABLE),
        Some(Verb::Ask(ask)) => (ask::run(&ask), Exit::UNABLE),
        Some(Verb::Doctor) => (doctor::run(), Exit::UNABLE),
        Some(Verb::Completions(completions)) => (completions::run(&completions), Exit::UNABLE),
        Some(Verb::Man(manual)) => (man::run(&manual), Exit::UNABLE),
        Some(Verb::Subjects(subjects)) => (subjects::run(&subjects), Exit::UNABLE),
    };
    done.unwrap_or_else(|report| {
        anstream::eprint!("{}", exit::tell(&report));
        Exit::of_report(&report).unwrap_or(trouble)
    })
    .into()
}

/// This program as a subject, given its arguments: it is asked over its own standard streams, and says nothing else. `probe`
/// alone asks the C library, `probe NAME` the adapter of this name. Returns its exit status.
fn probe(arguments: &[CString]) -> u8 {
    let (stdin, stdout) = (io::stdin().lock(), io::stdout().lock());
    let served = match arguments.get(2) {
        None => {
            // As a program in C does first of all; those in Rust do not.
            crate::call::take_locale();
            crate::subject::serve_probe(stdin, stdout)
        }
        Some(name) => crate::subject::adapters::serve(&name.to_string_lossy(), stdin, stdout),
    };
    match served {
        Ok(()) => Exit::OK.into(),
        Err(error) => {
            anstream::eprintln!("serving as a subject: {error}");
            Exit::OURS.into()
        }
    }
}

/// Writes to standard output. That nobody reads any more is no error: the rest is not wanted.
fn print(text: &str) -> miette::Result<()> {
    use std::io::Write;
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(exit::stop(Exit::UNABLE, format!("writing to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// How text on standard output may look.
fn paint() -> crate::report::terminal::Paint {
    crate::report::terminal::Paint { colour: AutoStream::choice(&io::stdout()) != ColorChoice::Never }
}

/// Whether a person watches standard error.
fn is_watched() -> bool {
    io::stderr().is_terminal()
}
