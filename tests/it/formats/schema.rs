//! The lines of a saved run, and the schema that describes them.

use std::fs;

use jsonschema::Validator;
use rstest::rstest;
use serde_json::{Map, Value, json};

use netdbspec::event::read;

use super::{MATRIX, MIXED, REAL};
use crate::support::{json as lines, root, run};

fn schema() -> Value {
    let ran = run(root(), ["report", "--schema"]);
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""));
    let on_disk = fs::read_to_string(root().join("fixtures/report.schema.json")).expect("the schema is there");
    assert_eq!(ran.out, on_disk);
    serde_json::from_str(&ran.out).expect("the schema is JSON")
}

fn validator() -> Validator {
    assert!(jsonschema::meta::is_valid(&schema()), "the schema is one");
    jsonschema::draft202012::new(&schema()).expect("the schema is one of draft 2020-12")
}

/// The lines of a run that has everything, and of those in the repository.
fn all_lines() -> Vec<Value> {
    let saved = [MIXED, MATRIX].map(|file| fs::read_to_string(root().join(file)).expect("the run is there"));
    let saved = saved.iter().flat_map(|text| lines(text));
    lines(&REAL).into_iter().chain(saved).collect()
}

#[test]
fn every_line_is_as_the_schema_says() {
    let (validator, lines) = (validator(), all_lines());
    for line in &lines {
        let errors: Vec<_> =
            validator.iter_errors(line).map(|error| format!("{} at {}", error, error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{line:#}");
    }
    let text = lines.iter().map(Value::to_string).collect::<String>();
    let statuses = ["pass", "fail", "warn", "recorded", "unsupported", "broken"];
    let statuses = statuses.map(|status| format!("\"status\":\"{status}\""));
    let parts =
        ["\"drift\":{", "\"known\":true", "\"lost\":{\"crashed\"", "\"lost\":{\"exited\"", "\"lost\":{\"babbled\""];
    let parts =
        parts.into_iter().chain(["\"failure\":{", "\"edns\":{", "\"sent\":[", "\"note\":", "\"family\":\"inet6\""]);
    for part in parts.chain(statuses.iter().map(String::as_str)) {
        assert!(text.contains(part), "no line has {part}");
    }
}

/// The objects of a line but for answers, whose shape is each call's own.
fn objects(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(path.to_owned());
            for (key, value) in fields.iter().filter(|(key, _)| *key != "answer") {
                objects(value, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(nth, value)| objects(value, &format!("{path}/{nth}"), found));
        }
        _ => {}
    }
}

fn fields<'a>(line: &'a mut Value, path: &str) -> &'a mut Map<String, Value> {
    line.pointer_mut(path).and_then(Value::as_object_mut).expect("the object is there")
}

#[test]
fn what_is_too_much_is_refused_and_what_may_be_left_out_is_not_needed() {
    let validator = validator();
    let (header, footer) = (lines(&REAL).remove(0), lines(&REAL).pop().expect("there is a footer"));
    let mut tried = 0;
    for line in all_lines().into_iter().step_by(7).chain([header.clone(), footer.clone()]) {
        let mut paths = Vec::new();
        objects(&line, "", &mut paths);
        for path in paths {
            let mut more = line.clone();
            fields(&mut more, &path).insert("surplus".to_owned(), Value::Null);
            assert!(!validator.is_valid(&more), "`surplus` is let in at `{path}`: {more}");
            for key in fields(&mut line.clone(), &path).keys() {
                let mut less = line.clone();
                fields(&mut less, &path).shift_remove(key);
                let whole = [&header, &less, &footer].map(Value::to_string);
                let read = match less["kind"].as_str() {
                    Some("case") => read(&whole.join("\n")),
                    Some("header") => read(&format!("{}\n{}", whole[1], whole[2])),
                    _ => read(&format!("{}\n{}", whole[0], whole[1])),
                };
                tried += 1;
                assert!(!validator.is_valid(&less) || read.is_ok(), "{path}/{key}: {read:?}");
            }
        }
    }
    assert!(tried > 500, "{tried}");
}

#[rstest]
#[case::another_version("header", "/version", json!(2))]
#[case::a_part_of_nothing("header", "/shard", json!("1/0"))]
#[case::a_subject_by_its_name_alone("header", "/subjects/0", json!("libc"))]
#[case::no_id("case", "/id", json!("dns"))]
#[case::no_status("case", "/status", json!("ok"))]
#[case::no_level("case", "/level", json!("shall"))]
#[case::not_judged("case", "/verdicts/0/holding", json!("maybe"))]
#[case::broken_and_no_word_of_it("case", "/verdicts/0/holding", json!({"broken": {"required": "x"}}))]
#[case::two_replies("case", "/outcome/asked/0/reply", json!({"answer": {}, "unsupported": "no"}))]
#[case::no_reply("case", "/outcome/asked/0/reply", json!({}))]
#[case::time_in_words("case", "/elapsed", json!("1 s"))]
#[case::time_before_all_time("case", "/elapsed", json!(-1))]
#[case::line_zero("case", "/at/line", json!(0))]
#[case::rerun_that_is_none("case", "/rerun", json!(false))]
#[case::counted_in_halves("footer", "/counts/pass", json!(1.5))]
#[case::of_no_kind("footer", "/kind", json!("end"))]
fn a_wrong_line_is_refused(#[case] kind: &str, #[case] path: &str, #[case] value: Value) {
    let validator = validator();
    let judged = |line: &&Value| kind != "case" || line["verdicts"].get(0).is_some();
    let all = all_lines();
    let mut line = all.iter().find(|line| line["kind"] == kind && judged(line)).expect("there is such a line").clone();
    assert!(validator.is_valid(&line));
    let (parent, key) = path.rsplit_once('/').expect("a path has a key");
    match line.pointer_mut(path) {
        Some(old) => *old = value,
        None => drop(fields(&mut line, parent).insert(key.to_owned(), value)),
    }
    assert!(!validator.is_valid(&line), "{line}");
}

/// The schemas in a schema, each with its path.
fn described(value: &Value, path: &str, missing: &mut Vec<String>) {
    let Value::Object(keys) = value else { return };
    for (key, of) in keys {
        let path = format!("{path}/{key}");
        if matches!(key.as_str(), "properties" | "$defs") {
            for (name, property) in of.as_object().into_iter().flatten() {
                let text = property["description"].as_str().unwrap_or_default();
                if !text.ends_with('.') {
                    missing.push(format!("{path}/{name}: {text}"));
                }
                described(property, &format!("{path}/{name}"), missing);
            }
        } else if let Value::Array(kinds) = of {
            kinds.iter().for_each(|kind| described(kind, &path, missing));
        } else {
            described(of, &path, missing);
        }
    }
}

#[test]
fn every_field_is_described() {
    let mut missing = Vec::new();
    described(&schema(), "", &mut missing);
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn what_a_timeline_needs_is_on_record() {
    let cases: Vec<Value> = lines(&REAL).into_iter().filter(|line| line["subject_name"] == "libc").collect();
    let mut answered = 0;
    for case in cases.iter().filter(|case| case["world"].is_string()) {
        let asked = case["outcome"]["asked"].as_array().expect("a list");
        assert!(asked.iter().all(|asked| asked["at"].is_number()), "{case}");
        for query in case["outcome"]["wire"].as_array().expect("a list") {
            let begun = asked[0]["at"].as_f64().expect("a number");
            let at = query["at"].as_f64().expect("a number");
            assert!(at >= begun, "{case}");
            for message in query["sent"].as_array().expect("what left is known") {
                assert!(message["at"].as_f64().is_some_and(|left| left >= at), "{case}");
                answered += 1;
            }
            let dropped = query["reply"].as_str().is_some_and(|reply| reply == "drop");
            assert_eq!(dropped, query["sent"] == json!([]), "{query}");
        }
    }
    assert!(answered > 10, "{answered}");
}
