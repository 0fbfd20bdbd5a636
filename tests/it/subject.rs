//! Subjects over their pipes: fake ones with one vice each, our own end, the Python adapter, and the README's exchange.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may panic as tests may")]

use std::io::{Cursor, pipe};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use netdbspec::call::{Ask, libc_version};
use netdbspec::outcome::Reply;
use netdbspec::subject::protocol::{self, Question};
use netdbspec::subject::{self, Ended, Process, Session, Subject, Trouble, serve_probe};
use rstest::rstest;
use serde_json::{Value, json};

/// What is no matter of speed may take so long.
const AMPLE: Duration = Duration::from_secs(60);
/// For those that would never answer anyway.
const SHORT: Duration = Duration::from_millis(300);

fn found(name: &str) -> Subject {
    subject::find(name, Path::new("/nonexistent")).unwrap()
}

fn gethostname() -> Ask {
    serde_json::from_str(r#"{"gethostname":{}}"#).unwrap()
}

fn told(trouble: &Trouble) -> String {
    let mut text = trouble.to_string();
    let mut error: &dyn std::error::Error = trouble;
    while let Some(source) = error.source() {
        text += &format!(": {source}");
        error = source;
    }
    text
}

/// What a session with the subject gives, turn by turn: a hello, two questions, a bye.
fn conversation(subject: &Subject, within: Duration) -> String {
    let (mut process, mut session) = Process::start(subject, &[].into()).unwrap();
    let wait = &mut |within| process.wait(within);
    let mut turns = vec![match session.hello(AMPLE, wait) {
        Ok(hello) => format!("hello   {} {}", hello.name, hello.version),
        Err(trouble) => return format!("hello   our trouble: {}", told(&trouble)),
    }];
    let mut last = None;
    for _ in 0..2 {
        turns.push(match session.ask(&gethostname(), within, wait) {
            Ok(reply) if last.as_ref() == Some(&reply) => "ask     the same".to_owned(),
            Ok(reply) => format!("ask     {}", serde_json::to_string(last.insert(reply)).unwrap()),
            Err(trouble) => format!("ask     our trouble: {}", told(&trouble)),
        });
    }
    turns.push(match session.bye(AMPLE, wait).map(|lost| lost.map(Reply::Lost)) {
        Ok(None) => "bye".to_owned(),
        Ok(lost) if lost == last => "bye     the same".to_owned(),
        Ok(lost) => format!("bye     {}", serde_json::to_string(&lost).unwrap()),
        Err(trouble) => format!("bye     our trouble: {}", told(&trouble)),
    });
    turns.join("\n")
}

#[rstest]
fn every_vice_is_told_apart(#[files("tests/it/vices/*.sh")] script: PathBuf) {
    let name = script.file_stem().unwrap().to_str().unwrap().to_owned();
    let silent = ["closes-its-output", "crashes-with-a-child", "hangs", "hangs-for-ever", "listens-no-more"];
    let within = if silent.contains(&name.as_str()) { SHORT } else { AMPLE };
    let subject = found(&format!("cmd:/bin/sh tests/it/vices/{name}.sh"));
    insta::with_settings!({
        snapshot_path => "vices",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, conversation(&subject, within)) });
}

#[test]
fn our_own_end_is_a_subject_like_any_other() {
    let (stdin, questions) = pipe().unwrap();
    let (replies, stdout) = pipe().unwrap();
    let (said, stderr) = pipe().unwrap();
    let probe = thread::spawn(move || serve_probe(stdin, stdout).map(|()| drop(stderr)));
    let mut session = Session::open(questions, replies, said).unwrap();
    let wait = &mut |_| Ok(Some(Ended::Status(0)));
    let hello = session.hello(AMPLE, wait).unwrap();
    assert_eq!((hello.name.clone(), hello.version), libc_version());
    assert_eq!(hello.implements, [hello.name, "linux".to_owned()]);
    assert_eq!(hello.calls, Ask::NAMES);
    assert_eq!(session.ask(&gethostname(), AMPLE, wait).unwrap(), gethostname().perform());
    assert_eq!(session.bye(AMPLE, wait).unwrap(), None);
    probe.join().unwrap().unwrap();
}

#[test]
fn python_is_asked_over_the_same_pipes() {
    let Ok(python) = subject::find("python", Path::new("/nonexistent")) else { return };
    let (mut process, mut session) = Process::start(&python, &[].into()).unwrap();
    let wait = &mut |within| process.wait(within);
    let hello = session.hello(AMPLE, wait).unwrap();
    assert_eq!(Some(&hello.name), hello.implements.first());
    assert_eq!(hello.implements.last().map(String::as_str), Some("linux"));
    assert_eq!(session.ask(&gethostname(), AMPLE, wait).unwrap(), gethostname().perform());
    assert_eq!(session.bye(AMPLE, wait).unwrap(), None);
}

#[test]
fn our_own_end_refuses_what_is_no_question() {
    for line in ["what?", "{\"hello\":{}}", "{\"hallo\":{\"protocol\":1}}", ""] {
        assert!(serve_probe(Cursor::new(format!("{line}\n")), Vec::new()).is_err(), "{line}");
    }
}

const README: &str = include_str!("../../fixtures/subjects/README.md");

/// The fenced blocks of the README that bear this label, line by line.
fn blocks(label: &str) -> impl Iterator<Item = &'static str> {
    let fence = format!("```{label}\n");
    README.split(fence.leak() as &str).skip(1).flat_map(|rest| rest.split("```").next().unwrap().lines())
}

/// A value as the README can know it: words and numbers of this machine left out, what names things kept.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(_) => json!([]),
        Value::String(_) => json!(""),
        other => other.clone(),
    }
}

#[test]
fn the_conversation_of_the_readme_takes_place() {
    let said = |mark| blocks("conversation").filter_map(move |line| line.strip_prefix(mark));
    let questions = said("> ").map(|line| format!("{line}\n")).collect::<String>();
    let mut replies = Vec::new();
    serve_probe(questions.as_bytes(), &mut replies).unwrap();
    let shapes = |lines: Vec<&str>| -> Vec<Value> {
        lines.iter().map(|line| shape(&serde_json::from_str(line).unwrap())).collect()
    };
    assert_eq!(shapes(str::from_utf8(&replies).unwrap().lines().collect()), shapes(said("< ").collect()));
    assert!(questions.lines().count() > 3);
}

#[test]
fn every_message_of_the_readme_is_one() {
    for line in blocks("json").chain(blocks("conversation").map(|line| &line[2..])) {
        let question = serde_json::from_str::<Question>(line).map_err(|error| error.to_string());
        let reply = protocol::Reply::read(line.as_bytes());
        assert!(question.is_ok() || reply.is_ok(), "{line}\n{question:?}\n{reply:?}");
    }
    assert!(blocks("json").count() > 10);
}

#[test]
fn a_subject_that_cannot_run_here_says_why_and_what_to_do() {
    let names = ["lisp", "libc", "cmd:", "cmd:'open", "cmd:no-such-program --fast", "cmd:./no-such-program"];
    let absent = names.map(|name| subject::find(name, Path::new("/nonexistent")).unwrap_err().to_string());
    insta::assert_snapshot!(absent.join("\n"));
}

#[test]
fn the_register_finds_what_it_names() {
    let probe = std::env::current_exe().unwrap();
    for name in subject::all().iter().flat_map(|builtin| builtin.listed) {
        match subject::find(name, &probe) {
            Ok(found) => {
                assert_eq!(found.name(), *name);
                assert!(Path::new(&found.argv()[0]).is_absolute());
            }
            Err(absent) => assert_eq!((absent.name.as_str(), absent.how.is_empty()), (*name, false)),
        }
    }
}

#[test]
fn a_subjects_environment_is_made_and_not_inherited() {
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "cargo sets it for tests");
    let print = r#"{"hello":{"protocol":1,"name":"%s","version":"%s","os":"%s","implements":[],"calls":[]}}\n"#;
    let script =
        format!("read -r line; printf '{print}' \"$LC_ALL\" \"$RES_OPTIONS\" \"${{CARGO_MANIFEST_DIR-none}}\"");
    let subject = found(&format!("cmd:/bin/sh -c {}", shlex::try_quote(&script).unwrap()));
    let names: Vec<_> = subject.env().into_keys().collect();
    assert_eq!(names, ["HOME", "LC_ALL", "PATH", "TMPDIR"]);
    let env = [("RES_OPTIONS".into(), "ndots:3".into())].into();
    let (mut process, mut session) = Process::start(&subject, &env).unwrap();
    let hello = session.hello(AMPLE, &mut |within| process.wait(within)).unwrap();
    assert_eq!([hello.name, hello.version, hello.os], ["C.UTF-8", "ndots:3", "none"]);
}

#[test]
fn a_program_that_does_not_start_is_our_trouble() {
    let folder = tempfile::tempdir().unwrap();
    let shell = folder.path().join("shell");
    std::os::unix::fs::symlink("/bin/sh", &shell).unwrap();
    let subject = found(&format!("cmd:{}", shell.display()));
    drop(folder);
    let told = told(&subject.meet(AMPLE).unwrap_err());
    assert_eq!(told, format!("starting `{}`: No such file or directory (os error 2)", shell.display()));
}
