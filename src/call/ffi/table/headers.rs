//! The tables, held against the headers of this platform, and against those of musl where `musl-gcc` is installed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use super::{ALL, Entry};

const HEADERS: &[&str] = &[
    "netdb.h",
    "arpa/inet.h",
    "netinet/in.h",
    "netinet/tcp.h",
    "sys/socket.h",
    "net/if.h",
    "errno.h",
    "limits.h",
    "stdio.h",
];

fn entries() -> impl Iterator<Item = &'static Entry> {
    ALL.iter().flat_map(|table| table.iter())
}

/// A program that prints which C library it was compiled for, and the name and value of each constant that is defined.
fn source() -> String {
    let mut source = "#define _GNU_SOURCE\n".to_owned();
    for header in HEADERS {
        writeln!(source, "#include <{header}>").unwrap();
    }
    source.push_str("int main(void) {\n#ifdef __GLIBC__\nputs(\"gnu 1\");\n#endif\n");
    for Entry { name, .. } in entries() {
        writeln!(source, "#ifdef {name}\nprintf(\"{name} %lld\\n\", (long long)({name}));\n#endif").unwrap();
    }
    source.push_str("}\n");
    source
}

/// What a program of this source prints, where there is this compiler.
pub(crate) fn printed(compiler: &str, source: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let (source_file, program) = (folder.path().join("program.c"), folder.path().join("program"));
    std::fs::write(&source_file, source).unwrap();
    let compiled = Command::new(compiler).arg("-w").arg("-o").arg(&program).arg(&source_file).status().ok()?;
    assert!(compiled.success(), "{compiler} does not compile the program");
    let output = Command::new(&program).output().unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What this compiler's headers define; `None` where there is no such compiler.
fn defined(compiler: &str) -> Option<BTreeMap<String, i64>> {
    let text = printed(compiler, &source())?;
    let value = |line: &str| line.split_once(' ').map(|(name, value)| (name.to_owned(), value.parse().unwrap()));
    Some(text.lines().filter_map(value).collect())
}

fn check(compiler: &str) {
    let Some(mut defined) = defined(compiler) else { return };
    let gnu = defined.remove("gnu").is_some();
    let expected = |entry: &Entry| if gnu { entry.gnu } else { entry.musl };
    let wrong: Vec<_> = entries()
        .filter(|entry| defined.get(entry.name).copied() != expected(entry))
        .map(|entry| format!("{}: {:?} here, {:?} there", entry.name, expected(entry), defined.get(entry.name)))
        .collect();
    assert_eq!(wrong, Vec::<String>::new(), "the tables differ from the headers of {compiler}");
}

#[test]
fn the_tables_say_what_the_headers_of_this_platform_say() {
    check("cc");
}

#[test]
fn the_tables_say_what_the_headers_of_musl_say() {
    check("musl-gcc");
}

#[test]
fn no_constant_stands_in_the_tables_twice() {
    let mut seen = BTreeSet::new();
    let twice: Vec<_> = entries().filter(|entry| !seen.insert(entry.name)).map(|entry| entry.name).collect();
    assert_eq!(twice, Vec::<&str>::new());
}
