//! `netdbspec subjects --check`: it finds nothing in the adapters that are right, and names what is wrong with others.

use std::fs;
use std::path::PathBuf;

use netdbspec::subject;
use rstest::{Context, rstest};

use super::present;
use crate::support::{Folder, Ran, absent, netdbspec, root, run};

/// An interpreter for the example.
fn python() -> Option<PathBuf> {
    let found = subject::find("python", &netdbspec());
    found.map(|python| python.argv()[0].clone().into()).map_err(|why| absent("python", &why.to_string())).ok()
}

fn check(name: &str) -> Ran {
    run(root(), ["subjects", "--check", name])
}

/// What it told, without what differs from run to run.
fn told(ran: &Ran, name: &str) -> String {
    let text = format!("exit {}\n{}{}", ran.exit, ran.out, ran.err).replace(name, "NAME");
    let lines = text.lines().map(|line| match line.split_once("hello, ") {
        Some((mark, _)) => format!("{mark}hello, TIME after its start"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_is_wrong_with_those_that_are_here() {
    for subject in present() {
        let ran = check(subject.name());
        assert!(ran.exit == 0 && ran.out.contains("nothing is wrong with it"), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn nothing_is_wrong_with_the_example() {
    let Some(python) = python() else { return };
    let name = format!("cmd:{} fixtures/subjects/example/adapter.py", python.display());
    let ran = check(&name);
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{}", ran.out);
    insta::assert_snapshot!("the-example", told(&ran, &name));
}

/// The example with one thing wrong.
#[rstest]
#[case::says_no_version(r#""version": "1.0""#, r#""version": """#)]
#[case::has_a_call_that_there_is_not(r#"list(CALLS)"#, r#"["getaddrinfo", "getlife"]"#)]
#[case::has_no_call(r#"list(CALLS)"#, "[]")]
#[case::answers_an_unknown_call("if name not in CALLS:", "if False:")]
#[case::overlooks_its_arguments("(**arguments)}}", r#"("localhost")}}"#)]
#[case::leaves_a_field_out("dict(untold, family=of, ", "dict(untold, ")]
#[case::invents_a_field(r#"return {"entries": entries}"#, r#"return {"entries": entries, "ttl": 60}"#)]
#[case::is_in_trouble_itself("    return [words[0]", "    raise RuntimeError('it is closed')\n    return [words[0]")]
#[case::counts_by_itself(r#"{"answer": {"seq": seq,"#, r#"{"answer": {"seq": seq + 1,"#)]
#[case::speaks_another_version(r#""protocol": 1"#, r#""protocol": 2"#)]
#[case::talks_besides("        break", r#"        print("good bye", flush=True)"#)]
#[case::exits_with_another_status("        break", "        sys.exit(3)")]
#[case::minds_the_end_of_its_input("flush=True)", "flush=True)\nelse:\n    sys.exit(4)")]
fn what_is_wrong_is_named(#[context] context: Context, #[case] right: &str, #[case] wrong: &str) {
    let Some(python) = python() else { return };
    let folder = Folder::new();
    // A name of this world, and a question without a service: so that the example answers.
    let example = fs::read_to_string(root().join("fixtures/subjects/example/adapter.py")).unwrap();
    let example = example.replace("if name in words[1:]", "").replace("any((service, ", "any((");
    assert_eq!(example.matches(right).count(), 1, "`{right}` stands in the example once");
    folder.put("adapter.py", &example.replace(right, wrong));
    let name = format!("cmd:{} {}", python.display(), folder.path().join("adapter.py").display());
    let ran = check(&name);
    assert_eq!(ran.exit, 1, "{}{}", ran.out, ran.err);
    let case = context.description.unwrap().replace('_', "-");
    insta::assert_snapshot!(
        format!("wrong-{case}"),
        told(&ran, &name).replace(folder.path().to_str().unwrap(), "FOLDER")
    );
}

/// The vices of a conversation. Those that are silent are left out: each is waited for half a minute.
#[test]
fn vices_are_named() {
    let silent = ["closes-its-output", "crashes-with-a-child", "hangs", "hangs-for-ever", "listens-no-more"];
    let files = fs::read_dir(root().join("tests/it/vices")).unwrap().map(|file| file.unwrap().path());
    let mut names: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "sh"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !silent.contains(&name.as_str()))
        .collect();
    names.sort();
    let all = names.iter().map(|vice| {
        let name = format!("cmd:/bin/sh tests/it/vices/{vice}.sh");
        let ran = check(&name);
        assert!(matches!(ran.exit, 0 | 1), "{}{}", ran.out, ran.err);
        // At the end of their input they say what comes next all the same; how much of it is seen is chance.
        let told = told(&ran, &name).replace(&"x".repeat(100), "");
        let told = told.split("  ✗ the end of its input").next().unwrap().trim_end().to_owned();
        format!("{vice}: {told}")
    });
    insta::assert_snapshot!("vices", all.collect::<Vec<_>>().join("\n\n"));
}
