//! Subjects that do all they can. Each answers one question well, and does what its row says when it is asked the other, inside
//! a world. All of a table run at once, and the C library beside them.

use std::collections::BTreeMap;

use netdbspec::outcome::Lost;
use serde_json::Value;

use super::left::Left;
use super::{in_a_machine, netdbspec};
use crate::support::{Folder, Ran, absent, json, root};

/// The question that is answered, and the one that is not.
const CASES: [&str; 2] = ["packing/pton4/basic", "sessions/pymotw-hosts/gethostname"];

/// A hostile subject: its name, what it does in place of answering, in the words of a shell, and what is told of it.
type Row = (&'static str, &'static str, &'static str);

/// Those that end by themselves.
const ENDING: &[Row] = &[
    (
        "forks children and exits",
        "(setsid sleep 600 >&- 2>&- &) ; sleep 600 >&- 2>&- & exit 0",
        "it exited with status 0",
    ),
    ("leaves a child that holds its pipes", "{ sleep 600 & } ; kill -SEGV $$", "it was killed by SIGSEGV"),
    ("writes 1 GB in one line", "exec head -c 1000000000 /dev/zero", "it wrote more than 16777216 bytes in one line"),
    ("writes lines without end", "exec yes", "it wrote `y`: it is not JSON"),
    ("writes 1 GB to its standard error", "head -c 1000000000 /dev/zero >&2; exit 7", "it exited with status 7"),
    (
        "writes half a line",
        "printf '{\"answer\":{\"seq\":1,'; exit 0",
        "it is half a line, after which it exited with status 0",
    ),
    (
        "answers twice",
        "printf '%s\\n%s\\n' \"$(answer 1)\" \"$(answer 1)\"; hear",
        "it is a second answer to question 1",
    ),
    ("answers another question", "answer 7; hear", "it answers question 7, which was not asked"),
    ("says who it is once more", "introduce; hear", "it says hello a second time"),
    ("fills its disk", "cat /dev/zero >\"$TMPDIR/fill\" || exit 28", "No space left on device"),
    ("fills its disk with empty files", "i=0; while :; do : >\"$TMPDIR/$((i+=1))\"; done", "No space left on device"),
    ("writes to the disk of the machine", ": >\"$HOME/mine\"", "Read-only file system"),
    ("writes to the machine's folder for all", ": >/tmp/netdbspec-mine", "Read-only file system"),
    ("deletes its own program", "rm \"$0\" || exit 5", "Read-only file system"),
];

/// Those that have to be given up.
const SILENT: &[Row] = &[
    ("never answers", "hear", "no reply came within"),
    ("ignores SIGTERM and the end of its input", "trap '' TERM; for_ever", "no reply came within"),
    ("stops itself", "kill -STOP $$", "no reply came within"),
    ("stops its whole session", "kill -STOP 0", "no reply came within"),
    ("closes its output and stays", "exec >/dev/null; for_ever", "it closed its standard output and went on running"),
    ("closes its input and stays", "exec <&-; for_ever", "no reply came within"),
    (
        "closes everything and stays",
        "exec <&- >&- 2>&-; exec sleep 600",
        "it closed its standard output and went on running",
    ),
    ("exits and leaves a child that holds its pipes", "{ for_ever; } & exit 3", "it exited with status 3"),
    ("kills all that it can see", "kill -KILL -1; for_ever", "no reply came within"),
];

#[test]
fn those_that_end_cost_their_case_and_nothing_else() {
    in_a_machine(|| {
        fire(ENDING.iter().map(|(name, does, word)| (*name, (*does).to_owned(), (*word).to_owned())), "60");
    });
}

#[test]
fn those_that_are_given_up_cost_their_case_and_nothing_else() {
    in_a_machine(|| {
        fire(SILENT.iter().map(|(name, does, word)| (*name, (*does).to_owned(), (*word).to_owned())), "6");
    });
}

#[test]
fn each_signal_is_told() {
    let named = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM XCPU XFSZ VTALRM PROF SYS";
    // SIGSTKFLT, SIGIO and SIGPWR are not of POSIX; the rest are the first and the last of those without a name.
    let numbered = "16 29 30 34 64";
    in_a_machine(|| {
        let rows = named.split(' ').map(|name| (name, format!("it was killed by SIG{name}")));
        let rows = rows.chain(numbered.split(' ').map(|number| (number, format!("it was killed by signal {number}"))));
        fire(rows.map(|(signal, word)| (signal, format!("kill -{signal} $$"), word)), "60");
    });
}

#[test]
fn one_that_forks_without_end_does_not_exhaust_the_machine() {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let kernel = (numbers.next().unwrap(), numbers.next().unwrap());
    // The limit of a user does not hold for root, that of a PID namespace came with Linux 6.14.
    if kernel < (5, 14) || kernel < (6, 14) && rustix::process::geteuid().is_root() {
        return absent("counted processes", &format!("Linux {release} cannot limit those of one namespace"));
    }
    in_a_machine(|| {
        let waits = "mkfifo \"$TMPDIR/gate\"; while (read x <\"$TMPDIR/gate\") & do :; done";
        fire([("forks without end", waits.to_owned(), "Cannot fork".to_owned())].into_iter(), "60");
    });
}

#[test]
fn what_comes_after_the_last_answer_breaks_the_case() {
    in_a_machine(|| {
        let folder = Folder::new();
        let rows = [
            (
                "exits otherwise",
                "answer 1; hear; exit 4",
                "parting from the subject after its last reply: it exited with status 4",
            ),
            (
                "dies",
                "answer 1; hear; kill -SEGV $$",
                "parting from the subject after its last reply: it was killed by SIGSEGV",
            ),
        ];
        let subjects = rows.map(|(name, does, _)| subject(&folder, name, does));
        let lines = audit(&folder, &subjects, "60", 3);
        for ((name, _, word), subject) in rows.iter().zip(&subjects) {
            let case = of(&lines, subject).remove(CASES[1]).unwrap();
            assert_eq!(case["status"], "broken", "{name}");
            assert!(case["note"].as_str().is_some_and(|note| note.starts_with(word)), "{name}: {case}");
        }
    });
}

/// Runs a table of subjects, each of which must be lost over its case with these words.
fn fire(rows: impl Iterator<Item = (&'static str, String, String)>, timeout: &str) {
    let folder = Folder::new();
    let rows: Vec<_> = rows.collect();
    let subjects: Vec<_> = rows.iter().map(|(name, does, _)| subject(&folder, name, does)).collect();
    let lines = audit(&folder, &subjects, timeout, 1);
    let mut wrong = Vec::new();
    for ((name, _, word), subject) in rows.iter().zip(&subjects) {
        let mut cases = of(&lines, subject);
        let (well, lost) = (cases.remove(CASES[0]).unwrap(), cases.remove(CASES[1]).unwrap());
        let told = serde_json::from_value(lost["outcome"]["asked"][0]["reply"]["lost"].clone());
        let told = told.map_or_else(|_| lost.to_string(), |lost: Lost| lost.to_string());
        if !told.contains(word.as_str()) || lost["status"] != "fail" {
            wrong.push(format!("{name}: {} and not {word}: {told}", lost["status"]));
        }
        if well["status"] != "pass" {
            wrong.push(format!("{name}: its other case: {well}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Audits these subjects and the C library, whose cases are unharmed, and of which nothing is left.
fn audit(folder: &Folder, subjects: &[String], timeout: &str, status: i32) -> Vec<Value> {
    let before = Left::now(&[folder.path()]);
    let mut arguments = vec!["audit", "--format", "json", "--subject", "libc", "--jobs", "16", "--timeout", timeout];
    arguments.extend(subjects.iter().flat_map(|subject| ["--subject", subject]));
    let ran = Ran::of(&mut netdbspec(folder.path(), arguments.iter().chain(&CASES)));
    assert_eq!(ran.exit, status, "{}\n{}", ran.err, ran.out);
    before.is_all_again(&[folder.path()]);
    let lines = json(&ran.out);
    let unharmed: Vec<_> = of(&lines, "libc").into_values().map(|case| case["status"].clone()).collect();
    assert_eq!(unharmed, ["pass", "pass"], "{}", ran.out);
    lines
}

/// The cases of a subject by their ids.
fn of(lines: &[Value], subject: &str) -> BTreeMap<String, Value> {
    let own = lines.iter().filter(|line| line["subject_name"] == subject);
    own.map(|line| (line["id"].as_str().unwrap().to_owned(), line.clone())).collect()
}

/// A subject that is fine until it is asked for the name of its host.
fn subject(folder: &Folder, name: &str, does: &str) -> String {
    let manners = root().join("tests/it/vices/manners");
    let file = format!("{}.sh", name.replace(|char: char| !char.is_alphanumeric(), "-"));
    let hostile = format!("case $heard in *gethostname*) {does} ;; esac");
    folder.put(&file, &format!(". '{}'\nhear; introduce\nhear\n{hostile}\nanswer 1\npart\n", manners.display()));
    format!("cmd:sh {}", folder.path().join(file).display())
}
