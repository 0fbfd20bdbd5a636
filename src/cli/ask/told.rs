//! What came back, told to a person or as lines of JSON.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::table::{lines, printable};
use crate::call::Ask;
use crate::cli::exit::{Exit, stop};
use crate::cli::list::Form;
use crate::event::{Who, asked};
use crate::outcome::{Asked, Failure, Outcome, Query, Reply};
use crate::report::terminal::Paint;
use crate::snapshot::query_line;
use crate::verdict::Status;
use crate::world::World;

/// What one subject said.
pub(super) enum Said {
    /// This.
    This(Who, Outcome),
    /// It could not be asked; the text says why.
    Nothing(String),
}

impl Said {
    /// Its reply, where there is one.
    pub(super) fn reply(&self) -> Option<&Reply> {
        match self {
            Self::This(_, outcome) => outcome.asked.first().map(|asked| &asked.reply),
            Self::Nothing(_) => None,
        }
    }
}

/// How it is told.
pub(super) struct Telling<'t> {
    pub(super) ask: &'t Ask,
    pub(super) form: Form,
    pub(super) quiet: bool,
    pub(super) several: bool,
}

impl Telling<'_> {
    /// What is asked, before anybody has answered.
    pub(super) fn heading(&self, paint: Paint) -> String {
        match self.form {
            Form::Terminal if !self.quiet => format!("{}\n", paint.strong(&printable(&asked(self.ask)))),
            _ => String::new(),
        }
    }

    /// What a subject said.
    pub(super) fn told(&self, name: &str, world: Option<&World>, said: &Said, paint: Paint) -> miette::Result<String> {
        match (self.form, said) {
            (Form::Json, _) => self.json(name, world, said),
            (Form::Terminal, Said::Nothing(_)) => Ok(String::new()),
            (Form::Terminal, Said::This(who, outcome)) => {
                let one = outcome.asked.first().map(|asked| self.text(who, asked, &outcome.wire, world, paint));
                Ok(one.unwrap_or_default())
            }
        }
    }

    fn text(&self, who: &Who, asked: &Asked, wire: &[Query], world: Option<&World>, paint: Paint) -> String {
        let lines = self.reply(&asked.reply, paint);
        if self.quiet {
            let whose = if self.several { format!("{}: ", who.name) } else { String::new() };
            return lines.iter().map(|line| format!("{whose}{line}\n")).collect();
        }
        let whose = printable(&format!("{}: {}", who.name, who.display()));
        let mut text = format!("\n{whose}   {}\n", paint.faint(&millis(asked.elapsed)));
        lines.iter().for_each(|line| _ = writeln!(text, "  {line}"));
        if world.is_some() {
            text.push_str(&sent(wire, paint));
        }
        text
    }

    fn reply(&self, reply: &Reply, paint: Paint) -> Vec<String> {
        match reply {
            Reply::Answer(value) => {
                let mut value = value.clone();
                if let (Some(reading), Some(fields)) = (reading(self.ask.name(), &value), value.as_object_mut()) {
                    fields.extend([("reads".to_owned(), Value::from(reading))].into_iter().filter(|_| !self.quiet));
                }
                lines(&value, self.quiet)
            }
            Reply::Failure(failure) => vec![paint.status(Status::Fail, &format!("✗ {}", words(failure)))],
            Reply::Unsupported(why) => vec![paint.status(Status::Unsupported, &format!("- {}", printable(why)))],
            Reply::Lost(lost) => {
                vec![paint.status(Status::Broken, &format!("? lost: {}", printable(&lost.to_string())))]
            }
        }
    }

    /// A line of JSON, in which the call, the reply and the queries have the shapes that they have in a report.
    fn json(&self, name: &str, world: Option<&World>, said: &Said) -> miette::Result<String> {
        let mut line = json!({ "subject": name, "call": self.ask, "world": world.map(|world| world.name.as_str()) });
        let rest = match said {
            Said::This(who, Outcome { asked, wire }) => json!({
                "implementation": who.implementation,
                "version": who.version,
                "reply": asked.first().map(|asked| &asked.reply),
                "elapsed": asked.first().map(|asked| asked.elapsed.as_micros() as f64 / 1e3),
                "wire": world.map(|_| wire),
            }),
            Said::Nothing(why) => json!({ "trouble": why }),
        };
        if let (Value::Object(line), Value::Object(rest)) = (&mut line, rest) {
            line.extend(rest);
        }
        let line = serde_json::to_string(&line);
        line.map(|line| line + "\n").map_err(|error| stop(Exit::UNABLE, format!("writing the reply as JSON: {error}")))
    }
}

/// A failure: its canonical name, what the subject had for it, and the errno beside it.
fn words(failure: &Failure) -> String {
    let mut text = failure.name.clone();
    if let Some(code) = failure.code {
        _ = write!(text, "  {code}");
    }
    if !failure.text.is_empty() {
        _ = write!(text, "  {}", printable(&failure.text));
    }
    if let Some(errno) = &failure.errno {
        _ = write!(text, "  errno {errno}");
    }
    text
}

/// What the bytes of an answer mean, where the answer itself does not say so.
fn reading(call: &str, answer: &Value) -> Option<String> {
    let bytes = answer.get("bytes")?.as_str()?;
    match call {
        "inet_pton" => {
            let bytes = hex::decode(bytes).ok()?;
            let four = <[u8; 4]>::try_from(bytes.as_slice()).map(IpAddr::from);
            let address = four.or_else(|_| <[u8; 16]>::try_from(bytes.as_slice()).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        "sockaddr_pack" => {
            let unpack: Ask = serde_json::from_value(json!({ "sockaddr_unpack": { "bytes": bytes } })).ok()?;
            let Reply::Answer(Value::Object(fields)) = unpack.perform() else { return None };
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            let fields = fields
                .map(|(key, value)| format!("{key} {}", value.as_str().map_or_else(|| value.to_string(), printable)));
            Some(fields.collect::<Vec<_>>().join(", "))
        }
        _ => None,
    }
}

/// The queries that were seen in the world, each with its time after the first.
fn sent(wire: &[Query], paint: Paint) -> String {
    let Some(first) = wire.first() else { return format!("  {}\n", paint.faint("nothing was sent")) };
    let mut text = format!("  {}\n", paint.faint("wire"));
    for query in wire {
        let after = millis(query.at.saturating_sub(first.at));
        _ = writeln!(text, "  {after:>10}  {}", query_line(query));
    }
    text
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
