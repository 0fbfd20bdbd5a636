//! The Python adapter, line by line: what it makes of questions that every machine answers alike.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may panic as tests may")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use netdbspec::call::Ask;
use netdbspec::subject;
use serde_json::{Value, json};

/// The reply to each call, or `None` where there is no Python.
fn replies(calls: &[Value]) -> Option<Vec<Value>> {
    let subject = subject::find("python", Path::new("/nonexistent")).ok()?;
    let argv = subject.argv();
    let mut python = Command::new(&argv[0])
        .args(&argv[1..])
        .env_clear()
        .envs(subject.env())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let questions: String = (1..)
        .zip(calls)
        .map(|(seq, call)| json!({ "ask": { "seq": seq, "call": call } }))
        .chain([json!({ "bye": {} })])
        .map(|question| format!("{question}\n"))
        .collect();
    python.stdin.take().unwrap().write_all(questions.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(str::from_utf8(&output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// What a reply says: not its number, and not the text and code that differ by version and platform.
fn told(reply: &Value) -> String {
    let (kind, fields) = reply.as_object().unwrap().iter().next().unwrap();
    let told: Vec<_> = fields
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !["seq", "text", "code"].contains(&name.as_str()))
        .map(|(_, value)| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        .collect();
    format!("{kind} {}", told.join(" "))
}

fn check(calls: &[Value]) -> Option<String> {
    let mut lines = Vec::new();
    for (call, reply) in calls.iter().zip(replies(calls)?) {
        let (name, arguments) = call.as_object().unwrap().iter().next().unwrap();
        if let Some(value) = reply.pointer("/answer/value").filter(|_| Ask::NAMES.contains(&name.as_str())) {
            Ask::check(name, value.clone()).unwrap();
        }
        lines.push(format!("{name} {arguments}\n    {}", told(&reply)));
    }
    Some(lines.join("\n"))
}

/// Compares what these calls give with the snapshot; passes where there is no Python.
macro_rules! asks {
    ($($name:ident $arguments:tt)*) => {
        if let Some(told) = check(&[$(json!({ stringify!($name): $arguments })),*]) {
            insta::assert_snapshot!(told);
        }
    };
}

#[test]
fn addresses_and_numbers() {
    asks! {
        inet_pton { "family": "AF_INET", "text": "192.0.2.1" }
        inet_pton { "family": "AF_INET6", "text": "2001:db8::1" }
        inet_pton { "family": "AF_INET", "text": "192.0.2" }
        inet_pton { "family": 99, "text": "192.0.2.1" }
        inet_pton { "family": "AF_INET", "text": { "hex": "ff" } }
        inet_ntop { "family": "AF_INET6", "bytes": "20010db8000000000000000000000001" }
        inet_ntop { "family": "AF_INET", "bytes": "c0" }
        inet_ntop { "family": 99, "bytes": "c0000201" }
        inet_ntop { "family": "AF_INET", "bytes": "c0000201", "size": 4 }
        inet_aton { "text": "192.1" }
        inet_aton { "text": "example" }
        inet_ntoa { "bytes": "c0000201" }
        inet_ntoa { "bytes": "c00002" }
        if_nametoindex { "name": "lo" }
        if_indextoname { "index": "lo" }
        if_indextoname { "index": 0 }
        htons { "number": 258 }
        htonl { "number": 16909060 }
        ntohs { "number": 513 }
        ntohl { "number": -1 }
        constants { "names": ["EAI_FAIL", "INADDR_BROADCAST"] }
        constants { "names": ["EAI_FAIL", "HOST_NOT_FOUND", "NO_DATA"] }
    }
}

#[test]
fn hosts() {
    asks! {
        getaddrinfo { "node": "192.0.2.1", "service": "80", "socktype": "SOCK_STREAM", "flags": ["AI_CANONNAME"] }
        getaddrinfo { "node": "2001:db8::1", "service": null, "family": "AF_INET6", "socktype": "SOCK_DGRAM", "protocol": 0 }
        getaddrinfo { "node": { "hex": "3139322e302e322e31" }, "service": "80", "socktype": "SOCK_DGRAM" }
        getaddrinfo { "node": "192.0.2.1", "flags": ["AI_NUMERICHOST", "AI_NUMERICSERV"], "service": "http" }
        getaddrinfo {}
        getaddrinfo { "node": "192.0.2.1", "family": 99 }
        getaddrinfo { "node": "192.0.2.1", "hints": false }
        getaddrinfo { "node": "192.0.2.1", "flags": ["AI_NO_SUCH_FLAG"] }
        getaddrinfo { "node": "a..example" }
        getnameinfo { "address": "192.0.2.1", "port": 80, "flags": ["NI_NUMERICHOST", "NI_NUMERICSERV"], "hostlen": 1025 }
        getnameinfo { "address": "fe80::1", "port": 7, "scope_id": 999, "flags": ["NI_NUMERICHOST", "NI_NUMERICSERV"] }
        getnameinfo { "address": "192.0.2.1", "hostlen": 4 }
        getnameinfo { "address": "192.0.2.1", "null_serv": true }
        getnameinfo { "address": "192.0.2.1", "family": "AF_INET6" }
        gethostbyname { "name": "192.0.2.1" }
        gethostbyaddr { "bytes": "c00002", "family": "AF_INET" }
        gethostbyaddr { "address": "192.0.2.1", "family": "AF_INET6" }
        gethostbyname2 { "name": "192.0.2.1", "family": "AF_INET" }
    }
}

#[test]
fn services_and_protocols() {
    asks! {
        getservbyname { "name": "no-such-service" }
        getservbyname { "name": "no-such-service", "protocol": "tcp" }
        getservbyname { "name": { "hex": "ff" } }
        getservbyport { "port": 65536 }
        getservbyport { "port": 80, "protocol": "no-such-protocol" }
        getprotobyname { "name": "no-such-protocol" }
    }
}

#[test]
fn python_itself() {
    asks! {
        python { "code": "6 * 7" }
        python { "code": "\n  'text'  " }
        python { "code": "import ipaddress\nresult = ipaddress.ip_address('::1').packed" }
        python { "code": "print('noise')" }
        python { "code": "socket.getaddrinfo(None, None)" }
        python { "code": "socket.inet_aton('x')" }
        python { "code": "socket.socket(socket.AF_INET, socket.SOCK_STREAM).getpeername()" }
        python { "code": "socket.DGRAM" }
        python { "code": "result =" }
    }
}

#[test]
fn what_the_adapter_does_not_know() {
    asks! {
        getlifename {}
        gethostname { "full": true }
        inet_aton {}
    }
}

#[test]
fn sockets() {
    asks! {
        socket { "family": "AF_UNIX", "socktype": ["SOCK_STREAM", "SOCK_CLOEXEC"] }
        socket { "family": 99, "socktype": "SOCK_STREAM" }
        sockets { "script": [
            { "socket": { "as": "l", "family": "AF_INET", "socktype": "SOCK_STREAM" } },
            { "bind": { "on": "l", "address": "127.0.0.1" } },
            { "listen": { "on": "l" } },
            { "socket": { "as": "c", "family": "AF_INET", "socktype": "SOCK_STREAM" } },
            { "connect": { "on": "c", "to": "l" } },
            { "accept": { "on": "l", "as": "s" } },
            { "send": { "on": "c", "text": "ping" } },
            { "recv": { "on": "s", "as": "there" } },
            { "shutdown": { "on": "c" } },
            { "recv": { "on": "s", "as": "end" } },
            { "close": { "on": "c" } },
            { "getpeername": { "on": "c", "as": "closed" } },
            { "getsockopt": { "on": "l", "option": "SO_ACCEPTCONN", "as": "listening" } },
        ] }
        sockets { "script": [
            { "socket": { "as": "r", "family": "AF_UNIX", "socktype": "SOCK_DGRAM" } },
            { "bind": { "on": "r", "path": "$TMP/r" } },
            { "getsockname": { "on": "r", "as": "name" } },
            { "socket": { "as": "c", "family": "AF_UNIX", "socktype": "SOCK_DGRAM" } },
            { "sendto": { "on": "c", "text": { "hex": "ff" }, "to": "r" } },
            { "recvfrom": { "on": "r", "as": "text", "from": "sender" } },
            { "bind": { "on": "c", "path": "$TMP/r", "as": "taken" } },
        ] }
        sockets { "script": [
            { "socketpair": { "as": ["a", "b"], "family": "AF_UNIX", "socktype": "SOCK_SEQPACKET" } },
            { "send": { "on": "a", "text": "ping" } },
            { "recv": { "on": "b", "as": "there" } },
            { "getpeername": { "on": "b", "as": "peer" } },
        ] }
        sockets { "script": [
            { "resolve": { "as": "entries", "node": "127.0.0.1", "service": "9", "socktype": "SOCK_DGRAM" } },
            { "connect_any": { "on": "c", "from": "entries", "as": "reached" } },
            { "resolve": { "as": "none", "family": 99 } },
        ] }
        sockets { "script": [
            { "socket": { "as": "s", "family": "AF_INET", "socktype": "SOCK_DGRAM" } },
            { "listen": { "on": "s" } },
        ] }
        sockets { "script": [
            { "socket": { "as": "s", "family": "AF_INET", "socktype": "SOCK_DGRAM" } },
            { "bind": { "on": "s", "address": "::1", "as": "bound" } },
        ] }
        sockets { "script": [{ "dance": { "on": "s" } }] }
    }
}
