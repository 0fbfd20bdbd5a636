//! `netdbspec subjects`: who can be asked here.

use std::path::PathBuf;

use clap::Args;

use super::audit::{own_executable, rooted};
use super::exit::Exit;
use crate::report::terminal::Paint;
use crate::runner::{chain, meet};
use crate::subject::{self, Builtin, Hello};
use crate::verdict::Status;

/// The arguments of `subjects`.
#[derive(Args, Debug)]
pub(super) struct Subjects {
    /// Say it of the root file system in this folder, such as an unpacked container image
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Says which subjects can run here, and how to get the others.
pub(super) fn run(subjects: &Subjects) -> miette::Result<Exit> {
    let exe = own_executable()?;
    let root = rooted(subjects.root.as_deref())?;
    let mut lines: Vec<String> = Vec::new();
    for builtin in subject::all() {
        let found = root.as_ref().map_or_else(|| builtin.find(&exe), |root| builtin.find_in(root, &exe));
        let met = match found {
            Ok(subject) => match subject.unable() {
                None => meet(&subject).map_err(|trouble| (chain(&trouble), None)),
                Some(why) => Err((why.to_owned(), None)),
            },
            Err(absent) => Err((absent.why, Some(absent.how))),
        };
        lines.push(line(builtin, met, super::paint()));
    }
    lines.push("\nany other program that speaks the protocol: --subject cmd:COMMAND\n".to_owned());
    super::print(&lines.concat())?;
    Ok(Exit::OK)
}

fn line(builtin: &Builtin, met: Result<Hello, (String, Option<String>)>, paint: Paint) -> String {
    match met {
        Ok(hello) => {
            let version = format!("{} {}", hello.name, hello.version);
            let mark = paint.status(Status::Pass, "✓ here  ");
            format!("{mark}  {:8}  {version:16}  {}\n", builtin.name, builtin.about)
        }
        Err((why, how)) => {
            let mark = paint.status(Status::Unsupported, "- absent");
            let how = how.map_or_else(String::new, |how| format!("\n                    try: {how}"));
            format!("{mark}  {:8}  {}\n                    {why}{how}\n", builtin.name, builtin.about)
        }
    }
}
