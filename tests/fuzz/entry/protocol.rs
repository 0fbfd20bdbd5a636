//! Lines of a subject: the first line is a JSON list of the calls that it is asked, each further one is what it says when it
//! is asked something: hello first, then each call. It ends with the bytes.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Write, pipe};
use std::time::Duration;

use netdbspec::call::Ask;
use netdbspec::outcome::{Outcome, Reply};
use netdbspec::snapshot::{reply_lines, told};
use netdbspec::subject::{Ended, Session};

/// More calls than these are not asked.
const MOST: usize = 4;

/// Nobody waits: all bytes are there as soon as they may be read.
const AMPLE: Duration = Duration::from_secs(60);

/// Converses with a subject that says these bytes.
pub fn run(input: &[u8]) {
    let mut lines = input.split_inclusive(|byte| *byte == b'\n');
    let Ok(asks) = serde_json::from_slice::<Vec<Ask>>(lines.next().unwrap_or_default()) else { return };
    let (its_input, stdin) = pipe().expect("there are descriptors left");
    let (stdout, its_output) = pipe().expect("there are descriptors left");
    let (stderr, its_errors) = pipe().expect("there are descriptors left");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            speak(lines, its_input, its_output);
            drop(its_errors);
        });
        let session = Session::open(stdin, stdout, stderr).expect("pipes can be set up");
        converse(session, &asks);
    });
}

/// Says a line to each question, until nobody listens.
fn speak<'l>(lines: impl Iterator<Item = &'l [u8]>, questions: PipeReader, mut out: PipeWriter) {
    let mut questions = BufReader::new(questions);
    for line in lines {
        let heard = questions.read_until(b'\n', &mut Vec::new());
        let heard = heard.is_ok_and(|length| length > 0);
        // Half a line is the last that it says.
        if !heard || out.write_all(line).is_err() || !line.ends_with(b"\n") {
            return;
        }
    }
    // It leaves when it is asked once more than it knows.
    let _ = questions.read_until(b'\n', &mut Vec::new());
}

fn converse(mut session: Session, asks: &[Ask]) {
    let wait = &mut |_| Ok(Some(Ended::Status(0)));
    if session.hello(AMPLE, wait).is_ok() {
        for ask in asks.iter().take(MOST) {
            if let Ok(reply) = session.ask(ask, AMPLE, wait) {
                look_at(ask, reply);
            }
        }
    }
    let _ = session.bye(AMPLE, wait);
}

/// What a report, a rule and a snapshot see of a reply.
fn look_at(ask: &Ask, reply: Reply) {
    assert!(!told(&reply).is_empty());
    let lines = reply_lines(&reply).join("\n    ");
    if let Reply::Answer(answer) = &reply {
        for (facet, _) in Ask::facets(ask.name()).unwrap_or_default() {
            drop(Ask::facet(ask.name(), answer, facet));
        }
    }
    let block = format!("a: recorded\n  {} →\n    {lines}", ask.name());
    let _: Option<Outcome> = netdbspec::snapshot::outcome(&block, &[ask]);
}
