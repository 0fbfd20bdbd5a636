//! Subjects over their pipes: fake ones with one vice each, our own end, the Python adapter, and the README's exchange.

use std::path::{Path, PathBuf};
use std::time::Duration;

use netdbspec::call::Ask;
use netdbspec::outcome::Reply;
use netdbspec::subject::{self, Process, Subject, Trouble};
use rstest::rstest;

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
