//! A call with its arguments in one line, as a person would write it in C.

use serde_json::{Map, Value};

use crate::call::Ask;

/// Arguments that C has no place for, or that are only given to deviate from the usual: they are written with their names.
const NAMED: &[&str] = &[
    "bind",
    "first_of",
    "flowinfo",
    "from",
    "hints",
    "hostlen",
    "interface",
    "length",
    "null_host",
    "null_serv",
    "salen",
    "scope_id",
    "servlen",
    "size",
    "to",
];

/// What the names of constants begin with.
const CONSTANTS: &[&str] = &["AF_", "AI_", "EAI_", "IPPROTO_", "IPV6_", "IP_", "NI_", "SOCK_", "SO_", "TCP_"];

/// A call with its arguments: `getaddrinfo("127.0.0.1", "http", {AF_INET, SOCK_STREAM})`. Python's is the expression
/// after the prompt `>>> `.
#[must_use]
pub fn asked(ask: &Ask) -> String {
    let arguments = serde_json::to_value(ask).ok().and_then(|mut value| value.get_mut(ask.name()).map(Value::take));
    match arguments {
        Some(Value::Object(arguments)) => text(ask.name(), &arguments),
        _ => format!("{}()", ask.name()),
    }
}

fn text(call: &str, arguments: &Map<String, Value>) -> String {
    match call {
        "getaddrinfo" => getaddrinfo(arguments),
        "python" => format!(">>> {}", arguments.get("code").and_then(Value::as_str).unwrap_or_default()),
        "sockets" => script(arguments),
        "under" => under(arguments),
        _ => format!("{call}({})", list(arguments)),
    }
}

fn getaddrinfo(arguments: &Map<String, Value>) -> String {
    let pointer = |key| arguments.get(key).filter(|value| !value.is_null()).map_or_else(|| "NULL".to_owned(), value);
    let unset = |value: &Value| {
        value.is_null() || value == "AF_UNSPEC" || *value == 0 || value.as_array().is_some_and(Vec::is_empty)
    };
    let hints = if arguments.get("hints") == Some(&Value::Bool(false)) {
        "NULL".to_owned()
    } else {
        let set = ["family", "socktype", "protocol", "flags"];
        let set = set.iter().filter_map(|key| arguments.get(*key)).filter(|value| !unset(value));
        format!("{{{}}}", set.map(flags).collect::<Vec<_>>().join(", "))
    };
    let named = ["stale", "split"].into_iter().filter_map(|key| Some((key, arguments.get(key)?)));
    let named: String = named.map(|(key, argument)| format!(", {key}={}", flags(argument).replace('"', ""))).collect();
    format!("getaddrinfo({}, {}, {hints}{named})", pointer("node"), pointer("service"))
}

/// `getaddrinfo("localhost", NULL, {}) under descriptors=0`
fn under(arguments: &Map<String, Value>) -> String {
    let call = |value: &Value| {
        let (name, arguments) = value.as_object()?.iter().next()?;
        Some(text(name, arguments.as_object()?))
    };
    let conditions = arguments.iter().filter(|(key, _)| *key != "call").map(|(key, value)| match value.as_array() {
        Some(calls) => format!("{key} {}", calls.iter().filter_map(call).collect::<Vec<_>>().join(", ")),
        None => format!("{key}={value}"),
    });
    let asked = arguments.get("call").and_then(call).unwrap_or_default();
    format!("{asked} under {}", conditions.collect::<Vec<_>>().join(", "))
}

/// `l = socket(AF_INET, SOCK_STREAM); bind(l, "127.0.0.1"); listen(l)`
fn script(arguments: &Map<String, Value>) -> String {
    let steps = arguments.get("script").and_then(Value::as_array).into_iter().flatten();
    let steps = steps.filter_map(Value::as_object).filter_map(|step| step.iter().next());
    let steps = steps.map(|(name, arguments)| {
        let mut arguments = arguments.as_object().cloned().unwrap_or_default();
        let label = arguments.shift_remove("as").filter(|label| !label.is_null());
        let on = arguments.shift_remove("on");
        let on = on.as_ref().and_then(Value::as_str).into_iter().map(str::to_owned);
        let rest = Some(list(&arguments)).filter(|rest| !rest.is_empty());
        let call = format!("{name}({})", on.chain(rest).collect::<Vec<_>>().join(", "));
        match label {
            Some(Value::String(label)) => format!("{label} = {call}"),
            Some(labels) => format!("{} = {call}", value(&labels).replace('"', "")),
            None => call,
        }
    });
    steps.collect::<Vec<_>>().join("; ")
}

fn list(arguments: &Map<String, Value>) -> String {
    let set = arguments.iter().filter(|(_, value)| !value.is_null());
    let set = set.map(|(key, argument)| match key.as_str() {
        "flags" => flags(argument),
        named if NAMED.contains(&named) => format!("{named}={}", value(argument)),
        _ => value(argument),
    });
    set.collect::<Vec<_>>().join(", ")
}

/// A list of flags as C joins them; any other value as it is.
fn flags(argument: &Value) -> String {
    match argument.as_array() {
        Some(flags) if flags.is_empty() => "0".to_owned(),
        Some(flags) => flags.iter().map(value).collect::<Vec<_>>().join(" | "),
        None => value(argument),
    }
}

fn value(argument: &Value) -> String {
    match argument {
        Value::String(text) if is_constant(text) => text.clone(),
        Value::Array(elements) => elements.iter().map(value).collect::<Vec<_>>().join(", "),
        Value::Object(text) => match text.get("hex").and_then(Value::as_str).map(hex::decode) {
            Some(Ok(bytes)) => format!("\"{}\"", bytes.escape_ascii()),
            _ => argument.to_string(),
        },
        other => other.to_string(),
    }
}

fn is_constant(text: &str) -> bool {
    CONSTANTS.iter().any(|prefix| text.starts_with(prefix))
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(call: &str, arguments: &Value) -> String {
        text(call, arguments.as_object().unwrap())
    }

    #[test]
    fn getaddrinfo_shows_only_the_hints_that_are_set() {
        let full = json!({"node": "www.example.test", "service": "http", "family": "AF_INET", "socktype": "SOCK_STREAM",
            "protocol": 0, "flags": ["AI_PASSIVE", "AI_CANONNAME"]});
        insta::assert_snapshot!(asked("getaddrinfo", &full), @r#"getaddrinfo("www.example.test", "http", {AF_INET, SOCK_STREAM, AI_PASSIVE | AI_CANONNAME})"#);
        insta::assert_snapshot!(asked("getaddrinfo", &json!({"service": "80", "family": "AF_UNSPEC"})), @r#"getaddrinfo(NULL, "80", {})"#);
        insta::assert_snapshot!(asked("getaddrinfo", &json!({"node": {"hex": "e9636f6c65"}, "hints": false})), @r#"getaddrinfo("\xe9cole", NULL, NULL)"#);
        insta::assert_snapshot!(asked("getaddrinfo", &json!({"node": "a", "stale": ["ai_addr", "ai_next"], "split": 1})), @r#"getaddrinfo("a", NULL, {}, stale=ai_addr | ai_next, split=1)"#);
    }

    #[test]
    fn other_calls_show_their_arguments_in_order() {
        insta::assert_snapshot!(asked("inet_pton", &json!({"family": "AF_INET6", "text": "::1"})), @r#"inet_pton(AF_INET6, "::1")"#);
        let nameinfo =
            json!({"address": "192.0.2.1", "port": 80, "hostlen": 4, "flags": ["NI_NUMERICHOST"], "family": null});
        insta::assert_snapshot!(asked("getnameinfo", &nameinfo), @r#"getnameinfo("192.0.2.1", 80, hostlen=4, NI_NUMERICHOST)"#);
        insta::assert_snapshot!(asked("constants", &json!({"names": ["AI_PASSIVE", "NI_DGRAM"]})), @"constants(AI_PASSIVE, NI_DGRAM)");
        insta::assert_snapshot!(asked("python", &json!({"code": "socket.gethostname()"})), @">>> socket.gethostname()");
    }

    #[test]
    fn a_script_of_sockets_reads_as_statements() {
        let script = json!({"script": [
            {"socket": {"as": "l", "family": "AF_INET", "socktype": "SOCK_STREAM"}},
            {"bind": {"on": "l", "address": "127.0.0.1", "port": 0}},
            {"connect": {"on": "c", "to": "l"}},
            {"close": {"on": "l"}},
            {"socketpair": {"as": ["a", "b"], "family": "AF_UNIX", "socktype": "SOCK_STREAM"}},
        ]});
        insta::assert_snapshot!(asked("sockets", &script), @r#"l = socket(AF_INET, SOCK_STREAM); bind(l, "127.0.0.1", 0); connect(c, to="l"); close(l); a, b = socketpair(AF_UNIX, SOCK_STREAM)"#);
    }
}
