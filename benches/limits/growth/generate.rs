//! Case files as many as are wanted: four kinds of case in turn, of which no two are the same.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// How many files the cases are spread over.
const FILES: usize = 10;

/// Writes `count` cases below `folder`.
pub(crate) fn cases(folder: &Path, count: usize) {
    let area = folder.join("made");
    fs::create_dir_all(&area).unwrap();
    let each = count.div_ceil(FILES);
    for file in 0..FILES {
        let mut text = String::from("about = \"Cases that a program wrote\"\n");
        for nth in (file * each)..((file + 1) * each).min(count) {
            case(nth, &mut text);
        }
        if (file * each) < count {
            fs::write(area.join(format!("topic-{file}.toml")), text).unwrap();
        }
    }
}

fn case(nth: usize, text: &mut String) {
    let [high, low] = u16::try_from(nth).expect("there are at most 65,536 cases").to_be_bytes();
    let address = format!("10.1.{high}.{low}");
    let form = ["number", "hosts", "dns", "nothing"][nth % 4];
    _ = write!(text, "\n[[case]]\nname = \"{form}-{nth}\"\nabout = \"Made for its number, {nth}.\"\n");
    let stream = "family = \"AF_INET\", socktype = \"SOCK_STREAM\"";
    let found = format!("must = [{{ clause = \"POSIX getaddrinfo\", answer.addresses = [\"{address}\"] }}]\n");
    _ = match form {
        "number" => write!(
            text,
            "ask.inet_ntoa = {{ bytes = \"0a01{high:02x}{low:02x}\" }}\n\
             must = [{{ clause = \"POSIX inet_ntoa\", answer.text = \"{address}\" }}]\n"
        ),
        "hosts" => write!(
            text,
            "world = \"default\"\nfiles.hosts = \"127.0.0.1 localhost\\n{address} made-{nth}.test\\n\"\n\
             ask.getaddrinfo = {{ node = \"made-{nth}.test\", {stream} }}\n{found}"
        ),
        "dns" => write!(
            text,
            "world = \"default\"\nrecords = \"made-{nth}.test. 300 A {address}\\n\"\n\
             ask.getaddrinfo = {{ node = \"made-{nth}.test\", {stream} }}\n{found}"
        ),
        _ => write!(
            text,
            "world = \"default\"\nask.getaddrinfo = {{ node = \"gone-{nth}.test\", {stream} }}\n\
             must = [{{ clause = \"POSIX getaddrinfo\", failure = {{ pattern = \"EAI_.*\" }} }}]\n"
        ),
    };
}
