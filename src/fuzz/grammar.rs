//! Replies by grammar: records that are right, nearly right and wrong, and what else a nameserver does to a message, as the
//! faults that case files write.

use toml::{Table, Value};

use crate::fault::random::Random;

/// How a line of the answer names the one that was asked for; it becomes its name.
const ASKED: &str = "@";

const OWNERS: [&str; 16] = [
    ASKED,
    ASKED,
    ASKED,
    ASKED,
    ASKED,
    "evil.test.",
    "other.test.",
    "test.",
    ".",
    "*.test.",
    r"a\032b.test.",
    r"both\.test.",
    r"\000.test.",
    r"\255\001.test.",
    "under_score.test.",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.dddddddddddddddddddddddddddddddddddddddddddddddddddddd.test.",
];

const TTLS: [&str; 7] = ["300", "300", "300", "0", "1", "2147483648", "4294967295"];
const CLASSES: [&str; 8] = ["IN", "IN", "IN", "IN", "IN", "CLASS3", "CLASS255", "CLASS0"];
const TYPES: [&str; 20] = [
    "A",
    "A",
    "AAAA",
    "AAAA",
    "CNAME",
    "CNAME",
    "CNAME",
    "DNAME",
    "PTR",
    "NS",
    "SOA",
    "MX",
    "TXT",
    "SRV",
    "TYPE46",
    "TYPE47",
    "TYPE65",
    "TYPE250",
    "TYPE255",
    "TYPE65280",
];
const RCODES: [&str; 12] = [
    "FORMERR",
    "SERVFAIL",
    "SERVFAIL",
    "NXDOMAIN",
    "NXDOMAIN",
    "NOTIMP",
    "REFUSED",
    "YXDOMAIN",
    "NOTAUTH",
    "NOTZONE",
    "BADVERS",
    "BADCOOKIE",
];
const BAD_NAMES: [&str; 7] =
    ["pointer-loop", "pointer-pair", "pointer-out", "pointer-ahead", "label-64", "name-256", "no-end"];

/// A table with one key.
fn one(key: &str, value: impl Into<Value>) -> Table {
    Table::from_iter([(key.to_owned(), value.into())])
}

/// What happens to the reply to a question.
pub(super) fn faults(name: &str, qtype: &str, random: &mut Random) -> Vec<Table> {
    let mut faults = Vec::new();
    if random.below(3) > 0 {
        faults.push(answer(name, qtype, random));
    }
    if faults.is_empty() || random.below(3) == 0 {
        faults.push(damage(random));
    }
    faults
}

/// An answer of other records.
fn answer(name: &str, qtype: &str, random: &mut Random) -> Table {
    let mut keys = Table::new();
    let lines = match random.below(5) {
        0 | 1 => chain(qtype, random),
        2 => many(qtype, random, &mut keys),
        _ => (0..random.below(5)).map(|_| record(qtype, random)).collect(),
    };
    let text = |lines: Vec<String>| lines.iter().map(|line| owned(line, name)).collect::<Vec<_>>().join("\n");
    if !lines.is_empty() {
        keys.insert("answer".to_owned(), text(lines).into());
    }
    for section in ["authority", "additional"] {
        if random.below(8) == 0 {
            keys.insert(section.to_owned(), text(vec![record(qtype, random)]).into());
        }
    }
    if random.below(6) == 0 {
        keys.insert("rcode".to_owned(), random.one(&RCODES).into());
    }
    for flag in ["aa", "ra", "tc"] {
        if random.below(16) == 0 {
            keys.insert(flag.to_owned(), (flag == "tc").into());
        }
    }
    match random.below(24) {
        0 => _ = keys.insert("question".to_owned(), "none".into()),
        1 => _ = keys.insert("question".to_owned(), one("name", random.one(&["evil.test.", "BoTh.TeSt.", "."])).into()),
        2 => _ = keys.insert("question".to_owned(), one("type", random.one(&["A", "AAAA", "ANY"])).into()),
        _ => {}
    }
    one("answer", keys)
}

/// The line with the name that was asked for in the place of its owner, and of its target.
fn owned(line: &str, name: &str) -> String {
    let asked = if presentable(name) { name } else { "both.test." };
    let words: Vec<&str> = line.split(' ').collect();
    words.into_iter().map(|word| if word == ASKED { asked } else { word }).collect::<Vec<_>>().join(" ")
}

/// Whether the name stands for itself in a master file.
fn presentable(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let labels = |name: &str| name.split('.').all(|label| (1..=63).contains(&label.len()));
    name.strip_suffix('.').is_some_and(|name| name.bytes().all(plain) && labels(name) && name.len() < 250)
}

/// A record, right or not.
fn record(qtype: &str, random: &mut Random) -> String {
    let rtype = if random.below(2) == 0 { qtype } else { random.one(&TYPES) };
    let (owner, ttl, class) = (random.one(&OWNERS), random.one(&TTLS), random.one(&CLASSES));
    format!("{owner} {ttl} {class} {rtype} {}", data(rtype, class, random))
}

/// The data of a record: of its type, or of a length that its type does not have.
fn data(rtype: &str, class: &str, random: &mut Random) -> String {
    let wrong = random.below(6) == 0;
    match rtype {
        "A" if class == "IN" && !wrong => format!("203.0.113.{}", random.byte()),
        "AAAA" if !wrong => format!("2001:db8:bad::{:x}", 1 + random.below(255)),
        "A" => bytes(if wrong { random.one(&[0, 1, 3, 5, 16]) } else { 4 }, random),
        "AAAA" => bytes(random.one(&[0, 4, 15, 17]), random),
        "CNAME" | "DNAME" | "PTR" | "NS" if !wrong => random.one(&OWNERS).to_owned(),
        "SOA" if !wrong => "ns.test. hostmaster.test. 1 3600 600 86400 60".to_owned(),
        "MX" if !wrong => format!("10 {}", random.one(&OWNERS)),
        "SRV" if !wrong => format!("1 1 80 {}", random.one(&OWNERS)),
        "TXT" if !wrong => "\"no address\"".to_owned(),
        _ => {
            let length = random.below(24);
            bytes(length, random)
        }
    }
}

/// Data by RFC 3597.
fn bytes(length: usize, random: &mut Random) -> String {
    let bytes: Vec<u8> = (0..length).map(|_| random.byte()).collect();
    format!(r"\# {length} {}", hex::encode(bytes)).trim_end().to_owned()
}

/// Aliases one behind the other, in order or not, that lead to an address, to nothing, or back.
fn chain(qtype: &str, random: &mut Random) -> Vec<String> {
    let length = random.one(&[1, 1, 2, 3, 8, 20]);
    let link = |nth: usize| if nth == 0 { ASKED.to_owned() } else { format!("c{nth}.test.") };
    let mut lines: Vec<String> =
        (0..length).map(|nth| format!("{} 300 IN CNAME {}", link(nth), link(nth + 1))).collect();
    match random.below(8) {
        0 => {}
        1 => lines.push(format!("{} 300 IN CNAME {}", link(length), link(random.below(length)))),
        2 => lines.push(record(qtype, random)),
        _ => lines.push(format!("{} 300 IN {qtype} {}", link(length), data(qtype, "IN", random))),
    }
    match random.below(8) {
        0 => lines.reverse(),
        1 => _ = lines.remove(random.below(lines.len())),
        2 => {
            let (from, to) = (random.below(lines.len()), random.below(lines.len()));
            lines.swap(from, to);
        }
        3 => lines.push(lines[random.below(lines.len())].clone()),
        4 => lines.insert(0, record(qtype, random)),
        5 => lines[0] = format!("{ASKED} 300 IN CNAME {}", random.one(&OWNERS)),
        _ => {}
    }
    lines
}

/// Very many records.
fn many(qtype: &str, random: &mut Random, keys: &mut Table) -> Vec<String> {
    keys.insert("repeat".to_owned(), random.one(&[16_i64, 28, 29, 33, 48, 49, 60, 100, 255, 600, 3000]).into());
    let line = match qtype {
        "AAAA" => r"@ 300 IN AAAA \# 16 20010db80bad0000000000000000{04x}".to_owned(),
        "PTR" => "@ 300 IN PTR p{}.test.".to_owned(),
        _ => r"@ 300 IN A \# 4 cb71{04x}".to_owned(),
    };
    match random.below(4) {
        0 => vec![record(qtype, random), line],
        1 => vec![line, record(qtype, random)],
        _ => vec![line],
    }
}

/// What is done to a message besides its records.
fn damage(random: &mut Random) -> Table {
    let number = |random: &mut Random, of: &[i64]| Value::from(random.one(of));
    let mut keys = Table::new();
    match random.below(20) {
        0..=5 => {
            keys.insert("record".to_owned(), number(random, &[0, 1, 1, 1, 2, 3]));
            let (key, value): (&str, Value) = match random.below(6) {
                0 | 1 => ("owner", random.one(&BAD_NAMES).into()),
                2 => ("data", random.one(&BAD_NAMES).into()),
                3 => ("rdlength", number(random, &[0, 1, 3, 5, 8, 15, 17, 64, 65535])),
                4 => ("rtype", number(random, &[0, 1, 2, 5, 12, 28, 39, 41, 46, 250, 255])),
                _ => ("class", number(random, &[0, 3, 4, 254, 255])),
            };
            // The question has a name only.
            if keys["record"].as_integer() == Some(0) {
                keys.insert("owner".to_owned(), random.one(&BAD_NAMES).into());
            } else {
                keys.insert(key.to_owned(), value);
            }
            one("damage", keys)
        }
        6..=10 => {
            for _ in 0..1 + random.below(2) {
                let (key, value): (&str, Value) = match random.below(14) {
                    0 => ("qr", false.into()),
                    1 => ("opcode", number(random, &[1, 2, 4, 5, 15])),
                    2 => ("aa", false.into()),
                    3 => ("tc", true.into()),
                    4 => ("rd", false.into()),
                    5 => ("ra", false.into()),
                    6 => ("z", true.into()),
                    7 => ("ad", true.into()),
                    8 => ("cd", true.into()),
                    9 => ("questions", number(random, &[0, 2, 255, 65535])),
                    10 | 11 => ("answers", number(random, &[0, 1, 2, 3, 9, 255, 65535])),
                    12 => ("authorities", number(random, &[1, 2, 65535])),
                    _ => ("additionals", number(random, &[0, 1, 2, 65535])),
                };
                keys.insert(key.to_owned(), value);
            }
            if random.below(12) == 0 {
                keys.insert("only".to_owned(), true.into());
            }
            one("header", keys)
        }
        11 | 12 => {
            keys.insert("code".to_owned(), random.one(&RCODES).into());
            if random.below(2) == 0 {
                keys.insert("keep".to_owned(), true.into());
            }
            one("rcode", keys)
        }
        13 => {
            keys.insert("keep".to_owned(), number(random, &[0, 1, 2]));
            if random.below(3) == 0 {
                keys.insert("tcp".to_owned(), true.into());
            }
            one("truncate", keys)
        }
        14 | 15 => one("edns", edns(random)),
        16 | 17 => one("bytes", one("cut", number(random, &[1, 2, 4, 10, 11, 12, 15, 16, 20, 28, 30]))),
        18 => {
            keys.insert("id".to_owned(), number(random, &[0, 1]));
            keys.insert("address".to_owned(), "192.0.2.66".into());
            keys.insert("then".to_owned(), true.into());
            one("forge", keys)
        }
        _ => one(random.one(&["drop", "duplicate"]), Table::new()),
    }
}

/// Another OPT record.
fn edns(random: &mut Random) -> Table {
    match random.below(7) {
        0 => one("strip", true),
        1 => one("echo", true),
        2 => one("size", random.one(&[0_i64, 100, 511, 65535])),
        3 => one("upper", random.one(&[1_i64, 255])),
        4 => one("version", random.one(&[1_i64, 255])),
        5 => one("flags", random.one(&[1_i64, 0x8000, 0xFFFF])),
        _ => {
            let length = random.below(40);
            let hex: String = (0..length).map(|_| format!("{:02x}", random.byte())).collect();
            let mut option = one("code", random.one(&[0_i64, 3, 8, 10, 15, 65001]));
            option.insert("hex".to_owned(), hex.into());
            one("options", vec![Value::from(option)])
        }
    }
}

/// What is done on streams, to which the subject is sent.
pub(super) fn transport(random: &mut Random) -> Vec<Table> {
    let truncate = one("truncate", Table::new());
    let stream = match random.below(6) {
        0 => one("split", random.one(&[1_i64, 2, 3, 13])),
        1 => one("length", random.one(&[-12_i64, -2, -1, 1, 2, 100, 30000])),
        2 => one("end", random.one(&["close", "reset", "half-close"])),
        3 => one("gather", 2),
        _ => return vec![truncate],
    };
    vec![truncate, one("stream", stream)]
}

/// Records for the zone, of the name and around it.
pub(super) fn records(name: &str, random: &mut Random) -> Vec<String> {
    let own = name.replacen("both.", "new.", 1);
    let address = |random: &mut Random| format!("203.0.113.{}", random.byte());
    match random.below(4) {
        0 => vec![format!("new.test. 300 A {}", address(random)), format!("new.test. 300 AAAA 2001:db8:bad::1")],
        1 => vec!["new.test. 300 CNAME newer.test.".to_owned(), format!("newer.test. 300 A {}", address(random))],
        2 => vec![format!("{}.one.test. 300 A {}", own.trim_end_matches('.'), address(random))],
        _ => vec![format!("*.new.test. 300 A {}", address(random))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_in_a_master_file_are_not_written() {
        assert!(presentable("both.test.") && presentable("a_b.c-d.test."));
        for name in ["", ".", "a..b.", "a b.", "*.test.", "é.test.", "a\\.test."] {
            assert!(!presentable(name), "{name}");
        }
        assert_eq!(owned("@ 300 IN CNAME @", "a b."), "both.test. 300 IN CNAME both.test.");
    }
}
