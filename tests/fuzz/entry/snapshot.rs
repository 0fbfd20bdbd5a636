//! The snapshot reader: the text of a `.snap` file, and the outcomes of its blocks as `selftest` reads them back.

use netdbspec::call::Ask;
use netdbspec::snapshot::{self, Basis, Owner, Policy, SOURCE, SnapFile};

use super::folder;

/// Calls that blocks may be of, by name.
const ASKS: [&str; 7] = [
    r#"{"getaddrinfo":{"node":"www.example.test"}}"#,
    r#"{"getnameinfo":{"address":"192.0.2.1"}}"#,
    r#"{"gethostbyname":{"name":"www.example.test"}}"#,
    r#"{"getservbyname":{"name":"http"}}"#,
    r#"{"inet_pton":{"family":"inet","text":"192.0.2.1"}}"#,
    r#"{"constants":{"names":["AF_INET","EAI_NONAME"]}}"#,
    r#"{"gethostname":{}}"#,
];

/// Reads a snapshot file.
pub fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Ok(file) = SnapFile::parse(text) {
        let again = SnapFile::parse(&file.to_text(SOURCE));
        assert_eq!(again.as_ref(), Ok(&file), "what was written reads back the same");
    }
    let owner = Owner { name: "libc", implementation: "glibc", version: "2.36" };
    let Ok(Some(recorded)) = snapshot::read(&folder("glibc/area/topic.snap", text), &owner, "area/topic") else {
        return;
    };
    let mut before = "";
    for block in recorded.names().filter_map(|name| recorded.case(name)) {
        let asks: Vec<Ask> = block.lines().filter_map(ask).collect();
        drop(snapshot::outcome(block, &asks.iter().collect::<Vec<_>>()));
        drop(snapshot::verdicts(block));
        let _ = snapshot::is_whole(block);
        drop(snapshot::compare(block, before, recorded.description(), Basis::Nearest, Policy::ByVersion));
        before = block;
    }
}

/// The call that a line of a block is the head of.
fn ask(line: &str) -> Option<Ask> {
    let (call, _) = line.strip_prefix("  ")?.split_once(" →")?;
    ASKS.iter().filter_map(|ask| serde_json::from_str::<Ask>(ask).ok()).find(|ask| ask.name() == call)
}
