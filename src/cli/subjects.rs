//! `netdbspec subjects`: who can be asked here.

use super::exit::Exit;
use crate::report::terminal::Paint;
use crate::runner::{GREETING, chain};
use crate::subject::{self, Builtin, Hello};
use crate::verdict::Status;

/// Says which subjects can run here, and how to get the others.
pub(super) fn run() -> miette::Result<Exit> {
    let exe = super::audit::own_executable()?;
    let mut lines: Vec<String> = Vec::new();
    for builtin in subject::all() {
        let met = match builtin.find(&exe) {
            Ok(subject) => subject.meet(GREETING).map_err(|trouble| (chain(&trouble), None)),
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
