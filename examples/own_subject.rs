//! A resolver of one's own is audited: a naive one, which believes whatever comes back.
//!
//! `cargo run --example own_subject` asks it the suite's questions about bogus replies and prints what it breaks. It starts itself
//! once for each case with the argument `answer`, and then speaks the subjects' protocol. The command line does the same with
//! any such program: `netdbspec audit dns/bogus --subject 'cmd:target/debug/examples/own_subject answer'`.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::env;
use std::error::Error;
use std::io::{BufRead, stdin, stdout};
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use netdbspec::case::{self, Selector};
use netdbspec::report::{Format, Options};
use netdbspec::runner::{self, Plan};
use netdbspec::tree::Tree;
use netdbspec::{subject, world};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().nth(1).as_deref() == Some("answer") { answer() } else { audit() }
}

/// Asks a subject, this program itself, all cases of one topic.
fn audit() -> Result<(), Box<dyn Error>> {
    let own = env::current_exe()?;
    let naive = subject::find(&format!("cmd:'{}' answer", own.display()), &own)?;
    let read = |_| "the suite that is built in can be read";
    let worlds = world::load(&Tree::fixtures().below("worlds")).map_err(read)?;
    let suite = case::load(&Tree::fixtures().below("cases"), &worlds).map_err(read)?;
    let cases = Selector::select(&suite, &[Selector::parse("dns/bogus")?], &[])?;
    let plan = Plan { jobs: 2, ..Plan::new(cases.into_iter().cloned().collect(), vec![naive]) };
    let mut report = Format::Terminal.reporter(Box::new(stdout()), Options::default());
    let mut told = Ok(());
    runner::run(&plan, &mut |event| {
        if told.is_ok() {
            told = report.event(&event);
        }
    })?;
    Ok(told?)
}

/// Speaks the protocol: a question a line, and a reply a line.
fn answer() -> Result<(), Box<dyn Error>> {
    for line in stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        if question.get("bye").is_some() {
            break;
        }
        println!("{}", question.get("ask").map_or_else(hello, |ask| reply(&ask["seq"], &ask["call"])));
    }
    Ok(())
}

fn hello() -> Value {
    json!({ "hello": { "protocol": 1, "name": "naive", "version": "1", "os": env::consts::OS, "implements": ["naive"], "calls": ["getaddrinfo"] } })
}

fn reply(seq: &Value, call: &Value) -> Value {
    let asked = call["getaddrinfo"].as_object().cloned().unwrap_or_default();
    let understood = ["node", "family", "socktype"];
    if let Some(other) = asked.keys().find(|key| !understood.contains(&key.as_str())) {
        return json!({ "unsupported": { "seq": seq, "reason": format!("this resolver is not told `{other}`") } });
    }
    let Some(name) = asked.get("node").and_then(Value::as_str) else {
        return json!({ "unsupported": { "seq": seq, "reason": "this resolver looks up names only" } });
    };
    let types: &[_] = match asked.get("family").and_then(Value::as_str) {
        Some("AF_INET") => &[("AF_INET", RecordType::A)],
        Some("AF_INET6") => &[("AF_INET6", RecordType::AAAA)],
        _ => &[("AF_INET", RecordType::A), ("AF_INET6", RecordType::AAAA)],
    };
    let mut entries = Vec::new();
    for (family, wanted) in types {
        match look_up(name, *wanted) {
            Ok(found) => entries.extend(found.into_iter().map(|address| entry(family, &asked["socktype"], address))),
            Err(error) => {
                return json!({ "failure": { "seq": seq, "name": "EAI_AGAIN", "text": error.to_string() } });
            }
        }
    }
    if entries.is_empty() {
        return json!({ "failure": { "seq": seq, "name": "EAI_NONAME" } });
    }
    json!({ "answer": { "seq": seq, "value": { "entries": entries } } })
}

/// An address as the protocol has it. What this resolver does not tell is null.
fn entry(family: &str, socktype: &Value, address: IpAddr) -> Value {
    json!({ "family": family, "socktype": socktype, "protocol": null, "address": address, "port": null, "flowinfo": null,
        "scope_id": null, "addrlen": null, "canonname": null })
}

/// What is under test: one datagram to the nameserver, and whatever comes back.
fn look_up(name: &str, wanted: RecordType) -> Result<Vec<IpAddr>, Box<dyn Error>> {
    let mut query = Message::query();
    query.add_query(Query::query(Name::from_ascii(format!("{name}."))?, wanted));
    query.metadata.recursion_desired = true;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    socket.send_to(&query.to_vec()?, "127.0.0.1:53")?;
    let mut reply = [0; 4096];
    let (length, _) = socket.recv_from(&mut reply)?;
    let reply = Message::from_vec(&reply[..length])?;
    match reply.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain => {}
        code => return Err(code.to_str().into()),
    }
    let addresses = reply.answers.iter().filter_map(|record| match &record.data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    });
    Ok(addresses.collect())
}
