//! `netdbspec ask`: one call of any subject, and what shells and readers get: completions and manual pages.
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

use std::path::Path;
use std::process::Command;

use netdbspec::call::Ask;
use netdbspec::runner::questions;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Folder, Ran, absent, command, has, json as lines, netdbspec, root, run};

/// Asks, with words as a shell takes them.
fn ask(line: &str) -> Ran {
    let words = shlex::split(line).expect("a line that a shell can read");
    run(root(), ["ask".to_owned()].into_iter().chain(words))
}

/// What came of each of these lines, without times and without the version of this platform's C library.
fn told(all: &[&str]) -> String {
    let timeless = |line: &str| match line.split_once(" ms") {
        Some((head, "")) if head.starts_with("libc: ") => "libc: VERSION   TIME".to_owned(),
        Some((_, tail)) => format!("    TIME{tail}"),
        None => line.to_owned(),
    };
    let one = |line: &&str| {
        let ran = ask(line);
        let out: String = ran.out.lines().map(|line| timeless(line) + "\n").collect();
        format!("$ ask {line}\n{out}{}= {}\n", ran.err, ran.exit)
    };
    all.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_call_is_asked_by_the_line_that_its_page_gives() {
    // A few at once: each starts the program twice.
    std::thread::scope(|scope| {
        for names in Ask::NAMES.chunks(Ask::NAMES.len().div_ceil(4)) {
            scope.spawn(move || names.iter().for_each(|name| by_its_example(name)));
        }
    });
}

/// Asks the call by the example that its page gives. The call is the ordinary question that adapters are tried out with.
fn by_its_example(name: &str) {
    let page = ask(&format!("--list {name}")).out;
    assert!(page.contains("\n  arguments  ") && page.contains("\n  answer     "), "{page}");
    let example = page.lines().find_map(|line| line.trim().strip_prefix("example    netdbspec ask "));
    let example = example.unwrap_or_else(|| panic!("{name} has an example: {page}"));
    let ran = ask(&format!("{example} --world default --format json"));
    let line = lines(&ran.out).pop().unwrap_or_else(|| panic!("{name}: {}", ran.err));
    let questions = questions();
    let question = questions.iter().find(|question| question.get(name).is_some()).cloned();
    let meant: Ask = serde_json::from_value(question.expect("an ordinary question")).expect("a call");
    assert_eq!(line["call"], json!(meant), "{example}");
    let (status, kind) = match name {
        "python" => (4, "unsupported"),
        // The world `default` has no such host.
        "getaddrinfo" | "gethostbyname" | "gethostbyname2" | "gethostbyname_r" => (1, "failure"),
        _ => (0, "answer"),
    };
    assert_eq!((ran.exit, line["reply"].get(kind).is_some()), (status, true), "{example}: {line}");
    if kind == "answer" {
        Ask::check(name, line["reply"][kind].clone()).expect("it has the shape of the call's answer");
    }
}

#[test]
fn addresses_are_a_table_and_what_was_sent_stands_below() {
    let line = "getaddrinfo www.example http socktype=stream flags=canonname --record 'www.example. A 192.0.2.80' \
                --record 'www.example. AAAA 2001:db8::80' --fault AAAA:rcode=SERVFAIL";
    insta::assert_snapshot!(told(&[line]));
}

#[test]
fn several_subjects_have_a_block_each() {
    let adapter = format!("cmd:python3 '{}'", root().join("fixtures/subjects/example/adapter.py").display());
    if !has("python", "python3") {
        return;
    }
    let ran =
        run(root(), ["ask", "python", "1 + 1", "--subject", "libc", "--subject", "python", "--subject", &adapter]);
    let blocks: Vec<_> = ran.out.split("\n\n").collect();
    let [heading, libc, python, _] = blocks.as_slice() else { panic!("{}", ran.out) };
    assert_eq!((*heading, ran.exit), (">>> 1 + 1", 4));
    assert!(libc.starts_with("libc: ") && libc.contains("  - "), "{libc}");
    assert!(python.starts_with("python: cpython") && python.ends_with("  value  2\n  type   int"), "{python}");
}

#[test]
fn json_is_a_line_for_each_subject_with_the_keys_of_a_report() {
    let subjects = "--subject libc --subject cmd:/nonexistent/probe";
    let ran = ask(&format!("getservbyname http tcp --world default --format json {subjects}"));
    let [one, other] = lines(&ran.out).try_into().expect("two lines");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&one), "subject call world implementation version reply elapsed wire");
    assert_eq!((&one["world"], &one["wire"]), (&json!("default"), &json!([])));
    assert_eq!(one["reply"]["answer"], json!({"name": "http", "aliases": ["www"], "port": 80, "protocol": "tcp"}));
    assert_eq!((keys(&other), ran.exit), ("subject call world trouble".to_owned(), 3));
    assert!(ran.err.contains("looking for subject `cmd:/nonexistent/probe`"), "{}", ran.err);
    let outside = ask("inet_aton 192.0.2.1 --format json");
    let line = lines(&outside.out).pop().expect("a line");
    assert_eq!((&line["world"], &line["wire"], outside.exit), (&Value::Null, &Value::Null, 0));
}

#[test]
fn a_quiet_answer_can_be_used_in_a_script() {
    assert_eq!(ask("-q gethostname --hostname pod-7").out, "pod-7\n");
    assert_eq!(ask("-q inet_ntop inet 7f000001").out, "127.0.0.1\n");
    assert_eq!(ask("-q inet_pton inet6 ::1").out, "00000000000000000000000000000001\n");
    assert_eq!(
        ask("-q getaddrinfo 127.0.0.1 80 socktype=stream").out,
        "127.0.0.1  80  AF_INET  SOCK_STREAM  IPPROTO_TCP\n"
    );
}

#[test]
fn bytes_are_read_out() {
    insta::assert_snapshot!(told(&["inet_pton inet6 2001:db8::1", "sockaddr_pack inet 192.0.2.1 80"]));
}

#[rstest]
#[case::answered("inet_pton inet 192.0.2.1", 0)]
#[case::failed("getaddrinfo 1.2.3.4.5 flags=numerichost", 1)]
#[case::no_such_address("inet_pton inet 192.0.2", 1)]
#[case::no_such_call("getadrinfo a.test", 2)]
#[case::no_such_argument("getaddrinfo famly=inet", 2)]
#[case::no_such_subject("gethostname --subject libc --subject cobol", 2)]
#[case::no_such_world("gethostname --world nowhere", 2)]
#[case::no_such_record("gethostname --record 'a.test. A 192.0.2.300'", 2)]
#[case::nothing_at_all("", 2)]
#[case::absent("gethostname --subject libc --subject cmd:/nonexistent/probe", 3)]
#[case::lost("gethostname --subject 'cmd:/bin/sh tests/it/vices/crashes.sh'", 3)]
#[case::unmet("gethostname --subject 'cmd:/bin/sh tests/it/vices/exits-first.sh'", 3)]
#[case::adapter_in_trouble("gethostname --subject 'cmd:/bin/sh tests/it/vices/is-in-trouble.sh'", 3)]
#[case::lacks_the_call("gethostname --subject 'cmd:/bin/sh tests/it/vices/lacks-the-call.sh'", 4)]
#[case::fails_and_lacks_it(
    "inet_pton inet x --subject libc --subject 'cmd:/bin/sh tests/it/vices/lacks-the-call.sh'",
    1
)]
fn the_status_says_what_came_of_it(#[case] line: &str, #[case] status: i32) {
    let ran = ask(line);
    assert_eq!(ran.exit, status, "{}{}", ran.out, ran.err);
}

#[test]
fn a_subject_that_takes_too_long_is_lost() {
    let ran = ask("gethostname --timeout 0.2 --subject 'cmd:/bin/sh tests/it/vices/hangs.sh'");
    assert!(ran.out.contains("? lost: no reply came within 0.2 s"), "{}", ran.out);
    assert_eq!(ran.exit, 3);
}

#[test]
fn what_is_wrong_with_the_words_is_shown_in_the_call() {
    insta::assert_snapshot!(told(&[
        "getaddrinfo www.test famly=inet6",
        "getnameinfo 192.0.2.1 70000",
        "getadrinfo www.test",
        "gethostname www.test",
    ]));
}

/// What a user has set for resolvers is a part of this machine as it is, and no part of a world.
#[test]
fn the_machine_as_it_is_includes_what_its_user_set() {
    if !has("python", "python3") {
        return;
    }
    let asked = |more: &[&str]| {
        let words = ["ask", "-q", "python", "__import__('os').environ['RES_OPTIONS']", "--subject", "python"];
        Ran::of(command(root(), words.iter().chain(more)).env("RES_OPTIONS", "ndots:7"))
    };
    assert!(asked(&[]).out.starts_with("value  'ndots:7'\n"));
    assert_eq!(asked(&["--world", "bare"]).exit, 1);
}

#[test]
fn what_lives_in_a_root_file_system_is_asked_in_a_world() {
    let image = crate::root::with_adapter();
    let asked = |more: &[&str]| {
        let words = ["ask", "gethostname", "--format", "json", "--subject", "cmd:/usr/bin/adapter", "--root"];
        let ran = run(root(), words.iter().chain(&[image.path().to_str().expect("a path in UTF-8")]).chain(more));
        lines(&ran.out).pop().unwrap_or_else(|| panic!("{}", ran.err))
    };
    let plain = asked(&[]);
    assert_eq!((&plain["world"], plain["reply"].get("answer").is_some()), (&json!("default"), true), "{plain}");
    assert_eq!(asked(&["--hostname", "pod-7"])["reply"]["answer"]["name"], "pod-7");
}

#[test]
fn all_calls_are_listed() {
    let listed = ask("--list").out;
    for name in Ask::NAMES {
        assert!(listed.lines().any(|line| line.split_whitespace().next() == Some(name)), "{name}");
    }
    assert!(listed.contains("\ngethostbyname_r   NAME [FAMILY] BUFLEN\n"), "{listed}");
    assert!(listed.lines().all(|line| line.chars().count() <= 80), "{listed}");
    insta::assert_snapshot!(told(&["--list getservbyname"]));
}

/// What bash offers for the last of these words.
fn offered(words: &[&str]) -> Vec<String> {
    let script = format!(
        r#"source <({} completions bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _netdbspec netdbspec "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"; printf '%s\n' "${{COMPREPLY[@]}}""#,
        shlex::try_quote(netdbspec().to_str().expect("a path in UTF-8")).expect("a path without NUL"),
    );
    let done = Command::new("bash").args(["-c", &script, "bash", "netdbspec"]).args(words).output();
    let done = done.expect("bash starts");
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_verbs_options_and_calls() {
    if !has("bash", "bash") {
        return;
    }
    assert_eq!(offered(&["aud"]), ["audit"]);
    assert_eq!(offered(&["ask", "getaddrinfo_"]), ["getaddrinfo_res"]);
    assert_eq!(offered(&["audit", "--diff"]), ["--differences"]);
    assert_eq!(offered(&["audit", "--level", "mu"]), ["must"]);
}

#[rstest]
#[case("bash")]
#[case("zsh")]
#[case("fish")]
fn shells_accept_their_scripts(#[case] shell: &str) {
    let ran = run(Path::new("/"), ["completions", shell]);
    assert!(ran.exit == 0 && ran.out.contains("netdbspec") && ran.err.is_empty(), "{}", ran.err);
    if !has(shell, shell) {
        return;
    }
    let folder = Folder::new();
    folder.put("script", &ran.out);
    let checked = Command::new(shell).arg("-n").arg(folder.path().join("script")).output().expect("the shell starts");
    assert!(checked.status.success() && checked.stderr.is_empty(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn a_shell_that_there_is_not_is_refused_with_those_there_are() {
    let ran = run(Path::new("/"), ["completions", "csh"]);
    assert!(ran.exit == 2 && ran.err.contains("bash"), "{}", ran.err);
}

/// A formatter of manual pages, with the arguments that make it complain.
fn formatter() -> Option<Vec<&'static str>> {
    let all = [vec!["groff", "-ww", "-man", "-Tutf8"], vec!["mandoc", "-T", "lint", "-W", "warning"]];
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let here = |program: &str| std::env::split_paths(&folders).any(|folder| folder.join(program).is_file());
    let found = all.into_iter().find(|words| here(words[0]));
    if found.is_none() {
        absent("groff", "there is neither `groff` nor `mandoc` in PATH");
    }
    found
}

#[test]
fn there_is_a_manual_page_for_each_verb_and_formatters_accept_it() {
    let folder = Folder::new();
    let ran = run(folder.path(), ["man", "."]);
    assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    assert_eq!(folder.read("netdbspec.1"), run(folder.path(), ["man"]).out, "the first goes to standard output");
    let help = run(folder.path(), ["--help"]).out;
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let verbs = verbs.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let verbs: Vec<_> = verbs.filter_map(|line| line.split(' ').next()).collect();
    assert!(verbs.contains(&"audit") && verbs.contains(&"man"), "{help}");
    let pages = std::iter::once("netdbspec.1".to_owned()).chain(verbs.iter().map(|verb| format!("netdbspec-{verb}.1")));
    let formatter = formatter();
    for page in pages {
        let text = folder.read(&page);
        assert!(text.is_ascii() && text.contains(".SH NAME") && !text.contains(".SH EXTRA"), "{page}");
        if let Some([program, arguments @ ..]) = formatter.as_deref() {
            let checked = Command::new(program).args(arguments).arg(folder.path().join(&page)).output();
            let checked = checked.expect("the formatter starts");
            let said = String::from_utf8_lossy(&checked.stderr).into_owned();
            assert!(checked.status.success() && said.is_empty(), "{page}: {said}");
        }
    }
    assert!(folder.read("netdbspec-ask.1").contains("\n.SH \"EXIT STATUS\"\n"));
    let nowhere = run(folder.path(), ["man", "no/such/folder"]);
    assert_eq!((nowhere.exit, nowhere.err.contains("give a folder that exists")), (3, true), "{}", nowhere.err);
}
