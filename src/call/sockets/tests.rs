//! Scripts that run on the loopback interface, and what they record.

use serde_json::{Value, json};

use super::Sockets;
use crate::call::{Call, NoAnswer};

fn script(operations: &str) -> Sockets {
    let sockets: Sockets = toml::from_str(&format!("script = [{operations}]")).unwrap();
    assert_eq!(sockets.objection(), None);
    sockets
}

/// Runs a script; what it recorded is compared where it is expected, and every label has to have recorded something.
fn check(operations: &str, expected: Value) {
    let sockets = script(operations);
    let values = match sockets.perform() {
        Ok(answer) => answer.values,
        Err(failed) => panic!("{}: {failed:?}", sockets.written()),
    };
    for (label, value) in expected.as_object().unwrap() {
        assert_eq!(values.get(label), Some(value), "`{label}` of {values:?}");
    }
    let mut labels = sockets.labels();
    labels.sort_unstable();
    let mut recorded: Vec<_> = values.keys().map(String::as_str).collect();
    recorded.sort_unstable();
    assert_eq!(recorded, labels);
}

fn has_inet6() -> bool {
    std::net::UdpSocket::bind("[::1]:0").is_ok()
}

/// A listener on an address, a client that speaks to it, and its echo.
fn echo(family: &str, on: &str, to: &str) -> String {
    format!(
        r#"
        {{ socket = {{ as = "l", family = "{family}", socktype = "SOCK_STREAM" }} }},
        {{ bind = {{ on = "l", {on}, as = "bound" }} }},
        {{ listen = {{ on = "l" }} }},
        {{ socket = {{ as = "c", family = "{family}", socktype = "SOCK_STREAM" }} }},
        {{ connect = {{ on = "c", {to}, as = "connected" }} }},
        {{ accept = {{ on = "l", as = "s" }} }},
        {{ send = {{ on = "c", text = "ping", as = "sent" }} }},
        {{ recv = {{ on = "s", as = "heard" }} }},
        {{ send = {{ on = "s", text = "pong" }} }},
        {{ recv = {{ on = "c", as = "answer" }} }},
        {{ getsockname = {{ on = "s", as = "server" }} }},
        {{ getpeername = {{ on = "c", as = "peer" }} }},
        {{ shutdown = {{ on = "s" }} }},
        {{ recv = {{ on = "c", as = "end" }} }},
        "#
    )
}

fn echoed(address: &str, peer: &str) -> Value {
    json!({
        "l": "ok", "bound": address, "c": "ok", "connected": address, "s": peer, "sent": 4, "heard": "ping",
        "answer": "pong", "server": address, "peer": address, "end": "",
    })
}

#[test]
fn a_stream_is_heard_and_answered_in_every_family() {
    let inet = echo("AF_INET", r#"address = "127.0.0.1""#, r#"to = "l""#);
    check(&inet, echoed("127.0.0.1", "127.0.0.1"));
    if has_inet6() {
        check(&echo("AF_INET6", r#"address = "::1""#, r#"to = "l""#), echoed("::1", "::1"));
    }
    let unix = echo("AF_UNIX", r#"path = "$TMP/s""#, r#"path = "$TMP/s""#);
    check(&unix, echoed("unix:$TMP/s", "unix:"));
    let name = format!("netdbspec-test-{}", std::process::id());
    let unix = echo("AF_UNIX", &format!(r#"abstract = "{name}""#), r#"to = "l""#);
    check(&unix, echoed(&format!("unix:@{name}"), "unix:"));
}

#[test]
fn a_client_of_the_other_family_is_mapped() {
    if !has_inet6() {
        return;
    }
    check(
        r#"
        { socket = { as = "l", family = "AF_INET6", socktype = "SOCK_STREAM" } },
        { setsockopt = { on = "l", option = "IPV6_V6ONLY", value = 0, as = "set" } },
        { getsockopt = { on = "l", option = "IPV6_V6ONLY", as = "only" } },
        { bind = { on = "l", address = "::", as = "bound" } },
        { listen = { on = "l" } },
        { socket = { as = "c", family = "AF_INET", socktype = "SOCK_STREAM" } },
        { connect = { on = "c", address = "127.0.0.1", to = "l", as = "connected" } },
        { accept = { on = "l", as = "s" } },
        "#,
        json!({ "set": "ok", "only": 0, "bound": "::", "connected": "127.0.0.1", "s": "::ffff:127.0.0.1" }),
    );
}

#[test]
fn a_datagram_is_answered_where_it_came_from() {
    check(
        r#"
        { socket = { as = "a", family = "AF_INET", socktype = "SOCK_DGRAM" } },
        { bind = { on = "a", address = "127.0.0.1" } },
        { socket = { as = "b", family = "AF_INET", socktype = "SOCK_DGRAM" } },
        { sendto = { on = "b", text = { hex = "00ff" }, to = "a", as = "sent" } },
        { recvfrom = { on = "a", as = "text", from = "peer" } },
        { sendto = { on = "a", text = "back", to = "peer" } },
        { recv = { on = "b", as = "back" } },
        "#,
        json!({ "sent": 2, "text": "\0\u{fffd}", "peer": "127.0.0.1", "back": "back" }),
    );
}

#[test]
fn a_pair_is_connected_and_keeps_its_records_apart() {
    check(
        r#"
        { socketpair = { as = ["a", "b"], family = "AF_UNIX", socktype = "SOCK_SEQPACKET" } },
        { send = { on = "a", text = "one" } },
        { send = { on = "a", text = "two" } },
        { recv = { on = "b", as = "first" } },
        { recv = { on = "b", as = "second" } },
        { getsockname = { on = "a", as = "name" } },
        { getsockopt = { on = "a", option = "SO_TYPE", as = "type" } },
        "#,
        json!({ "a": "ok", "b": "ok", "first": "one", "second": "two", "name": "unix:", "type": "SOCK_SEQPACKET" }),
    );
    check(
        r#"{ socketpair = { as = ["a", "b"], family = "AF_INET", socktype = "SOCK_STREAM" } }"#,
        json!({ "a": "EOPNOTSUPP", "b": "EOPNOTSUPP" }),
    );
}

#[test]
fn the_first_address_that_can_be_reached_is_taken() {
    check(
        r#"
        { socket = { as = "l", family = "AF_INET", socktype = "SOCK_STREAM" } },
        { bind = { on = "l", address = "127.0.0.1" } },
        { resolve = { as = "r", node = "127.0.0.1", service = "1", socktype = "SOCK_STREAM" } },
        { connect_any = { on = "c", from = "r", as = "which" } },
        { socket_each = { from = "r", as = "each" } },
        { resolve = { as = "bad", node = "127.0.0.1", family = 99 } },
        { connect = { on = "l", first_of = "bad", as = "nowhere" } },
        { listen = { on = "c", as = "never-made" } },
        "#,
        json!({
            "r": ["127.0.0.1"], "which": "ECONNREFUSED", "each": ["ok"], "bad": "EAI_FAMILY", "nowhere": "EDESTADDRREQ",
            "never-made": "EBADF",
        }),
    );
}

#[test]
fn a_failure_is_recorded_under_its_label_and_the_script_goes_on() {
    check(
        r#"
        { socket = { as = "none", family = 99, socktype = "SOCK_STREAM" } },
        { bind = { on = "none", address = "127.0.0.1", as = "unmade" } },
        { socket = { as = "s", family = "AF_INET", socktype = "SOCK_DGRAM" } },
        { getpeername = { on = "s", as = "peer" } },
        { bind = { on = "s", address = "::1", as = "wrong-family" } },
        { bind = { on = "s", address = "127.0.0.1", length = 8, as = "short" } },
        { bind = { on = "s", address = "127.0.0.1", family = 99, as = "unknown-family" } },
        { getsockopt = { on = "s", option = "SO_ERROR", as = "error" } },
        { setsockopt = { on = "s", option = "IPV6_V6ONLY", value = 1, as = "no-such-option" } },
        { connect = { on = "s", address = "127.0.0.1", port = 9, as = "fixed" } },
        { connect = { on = "s", family = "AF_UNSPEC", as = "reset" } },
        { getpeername = { on = "s", as = "after" } },
        { join = { on = "s", group = "224.0.0.1", interface = "nosuchlink", as = "join" } },
        { close = { on = "s" } },
        { close = { on = "s", as = "again" } },
        "#,
        json!({
            "none": "EAFNOSUPPORT", "unmade": "EBADF", "peer": "ENOTCONN", "wrong-family": "EAFNOSUPPORT",
            "short": "EINVAL", "unknown-family": "EAFNOSUPPORT", "error": 0, "no-such-option": "ENOPROTOOPT",
            "fixed": "127.0.0.1:9", "reset": "ok", "after": "ENOTCONN", "join": "ENODEV", "again": "EBADF",
        }),
    );
}

#[test]
fn a_failure_without_a_label_ends_the_call_and_says_where() {
    let sockets = script(
        r#"
        { socket = { as = "s", family = "AF_INET", socktype = "SOCK_STREAM" } },
        { accept = { on = "s", as = "ignored" } },
        { listen = { on = "s" } },
        { bind = { on = "s", address = "127.0.0.1" } },
        "#,
    );
    let Err(NoAnswer::Failure(failure)) = sockets.perform() else { panic!("the second bind worked") };
    assert_eq!((failure.name.as_str(), failure.code), ("EINVAL", Some(libc::EINVAL.into())));
    assert!(failure.text.starts_with("operation 4 `bind(s, address 127.0.0.1)`: "), "{}", failure.text);
}

#[test]
fn an_unnamed_address_lets_the_kernel_choose_a_name() {
    let sockets = script(
        r#"
        { socket = { as = "s", family = "AF_UNIX", socktype = "SOCK_STREAM" } },
        { bind = { on = "s", as = "bound" } },
        "#,
    );
    let bound = sockets.perform().unwrap().values["bound"].clone();
    assert!(bound.as_str().is_some_and(|bound| bound.len() == "unix:@00000".len()), "{bound}");
}
