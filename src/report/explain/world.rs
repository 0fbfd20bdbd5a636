//! What of a case's world matters to it: what differs from the world `default`, and the records of the names it asks for.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::Part;
use crate::case::{Case, Step};
use crate::report::terminal::count;
use crate::world::{Address, File, World, Zone};

/// The most lines of a zone that are shown.
const LINES: usize = 24;

/// The most lines of a file of /etc that are shown.
const MOST: usize = 48;

/// The most characters of such a line.
const WIDTH: usize = 240;

/// What is to be said of the world of a case. What it shares with the world `usual` is left out.
pub(super) fn parts(case: &Case, world: &World, usual: Option<&World>) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(usual) = usual {
        files(&mut parts, world, usual);
        if world.hostname != usual.hostname {
            parts.push(Part::Line(format!("hostname {}", world.hostname)));
        }
    }
    parts.extend(world.sysctls.iter().map(|(name, value)| Part::Line(format!("/proc/sys/{name} = {value}"))));
    parts.extend(case.env.iter().map(|(name, value)| Part::Line(format!("{name}={value} in the environment"))));
    network(&mut parts, world);
    nameservers(&mut parts, world);
    records(&mut parts, case, world, usual.map_or(&[], |usual| &usual.zones));
    parts
}

fn files(parts: &mut Vec<Part>, world: &World, usual: &World) {
    for (name, file) in &world.files {
        if usual.files.get(name) == Some(file) {
            continue;
        }
        parts.push(match file {
            File::Text(contents) => {
                let lines: Vec<&str> = contents.trim_end().lines().collect();
                let cut = |line: &&str| match line.char_indices().nth(WIDTH) {
                    Some((at, _)) => format!("{} …", &line[..at]),
                    None => (*line).to_owned(),
                };
                Part::Text { title: format!("/etc/{name}"), lines: shortened(lines.iter().map(cut).collect(), MOST) }
            }
            File::Link(target) => Part::Line(format!("/etc/{name} is a link to {target}")),
            File::Folder => Part::Line(format!("/etc/{name} is a folder")),
            File::Unreadable => Part::Line(format!("/etc/{name} is a file that nobody may read")),
        });
    }
    let missing = usual.files.keys().filter(|name| !world.files.contains_key(*name));
    parts.extend(missing.map(|name| Part::Line(format!("there is no /etc/{name}"))));
}

/// The first lines, and how many are left out.
fn shortened(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if let Some(more) = lines.len().checked_sub(most).filter(|more| *more > 0) {
        lines.truncate(most);
        lines.push(format!("… and {}", count(more, "more line", "more lines")));
    }
    lines
}

fn network(parts: &mut Vec<Part>, world: &World) {
    let mut line = |text| parts.push(Part::Line(text));
    for link in &world.links {
        let mark = |is: bool, word: &'static str| if is { word } else { "" };
        let address = |a: &Address| {
            format!("{}/{}{}{}", a.ip, a.prefix, mark(a.deprecated, " (deprecated)"), mark(a.home, " (home)"))
        };
        let addresses: Vec<String> = link.address.iter().map(address).collect();
        line(format!("link {} has {}", link.name, addresses.join(", ")));
    }
    for route in &world.routes {
        let dev = route.dev.as_ref().map_or_else(|| "nowhere".to_owned(), |dev| format!("dev {dev}"));
        let via = route.via.map_or_else(String::new, |via| format!(" via {via}"));
        let src = route.src.map_or_else(String::new, |src| format!(" src {src}"));
        line(format!("route {} {dev}{via}{src}", route.to));
    }
    for row in &world.labels {
        line(format!("the kernel labels {} with {}", row.prefix, row.label));
    }
    for one in &world.sources {
        let to = one.destination();
        line(match one.from {
            Some(from) => format!("the kernel reaches {to} from {from}"),
            None => format!("the kernel cannot reach {to}"),
        });
    }
}

/// The nameservers, where they are not one that serves everything over both transports and misbehaves in nothing.
fn nameservers(parts: &mut Vec<Part>, world: &World) {
    for server in &world.nameservers {
        let mut words: Vec<String> = Vec::new();
        match (server.udp, server.tcp) {
            (true, true) => {}
            (true, false) => words.push("UDP only".to_owned()),
            (false, true) => words.push("TCP only".to_owned()),
            (false, false) => words.push("closed".to_owned()),
        }
        words.extend(server.zones.as_ref().map(|zones| format!("serves {}", zones.join(", "))));
        words.extend(server.faults.iter().map(|fault| format!("misbehaves: {}", fault_in_words(fault))));
        if !words.is_empty() || world.nameservers.len() > 1 {
            let line = format!("nameserver {}  {}", server.address, words.join("; "));
            parts.push(Part::Line(line.trim_end().to_owned()));
        }
    }
}

fn fault_in_words(fault: &crate::fault::Fault) -> String {
    let on = &fault.on;
    let filters = [
        on.transport.map(|transport| transport.to_string()),
        on.qtype.clone(),
        on.name.clone(),
        on.edns.map(|edns| if edns { "with EDNS" } else { "without EDNS" }.to_owned()),
        on.nth.as_ref().map(ToString::to_string),
    ];
    let filters = filters.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let kind = format!("{:?}", fault.kind);
    let kind = kind.split_once('(').map_or(kind.as_str(), |(_, inner)| inner.trim_end_matches(')'));
    let kind = written(&(kind[..1].to_ascii_lowercase() + &kind[1..]));
    let to = if filters.is_empty() { "every query".to_owned() } else { filters };
    format!("{kind} on {to}")
}

/// A fault as Rust shows it, without the fields that say nothing.
fn written(shown: &str) -> String {
    /// Fields that say nothing, the comma that they leave, and what stands in `Some`.
    static SHORTER: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let rows = [(r"\b[a-z_]+: (None|false|0|\[\])(, | )", ""), (r", \}", " }"), (r"Some\(([^()]*)\)", "$1")];
        rows.into_iter().filter_map(|(pattern, by)| Some((Regex::new(pattern).ok()?, by))).collect()
    });
    let shorter = |text: String, (pattern, by): &(Regex, &str)| pattern.replace_all(&text, *by).into_owned();
    SHORTER.iter().fold(shown.to_owned(), shorter)
}

/// The records that the case adds, and of the zones those that lead from the names it asks for to an answer. A short zone
/// of the world's own is shown whole.
fn records(parts: &mut Vec<Part>, case: &Case, world: &World, usual: &[Zone]) {
    if let Some(own) = &world.records {
        let lines = own.text.trim().lines().map(|line| line.trim().to_owned()).collect();
        parts.push(Part::Text { title: "records of the case".to_owned(), lines });
    }
    let asked: Vec<String> = case.steps.iter().filter_map(asked_for).flatten().collect();
    for zone in &world.zones {
        let all: Vec<&str> =
            zone.text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with(';')).collect();
        let own =
            all.len() <= LINES && !usual.iter().any(|other| other.origin == zone.origin && other.text == zone.text);
        let lines = if own { all } else { relevant(&all, &zone.origin, &asked) };
        if lines.is_empty() {
            continue;
        }
        let lines = lines.iter().map(|line| line.replace('\t', " ")).collect();
        parts.push(Part::Text { title: format!("zone {}", zone.origin), lines: shortened(lines, LINES) });
    }
}

/// The names that a call's arguments are or stand for, lower case, without the final dot.
fn asked_for(step: &Step) -> Option<Vec<String>> {
    let Step::Ask(ask) = step else { return None };
    let mut found = Vec::new();
    texts(&serde_json::to_value(ask).ok()?, &mut found);
    found.extend(found.iter().filter_map(|text| text.parse().ok()).map(reverse).collect::<Vec<_>>());
    Some(found)
}

/// The name under which the pointer of an address stands (RFC 1035 §3.5, RFC 3596 §2.5).
fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            nibbles.map(|nibble| format!("{nibble:x}.")).collect::<String>() + "ip6.arpa"
        }
    }
}

fn texts(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.trim_end_matches('.').to_ascii_lowercase()),
        serde_json::Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// The lines of a zone whose owner is asked for, or begins with a name that is, and those that they point to.
fn relevant<'z>(lines: &[&'z str], origin: &str, asked: &[String]) -> Vec<&'z str> {
    let origin = origin.trim_end_matches('.').to_ascii_lowercase();
    let mut owners: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        let own = line.split_whitespace().next().filter(|_| !line.starts_with([' ', '\t']));
        let owner = match (own, owners.last()) {
            (Some(directive), _) if directive.starts_with('$') => String::new(),
            (Some(owner), _) => absolute(owner, &origin),
            (None, Some(before)) => before.clone(),
            (None, None) => String::new(),
        };
        owners.push(owner);
    }
    let mut wanted: HashSet<String> = asked.iter().cloned().collect();
    let mut chosen = vec![false; lines.len()];
    for _ in 0..4 {
        for (at, line) in lines.iter().enumerate().filter(|(at, _)| !owners[*at].is_empty()) {
            if !chosen[at] && begins_with_one(&owners[at], &wanted) {
                chosen[at] = true;
                wanted.extend(line.split_whitespace().last().map(|target| absolute(target, &origin)));
            }
        }
    }
    lines.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(line, _)| *line).collect()
}

/// Whether a name is one of these, or one of these and more labels after it.
fn begins_with_one(name: &str, names: &HashSet<String>) -> bool {
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    ends.into_iter().any(|end| names.contains(&name[..end]))
}

fn absolute(name: &str, origin: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.strip_suffix('.') {
        Some(absolute) => absolute.to_owned(),
        None if name == "@" => origin.to_owned(),
        None => format!("{name}.{origin}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pointer_of_an_address_has_a_name() {
        assert_eq!(reverse(IpAddr::from([192, 0, 2, 1])), "1.2.0.192.in-addr.arpa");
        let loopback = reverse("::1".parse().unwrap());
        assert!(loopback.starts_with("1.0.0.0.") && loopback.ends_with(".0.0.ip6.arpa") && loopback.len() == 72);
    }

    #[test]
    fn of_a_long_zone_only_what_leads_to_an_answer_is_shown() {
        let filler: String = (0..40).map(|n| format!("host{n} A 192.0.2.{n}\n")).collect();
        let text = format!(
            "$TTL 60\n@ SOA ns. host. 1 2 3 4 5\n{filler}alias CNAME target\ntarget A 192.0.2.99\n       AAAA 2001:db8::99\n"
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            relevant(&lines, "test.", &["alias".to_owned()]),
            ["alias CNAME target", "target A 192.0.2.99", "       AAAA 2001:db8::99"]
        );
        assert_eq!(relevant(&lines, "test.", &["host7.test".to_owned()]), ["host7 A 192.0.2.7"]);
    }
}
