//! What getaddrinfo(3) costs a program, unmodified, in `netdbspec exec`; beside the same program in namespaces that a bare
//! program has made, where a reply lies ready.

use std::process::Command;

use super::bare::Bare;
use super::table::{Goal, Row, Table, median};

/// The row.
pub(crate) fn bench(table: &mut Table) {
    let what = "getaddrinfo in a program inside `netdbspec exec`";
    let Some(bare) = Bare::compile() else {
        return table.absent(what, "no C compiler for the bare program");
    };
    let (rounds, times) = if table.short { (5, 200) } else { (15, 2000) };
    let mut hand_made = bare.start(Some(times));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdbspec"));
        command.args(["exec", "--world", "default", "--"]).arg(&bare.path).args(["ask", &times.to_string()]);
        let output = command.output().expect("netdbspec starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        ours.push(each(&String::from_utf8_lossy(&output.stdout), times));
        theirs.push(each(&hand_made.make(), times));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    table.add(Row {
        what: what.to_owned(),
        measured: format!("{ours:.0} µs"),
        limit: format!("a responder with one reply ready, {theirs:.0} µs"),
        ratio: ours / theirs,
        goal: Goal::AtMost(1.15),
    });
}

/// Microseconds for one call, of the nanoseconds for all but the first.
fn each(said: &str, times: usize) -> f64 {
    let all: f64 = said.trim().parse().expect("the program inside says how long it took");
    all / 1e3 / (times - 1) as f64
}
