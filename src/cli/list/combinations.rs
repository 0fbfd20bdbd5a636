//! Which combinations of call, family and flag cases ask, and which none does.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::call::{AddrinfoFlag, Ask, Constant, NameinfoFlag, Text};
use crate::case::{Case, Step};

/// The families of a look-up.
pub(super) const FAMILIES: [&str; 3] = ["AF_UNSPEC", "AF_INET", "AF_INET6"];

/// What a node can be.
pub(super) const NODES: [&str; 3] = ["null", "numeric", "name"];

/// What a service can be.
pub(super) const SERVICES: [&str; 3] = ["null", "number", "name"];

/// No flag.
const NONE: &str = "0";

/// The calls, besides getaddrinfo and getnameinfo, that there are for several families.
const BY_FAMILY: [&str; 7] =
    ["gethostbyname2", "gethostbyaddr", "inet_ntop", "inet_pton", "sockaddr_pack", "socket", "sockets"];

/// The row of what has no family.
pub(super) const WITHOUT: &str = "without";

/// How often each combination is asked.
#[derive(Default)]
pub(super) struct Combinations {
    /// Of getaddrinfo, by flag, family, node and service.
    pub(super) addrinfo: BTreeMap<[&'static str; 4], usize>,
    /// Of getnameinfo, by flag and family.
    pub(super) nameinfo: BTreeMap<[&'static str; 2], usize>,
    /// Of every call, by its name and family.
    pub(super) calls: BTreeMap<(&'static str, String), usize>,
}

/// The flags of getaddrinfo, and none.
pub(super) fn addrinfo_flags() -> Vec<&'static str> {
    [NONE].into_iter().chain(Constant::<AddrinfoFlag>::names()).collect()
}

/// The flags of getnameinfo, and none.
pub(super) fn nameinfo_flags() -> Vec<&'static str> {
    [NONE].into_iter().chain(Constant::<NameinfoFlag>::names()).collect()
}

impl Combinations {
    pub(super) fn of(cases: &[&Case]) -> Self {
        let mut all = Self::default();
        for case in cases {
            for step in &case.steps {
                if let Step::Ask(ask) = step {
                    all.add(ask);
                }
            }
        }
        all
    }

    fn add(&mut self, ask: &Ask) {
        *self.calls.entry((ask.name(), family(ask))).or_default() += 1;
        match ask {
            Ask::Getaddrinfo(asked) => {
                let name = asked.family.name().unwrap_or_default();
                let unset = asked.family.value() == Some(0);
                let family = FAMILIES.into_iter().find(|family| *family == name || unset);
                let Some(family) = family else { return };
                for flag in flags(asked.flags.iter().filter_map(Constant::name)) {
                    let place = [flag, family, node(asked.node.as_ref()), service(asked.service.as_ref())];
                    *self.addrinfo.entry(place).or_default() += 1;
                }
            }
            Ask::Getnameinfo(asked) => {
                let family = if asked.address.is_ipv4() { "AF_INET" } else { "AF_INET6" };
                for flag in flags(asked.flags.iter().filter_map(Constant::name)) {
                    *self.nameinfo.entry([flag, family]).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    /// The combinations that no case asks: the call, and what is combined.
    pub(super) fn unused(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let mut unused = Vec::new();
        for flag in addrinfo_flags() {
            for family in FAMILIES {
                for node in NODES {
                    for service in SERVICES {
                        if !self.addrinfo.contains_key(&[flag, family, node, service]) {
                            unused.push(("getaddrinfo", vec![flag, family, node, service]));
                        }
                    }
                }
            }
        }
        for flag in nameinfo_flags() {
            for family in &FAMILIES[1..] {
                if !self.nameinfo.contains_key(&[flag, *family]) {
                    unused.push(("getnameinfo", vec![flag, *family]));
                }
            }
        }
        for call in Ask::NAMES {
            let families: Vec<&str> =
                self.calls.keys().filter(|(name, _)| name == call).map(|(_, family)| family.as_str()).collect();
            if families.is_empty() {
                unused.push((*call, Vec::new()));
            } else if BY_FAMILY.contains(call) {
                let missing = FAMILIES[1..].iter().filter(|family| !families.contains(*family));
                unused.extend(missing.map(|family| (*call, vec![*family])));
            }
        }
        unused
    }
}

fn flags(named: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let flags: Vec<_> = named.collect();
    if flags.is_empty() { vec![NONE] } else { flags }
}

fn node(node: Option<&Text>) -> &'static str {
    let Some(node) = node else { return NODES[0] };
    let text = String::from_utf8_lossy(node.as_bytes());
    let address = text.split('%').next().unwrap_or_default();
    // One to four numbers, as inet_aton(3) reads them.
    let number = |part: &str| match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
        Some(hex) => !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()),
    };
    let numeric = address.parse::<IpAddr>().is_ok() || text.split('.').count() <= 4 && text.split('.').all(number);
    if numeric { NODES[1] } else { NODES[2] }
}

fn service(service: Option<&Text>) -> &'static str {
    match service {
        None => SERVICES[0],
        Some(text) if !text.as_bytes().is_empty() && text.as_bytes().iter().all(u8::is_ascii_digit) => SERVICES[1],
        Some(_) => SERVICES[2],
    }
}

/// The family that a call is about: the one it names, or that of the address it is given.
fn family(ask: &Ask) -> String {
    let Ok(written) = serde_json::to_value(ask) else { return WITHOUT.to_owned() };
    let arguments = &written[ask.name()];
    let of_address = |text: &str| match text.split('%').next().unwrap_or_default().parse() {
        Ok(IpAddr::V4(_)) => Some("AF_INET".to_owned()),
        Ok(IpAddr::V6(_)) => Some("AF_INET6".to_owned()),
        Err(_) => None,
    };
    let script = arguments["script"].as_array().into_iter().flatten();
    let first = script.filter_map(|step| step.as_object()?.values().next()?["family"].as_str()).next();
    let named = arguments["family"].as_str().or(first).map(str::to_owned);
    named
        .or_else(|| arguments["address"].as_str().and_then(of_address))
        .or_else(|| matches!(ask, Ask::Getaddrinfo(_)).then(|| FAMILIES[0].to_owned()))
        .unwrap_or_else(|| WITHOUT.to_owned())
}
