//! Formats that other programs read, made from saved runs: the schema of the JSON lines, merged runs, JUnit, GitHub.

mod consumers;
mod merged;
mod schema;

use std::sync::LazyLock;

use serde_json::Value;

use crate::support::{Folder, root, run};

/// Two subjects and fourteen cases, of each status some.
const MIXED: &str = "fixtures/runs/mixed.jsonl";

/// Four subjects and seven cases.
const MATRIX: &str = "fixtures/runs/matrix.jsonl";

/// What is asked in a real run: a few areas, a fault or two, and what some subject does not have.
const SELECTORS: [&str; 5] = ["inet", "dns/truncation", "dns/opt", "sessions/pymotw-hosts/gethostname", "protocols"];

/// A run that was made once for all tests, as its lines: of the C library and subjects that lack calls, lie, crash, exit,
/// babble or are in trouble, none of which is on record.
static REAL: LazyLock<String> = LazyLock::new(|| {
    let folder = Folder::new();
    let file = folder.path().join("run.jsonl");
    let vices = ["lies", "crashes", "exits", "babbles", "is-in-trouble"];
    let vices = vices.map(|vice| format!("--subject=cmd:sh tests/it/vices/{vice}.sh"));
    let own = ["audit", "--subject=libc", "--subject=rust", "-q", "--format"].map(str::to_owned);
    let own = own.into_iter().chain([format!("json={}", file.display())]).chain(vices);
    let ran = run(root(), own.chain(SELECTORS.map(str::to_owned)));
    assert_eq!((ran.exit, ran.out.as_str()), (1, ""), "{}", ran.err);
    folder.read("run.jsonl")
});

/// Lines that are the same for every run: times, message ids and ports are gone, and whether the machine was too slow.
fn timeless(text: &str) -> Vec<String> {
    fn still(value: &mut Value) {
        match value {
            Value::Array(elements) => elements.iter_mut().for_each(still),
            Value::Object(fields) => {
                fields.shift_remove("rerun");
                for (key, value) in fields {
                    match (key.as_str(), &value) {
                        ("at" | "elapsed" | "late" | "reruns", Value::Number(_)) | ("id", Value::Number(_)) => {
                            *value = 0.into()
                        }
                        ("source" | "from", Value::String(_)) => *value = "HERE".into(),
                        _ => still(value),
                    }
                }
            }
            _ => {}
        }
    }
    let mut lines = crate::support::json(text);
    lines.iter_mut().for_each(still);
    lines.iter().map(Value::to_string).collect()
}
