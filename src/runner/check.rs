//! Tries a subject out: says what is wrong with an adapter before it spoils a run.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::place::Place;
use super::trouble::told;
use crate::call::Ask;
use crate::server::Server;
use crate::subject::protocol::{Hello, Question, Reply};
use crate::subject::{Session, Subject, Wait};
use crate::tree::Tree;
use crate::world::World;

/// How long a subject may take for anything it is asked here.
const AMPLE: Duration = Duration::from_secs(30);

/// One thing that was tried, and what is wrong with it, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What was tried, in a few words.
    pub what: String,
    /// What is wrong; `None` where all is well.
    pub wrong: Option<String>,
}

/// An ordinary question for each call, as the protocol writes it.
///
/// # Panics
/// Never: a test holds the embedded file against the register of calls.
#[must_use]
pub fn questions() -> Vec<Value> {
    let text = Tree::fixtures().below("subjects").read("questions.jsonl").unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Tries a subject out inside `world`, by two conversations.
///
/// # Errors
/// Why no world can be built here, in words.
pub fn check(subject: &Subject, world: &World) -> Result<Vec<Tried>, String> {
    let mut tried = Vec::new();
    inside(subject, world, &mut |session, wait| converse(session, wait, &mut tried))?;
    let greeted = tried.first().is_some_and(|tried| tried.wrong.is_none());
    if greeted {
        inside(subject, world, &mut |mut session, wait| {
            let gone = session.hello(AMPLE, wait).map_err(|trouble| told(&trouble)).and_then(|_| {
                let lost = session.hang_up(AMPLE, wait).map_err(|trouble| told(&trouble))?;
                lost.map_or(Ok(()), |lost| Err(format!("{lost}: exit with status 0 at the end of standard input")))
            });
            tried.push(Tried { what: "the end of its input".to_owned(), wrong: gone.err() });
        })?;
    }
    Ok(tried)
}

/// Starts the subject inside the world, and hands the conversation over.
fn inside(subject: &Subject, world: &World, talk: &mut dyn FnMut(Session, &mut Wait<'_>)) -> Result<(), String> {
    let server = Server::start().map_err(|error| told(&error))?;
    let mut place = Place::build(subject, BTreeMap::new(), world, &server, None)?;
    let session = place.open()?;
    talk(session, &mut |within| place.wait(within));
    place.close().map(drop)
}

fn converse(mut session: Session, wait: &mut Wait<'_>, tried: &mut Vec<Tried>) {
    let mut note = |what: &str, wrong: Option<String>| tried.push(Tried { what: what.to_owned(), wrong });
    let begun = Instant::now();
    let hello = match session.hello(AMPLE, wait) {
        Ok(hello) => hello,
        Err(trouble) => return note("hello", Some(told(&trouble))),
    };
    note(&format!("hello, {} ms after its start", begun.elapsed().as_millis()), None);
    note("who it says it is", whom(&hello));
    let mut seq = 0;
    let mut ask = |session: &mut Session, wait: &mut Wait<'_>, call: Value| {
        seq += 1;
        let reply = session.say(&Question::Ask { seq, call }, AMPLE, wait)?;
        match reply.seq() == Some(seq) {
            true => Ok(reply),
            false => Err(format!("its reply does not have the number of the question, {seq}: repeat `seq`")),
        }
    };
    for question in questions() {
        let Some(call) = name_of(&question).filter(|call| hello.makes(call)).map(str::to_owned) else { continue };
        let wrong = ask(&mut session, wait, question).and_then(|reply| ordinary(&call, reply));
        note(&call, wrong.err());
        if session.is_lost() {
            return;
        }
    }
    let strange = ask(&mut session, wait, json!({"no_such_call": {}})).and_then(|reply| match reply {
        Reply::Unsupported { .. } => Ok(()),
        _ => Err("reply `unsupported` to a call that there is not".to_owned()),
    });
    note("a call that there is not", strange.err());
    if let Some(call) = hello.calls.first().filter(|_| !session.is_lost()) {
        let wrong = ask(&mut session, wait, json!({call.clone(): {"no_such_argument": true}}));
        let wrong = wrong.and_then(|reply| match reply {
            Reply::Trouble { .. } | Reply::Unsupported { .. } => Ok(()),
            _ => Err(format!(
                "reply `trouble` to arguments that {call} does not have: a question misread is a wrong verdict"
            )),
        });
        note("arguments that there are not", wrong.err());
    }
    if !session.is_lost() {
        let gone = session.bye(AMPLE, wait).map_err(|trouble| told(&trouble));
        let gone =
            gone.and_then(|lost| lost.map_or(Ok(()), |lost| Err(format!("{lost}: exit with status 0, in silence"))));
        note("bye", gone.err());
    }
}

/// What is wrong with a hello.
fn whom(hello: &Hello) -> Option<String> {
    let empty: Vec<_> = [("name", &hello.name), ("version", &hello.version), ("os", &hello.os)]
        .into_iter()
        .filter_map(|(field, value)| value.trim().is_empty().then_some(field))
        .collect();
    let unknown: Vec<_> = hello.calls.iter().filter(|call| !Ask::NAMES.contains(&call.as_str())).cloned().collect();
    if !empty.is_empty() {
        return Some(format!("its hello has nothing in {}", empty.join(", ")));
    }
    if !unknown.is_empty() {
        return Some(format!("its `calls` has {}, which no case ever asks", unknown.join(", ")));
    }
    hello.calls.is_empty().then(|| "its `calls` is empty: it would be asked nothing".to_owned())
}

/// What is wrong with the reply to an ordinary question.
fn ordinary(call: &str, reply: Reply) -> Result<(), String> {
    match reply {
        Reply::Answer { value, .. } => {
            let shown = value.to_string();
            Ask::check(call, value).map(drop).map_err(|reason| format!("{shown} is no answer of {call}: {reason}"))
        }
        Reply::Failure { name, .. } if name.is_empty() => Err("a failure has a name".to_owned()),
        Reply::Trouble { text, .. } => Err(format!("it could not carry out an ordinary question: {text}")),
        Reply::Hello(_) => Err("it says hello where a reply is due".to_owned()),
        Reply::Failure { .. } | Reply::Unsupported { .. } => Ok(()),
    }
}

fn name_of(question: &Value) -> Option<&str> {
    question.as_object()?.keys().next().map(String::as_str)
}
