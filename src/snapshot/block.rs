//! One case as a block of text: its status, how its rules came out, the replies, the wire. What differs from run to run
//! (times, ids, source ports, native texts) is left out.

use std::fmt::Write as _;

use super::reply::{query_line, reply_lines};
use crate::outcome::{Asked, Outcome};
use crate::verdict::{Holding, Level, Status, Verdict};

/// How a verdict's `came` begins an answer as a whole, shortened JSON, after the number of the call where there are several.
pub const ANSWER: &str = "an answer: ";

/// What a snapshot holds of one case.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The case's name within its topic, with its family.
    pub name: &'a str,
    /// What it came to.
    pub status: Status,
    /// Its runs may differ: it is kept out of snapshots.
    pub varies: bool,
    /// Its rules, held against the outcome.
    pub verdicts: &'a [Verdict],
    /// What the subject did.
    pub outcome: &'a Outcome,
}

impl Entry<'_> {
    /// Whether it belongs in a snapshot: it ran, and every run of it is the same.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        !self.varies && self.status != Status::Broken
    }

    /// Its block, without a final newline.
    #[must_use]
    pub fn block(&self) -> String {
        let mut block = format!("{}: {}\n", self.name, self.status);
        for verdict in self.verdicts {
            verdict_lines(&mut block, verdict);
        }
        let wire = &self.outcome.wire;
        let mut shown = 0;
        for asked in &self.outcome.asked {
            reply_block(&mut block, asked);
            let end = asked.queries.end.clamp(shown, wire.len());
            let start = asked.queries.start.clamp(shown, end);
            wire_lines(&mut block, "before", &wire[shown..start]);
            wire_lines(&mut block, "wire", &wire[start..end]);
            shown = end;
        }
        wire_lines(&mut block, "later", &wire[shown..]);
        block.truncate(block.trim_end().len());
        block
    }
}

/// The contents of a topic's snapshot: the blocks of its cases by name, with an empty line between two.
#[must_use]
pub fn render(entries: &[Entry<'_>]) -> String {
    let mut kept: Vec<_> = entries.iter().filter(|entry| entry.is_kept()).collect();
    kept.sort_by_key(|entry| entry.name);
    kept.iter().map(|entry| entry.block()).collect::<Vec<_>>().join("\n\n")
}

/// The blocks of a topic's snapshot, each with its case's name.
pub(super) fn blocks(contents: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = contents;
    std::iter::from_fn(move || {
        let (start, name) = heads(rest).next()?;
        let block = &rest[start..];
        let end = heads(block).nth(1).map_or(block.len(), |(end, _)| end);
        rest = &block[end..];
        Some((name, block[..end].trim_end()))
    })
}

/// The lines that begin a block: where, and the name of its case.
fn heads(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = next;
        next += line.len();
        let (name, _) = (!line.starts_with(' ')).then(|| line.rsplit_once(": "))??;
        Some((start, name))
    })
}

/// The status in a block's first line.
pub(super) fn status(block: &str) -> &str {
    block.lines().next().and_then(|line| line.rsplit_once(": ")).map_or("", |(_, status)| status)
}

/// The rules of a block in their order, as level and clause, each with how it came out: `kept`, `broken` or `recorded`.
#[must_use]
pub fn verdicts(block: &str) -> Vec<(&str, &str)> {
    let levels = [Level::Must, Level::Documented, Level::Should, Level::May, Level::Unspecified].map(|l| l.to_string());
    let lines = block.lines().filter_map(|line| line.strip_prefix("  ")?.rsplit_once(": "));
    lines
        .filter(|(rule, held)| ["kept", "broken", "recorded"].contains(held) && !rule.starts_with(' '))
        .filter(|(rule, _)| levels.iter().any(|level| rule.split(' ').next() == Some(level)))
        .collect()
}

/// The rules of a block, as level and clause, that came out as `holding`.
pub(super) fn rules<'a>(block: &'a str, holding: &str) -> Vec<&'a str> {
    verdicts(block).into_iter().filter(|(_, held)| *held == holding).map(|(rule, _)| rule).collect()
}

fn verdict_lines(block: &mut String, verdict: &Verdict) {
    let rule = format!("{} {}", verdict.level, one_line(&verdict.clause));
    let held = match &verdict.holding {
        Holding::Kept => "kept",
        Holding::Broken { .. } => "broken",
        Holding::Recorded => "recorded",
    };
    _ = writeln!(block, "  {}: {held}", rule.trim_end());
    if let Holding::Broken { required, came } = &verdict.holding {
        _ = writeln!(block, "    required: {}", one_line(required));
        if !depends_on_the_run(required) {
            // The answer itself stands below.
            let came = came.find(ANSWER).map_or(came.as_str(), |at| came[..at + ANSWER.len()].trim_end_matches(": "));
            _ = writeln!(block, "    came: {}", one_line(came));
        }
    }
}

/// Whether a requirement looks at what is never the same twice, so that what came is no part of a snapshot.
fn depends_on_the_run(required: &str) -> bool {
    ["elapsed", "wire.ids", "wire.ports"].iter().any(|facet| required.split([' ', ',', ';']).any(|word| word == *facet))
}

fn reply_block(block: &mut String, asked: &Asked) {
    let lines = reply_lines(&asked.reply);
    if let [line] = lines.as_slice() {
        _ = writeln!(block, "  {} → {}", asked.call, one_line(line));
        return;
    }
    _ = writeln!(block, "  {} →", asked.call);
    for line in lines {
        _ = writeln!(block, "    {}", one_line(&line));
    }
}

fn wire_lines(block: &mut String, label: &str, queries: &[crate::outcome::Query]) {
    for query in queries {
        _ = writeln!(block, "    {label} {}", one_line(&query_line(query)));
    }
}

/// Text on one line: control characters are escaped.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::outcome::{Edns, Failure, Query, Reply, Transport};

    fn query(qtype: &str, reply: &str) -> Query {
        Query {
            at: Duration::from_millis(3),
            server: "127.0.0.1".parse().unwrap(),
            transport: Transport::Udp,
            source: "127.0.0.1:4711".parse().unwrap(),
            id: 77,
            name: "www.example.test.".to_owned(),
            qtype: qtype.to_owned(),
            class: "IN".to_owned(),
            flags: vec!["RD".to_owned()],
            edns: None,
            reply: reply.to_owned(),
            outside: false,
            late: Duration::ZERO,
            sent: None,
        }
    }

    fn asked(call: &str, reply: Reply, queries: std::ops::Range<usize>) -> Asked {
        Asked { call: call.to_owned(), reply, at: None, elapsed: Duration::from_millis(5), queries }
    }

    fn verdict(level: Level, clause: &str, holding: Holding) -> Verdict {
        Verdict { level, clause: clause.to_owned(), holding }
    }

    fn broken(required: &str, came: &str) -> Holding {
        Holding::Broken { required: required.to_owned(), came: came.to_owned() }
    }

    #[test]
    fn a_block_holds_all_that_is_the_same_in_every_run() {
        let entry = json!({"family": "AF_INET", "socktype": "SOCK_STREAM", "protocol": "IPPROTO_TCP",
            "address": "192.0.2.1", "port": 80, "flowinfo": 0, "scope_id": 0, "addrlen": 16, "canonname": null});
        let other = json!({"family": "AF_INET6", "socktype": 9, "protocol": 0, "address": "fe80::1", "port": 80,
            "flowinfo": 0, "scope_id": 2, "addrlen": 16, "canonname": "www.example.test"});
        let failure =
            Failure { errno: Some("EIO".to_owned()), text: "native".to_owned(), ..Failure::named("EAI_SYSTEM") };
        let edns = Some(Edns { size: 1232, version: 0, dnssec_ok: true });
        let outcome = Outcome {
            asked: vec![
                asked("getaddrinfo", Reply::Answer(json!({"entries": [entry, other]})), 0..2),
                asked("gethostbyname", Reply::Failure(failure), 2..3),
                asked(
                    "getservbyname",
                    Reply::Answer(json!({"name": "http", "aliases": ["www", "80"], "port": 80})),
                    3..3,
                ),
            ],
            wire: vec![
                query("A", "NOERROR 1"),
                Query { edns, server: "::1".parse().unwrap(), ..query("AAAA", "NOERROR 1") },
                Query { flags: vec!["RD".to_owned(), "AD".to_owned()], ..query("A", "drop") },
                query("A", "NXDOMAIN"),
            ],
        };
        let verdicts = [
            verdict(Level::Must, "RFC 3493 §6.1", Holding::Kept),
            verdict(Level::Documented, "resolv.conf(5): timeout", broken("elapsed at most 900 ms", "1203 ms")),
            verdict(Level::Should, "getaddrinfo(3)", broken("wire.types only A", "A\nAAAA")),
            verdict(Level::Unspecified, "", Holding::Recorded),
        ];
        let entry =
            Entry { name: "a@inet", status: Status::Fail, varies: false, verdicts: &verdicts, outcome: &outcome };
        insta::assert_snapshot!(entry.block(), @r#"
a@inet: fail
  must RFC 3493 §6.1: kept
  documented resolv.conf(5): timeout: broken
    required: elapsed at most 900 ms
  should getaddrinfo(3): broken
    required: wire.types only A
    came: A\nAAAA
  unspecified: recorded
  getaddrinfo →
    AF_INET 192.0.2.1 80 SOCK_STREAM IPPROTO_TCP
    AF_INET6 fe80::1 80 9 0 scope_id=2 addrlen=16 canonname=www.example.test
    wire udp A www.example.test. → NOERROR 1
    wire udp AAAA www.example.test. edns 1232 DO @::1 → NOERROR 1
  gethostbyname → EAI_SYSTEM errno EIO
    wire udp A www.example.test. flags RD+AD → drop
  getservbyname → name=http aliases=[www, "80"] port=80
    later udp A www.example.test. → NXDOMAIN
"#);
        assert_eq!(rules(&entry.block(), "kept"), ["must RFC 3493 §6.1"]);
        assert_eq!(rules(&entry.block(), "broken"), ["documented resolv.conf(5): timeout", "should getaddrinfo(3)"]);
        assert_eq!(rules(&entry.block(), "recorded"), ["unspecified"]);
        assert_eq!(status(&entry.block()), "fail");
    }

    #[test]
    fn a_topic_holds_what_ran_and_does_not_vary_by_name() {
        let outcome = Outcome::default();
        let entry = |name, status, varies| Entry { name, status, varies, verdicts: &[], outcome: &outcome };
        let text = render(&[
            entry("b: odd", Status::Recorded, false),
            entry("c", Status::Broken, false),
            entry("a", Status::Pass, false),
            entry("d", Status::Pass, true),
        ]);
        assert_eq!(text, "a: pass\n\nb: odd: recorded");
        let names: Vec<_> = blocks(&text).map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b: odd"]);
    }
}
