//! Which cases say something of a subject where only files can be swapped: links, addresses, routes and the host's name are
//! those of the container. What may depend on them is unsupported, before or after it was asked, and never judged.

use std::time::Duration;

use serde_json::Value;

use super::{Met, one};
use crate::call::Ask;
use crate::case::{Case, Step};
use crate::event::Record;
use crate::outcome::{Asked, Outcome, Reply};
use crate::sandbox::InPlace;
use crate::verdict::Status;
use crate::world::{File, World};

/// Calls that look at files and nameservers alone.
const FILES_ALONE: [&str; 23] = [
    "getaddrinfo",
    "getnameinfo",
    "gethostbyaddr",
    "gethostbyname",
    "gethostbyname2",
    "gethostbyname_r",
    "gethostent",
    "getprotobyname",
    "getprotobynumber",
    "getprotoent",
    "getservbyname",
    "getservbyport",
    "getservent",
    "constants",
    "gai_strerror",
    "hstrerror",
    "inet_addr",
    "inet_aton",
    "inet_network",
    "inet_ntoa",
    "inet_ntop",
    "inet_pton",
    "round_trip",
];

/// The record of a case that cannot be asked in place. It is asked nothing.
pub(super) fn out_of_reach(case: &Case, met: &Met) -> Option<Record> {
    let here = met.in_place.as_deref()?;
    if one::cannot_ask(case, met).is_some() {
        return None;
    }
    let why = lacking(case, here)?;
    let mut record = Record::new(case, &met.who);
    leave_out(case, &mut record, why);
    Some(record)
}

/// Whether what came of a case may be due to the container's addresses and routes: then it is unsupported.
pub(super) fn is_in_doubt(case: &Case, met: &Met, record: &mut Record) -> bool {
    let several = |asked: &Asked| matches!(&asked.reply, Reply::Answer(answer) if addresses(answer) > 1);
    let in_world = met.in_place.is_some() && case.world.is_some() && record.status != Status::Broken;
    let ordered = |asked: &Asked| asked.call == "getaddrinfo" && several(asked);
    let in_doubt = in_world && record.outcome.asked.iter().any(ordered);
    if in_doubt {
        let why = "the order of several addresses follows from this system's own addresses and routes";
        leave_out(case, record, format!("in place: {why}"));
    }
    in_doubt
}

/// Makes it unsupported, as where the subject has no such call.
fn leave_out(case: &Case, record: &mut Record, why: String) {
    let ask = case.steps.iter().find_map(|step| if let Step::Ask(ask) = step { Some(ask.name()) } else { None });
    let call = ask.unwrap_or_default().to_owned();
    let asked = Asked { call, reply: Reply::Unsupported(why), at: None, elapsed: Duration::ZERO, queries: 0..0 };
    record.outcome = Outcome { asked: vec![asked], wire: Vec::new() };
    record.status = Status::Unsupported;
    record.verdicts.clear();
    (record.known, record.drift) = (false, None);
}

/// What a case needs that cannot be had in place, in words.
fn lacking(case: &Case, here: &InPlace) -> Option<String> {
    // A case without a world looks at nothing that could be swapped.
    let world = case.world.as_deref()?;
    let beyond = here.lacks(world).or_else(|| case.steps.iter().find_map(|step| beyond(step, world, here)));
    beyond.map(|why| format!("in place: {why}"))
}

fn beyond(step: &Step, world: &World, here: &InPlace) -> Option<String> {
    match step {
        Step::Write(name, file) => here.refuses(name, file.as_ref()),
        Step::Ask(ask) => looks_further(ask, here.has_ipv6()).or_else(|| other_name(ask, world, here.hostname())),
    }
}

/// What a call looks at besides files and nameservers.
fn looks_further(ask: &Ask, ipv6: bool) -> Option<String> {
    let name = ask.name();
    if !FILES_ALONE.contains(&name) && name != "gethostname" {
        return Some(format!("{name} looks at this system's own links, addresses or processes"));
    }
    let written = serde_json::to_value(ask).unwrap_or_default();
    let arguments = &written[name];
    let has = |key: &str, word: &str| arguments[key].to_string().contains(word);
    let own = match name {
        "getaddrinfo" if has("flags", "ADDRCONFIG") || arguments["hints"] == Value::Bool(false) => {
            "AI_ADDRCONFIG looks at this system's own addresses"
        }
        "getaddrinfo" if has("node", "%") => "a zone is one of this system's own links",
        "getaddrinfo" if !ipv6 => "there is no IPv6 (docker run --sysctl net.ipv6.conf.all.disable_ipv6=0)",
        "getnameinfo" if !arguments["scope_id"].is_null() => "a zone is one of this system's own links",
        "getnameinfo" if has("flags", "NOFQDN") => "NI_NOFQDN looks at this host's own name",
        _ => return None,
    };
    Some(own.to_owned())
}

/// That the host's name matters and is another. A resolver makes a search list of the part behind its first dot.
fn other_name(ask: &Ask, world: &World, hostname: &str) -> Option<String> {
    // The host of an AF_UNIX address is this one.
    let asked = ask.name() == "gethostname" || ask.name() == "getnameinfo" && ask.written().contains("AF_UNIX");
    let dotted = world.hostname.contains('.') || hostname.contains('.');
    let source = |file: &File| matches!(file, File::Text(text) if text.contains("myhostname"));
    let matters = asked || dotted || world.files.get("nsswitch.conf").is_some_and(source);
    (matters && world.hostname != hostname)
        .then(|| format!("this host is called {hostname} (docker run --hostname {})", world.hostname))
}

/// How many different addresses there are in an answer of getaddrinfo.
fn addresses(answer: &Value) -> usize {
    let entries = answer["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found: Vec<String> = entries.iter().map(|entry| entry["address"].to_string()).collect();
    found.sort();
    found.dedup();
    found.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(call: Value) -> Ask {
        serde_json::from_value(call).unwrap()
    }

    #[test]
    fn what_looks_at_links_or_addresses_is_left_out() {
        let told = |call| looks_further(&ask(call), true).unwrap_or_default();
        assert_eq!(told(json!({"getaddrinfo": {"node": "a", "family": "AF_INET"}})), "");
        assert_eq!(told(json!({"getservbyname": {"name": "http"}})), "");
        assert!(told(json!({"getaddrinfo": {"node": "a", "flags": ["AI_ADDRCONFIG"]}})).contains("ADDRCONFIG"));
        assert!(told(json!({"getaddrinfo": {"node": "a", "hints": false}})).contains("ADDRCONFIG"));
        assert!(told(json!({"getaddrinfo": {"node": "fe80::1%lo"}})).contains("zone"));
        assert!(told(json!({"if_nameindex": {}})).contains("links"));
        assert!(looks_further(&ask(json!({"getaddrinfo": {"node": "a"}})), false).unwrap().contains("no IPv6"));
    }

    #[test]
    fn a_name_of_the_host_matters_where_it_is_asked_for_or_has_a_domain() {
        let mut world = World::bare("w");
        let call = ask(json!({"getaddrinfo": {"node": "a"}}));
        assert_eq!(other_name(&call, &world, "3f1c"), None);
        assert!(other_name(&call, &world, "3f1c.example").is_some());
        for call in [json!({"gethostname": {}}), json!({"getnameinfo": {"address": "::1", "family": "AF_UNIX"}})] {
            assert!(other_name(&ask(call), &world, "3f1c").unwrap().contains("--hostname box"));
        }
        world.files.insert("nsswitch.conf".to_owned(), File::Text("hosts: files myhostname\n".to_owned()));
        assert!(other_name(&call, &world, "3f1c").is_some());
        assert_eq!(other_name(&call, &world, "box"), None);
    }

    #[test]
    fn one_address_of_many_entries_is_one() {
        let entry = |address: &str| json!({"address": address});
        assert_eq!(addresses(&json!({"entries": [entry("192.0.2.1"), entry("192.0.2.1")]})), 1);
        assert_eq!(addresses(&json!({"entries": [entry("192.0.2.1"), entry("::1")]})), 2);
    }
}
