//! The conclusions: why the search went no further, what is worth measuring beside it, and what would be cheaper.

use std::net::IpAddr;
use std::time::Duration;

use super::config::{Config, hosts_of};
use super::cost::Change;
use super::names::{Again, Derived, NO_REPLY, Name};
use super::{Bill, End, Other, Seen, Trace};

/// The names of the search list that nobody asked for, in the order in which resolv.conf(5) has them.
pub(super) fn not_tried(seen: &Seen<'_>, config: &Config, names: &[Name]) -> Vec<String> {
    if names.is_empty() || seen.node.ends_with('.') {
        return Vec::new();
    }
    let as_given = std::iter::once(format!("{}.", seen.node));
    let searched = config.search.iter().map(|domain| format!("{}.{}.", seen.node, domain.trim_end_matches('.')));
    let list: Vec<String> = if dots(seen.node) >= config.ndots() {
        as_given.chain(searched).collect()
    } else {
        searched.chain(as_given).collect()
    };
    list.into_iter().filter(|wanted| !names.iter().any(|name| name.name.eq_ignore_ascii_case(wanted))).collect()
}

fn dots(name: &str) -> usize {
    name.matches('.').count()
}

/// Why no further name was asked for, in a sentence.
pub(super) fn stopped(seen: &Seen<'_>, names: &[Name], end: &End) -> String {
    let Some(last) = names.last() else {
        return match () {
            () if seen.node.parse::<IpAddr>().is_ok() => "it is an address: there was nothing to look up",
            () if end.is_answer() && !hosts_of(seen.world, seen.node).is_empty() => {
                "/etc/hosts has the name: the DNS was not asked"
            }
            () => "the DNS was not asked",
        }
        .to_owned();
    };
    if let Some(found) = names.iter().rfind(|name| name.came == "found").filter(|_| end.is_answer()) {
        return format!("{} has what was asked for: the list ends there", found.name);
    }
    if end.is_answer() {
        return "the DNS had nothing, and the answer came from elsewhere".to_owned();
    }
    match last.came.as_str() {
        came if came.starts_with(NO_REPLY) => format!("nobody replied about {}", last.name),
        "NXDOMAIN" if names.len() == 1 => format!("{} does not exist", last.name),
        "NXDOMAIN" if names.iter().all(|name| name.came == "NXDOMAIN") => "none of them exists".to_owned(),
        "no data" => format!("{} exists and has no address of this kind", last.name),
        came => format!("the last word about {} was {came}", last.name),
    }
}

/// What is worth measuring beside a look-up.
#[must_use]
pub(super) fn worth_trying(trace: &Trace) -> Vec<Change> {
    let mut changes = Vec::new();
    if trace.node.ends_with('.') || trace.names.is_empty() {
        return changes;
    }
    let found = trace.names.iter().find(|name| name.came == "found");
    match found {
        Some(found) if found.name != trace.names[0].name => {
            changes.push(Change::Name(found.name.clone()));
        }
        None if trace.names.len() > 1 => changes.push(Change::Name(format!("{}.", trace.node))),
        _ => {}
    }
    let as_given = found.is_some_and(|found| found.derived == Derived::AsGiven);
    if as_given && trace.names.len() > 1 && dots(&trace.node) > 0 {
        changes.push(Change::Options("ndots:1".to_owned()));
    }
    let over_tcp = trace.names.iter().flat_map(|name| &name.queries).any(|step| {
        let plain = trace.wire.get(step.query).is_some_and(|query| query.edns.is_none());
        plain && matches!(step.again, Some((_, Again::Stream)))
    });
    if over_tcp {
        changes.push(Change::Options("edns0".to_owned()));
    }
    changes
}

/// What would be cheaper or better.
pub(super) fn hints(trace: &Trace) -> Vec<String> {
    let mut hints = Vec::new();
    let same = |other: &&Other| {
        let addresses = |end: &End| end.found().iter().map(|found| found.address.clone()).collect::<Vec<_>>();
        trace.is_answered() && addresses(&other.end) == addresses(&trace.end) && cheaper(&other.bill, &trace.bill)
    };
    let mut ways: Vec<String> = trace.others.iter().filter(same).map(|other| other.change.advice()).collect();
    if let Some(first) = ways.first_mut().and_then(|way| way.get_mut(..1)) {
        first.make_ascii_uppercase();
    }
    if !ways.is_empty() {
        let what = if trace.bill.names > 1 { "spares the names before it" } else { "is cheaper" };
        hints.push(format!("{} {what}.", ways.join(", or ")));
    }
    hints.extend(silent(trace));
    hints.extend(lost(trace));
    if !trace.is_answered()
        && !trace.names.is_empty()
        && trace.names.iter().all(|name| name.unserved && name.came == "NXDOMAIN")
    {
        let node = trace.node.trim_end_matches('.');
        hints.push(format!("No zone of this world has the name: --record '{node}. A 192.0.2.1' gives it an address."));
    }
    hints
}

fn cheaper(one: &Bill, than: &Bill) -> bool {
    one.queries < than.queries
}

impl Change {
    /// In words: the spelling, or the line of resolv.conf.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Options(options) => format!("options {options}"),
        }
    }

    fn advice(&self) -> String {
        match self {
            Self::Name(name) => format!("writing {name} with its final dot"),
            Self::Options(options) => format!("`options {options}` in resolv.conf"),
        }
    }
}

/// A silence that ended the search list, though the next name might have an address.
fn lost(trace: &Trace) -> Option<String> {
    let silent = trace.names.iter().find(|name| name.came.starts_with(NO_REPLY))?;
    let next = trace.not_tried.first().filter(|_| !trace.is_answered())?;
    Some(format!("Nobody replied about {}, and {next} was never asked for: it may exist.", silent.name))
}

/// The nameservers that were waited for in vain.
fn silent(trace: &Trace) -> Vec<String> {
    let steps = || trace.names.iter().flat_map(|name| &name.queries);
    let mut servers: Vec<IpAddr> = steps().filter(|step| step.waited.is_some()).map(|step| step.server).collect();
    servers.dedup();
    servers.sort_unstable();
    servers.dedup();
    let others_reply = |server: IpAddr| steps().any(|step| step.server != server && step.waited.is_none());
    let told = servers.into_iter().map(|server| {
        let (all, lost) = (steps().filter(|step| step.server == server), steps().filter(|step| step.server == server));
        let (all, lost) = (all.count(), lost.filter(|step| step.waited.is_some()).count());
        let waits: Vec<_> = steps().filter(|step| step.server == server).cloned().collect();
        let waited = super::cost::waited(waits.iter());
        let of = if lost == all { format!("{lost}") } else { format!("{lost} of {all}") };
        let cure = match () {
            () if !others_reply(server) && lost == all && trace.config.nameservers.len() < 2 => {
                "no other is in resolv.conf to be asked"
            }
            () if !others_reply(server) && lost < all => "it may be overloaded, or packets are lost on the way",
            () if !others_reply(server) => "nor did the others reply",
            () if trace.config.options.iter().any(|option| option.starts_with("timeout:")) => {
                "take it out of resolv.conf, or put it last"
            }
            () => "take it out of resolv.conf, or put it last; `options timeout:1` makes each wait shorter",
        };
        let queries = if all == 1 { "query" } else { "queries" };
        format!("{server} left {of} {queries} without a reply in time, which cost {}: {cure}.", seconds(waited))
    });
    told.collect()
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        short if short < 0.9995 => format!("{:.0} ms", short * 1e3),
        long => format!("{long:.1} s"),
    }
}
