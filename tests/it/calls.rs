//! The calls as case files write them and as subjects answer them. Nothing here looks at a world: numeric addresses,
//! packing, constants and sockets on the loopback interface.

use std::collections::BTreeSet;

use netdbspec::call::Ask;
use netdbspec::outcome::Reply;
use serde_json::{Value, json};

#[derive(serde::Deserialize)]
struct Case {
    ask: Ask,
}

fn read(ask: &str) -> Result<Ask, String> {
    toml::from_str::<Case>(&format!("ask.{ask}")).map(|case| case.ask).map_err(|error| error.to_string())
}

fn ask(written: &str) -> Ask {
    read(written).unwrap_or_else(|error| panic!("ask.{written}: {error}"))
}

/// Performs a call; gives its name and canonical answer.
fn answer(written: &str) -> (&'static str, Value) {
    let ask = ask(written);
    match ask.perform() {
        Reply::Answer(answer) => (ask.name(), Ask::check(ask.name(), answer).expect("an answer of our own")),
        other => panic!("{}: {other:?}", ask.written()),
    }
}

fn check_answer(written: &str, facet: &str, expected: Value) {
    let (name, answer) = answer(written);
    assert_eq!(Ask::facet(name, &answer, facet).unwrap_or_default(), expected, "{facet} of {written}: {answer}");
}

fn check_failure(written: &str, name: &str) {
    match ask(written).perform() {
        Reply::Failure(failure) => assert_eq!(failure.name, name, "{written}: {failure:?}"),
        other => panic!("{written}: {other:?}"),
    }
}

fn check_refusal(written: &str, part: &str) {
    let error = read(written).expect_err(written);
    assert!(error.contains(part), "{written}: `{error}` does not say `{part}`");
}

fn check_foreign(name: &str, answer: Value, expected: Result<Value, &str>) {
    match (Ask::check(name, answer), expected) {
        (Ok(canonical), Ok(expected)) => assert_eq!(canonical, expected),
        (Err(error), Err(part)) => assert!(error.contains(part), "`{error}` does not say `{part}`"),
        (checked, _) => panic!("{name}: {checked:?}"),
    }
}

/// Every call as case files write it, and as reports do.
const WRITTEN: &[(&str, &str)] = &[
    (
        r#"getaddrinfo = { node = "www.python.org", service = "http", family = "AF_INET", socktype = "SOCK_STREAM" }"#,
        r#"getaddrinfo("www.python.org", "http", {AF_INET, SOCK_STREAM})"#,
    ),
    (
        r#"getaddrinfo = { service = "80", flags = ["AI_PASSIVE", 0x40000000], protocol = "IPPROTO_TCP" }"#,
        r#"getaddrinfo(NULL, "80", {IPPROTO_TCP, AI_PASSIVE | 1073741824})"#,
    ),
    (r#"getaddrinfo = { node = { hex = "e9" }, hints = false }"#, r#"getaddrinfo("\xe9", NULL, NULL)"#),
    (
        r#"getaddrinfo = { node = "a", socktype = "SOCK_STREAM", stale = ["ai_next"], split = 2, bytes = true }"#,
        r#"getaddrinfo("a", NULL, {SOCK_STREAM, ai_next stale}, freed by 2)"#,
    ),
    (
        r#"getaddrinfo_res = { node = "a", flags = ["AI_NUMERICHOST"] }"#,
        r#"getaddrinfo_res("a", NULL, {AI_NUMERICHOST})"#,
    ),
    (
        r#"getnameinfo = { address = "fe80::1", port = 80, scope_id = "lo", hostlen = 9, flags = ["NI_NUMERICHOST"] }"#,
        "getnameinfo({fe80::1%lo, 80}, host[9], serv[32], NI_NUMERICHOST)",
    ),
    (
        r#"getnameinfo = { address = "192.0.2.1", family = 99, salen = 15, null_host = true, servlen = 0, flags = [] }"#,
        "getnameinfo({99, 192.0.2.1, 0}, 15, NULL, 0, serv[0], 0)",
    ),
    (r#"gethostbyname = { name = "a.test" }"#, r#"gethostbyname("a.test")"#),
    (r#"gethostbyname2 = { name = "a.test", family = "AF_INET6" }"#, r#"gethostbyname2("a.test", AF_INET6)"#),
    (r#"gethostbyaddr = { address = "2001:db8::1" }"#, "gethostbyaddr(2001:db8::1)"),
    (
        r#"gethostbyaddr = { bytes = "c0000201", length = 3, family = "AF_INET" }"#,
        "gethostbyaddr({c0000201}, 3, AF_INET)",
    ),
    (r#"gethostbyname_r = { name = "a.test", buflen = 16 }"#, r#"gethostbyname_r("a.test", buf[16])"#),
    (
        r#"gethostbyname_r = { name = "a.test", family = "AF_INET6", buflen = 512 }"#,
        r#"gethostbyname_r("a.test", AF_INET6, buf[512])"#,
    ),
    ("gethostent = {}", "gethostent()"),
    ("gethostent = { stayopen = 1 }", "gethostent(sethostent(1))"),
    (r#"hstrerror = { codes = ["HOST_NOT_FOUND", 9] }"#, "hstrerror(HOST_NOT_FOUND, 9)"),
    (
        r#"round_trip = { address = "fe80::1", port = 80, scope_id = "lo", flags = ["NI_NUMERICHOST"] }"#,
        "round_trip({fe80::1%lo, 80}, NI_NUMERICHOST)",
    ),
    ("gethostname = {}", "gethostname()"),
    ("getfqdn = {}", "getfqdn()"),
    (r#"getfqdn = { name = "host" }"#, r#"getfqdn("host")"#),
    (r#"getservbyname = { name = "http", protocol = "tcp" }"#, r#"getservbyname("http", "tcp")"#),
    ("getservbyport = { port = 80 }", "getservbyport(htons(80), NULL)"),
    ("getservent = {}", "getservent()"),
    ("getservent = { stayopen = 1, most = 2 }", "getservent(setservent(1), 2 at most)"),
    (r#"getservent = { begin = "end", most = 1 }"#, "getservent(endservent(), 1 at most)"),
    (r#"getprotoent = { begin = "nothing", most = 1 }"#, "getprotoent(going on, 1 at most)"),
    (r#"getprotobyname = { name = "tcp" }"#, r#"getprotobyname("tcp")"#),
    ("getprotobynumber = { number = 6 }", "getprotobynumber(6)"),
    (r#"inet_pton = { family = "AF_INET6", text = "::1" }"#, r#"inet_pton(AF_INET6, "::1")"#),
    (r#"inet_ntop = { family = "AF_INET", bytes = "01020304" }"#, "inet_ntop(AF_INET, {01020304}, text, 46)"),
    (r#"inet_pton = { family = "AF_INET", text = "x", dst = true }"#, r#"inet_pton(AF_INET, "x", dst)"#),
    (
        r#"inet_ntop = { family = "AF_INET", bytes = "01020304", dst = true }"#,
        "inet_ntop(AF_INET, {01020304}, dst, 46)",
    ),
    (r#"inet_ntoa = { bytes = "01020304", then = "05060708" }"#, "inet_ntoa({01020304}), then inet_ntoa({05060708})"),
    (r#"inet_aton = { text = "1.2" }"#, r#"inet_aton("1.2")"#),
    (r#"inet_addr = { text = "1.2" }"#, r#"inet_addr("1.2")"#),
    (r#"inet_network = { text = "10" }"#, r#"inet_network("10")"#),
    (r#"inet_ntoa = { bytes = "01020304" }"#, "inet_ntoa({01020304})"),
    ("inet_makeaddr = { net = 10, host = 0x010203 }", "inet_makeaddr(0xa, 0x10203)"),
    (r#"inet_lnaof = { address = "10.1.2.3" }"#, "inet_lnaof(10.1.2.3)"),
    (r#"inet_netof = { address = "10.1.2.3" }"#, "inet_netof(10.1.2.3)"),
    ("htons = { number = 0x1234 }", "htons(0x1234)"),
    ("htonl = { number = 0x12345678 }", "htonl(0x12345678)"),
    ("ntohs = { number = 0x1234 }", "ntohs(0x1234)"),
    ("ntohl = { number = 0x12345678 }", "ntohl(0x12345678)"),
    (
        r#"sockaddr_pack = { family = "AF_INET6", address = "fe80::1", port = 80, flowinfo = 1, scope_id = 2 }"#,
        "sockaddr_pack(AF_INET6, fe80::1, 80, flowinfo 0x1, scope_id 2)",
    ),
    (
        r#"sockaddr_pack = { family = "AF_UNIX", abstract = { hex = "6100" } }"#,
        r#"sockaddr_pack(AF_UNIX, abstract "a\x00")"#,
    ),
    (r#"sockaddr_unpack = { bytes = "0100" }"#, "sockaddr_unpack({0100})"),
    (r#"if_nametoindex = { name = "lo" }"#, r#"if_nametoindex("lo")"#),
    ("if_indextoname = { index = 1 }", "if_indextoname(1, name)"),
    ("if_nameindex = {}", "if_nameindex()"),
    (r#"in6addr = { name = "IN6ADDR_LOOPBACK_INIT" }"#, "in6addr(IN6ADDR_LOOPBACK_INIT)"),
    (r#"in6_is = { address = "fe80::1" }"#, "in6_is(fe80::1)"),
    (r#"structure = { name = "sockaddr_in6" }"#, "structure(struct sockaddr_in6)"),
    ("getsockname = { path = 108, length = 111 }", "getsockname(path of 108 bytes, 111)"),
    (r#"getsockname = { abstract = "a" }"#, r#"getsockname(abstract "a")"#),
    ("getsockname = { length = 2 }", "getsockname(AF_UNIX, 2)"),
    ("getsockname = {}", "getsockname(unbound)"),
    (r#"constants = { names = ["AI_PASSIVE", "EAI_NONAME"] }"#, "constants(AI_PASSIVE, EAI_NONAME)"),
    (r#"gai_strerror = { code = "EAI_NONAME" }"#, "gai_strerror(EAI_NONAME)"),
    (r#"socket = { family = "AF_INET", socktype = "SOCK_DGRAM" }"#, "socket(AF_INET, SOCK_DGRAM, 0)"),
    (
        r#"sockets = { script = [
            { socket = { as = "l", family = "AF_INET", socktype = "SOCK_STREAM" } },
            { bind = { on = "l", address = "127.0.0.1", port = 80 } },
            { setsockopt = { on = "l", option = "IPV6_V6ONLY", value = 1, as = "set" } },
        ] }"#,
        "sockets(l = socket(AF_INET, SOCK_STREAM); bind(l, address 127.0.0.1, port 80); \
         set = setsockopt(l, IPV6_V6ONLY, 1))",
    ),
    (r#"python = { code = "1 + 1" }"#, "python(1 + 1)"),
    ("under = { descriptors = 0, call.gethostname = {} }", "under(gethostname(), descriptors=0)"),
];

#[test]
fn every_call_is_read_from_a_case_file_and_goes_over_the_wire_unchanged() {
    let mut names = BTreeSet::new();
    for (written, expected) in WRITTEN {
        let ask = ask(written);
        assert_eq!(ask.written(), *expected);
        let json = serde_json::to_value(&ask).unwrap();
        assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), [ask.name()]);
        assert_eq!(serde_json::from_value::<Ask>(json).unwrap(), ask);
        names.insert(ask.name());
    }
    assert_eq!(names, Ask::NAMES.iter().copied().collect());
}

#[test]
fn what_was_left_out_stays_out() {
    let ask = ask(r#"getaddrinfo = { node = "a" }"#);
    assert_eq!(serde_json::to_value(&ask).unwrap(), json!({ "getaddrinfo": { "node": "a" } }));
}

#[test]
fn a_mistake_in_a_call_is_refused_when_it_is_read() {
    check_refusal("getaddrinf = {}", "unknown variant `getaddrinf`");
    check_refusal(r#"getaddrinfo = { name = "a" }"#, "unknown field `name`");
    check_refusal(r#"getaddrinfo = { family = "inet" }"#, "`inet` is not the name of an address family");
    check_refusal(r#"getaddrinfo = { socktype = "stream" }"#, "known are SOCK_STREAM, SOCK_DGRAM");
    check_refusal(r#"getaddrinfo = { flags = ["NI_DGRAM"] }"#, "known are AI_PASSIVE");
    check_refusal(r#"getaddrinfo = { family = "AF_INET", hints = false }"#, "getaddrinfo: without hints");
    check_refusal(r#"getnameinfo = { address = "fe80::1%1" }"#, "invalid IP address");
    check_refusal(r#"getnameinfo = { address = "192.0.2.1", salen = 129 }"#, "at most 128");
    check_refusal("gethostbyaddr = {}", "either `address` or `bytes`");
    check_refusal(r#"gethostbyname_r = { name = "a", buflen = 1048577 }"#, "at most 1048576");
    check_refusal(r#"hstrerror = { codes = ["EAI_NONAME"] }"#, "is not the name of a value of h_errno");
    check_refusal(r#"round_trip = { address = "192.0.2.1", scope_id = 1 }"#, "an IPv4 address has no");
    check_refusal("htons = { number = 65536 }", "65536");
    check_refusal(r#"inet_ntoa = { bytes = "0102030405" }"#, "not 5");
    check_refusal(r#"inet_ntop = { family = "AF_INET", bytes = "0" }"#, "no bytes in hexadecimal");
    check_refusal(r#"sockaddr_pack = { family = "AF_INET", address = "::1" }"#, "no such members");
    check_refusal(r#"sockaddr_pack = { family = "AF_UNIX", port = 1 }"#, "no such members");
    check_refusal(r#"constants = { names = ["AI_PASIVE"] }"#, "is not the name of a constant");
    check_refusal(r#"sockets = { script = [{ listen = { on = "l" } }] }"#, "nothing before it is called `l`");
    check_refusal(r#"sockets = { script = [{ sleep = { on = "l" } }] }"#, "unknown variant `sleep`");
}

#[test]
fn a_numeric_host_needs_no_world() {
    let call =
        r#"getaddrinfo = { node = "192.0.2.1", service = "80", flags = ["AI_CANONNAME"], socktype = "SOCK_STREAM" }"#;
    check_answer(call, "sockets", json!(["192.0.2.1 80 SOCK_STREAM IPPROTO_TCP"]));
    check_answer(call, "canonname", json!("192.0.2.1"));
    check_answer(call, "addrlens", json!([16]));
    let call = r#"getaddrinfo = { node = "fe80::1%1", flags = ["AI_NUMERICHOST"], socktype = "SOCK_DGRAM" }"#;
    check_answer(call, "addresses", json!(["fe80::1"]));
    check_answer(call, "scope_ids", json!([1]));
    check_answer(call, "families", json!(["AF_INET6"]));
    check_answer(call, "count", json!(1));
    check_answer(r#"getaddrinfo = { node = "127.0.0.1" }"#, "unique", json!(["127.0.0.1"]));
    check_failure(r#"getaddrinfo = { node = "x", flags = ["AI_NUMERICHOST"] }"#, "EAI_NONAME");
    check_failure(r#"getaddrinfo = { node = "127.0.0.1", family = 99 }"#, "EAI_FAMILY");
    check_failure("getaddrinfo = {}", "EAI_NONAME");
}

#[test]
fn a_list_is_looked_at_as_memory() {
    let call =
        r#"getaddrinfo = { node = "192.0.2.1", service = "258", socktype = "SOCK_STREAM", split = 1, bytes = true }"#;
    let family = hex::encode(2_u16.to_ne_bytes());
    check_answer(call, "bytes", json!([format!("{family}0102c00002010000000000000000")]));
    check_answer(r#"getaddrinfo = { node = "192.0.2.1" }"#, "bytes", json!(null));
    check_answer(r#"getaddrinfo_res = { node = "192.0.2.1" }"#, "error", json!(null));
    check_answer(r#"getaddrinfo_res = { node = "192.0.2.1" }"#, "res", json!("changed"));
    check_answer("getaddrinfo_res = {}", "error", json!("EAI_NONAME"));
    check_refusal(r#"getaddrinfo = { stale = ["ai_flags"] }"#, "unknown variant `ai_flags`");
    check_refusal(r#"getaddrinfo = { hints = false, stale = ["ai_next"] }"#, "without hints");
}

#[test]
fn a_numeric_name_fits_its_buffer_or_overflows() {
    let call = |sizes: &str| {
        let flags = r#"flags = ["NI_NUMERICHOST", "NI_NUMERICSERV"]"#;
        format!(r#"getnameinfo = {{ address = "192.0.2.2", port = 80, {sizes}{flags} }}"#)
    };
    check_answer(&call(""), "host", json!("192.0.2.2"));
    check_answer(&call("hostlen = 10, servlen = 3, "), "service", json!("80"));
    check_failure(&call("hostlen = 9, "), "EAI_OVERFLOW");
    check_failure(&call("servlen = 2, "), "EAI_OVERFLOW");
    check_answer(&call("hostlen = 0, "), "host", json!(null));
    check_answer(&call("null_serv = true, "), "service", json!(null));
    check_failure(&call("salen = 15, "), "EAI_FAMILY");
    check_failure(&call(r#"family = "AF_UNSPEC", "#), "EAI_FAMILY");
    check_failure(r#"getnameinfo = { address = "fe80::1", scope_id = "nosuchlink" }"#, "ENODEV");
    let call = r#"round_trip = { address = "fe80::1", port = 80, scope_id = 1, flags = ["NI_NUMERICHOST", 2] }"#;
    check_answer(call, "addresses", json!(["fe80::1"]));
    check_answer(call, "scope_ids", json!([1]));
    check_answer(call, "ports", json!([80]));
}

#[test]
fn a_numeric_host_is_no_question_to_the_host_functions() {
    check_answer(r#"gethostbyname = { name = "192.0.2.1" }"#, "addresses", json!(["192.0.2.1"]));
    check_answer(r#"gethostbyname2 = { name = "2001:db8::1", family = "AF_INET6" }"#, "length", json!(16));
    check_answer(r#"gethostbyname2 = { name = "2001:db8::1", family = 10 }"#, "family", json!("AF_INET6"));
    check_answer(r#"gethostbyname_r = { name = "192.0.2.1", buflen = 512 }"#, "addresses", json!(["192.0.2.1"]));
    let call = r#"gethostbyname_r = { name = "2001:db8::1", family = "AF_INET6", buflen = 512 }"#;
    check_answer(call, "addresses", json!(["2001:db8::1"]));
    check_failure(r#"gethostbyname_r = { name = "192.0.2.1", buflen = 16 }"#, "ERANGE");
    let name = answer("gethostname = {}").1;
    assert!(!name["name"].as_str().unwrap().is_empty());
}

#[test]
fn addresses_are_packed_and_unpacked() {
    check_answer(r#"inet_pton = { family = "AF_INET", text = "1.2.3.4" }"#, "bytes", json!("01020304"));
    check_failure(r#"inet_pton = { family = "AF_INET", text = "1.2.3" }"#, "NOT_AN_ADDRESS");
    check_failure(r#"inet_pton = { family = 99, text = "1.2.3.4" }"#, "EAFNOSUPPORT");
    check_answer(
        r#"inet_ntop = { family = "AF_INET", bytes = "ffffffff", size = 16 }"#,
        "text",
        json!("255.255.255.255"),
    );
    check_failure(r#"inet_ntop = { family = "AF_INET", bytes = "ffffffff", size = 15 }"#, "ENOSPC");
    check_failure(r#"inet_ntop = { family = "AF_UNIX", bytes = "ffffffff" }"#, "EAFNOSUPPORT");
    check_answer(r#"inet_aton = { text = "0x7f.1" }"#, "address", json!("127.0.0.1"));
    check_failure(r#"inet_aton = { text = "08" }"#, "NOT_AN_ADDRESS");
    check_answer(r#"inet_addr = { text = "1.2" }"#, "bytes", json!("01000002"));
    check_failure(r#"inet_addr = { text = "255.255.255.255" }"#, "NOT_AN_ADDRESS");
    check_answer(r#"inet_network = { text = "10.1.2.3" }"#, "number", json!(0x0a01_0203));
    check_failure(r#"inet_network = { text = "" }"#, "NOT_AN_ADDRESS");
    check_answer(r#"inet_ntoa = { bytes = "c0000201" }"#, "text", json!("192.0.2.1"));
    check_answer("htons = { number = 0x1234 }", "bytes", json!("1234"));
    check_answer("htonl = { number = 0x12345678 }", "bytes", json!("12345678"));
    check_answer("ntohs = { number = 0x1234 }", "number", json!(u16::from_be(0x1234)));
    check_answer("ntohl = { number = 1 }", "number", json!(u32::from_be(1)));
}

#[cfg(target_env = "gnu")]
#[test]
fn networks_and_hosts_are_parted_by_class() {
    check_answer("inet_makeaddr = { net = 0xc00002, host = 1 }", "address", json!("192.0.2.1"));
    check_answer(r#"inet_lnaof = { address = "10.1.2.3" }"#, "number", json!(0x01_0203));
    check_answer(r#"inet_netof = { address = "172.16.2.3" }"#, "number", json!(0xac10));
}

#[test]
fn a_socket_address_comes_apart_as_it_was_put_together() {
    let packed = [
        (
            r#"family = "AF_INET", address = "192.0.2.1", port = 258"#,
            json!(["AF_INET", "192.0.2.1", 258, null, null, null, null]),
        ),
        (
            r#"family = "AF_INET6", address = "fe80::1", port = 258, flowinfo = 0x12345, scope_id = 3"#,
            json!(["AF_INET6", "fe80::1", 258, 0x1_2345, 3, null, null]),
        ),
        (r#"family = "AF_UNIX", path = "/s""#, json!(["AF_UNIX", null, null, null, null, "/s", "pathname"])),
        (r#"family = "AF_UNIX", abstract = "s""#, json!(["AF_UNIX", null, null, null, null, "s", "abstract"])),
        (r#"family = "AF_UNIX""#, json!(["AF_UNIX", null, null, null, null, null, "unnamed"])),
    ];
    for (arguments, expected) in packed {
        let (_, bytes) = answer(&format!("sockaddr_pack = {{ {arguments} }}"));
        let (name, unpacked) = answer(&format!("sockaddr_unpack = {{ bytes = {} }}", bytes["bytes"]));
        let facets = Ask::facets(name).unwrap().iter();
        let values: Value = facets.map(|(facet, _)| Ask::facet(name, &unpacked, facet)).collect();
        assert_eq!(values, expected);
        assert_eq!(bytes["length"], bytes["bytes"].as_str().unwrap().len() / 2);
    }
    let path = "p".repeat(109);
    check_failure(&format!(r#"sockaddr_pack = {{ family = "AF_UNIX", path = "{path}" }}"#), "ENAMETOOLONG");
    check_failure(r#"sockaddr_unpack = { bytes = "0200" }"#, "EINVAL");
    check_failure(r#"sockaddr_unpack = { bytes = "" }"#, "EINVAL");
}

#[test]
fn constants_come_in_the_order_of_the_question() {
    let call = r#"constants = { names = ["EAI_NONAME", "AF_INET6", "SIN6_LEN", "INADDR_LOOPBACK"] }"#;
    check_answer(call, "values", json!([-2, 10, null, 0x7f00_0001]));
    let texts = answer(r#"hstrerror = { codes = ["TRY_AGAIN", "NO_DATA"] }"#).1;
    assert_eq!(texts["texts"].as_array().unwrap().len(), 2);
    let text = answer(r#"gai_strerror = { code = "EAI_NONAME" }"#).1;
    assert!(!text["text"].as_str().unwrap().is_empty());
}

#[test]
fn a_constant_that_this_platform_lacks_is_unsupported() {
    let missing = if cfg!(target_env = "musl") { "NI_IDN" } else { "NI_NUMERICSCOPE" };
    let reply = ask(&format!(r#"getnameinfo = {{ address = "::1", flags = ["{missing}"] }}"#)).perform();
    assert_eq!(reply, Reply::Unsupported(format!("{missing} is not defined by the headers of this platform")));
    let python = ask(r#"python = { code = "1" }"#).perform();
    assert_eq!(python, Reply::Unsupported("only Python-like subjects evaluate Python".to_owned()));
}

#[test]
fn a_socket_says_what_it_is() {
    let call = r#"socket = { family = "AF_INET", socktype = "SOCK_STREAM" }"#;
    check_answer(call, "family", json!("AF_INET"));
    check_answer(call, "socktype", json!("SOCK_STREAM"));
    check_answer(call, "protocol", json!("IPPROTO_TCP"));
    check_answer(r#"socket = { family = "AF_UNIX", socktype = "SOCK_SEQPACKET" }"#, "protocol", json!(0));
    check_failure(r#"socket = { family = 99, socktype = "SOCK_STREAM" }"#, "EAFNOSUPPORT");
    check_failure(r#"socket = { family = "AF_INET", socktype = "SOCK_STREAM", protocol = 200 }"#, "EPROTONOSUPPORT");
}

#[test]
fn a_call_that_failed_tells_of_its_buffer_where_that_is_asked() {
    let refused = r#"inet_pton = { family = "AF_INET", text = "1.2.3", dst = true }"#;
    check_answer(refused, "returned", json!(0));
    check_answer(refused, "bytes", Value::Null);
    check_answer(r#"inet_pton = { family = 99, text = "1.2.3.4", dst = true }"#, "errno", json!("EAFNOSUPPORT"));
    let small = r#"inet_ntop = { family = "AF_INET", bytes = "01020304", size = 7, dst = true }"#;
    check_answer(small, "returned", json!("NULL"));
    check_answer(small, "errno", json!("ENOSPC"));
    check_answer(r#"inet_ntop = { family = "AF_INET", bytes = "01020304", dst = true }"#, "returned", json!("dst"));
    check_answer(r#"inet_ntoa = { bytes = "c0000201", then = "0a000001" }"#, "text", json!("192.0.2.1"));
    check_refusal(r#"inet_ntoa = { bytes = "c0000201", then = "0a" }"#, "`bytes` are the 4 of an address, not 1");
}

#[test]
fn a_socket_bound_to_nothing_or_to_a_name_tells_how_long_its_address_is() {
    check_answer("getsockname = {}", "length", json!(2));
    check_answer("getsockname = {}", "kind", json!("unnamed"));
    check_answer("getsockname = { path = 90 }", "length", json!(93));
    check_answer("getsockname = { path = 90 }", "terminated", json!(true));
    check_failure("getsockname = { path = 90, length = 111 }", "EINVAL");
    check_refusal(r#"getsockname = { path = 90, abstract = "a" }"#, "give either `path` or `abstract`");
    check_refusal("getsockname = { path = 126 }", "`path` has at most 125 bytes");
}

#[test]
fn links_have_names_and_indexes() {
    check_answer(r#"if_indextoname = { index = "lo" }"#, "name", json!("lo"));
    check_failure(r#"if_nametoindex = { name = "no such link" }"#, "ENODEV");
    check_failure("if_indextoname = { index = 0 }", "ENXIO");
    let (_, answer) = answer("if_nameindex = {}");
    assert_eq!(
        Ask::facet("if_nameindex", &answer, "count"),
        answer["links"].as_array().map(|links| links.len().into())
    );
}

#[test]
fn a_foreign_answer_is_checked_and_made_canonical() {
    let entry = |family: Value, port: Value| {
        json!({ "entries": [{
            "family": family, "socktype": 1, "protocol": 0, "address": "192.0.2.1", "port": port, "flowinfo": 0,
            "scope_id": 0, "addrlen": 16, "canonname": null,
        }] })
    };
    let canonical = json!({ "entries": [{
        "family": "AF_INET", "socktype": "SOCK_STREAM", "protocol": 0, "address": "192.0.2.1", "port": 80,
        "flowinfo": 0, "scope_id": 0, "addrlen": 16, "canonname": null,
    }] });
    check_foreign("getaddrinfo", entry(json!(2), json!(80)), Ok(canonical));
    check_foreign("getaddrinfo", entry(json!("AF_INET"), json!("80")), Err("invalid type: string \"80\""));
    check_foreign("getaddrinfo", entry(json!("INET"), json!(80)), Err("`INET` is not the name of an address family"));
    check_foreign("getservbyname", json!({ "nam": "http" }), Err("unknown field `nam`"));
    check_foreign("inet_pton", json!({ "bytes": [1, 2] }), Err("invalid type: sequence"));
    check_foreign("gethostname", json!({ "name": "box", "more": 1 }), Err("unknown field `more`"));
    check_foreign("constants", json!({ "values": { "AI_ALL": "16" } }), Err("invalid type: string"));
    check_foreign("sockets", json!({ "values": [] }), Err("invalid type: sequence"));
    check_foreign("nosuch", json!({}), Err("there is no call `nosuch`"));
}

/// An answer to each call, as a subject may give it.
fn foreign(name: &str) -> Value {
    let host = json!({ "name": "h", "aliases": ["a"], "family": "AF_INET", "length": 4, "addresses": ["192.0.2.1"] });
    let service = json!({ "name": "http", "aliases": ["www"], "port": 80, "protocol": "tcp" });
    match name {
        "getaddrinfo" => json!({ "entries": [{
            "family": "AF_INET", "socktype": "SOCK_STREAM", "protocol": "IPPROTO_TCP", "address": "192.0.2.1",
            "port": 80, "flowinfo": 0, "scope_id": 0, "addrlen": 16, "canonname": "h",
            "bytes": "02000050c00002010000000000000000",
        }] }),
        "getaddrinfo_res" => json!({ "error": "EAI_NONAME", "res": "untouched" }),
        "getnameinfo" => json!({ "host": "h", "service": "http" }),
        "gethostbyname" | "gethostbyname2" | "gethostbyname_r" | "gethostbyaddr" => host,
        "gethostent" => json!({ "entries": [host] }),
        "hstrerror" => json!({ "texts": ["t"] }),
        "round_trip" => json!({
            "host": "fe80::1%lo", "service": "80", "addresses": ["fe80::1"], "ports": [80], "scope_ids": [1],
        }),
        "gethostname" | "getfqdn" => json!({ "name": "h" }),
        "getservbyname" | "getservbyport" => service,
        "getservent" => json!({ "entries": [service] }),
        "getprotobyname" | "getprotobynumber" => json!({ "name": "tcp", "aliases": ["TCP"], "number": 6 }),
        "getprotoent" => json!({ "entries": [{ "name": "tcp", "aliases": ["TCP"], "number": 6 }] }),
        "inet_pton" => json!({ "bytes": "01020304", "returned": 1, "errno": "ERANGE", "dst": "01020304" }),
        "inet_ntop" => json!({ "text": "t", "returned": "dst", "errno": "ERANGE", "dst": "7400" }),
        "inet_ntoa" => json!({ "text": "t", "after": "u" }),
        "inet_aton" | "inet_addr" | "inet_makeaddr" => json!({ "address": "1.2.3.4", "bytes": "01020304" }),
        "inet_network" | "inet_lnaof" | "inet_netof" => json!({ "number": 10 }),
        "gai_strerror" => json!({ "text": "t" }),
        "htons" | "htonl" | "ntohs" | "ntohl" => json!({ "number": 1, "bytes": "0001" }),
        "sockaddr_pack" => json!({ "bytes": "0100", "length": 2 }),
        "sockaddr_unpack" => json!({
            "family": "AF_INET6", "address": "::1", "port": 80, "flowinfo": 0, "scope_id": 0, "path": "/s",
            "kind": "pathname",
        }),
        "if_nametoindex" => json!({ "index": 1 }),
        "if_indextoname" => json!({ "name": "lo" }),
        "if_nameindex" => json!({ "links": [[1, "lo"]] }),
        "in6addr" => json!({ "address": "::1", "bytes": "00000000000000000000000000000001" }),
        "in6_is" => json!({ "holds": ["LOOPBACK"] }),
        "structure" => json!({
            "size": 4, "alignment": 4, "members": [{ "name": "s_addr", "type": "in_addr_t", "offset": 0, "size": 4 }],
            "macros": [],
        }),
        "getsockname" => json!({ "length": 4, "kind": "abstract", "bytes": 1, "terminated": false, "name": "a" }),
        "constants" => json!({ "values": { "AI_PASSIVE": 1, "NI_NUMERICSCOPE": null } }),
        "socket" => json!({ "family": "AF_UNIX", "socktype": "SOCK_STREAM", "protocol": 0 }),
        "sockets" => json!({ "values": { "b": "ok", "a": ["127.0.0.1"] } }),
        "python" => json!({ "value": "2", "type": "int" }),
        "under" => json!({ "htons": { "number": 1, "bytes": "0001" } }),
        _ => panic!("no answer to {name} here"),
    }
}

#[test]
fn every_facet_of_every_call_can_be_looked_at() {
    for name in Ask::NAMES {
        let answer = foreign(name);
        assert_eq!(Ask::check(name, answer.clone()), Ok(answer.clone()), "{name} is canonical as it stands");
        for (facet, holds) in Ask::facets(name).unwrap() {
            assert!(Ask::facet(name, &answer, facet).is_some(), "{facet} of {name}");
            assert!(!holds.is_empty(), "{facet} of {name} is not described");
        }
        assert_eq!(Ask::facet(name, &answer, "nosuch"), None, "{name}");
    }
    assert_eq!(Ask::facet("sockets", &foreign("sockets"), "a"), Some(json!(["127.0.0.1"])));
    assert_eq!(Ask::facet("under", &foreign("under"), "number"), Some(json!(1)));
    assert_eq!(Ask::facet("getservent", &foreign("getservent"), "entries"), Some(json!(["http 80/tcp www"])));
    assert_eq!(Ask::facet("gethostent", &foreign("gethostent"), "entries"), Some(json!(["192.0.2.1 h a"])));
    assert_eq!(Ask::facets("nosuch"), None);
}
