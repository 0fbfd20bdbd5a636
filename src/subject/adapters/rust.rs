//! The standard library of Rust as a subject: `ToSocketAddrs`, which asks the C library without a family or flags, and the
//! addresses of `std::net` as text.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};

use serde_json::{Value, json};

use super::bare::{Family, Question};
use crate::call::{
    AddrinfoError, Ask, Call, Constant, GaiStrerror, Getaddrinfo, InetNtoa, InetNtop, InetPton, Text, errno_name,
};
use crate::outcome::{Failure, Reply};
use crate::subject::Hello;
use crate::subject::probe::{Adapter, introduction};

pub(super) const ADAPTER: Adapter = Adapter { hello, perform };

fn hello() -> Hello {
    let calls = ["getaddrinfo", "inet_pton", "inet_ntop", "inet_ntoa"];
    introduction("rust-std".to_owned(), env!("NETDBSPEC_RUST").to_owned(), &calls)
}

fn perform(ask: &Ask) -> Reply {
    let performed = match ask {
        Ask::Getaddrinfo(call) => getaddrinfo(call),
        Ask::InetPton(call) => inet_pton(call),
        Ask::InetNtop(call) => inet_ntop(call),
        Ask::InetNtoa(call) => inet_ntoa(call),
        other => Err(Reply::Unsupported(format!("there is no call `{}`", other.name()))),
    };
    performed.map_or_else(|reply| reply, Reply::Answer)
}

fn unsupported<T>(reason: &str) -> Result<T, Reply> {
    Err(Reply::Unsupported(reason.to_owned()))
}

/// A host and a port: the form that needs no second look at the text.
fn getaddrinfo(call: &Getaddrinfo) -> Result<Value, Reply> {
    let question = Question::of(call).map_err(Reply::Unsupported)?;
    if question.family != Family::Either {
        return unsupported("ToSocketAddrs takes no family");
    }
    let port = match &call.service {
        None => Some(0),
        Some(service) => str::from_utf8(service.as_bytes()).ok().and_then(|service| service.parse().ok()),
    };
    let Some(port) = port else { return unsupported("ToSocketAddrs takes the port as a u16") };
    let found = (question.node, port).to_socket_addrs().map_err(|error| Reply::Failure(failure(&error)))?;
    Ok(question.answer(found))
}

/// The failure that an error stands for. What getaddrinfo says is in its text alone, behind words of the standard library;
/// only EAI_SYSTEM comes as the errno that it stands for.
fn failure(error: &io::Error) -> Failure {
    let text = error.to_string();
    if let Some(errno) = error.raw_os_error() {
        let errno = errno_name(errno);
        return Failure { errno: Some(errno), text, ..Failure::named("EAI_SYSTEM") };
    }
    let named = Constant::<AddrinfoError>::names().find(|name| {
        let said = serde_json::from_value(json!(name)).ok().and_then(|code| GaiStrerror { code }.perform().ok());
        said.is_some_and(|said| text.ends_with(&format!(": {}", said.text)))
    });
    Failure { text, ..Failure::named(named.map_or_else(|| error.kind().to_string(), str::to_owned)) }
}

fn inet_pton(call: &InetPton) -> Result<Value, Reply> {
    if call.dst {
        return unsupported("FromStr writes into no buffer");
    }
    let bytes = match call.family.name() {
        Some("AF_INET") => parse::<Ipv4Addr>(&call.text)?.octets().to_vec(),
        Some("AF_INET6") => parse::<Ipv6Addr>(&call.text)?.octets().to_vec(),
        _ => return unsupported("std::net has IPv4 and IPv6 alone"),
    };
    Ok(json!({ "bytes": hex::encode(bytes) }))
}

fn parse<A: std::str::FromStr<Err: ToString>>(text: &Text) -> Result<A, Reply> {
    let Ok(text) = str::from_utf8(text.as_bytes()) else { return unsupported("a str holds UTF-8 alone") };
    text.parse().map_err(|error: A::Err| {
        Reply::Failure(Failure { text: error.to_string(), ..Failure::named(Failure::NOT_AN_ADDRESS) })
    })
}

fn inet_ntop(call: &InetNtop) -> Result<Value, Reply> {
    if call.dst || call.size.is_some() {
        return unsupported("Display writes into no buffer");
    }
    match (call.family.name(), address(&call.bytes.0)) {
        (Some("AF_INET"), Some(address)) if address.is_ipv4() => Ok(json!({ "text": address.to_string() })),
        (Some("AF_INET6"), Some(address)) if address.is_ipv6() => Ok(json!({ "text": address.to_string() })),
        _ => unsupported("std::net has addresses of 4 and 16 bytes alone"),
    }
}

fn inet_ntoa(call: &InetNtoa) -> Result<Value, Reply> {
    match address(&call.bytes.0) {
        _ if call.then.is_some() => unsupported("Display has no buffer of its own"),
        Some(address @ IpAddr::V4(_)) => Ok(json!({ "text": address.to_string() })),
        _ => unsupported("an Ipv4Addr has 4 bytes"),
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let inet = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    inet.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}
