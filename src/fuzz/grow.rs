//! Makes an input from a seed and a number: which call, in which world, with what done to which replies.

use std::net::Ipv4Addr;

use toml::{Table, Value};

use super::{Input, grammar, mutate};
use crate::fault::random::Random;
use crate::server::Zones;
use crate::world::Worlds;

/// Names that the world has one way or another. Those that have addresses come more often.
const NAMES: [&str; 34] = [
    "a.test",
    "a.test",
    "v6.test",
    "both.test",
    "both.test",
    "both.test",
    "both.test",
    "both.test",
    "both.test",
    "pair.test",
    "multi.test",
    "multi.test",
    "d.test",
    "empty.test",
    "nothere.test",
    "c1.test",
    "c3.test",
    "c46.test",
    "chain12.test",
    "loop0.test",
    "loop1.test",
    "dangling.test",
    "dangling-nx.test",
    "host.old.test",
    "x.wild.test",
    "m40.test",
    "m60.test",
    "under_score.test",
    "to-mixed.test",
    "to-under.test",
    "mapped.test",
    "ttl0.test",
    "host.sub.test",
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.test",
];

/// Names whose form is what matters.
const FORMS: [&str; 32] = [
    "host",
    "only2",
    "dotted.test",
    "both.test.",
    "both.test..",
    "BOTH.Test",
    ".both.test",
    "both..test",
    ".",
    "",
    " ",
    "both.test ",
    " both.test",
    "-a.test",
    "xn--bcher-kva.test",
    "a b.test",
    "é.test",
    "*.test",
    "a/b.test",
    "a\\.test",
    "localhost",
    "x.localhost",
    "box",
    "127.1",
    "192.0.2.1",
    "0x7f.1",
    "1.2.3.4.5",
    "256.256.256.256",
    "::1",
    "fe80::1%lo",
    "2001:db8::1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test",
];

const OPTIONS: [&str; 24] = [
    "ndots:0",
    "ndots:2",
    "ndots:15",
    "ndots:99",
    "ndots:-1",
    "ndots:",
    "ndots:x",
    "rotate",
    "edns0",
    "inet6",
    "use-vc",
    "no-aaaa",
    "single-request",
    "single-request-reopen",
    "trust-ad",
    "no-tld-query",
    "no-reload",
    "attempts:0",
    "attempts:2",
    "timeout:0",
    "timeout:x",
    "debug",
    "no-such-option",
    "no_tld_query",
];

const SWITCHES: [&str; 18] = [
    "hosts: dns",
    "hosts: files",
    "hosts: dns files",
    "hosts: files dns dns",
    "hosts: dns [NOTFOUND=return] files",
    "hosts: dns [!UNAVAIL=return] files",
    "hosts: dns [TRYAGAIN=continue] files",
    "hosts: files [SUCCESS=continue] dns",
    "hosts: files [SUCCESS=merge] dns",
    "hosts: files [NOTFOUND=return] dns",
    "hosts: nosuch files dns",
    "hosts: nosuch [UNAVAIL=return] files dns",
    "hosts:",
    "hosts: [NOTFOUND=return] dns",
    "hosts: files [NOTFOUND] dns",
    "hosts: dns [",
    "hosts files dns",
    "# nothing",
];

const HOSTS: [&str; 30] = [
    "192.0.2.7 both.test",
    "192.0.2.8 both.test alias.test",
    "2001:db8::7 both.test",
    "192.0.2.9 BOTH.TEST",
    "192.0.2.10\tboth.test\t# why",
    "192.0.2.11 both.test#why",
    "  192.0.2.12 both.test",
    "192.0.2.13 other.test both.test",
    "192.0.2.14 both.test.",
    "192.0.2.15",
    "both.test",
    "192.0.2 both.test",
    "0x7f.1 both.test",
    "192.0.2.16 both.test\r",
    "::ffff:192.0.2.17 both.test",
    "fe80::1%lo both.test",
    "2001:db8::g both.test",
    "192.0.2.300 both.test",
    "# 192.0.2.18 both.test",
    "192.0.2.19 a..b both.test",
    "192.0.2.20 é both.test",
    "192.0.2.21 a.test a.test a.test",
    "192.0.2.22 a.test",
    "192.0.2.23 v6.test",
    "2001:db8::24 a.test",
    "127.0.0.1 localhost",
    "::1 localhost",
    "127.0.0.1 v6.test",
    "::1 a.test",
    "192.0.2.25 x both.test y z",
];

const FLAGS: [&str; 6] = ["AI_CANONNAME", "AI_CANONNAME", "AI_ADDRCONFIG", "AI_V4MAPPED", "AI_ALL", "AI_NUMERICHOST"];
const SERVICES: [&str; 8] = ["80", "http", "0", "65536", "-1", "nosuch", "", "080"];
const NAMEINFO: [&str; 6] = ["NI_NAMEREQD", "NI_NAMEREQD", "NI_NOFQDN", "NI_NUMERICSERV", "NI_DGRAM", "NI_NUMERICHOST"];

/// Makes inputs.
#[derive(Debug)]
pub struct Grower {
    zones: Zones,
}

impl Grower {
    /// One for the world `default` of these worlds.
    ///
    /// # Errors
    /// When there is none, or its zones cannot be read.
    pub fn new(worlds: &Worlds) -> Result<Self, String> {
        let world = worlds.get("default").ok_or("there is no world `default`")?;
        let zones = Zones::read(world).map_err(|problems| format!("the world `default`: {}", problems[0]))?;
        Ok(Self { zones })
    }

    /// The zones of the world that all inputs are in.
    pub(super) fn zones(&self) -> &Zones {
        &self.zones
    }

    /// The input of this number.
    #[must_use]
    pub fn grow(&self, seed: u64, number: u64) -> Input {
        let mut random = Random::of(seed, &number.to_be_bytes());
        let mut input = call(&mut random);
        // Most have replies that are not right; some have a world that is not; a few have both.
        let (replies, world) = match random.below(10) {
            0..=6 => (true, false),
            7 => (true, true),
            _ => (false, true),
        };
        if world {
            surround(&mut input, &mut random);
        }
        if replies {
            self.misbehave(&mut input, &mut random);
        }
        input
    }

    /// What the nameserver does, for one type or for all.
    fn misbehave(&self, input: &mut Input, random: &mut Random) {
        let name = asked(input);
        let types = types(input);
        for (nth, qtype) in types.iter().enumerate() {
            // Of two questions one may have its right reply.
            if types.len() > 1 && random.below(3) == nth {
                continue;
            }
            let mutated = (random.below(4) == 0).then(|| mutate::reply(&self.zones, &name, qtype, random)).flatten();
            let mut faults = match mutated {
                Some(fault) => vec![fault],
                None => grammar::faults(&name, qtype, random),
            };
            if types.len() > 1 {
                faults.iter_mut().for_each(|fault| restrict(fault, "type", qtype));
            }
            input.faults.extend(faults);
        }
        if random.below(12) == 0 {
            input.faults.extend(grammar::transport(random));
        }
    }
}

/// Makes a fault one for some queries only.
fn restrict(fault: &mut Table, key: &str, value: &str) {
    let on = fault.entry("on").or_insert_with(|| Table::new().into());
    on.as_table_mut().into_iter().for_each(|on| _ = on.insert(key.to_owned(), value.into()));
}

/// A call with its arguments.
fn call(random: &mut Random) -> Input {
    let mut arguments = Table::new();
    let mut put = |key: &str, value: Value| _ = arguments.insert(key.to_owned(), value);
    let name = match random.below(8) {
        0 => random.one(&FORMS),
        _ => random.one(&NAMES),
    };
    let call = match random.below(20) {
        0..=12 => {
            put("node", name.into());
            if random.below(6) == 0 {
                put("service", random.one(&SERVICES).into());
            }
            if let Some(family) = random.one(&[None, None, Some("AF_INET"), Some("AF_INET"), Some("AF_INET6")]) {
                put("family", family.into());
            }
            put("socktype", "SOCK_STREAM".into());
            let mut flags: Vec<&str> = (0..random.one(&[0, 0, 1, 2])).map(|_| random.one(&FLAGS)).collect();
            flags.sort_unstable();
            flags.dedup();
            if !flags.is_empty() {
                put("flags", flags.into_iter().map(Value::from).collect::<Vec<_>>().into());
            }
            "getaddrinfo"
        }
        13 | 14 => {
            put("name", name.into());
            "gethostbyname"
        }
        15 | 16 => {
            put("name", name.into());
            put("family", random.one(&["AF_INET", "AF_INET6"]).into());
            "gethostbyname2"
        }
        17 => {
            put("address", address(random).into());
            "gethostbyaddr"
        }
        _ => {
            put("address", address(random).into());
            put("port", random.one(&[80, 0, 65535]).into());
            let mut flags: Vec<&str> = (0..random.below(3)).map(|_| random.one(&NAMEINFO)).collect();
            flags.sort_unstable();
            flags.dedup();
            if !flags.is_empty() {
                put("flags", flags.into_iter().map(Value::from).collect::<Vec<_>>().into());
            }
            "getnameinfo"
        }
    };
    Input::plain(call, arguments)
}

/// An address that a reverse zone of the world encloses.
fn address(random: &mut Random) -> String {
    match random.below(4) {
        0 => "2001:db8::2".to_owned(),
        _ => Ipv4Addr::new(192, 0, 2, random.one(&[2, 102, 103, 105, 106, 107, 108, 109, 112, 113, 200])).to_string(),
    }
}

/// A world that is not the usual one.
fn surround(input: &mut Input, random: &mut Random) {
    if random.below(2) == 0 {
        let lines = (0..1 + random.below(4)).map(|_| random.one(&HOSTS).to_owned());
        input.hosts = Some(lines.collect());
    }
    if random.below(3) == 0 {
        input.nsswitch = Some(random.one(&SWITCHES).to_owned());
    }
    if random.below(2) == 0 {
        input.options = (0..1 + random.below(2)).map(|_| random.one(&OPTIONS).to_owned()).collect();
    }
    if random.below(3) == 0 {
        let domain = |random: &mut Random| random.one(&["one.test", "two.test", "test", "nosuch.test", "wild.test"]);
        input.search = (0..1 + random.below(3)).map(|_| domain(random).to_owned()).collect();
    }
    if random.below(3) == 0 {
        let name = asked(input);
        if name.ends_with(".test.") && !name.contains(['\\', ' ', '*']) && name.is_ascii() {
            input.records = grammar::records(&name, random);
        }
    }
}

/// The name that a nameserver is asked for, with the final dot: that of the call, or the one that stands for an address.
pub(super) fn asked(input: &Input) -> String {
    if let Some(name) = input.name() {
        return format!("{}.", name.trim_end_matches('.'));
    }
    match input.arguments.get("address").and_then(Value::as_str).and_then(|text| text.parse().ok()) {
        Some(std::net::IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        Some(std::net::IpAddr::V6(address)) => {
            let nibbles = hex::encode(address.octets());
            nibbles.chars().rev().map(|nibble| format!("{nibble}.")).collect::<String>() + "ip6.arpa."
        }
        None => ".".to_owned(),
    }
}

/// The types that the call asks a nameserver for.
pub(super) fn types(input: &Input) -> Vec<&'static str> {
    let family = input.arguments.get("family").and_then(Value::as_str);
    match (input.call.as_str(), family) {
        ("gethostbyaddr" | "getnameinfo", _) => vec!["PTR"],
        (_, Some("AF_INET6")) => vec!["AAAA"],
        (_, Some(_)) | ("gethostbyname", _) => vec!["A"],
        _ => vec!["A", "AAAA"],
    }
}
