//! The load: dnsperf, which the DNS world measures its servers with. It is the only one, so that all figures were taken with one
//! yardstick; where it is not installed nothing is measured.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How many queries are on their way at once.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flight {
    /// As many as a hundred, from eight sockets: how many come through.
    Many,
    /// One: how long it takes.
    One,
}

/// What dnsperf found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Queries per second.
    pub(super) rate: f64,
    /// The mean time from a query to its reply, in microseconds.
    pub(super) latency: f64,
}

/// Whether it is installed.
pub(super) fn is_here() -> bool {
    Command::new("dnsperf").arg("-h").output().is_ok()
}

/// Asks a server the questions of a file over and over for so long. With `code`, every reply has to have it.
///
/// # Panics
/// When a reply is missing or another than it should be: then the server did not do its work.
pub(super) fn run(server: SocketAddr, questions: &Path, flight: Flight, long: Duration, code: Option<&str>) -> Found {
    let (clients, queries) = match flight {
        Flight::Many => ("8", "100"),
        Flight::One => ("1", "1"),
    };
    let output = Command::new("dnsperf")
        .args(["-s", &server.ip().to_string(), "-p", &server.port().to_string()])
        .args(["-c", clients, "-q", queries, "-l", &long.as_secs_f64().to_string(), "-d"])
        .arg(questions)
        .output()
        .expect("dnsperf can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    let number = |what: &str| {
        let rest = said.lines().find_map(|line| line.trim_start().strip_prefix(what))?;
        rest.split_whitespace().next()?.parse::<f64>().ok()
    };
    let (lost, completed) = (number("Queries lost:"), number("Queries completed:"));
    assert!(lost == Some(0.0) && completed > Some(0.0), "replies of {server} are missing: {output:?}");
    if let Some(code) = code {
        let codes = said.lines().find_map(|line| line.trim_start().strip_prefix("Response codes:")).unwrap_or_default();
        let all = codes.trim_start().starts_with(code) && codes.contains("(100.00%)");
        assert!(all, "{server} was to reply {code}, and replied {codes}");
    }
    let (rate, latency) = (number("Queries per second:"), number("Average Latency (s):"));
    let (Some(rate), Some(latency)) = (rate, latency) else { panic!("what does dnsperf say? {said}") };
    Found { rate, latency: latency * 1e6 }
}
