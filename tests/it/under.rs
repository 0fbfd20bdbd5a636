//! Calls under conditions: without descriptors, interrupted, from many threads.

use netdbspec::call::Ask;
use netdbspec::outcome::Reply;
use serde_json::json;

#[derive(serde::Deserialize)]
struct Case {
    under: Ask,
}

fn read(under: &str) -> Result<Ask, String> {
    toml::from_str::<Case>(&format!("under.under = {under}")).map(|case| case.under).map_err(|error| error.to_string())
}

#[track_caller]
fn perform(under: &str) -> Reply {
    read(under).expect(under).perform()
}

#[track_caller]
fn refused(under: &str, part: &str) {
    let error = read(under).expect_err(under);
    assert!(error.contains(part), "{under}: `{error}` does not say `{part}`");
}

#[test]
fn it_answers_as_the_call_does_and_has_its_facets() {
    let ask = read(r#"{ alarm_ms = 1, call.htons = { number = 1 } }"#).expect("it can be read");
    let Reply::Answer(answer) = ask.perform() else { panic!("htons cannot fail") };
    assert_eq!(Ask::facet("under", &answer, "bytes"), Some(json!("0001")));
    assert_eq!(ask.labels(), ["number", "bytes"]);
    let checked = Ask::check("under", json!({"htons": {"number": 256, "bytes": "0001", "more": 1}}));
    assert!(checked.is_err(), "the answer of the inner call is checked too: {checked:?}");
}

#[test]
fn threads_that_ask_the_same_get_the_same() {
    let reply = perform(r#"{ threads = 4, times = 3, call.htons = { number = 1 }, beside = [{ gethostname = {} }] }"#);
    assert!(matches!(reply, Reply::Answer(_)), "{reply:?}");
    let reply = perform(r#"{ threads = 4, call.inet_pton = { family = "AF_INET", text = "x" } }"#);
    let Reply::Failure(failure) = reply else { panic!("`x` is an address: {reply:?}") };
    assert_eq!(failure.name, "NOT_AN_ADDRESS");
}

#[test]
fn what_makes_no_sense_is_refused() {
    refused("{ call.gethostname = {} }", "no condition");
    refused("{ times = 3, call.gethostname = {} }", "write `threads` too");
    refused("{ alarm_ms = 0, call.gethostname = {} }", "0 times");
    refused("{ threads = 2, call.under = { threads = 2, call.gethostname = {} } }", "cannot itself be under others");
}
