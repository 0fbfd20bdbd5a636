//! hickory-resolver as a subject, on the system's configuration and else with its defaults: what a program gets that builds
//! a resolver and changes nothing. Each question has a resolver of its own, since one keeps what it was told.

use std::io;
use std::net::IpAddr;

use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::lookup_ip::LookupIp;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{IntoName, RData};
use hickory_resolver::{Resolver, TokioResolver};
use serde_json::{Value, json};

use super::bare::{Family, Question};
use crate::call::{Ask, Getaddrinfo, Gethostbyaddr, Getnameinfo, errno_name};
use crate::outcome::{Failure, Reply};
use crate::subject::Hello;
use crate::subject::probe::{Adapter, introduction};

pub(super) const ADAPTER: Adapter = Adapter { hello, perform };

/// Pinned in Cargo.toml: the first two numbers of the dependency.
const VERSION: &str = "0.26";

fn hello() -> Hello {
    let calls = ["getaddrinfo", "getnameinfo", "gethostbyaddr"];
    let hello = introduction("hickory-resolver".to_owned(), VERSION.to_owned(), &calls);
    Hello { concurrent: true, ..hello }
}

fn perform(ask: &Ask) -> Reply {
    let performed = match ask {
        Ask::Getaddrinfo(call) => getaddrinfo(call),
        Ask::Getnameinfo(call) => getnameinfo(call),
        Ask::Gethostbyaddr(call) => gethostbyaddr(call),
        other => Err(Reply::Unsupported(format!("there is no call `{}`", other.name()))),
    };
    performed.map_or_else(|reply| reply, Reply::Answer)
}

fn getaddrinfo(call: &Getaddrinfo) -> Result<Value, Reply> {
    let question = Question::of(call).map_err(Reply::Unsupported)?;
    if call.service.is_some() {
        return Err(Reply::Unsupported("Resolver::lookup_ip takes no service".to_owned()));
    }
    let strategy = match question.family {
        Family::Either => None,
        Family::Inet => Some(LookupIpStrategy::Ipv4Only),
        Family::Inet6 => Some(LookupIpStrategy::Ipv6Only),
    };
    let found = ask(strategy, async |resolver| resolver.lookup_ip(question.node).await);
    let found = found.map_err(|error| {
        // A text that cannot be a name is told by the same kind of error as a reply that cannot be read.
        let no_name = question.node.to_ip().is_none() && question.node.into_name().is_err();
        let names = if no_name { &Names { fail: ADDRINFO.not_found, ..ADDRINFO } } else { &ADDRINFO };
        Reply::Failure(failure(&error, names))
    })?;
    Ok(question.answer(LookupIp::iter(&found)))
}

fn getnameinfo(call: &Getnameinfo) -> Result<Value, Reply> {
    let address = named(call).map_err(Reply::Unsupported)?;
    // getnameinfo has no error of its own for a name without records.
    let terms = Names { no_data: ADDRINFO.not_found, ..ADDRINFO };
    let names = names(address).map_err(|error| Reply::Failure(failure(&error, &terms)))?;
    Ok(json!({ "host": names.first(), "service": null }))
}

/// The address of a call that asks for a name and fails where there is none, as reverse_lookup does; the reason where it
/// asks for more.
fn named(call: &Getnameinfo) -> Result<IpAddr, String> {
    let required = matches!(call.flags.as_slice(), [flag] if flag.name() == Some("NI_NAMEREQD"));
    let lengths = call.family.is_some() || call.salen.is_some() || call.hostlen.is_some() || call.servlen.is_some();
    let refused = [
        (!required, "this interface asks what getnameinfo does with NI_NAMEREQD and no other flag"),
        (lengths, "this interface takes no lengths"),
        (call.flowinfo != 0 || call.scope_id.is_some(), "an IpAddr has neither scope nor flow information"),
        (call.null_host, "this interface asks for nothing but the host"),
    ];
    match refused.iter().find(|(refused, _)| *refused) {
        Some((_, reason)) => Err((*reason).to_owned()),
        None => Ok(call.address),
    }
}

fn gethostbyaddr(call: &Gethostbyaddr) -> Result<Value, Reply> {
    let (Some(address), None, None) = (call.address, call.length, &call.family) else {
        return Err(Reply::Unsupported("Resolver::reverse_lookup takes an IpAddr, whole as it is".to_owned()));
    };
    let names = names(address).map_err(|error| Reply::Failure(failure(&error, &HOST)))?;
    let (name, aliases) = names.split_first().map_or((None, &[][..]), |(name, aliases)| (Some(name), aliases));
    Ok(json!({ "name": name, "aliases": aliases, "family": null, "length": null, "addresses": [address] }))
}

/// The names of an address, without the root's dot, which C does not write.
fn names(address: IpAddr) -> Result<Vec<String>, NetError> {
    let found = ask(None, async |resolver| resolver.reverse_lookup(address).await)?;
    let names = found.answers().iter().filter_map(|record| match &record.data {
        RData::PTR(name) => Some(name.to_utf8()),
        _ => None,
    });
    Ok(names.map(|name| name.strip_suffix('.').unwrap_or(&name).to_owned()).collect())
}

/// Asks a resolver made for this one question.
fn ask<T>(
    strategy: Option<LookupIpStrategy>,
    question: impl AsyncFnOnce(&TokioResolver) -> Result<T, NetError>,
) -> Result<T, NetError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(NetError::from)?;
    runtime.block_on(async {
        let mut builder = Resolver::builder_tokio()?;
        if let Some(strategy) = strategy {
            builder.options_mut().ip_strategy = strategy;
        }
        question(&builder.build()?).await
    })
}

/// The constants of one interface of C, by what they stand for.
struct Names {
    not_found: &'static str,
    no_data: &'static str,
    again: &'static str,
    fail: &'static str,
    system: &'static str,
}

const ADDRINFO: Names = Names {
    not_found: "EAI_NONAME",
    no_data: "EAI_NODATA",
    again: "EAI_AGAIN",
    fail: "EAI_FAIL",
    system: "EAI_SYSTEM",
};
const HOST: Names = Names {
    not_found: "HOST_NOT_FOUND",
    no_data: "NO_DATA",
    again: "TRY_AGAIN",
    fail: "NO_RECOVERY",
    system: "NETDB_INTERNAL",
};

/// The failure that an error stands for: a response code is what netdb.h says of it, silence and lost connections may
/// pass, and an error of a system call is its errno.
fn failure(error: &NetError, names: &Names) -> Failure {
    let name = match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => of_code(none.response_code, names),
        NetError::Dns(DnsError::ResponseCode(code)) => of_code(*code, names),
        NetError::Timeout | NetError::Busy | NetError::NoConnections => names.again,
        NetError::Io(error) if error.kind() == io::ErrorKind::TimedOut => names.again,
        NetError::Io(error) if error.raw_os_error().is_some() => names.system,
        _ => names.fail,
    };
    let errno = match error {
        NetError::Io(error) if name == names.system => error.raw_os_error().map(errno_name),
        _ => None,
    };
    Failure { errno, text: error.to_string(), ..Failure::named(name) }
}

fn of_code(code: ResponseCode, names: &Names) -> &'static str {
    match code {
        ResponseCode::NXDomain => names.not_found,
        ResponseCode::NoError => names.no_data,
        ResponseCode::ServFail => names.again,
        _ => names.fail,
    }
}
