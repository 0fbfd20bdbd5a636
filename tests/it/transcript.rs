//! The README's transcript is real: its command prints just that here.

use std::fs;
use std::process::Command;

use crate::support::{absent, netdbspec, redacted, root};

#[test]
fn the_transcript_of_the_readme_is_what_its_command_prints() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let block = readme.split("```console\n$ netdbspec ").nth(1).expect("the README has a transcript");
    let (command, shown) = block.split("```").next().and_then(|block| block.split_once('\n')).expect("it has lines");
    let run = Command::new(netdbspec()).args(command.split(' ')).env("COLUMNS", "80").output().expect("it starts");
    let printed = String::from_utf8(run.stdout).expect("it prints UTF-8");
    // Another version of the C library, or of this program, may answer otherwise.
    let subject = |text: &str| text.lines().next().and_then(|line| line.split("   ").nth(1)).map(str::to_owned);
    if subject(&printed) != subject(shown) {
        return absent("the C library of the README's transcript", &format!("this is {:?}", subject(&printed)));
    }
    assert_eq!(redacted(printed.trim_end()), redacted(shown.trim_end()));
}
