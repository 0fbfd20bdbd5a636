//! `netdbspec fuzz`: what a seed stands for, and that what is planted is found and made small.

use std::fs;

use rstest::rstest;

use crate::support::{Folder, has, root, run};

/// A subject with three faults of its own.
const PLANTED: &str = "cmd:sh tests/it/fuzz/planted.sh";

#[test]
fn a_seed_stands_for_inputs_and_each_is_a_case() {
    let print = |seed: &str| run(root(), ["fuzz", "--print", "--count", "400", "--seed", seed]);
    let one = print("3");
    assert_eq!((one.exit, one.err.as_str()), (0, ""));
    assert!(one.out == print("3").out && one.out != print("4").out);
    let part = run(root(), ["fuzz", "--print", "--count", "1", "--from", "7", "--seed", "3"]);
    let case = part.out.split_once("\n\n").expect("the case begins behind an empty line").1;
    assert!(one.out.contains(case), "{case}");

    let folder = Folder::new();
    folder.put("fuzz/inputs.toml", &one.out);
    let listed = run(folder.path(), ["list", "--cases", "."]);
    assert_eq!((listed.exit, listed.err.as_str()), (0, ""));
    assert_eq!(listed.out.lines().filter(|line| line.starts_with("fuzz/inputs/seed-3-input-")).count(), 400);
}

#[test]
fn what_is_planted_is_found_and_made_small() {
    let folder = Folder::new();
    let out = folder.path().display().to_string();
    let hunt = |out: &str| {
        let ran = run(root(), ["fuzz", "--seed", "1", "--count", "80", "--subject", PLANTED, "--out", out]);
        assert_eq!((ran.exit, ran.err.as_str()), (1, ""), "{}", ran.out);
        ran.out.replace(out, "DIR")
    };
    let told = hunt(&out);
    // How long it took stands in the last line.
    let told = told.trim_end().rsplit_once('\n').expect("there are several lines").0.to_owned();
    insta::assert_snapshot!(told);

    let other = Folder::new();
    assert!(hunt(&other.path().display().to_string()).starts_with(&told), "the same again");

    // The case file alone shows it again.
    let crash = fs::read_dir(folder.path().join("fuzz")).expect("there are cases");
    let crash = crash.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let crash = crash.filter(|name| name.starts_with("lost")).collect::<Vec<_>>();
    assert_eq!(crash.len(), 1, "{crash:?}");
    let topic = format!("fuzz/{}", crash[0].trim_end_matches(".toml"));
    let again = run(root(), ["audit", &topic, "--cases", &out, "--subject", PLANTED, "-v"]);
    assert!(again.out.contains("SIGSEGV"), "{}", again.out);
}

#[test]
fn where_two_differ_it_is_found() {
    if !has("musl-gcc", "musl-gcc") {
        return;
    }
    let ran = run(root(), ["fuzz", "--from", "0", "--count", "1", "--subject", "libc", "--subject", "cc:musl-gcc"]);
    assert_eq!(ran.exit, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("differ    glibc") && ran.out.contains(": no such name; musl "), "{}", ran.out);
    assert!(ran.out.contains("      ask.gethostbyaddr = { address = \"2001:db8::2\" }\n"), "{}", ran.out);
}

#[test]
fn nothing_is_found_in_who_does_nothing_wrong() {
    let ran = run(root(), ["fuzz", "--count", "8", "--subject", "cmd:sh tests/it/vices/declines.sh"]);
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.contains("✓ nothing found"), "{}", ran.out);
}

#[rstest]
#[case(&["--count", "0"], 2, "0 is not in 1..")]
#[case(&["--time", "0"], 2, "no time at all")]
#[case(&["--seed", "-1"], 2, "'-1'")]
#[case(&["--env", "x"], 2, "write NAME=VALUE")]
#[case(&["--print", "--out", "x"], 2, "cannot be used with")]
#[case(&["--subject", "lbic"], 2, "lbic")]
#[case(&["--subject", "cmd:./no-such-adapter"], 3, "no-such-adapter")]
#[case(&["--out", "/dev/null/x"], 2, "making the folder `/dev/null/x`")]
#[case(&["--root", "/nonexistent"], 2, "/nonexistent")]
fn what_cannot_be_is_told(#[case] arguments: &[&str], #[case] exit: i32, #[case] said: &str) {
    let ran = run(root(), ["fuzz"].iter().chain(arguments));
    assert!(ran.err.contains(said), "{}", ran.err);
    assert_eq!((ran.exit, ran.out.as_str()), (exit, ""));
}
