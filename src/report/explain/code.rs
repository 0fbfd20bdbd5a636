//! The calls of a case as code: in C and in Python.

use serde_json::{Map, Value};

use crate::call::Ask;
use crate::case::{Case, Step};
use crate::event::asked;

/// The statements in each language that has the calls, with the language's name.
pub(super) fn of(case: &Case) -> Vec<(&'static str, Vec<String>)> {
    let asks: Vec<&Ask> =
        case.steps.iter().filter_map(|step| if let Step::Ask(ask) = step { Some(ask) } else { None }).collect();
    let c = asks.iter().filter_map(|ask| in_c(ask)).collect();
    let python = asks.iter().filter_map(|ask| in_python(ask)).collect();
    [("C", c), ("Python", python)].into_iter().filter(|(_, calls): &(_, Vec<String>)| !calls.is_empty()).collect()
}

fn arguments(ask: &Ask) -> Option<Map<String, Value>> {
    match serde_json::to_value(ask).ok()?.get_mut(ask.name())?.take() {
        Value::Object(arguments) => Some(arguments),
        _ => None,
    }
}

/// The call as C statements; `None` for what is no C call.
fn in_c(ask: &Ask) -> Option<String> {
    match ask.name() {
        "python" | "sockets" | "getfqdn" | "constants" => None,
        "getaddrinfo" => Some(getaddrinfo_in_c(&arguments(ask)?, "*found")),
        "getaddrinfo_res" => Some(getaddrinfo_in_c(&arguments(ask)?, "*found = (void *)1")),
        "getnameinfo" => Some(getnameinfo_in_c(&arguments(ask)?)),
        _ => Some(asked(ask) + ";"),
    }
}

fn getaddrinfo_in_c(arguments: &Map<String, Value>, found: &str) -> String {
    let pointer = |key| quoted(arguments.get(key)).unwrap_or_else(|| "NULL".to_owned());
    let fields =
        [("ai_family", "family"), ("ai_socktype", "socktype"), ("ai_protocol", "protocol"), ("ai_flags", "flags")];
    let fields = fields.iter().filter_map(|(field, key)| {
        let value = constant(arguments.get(*key)?, " | ", "")?;
        Some(format!(".{field} = {value}"))
    });
    let stale = arguments.get("stale").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let stale = stale.map(|field| match field {
        "ai_addrlen" => ".ai_addrlen = 7".to_owned(),
        "ai_canonname" => ".ai_canonname = \"stale\"".to_owned(),
        field => format!(".{field} = &(typeof(*hints.{field})){{ 0 }}"),
    });
    let fields: Vec<String> = fields.chain(stale).collect();
    let freed = match arguments.get("split") {
        Some(split) => format!("\n/* then freeaddrinfo() for every {split} entries, the last ones first */"),
        None => String::new(),
    };
    let (hints, given) = if arguments.get("hints") == Some(&Value::Bool(false)) {
        (String::new(), "NULL")
    } else {
        (format!("struct addrinfo hints = {{ {} }};\n", fields.join(", ")).replace("{  }", "{ 0 }"), "&hints")
    };
    format!(
        "{hints}struct addrinfo {found};\nint error = getaddrinfo({}, {}, {given}, &found);{freed}",
        pointer("node"),
        pointer("service")
    )
}

fn getnameinfo_in_c(arguments: &Map<String, Value>) -> String {
    let number = |key: &str, usual: &str| match arguments.get(key) {
        None | Some(Value::Null) => usual.to_owned(),
        Some(value) => value.to_string(),
    };
    let buffer = |null: &str, name: &str| match arguments.get(null) {
        Some(Value::Bool(true)) => "NULL".to_owned(),
        _ => name.to_owned(),
    };
    let address = quoted(arguments.get("address")).unwrap_or_default();
    let flags = arguments.get("flags").and_then(|flags| constant(flags, " | ", "")).unwrap_or_else(|| "0".to_owned());
    format!(
        "struct sockaddr *address; /* {address}, port {} */\nint error = getnameinfo(address, {}, {}, {}, {}, {}, {flags});",
        number("port", "0"),
        number("salen", "sizeof *address"),
        buffer("null_host", "host"),
        number("hostlen", "1025"),
        buffer("null_serv", "service"),
        number("servlen", "32"),
    )
}

/// The call on Python's socket module; `None` where that has none.
fn in_python(ask: &Ask) -> Option<String> {
    let given = arguments(ask)?;
    let text = |key: &str| quoted(given.get(key));
    let number = |key: &str| given.get(key).filter(|value| !value.is_null()).map(ToString::to_string);
    let named =
        |key: &str, name: &str| constant(given.get(key)?, " | ", "socket.").map(|value| format!("{name}={value}"));
    let none = || "None".to_owned();
    let bytes = |key: &str| text(key).map(|hex| format!("bytes.fromhex({hex})"));
    let (name, list) = match ask.name() {
        "getaddrinfo" if ["stale", "split", "bytes"].into_iter().any(|key| given.contains_key(key)) => return None,
        "getaddrinfo" => {
            let first = [text("node").or_else(|| Some(none())), text("service").or_else(|| Some(none()))];
            let hints = [("family", "family"), ("socktype", "type"), ("protocol", "proto"), ("flags", "flags")];
            ("getaddrinfo", first.into_iter().chain(hints.map(|(key, name)| named(key, name))).flatten().collect())
        }
        "getnameinfo" => {
            let flags = constant(given.get("flags").unwrap_or(&Value::Null), " | ", "socket.");
            let address = format!("({}, {})", text("address")?, number("port").unwrap_or_else(|| "0".to_owned()));
            ("getnameinfo", vec![address, flags.unwrap_or_else(|| "0".to_owned())])
        }
        "gethostbyname" => ("gethostbyname_ex", vec![text("name")?]),
        "gethostbyaddr" => ("gethostbyaddr", vec![text("address")?]),
        "gethostname" => ("gethostname", Vec::new()),
        "getfqdn" => ("getfqdn", text("name").into_iter().collect()),
        "getservbyname" => ("getservbyname", text("name").into_iter().chain(text("protocol")).collect()),
        "getservbyport" => ("getservbyport", number("port").into_iter().chain(text("protocol")).collect::<Vec<_>>()),
        "getprotobyname" => ("getprotobyname", vec![text("name")?]),
        "inet_pton" => ("inet_pton", vec![constant(given.get("family")?, "", "socket.")?, text("text")?]),
        "inet_ntop" => ("inet_ntop", vec![constant(given.get("family")?, "", "socket.")?, bytes("bytes")?]),
        "inet_aton" => ("inet_aton", vec![text("text")?]),
        "inet_ntoa" => ("inet_ntoa", vec![bytes("bytes")?]),
        "python" => return given.get("code").and_then(Value::as_str).map(str::to_owned),
        _ => return None,
    };
    Some(format!("socket.{name}({})", list.join(", ")))
}

/// A text argument between quotes; bytes that are no text with `\x`.
fn quoted(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(Value::from(text.as_str()).to_string()),
        Value::Object(text) => {
            let bytes = hex::decode(text.get("hex")?.as_str()?).ok()?;
            Some(format!("\"{}\"", bytes.escape_ascii()))
        }
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// Constants by their names, joined; `None` for what is unset.
fn constant(value: &Value, joint: &str, prefix: &str) -> Option<String> {
    let one = |value: &Value| match value {
        Value::String(name) if name == "AF_UNSPEC" => None,
        Value::String(name) => Some(format!("{prefix}{name}")),
        Value::Number(number) if number.as_i64() != Some(0) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) => {
            let list: Vec<String> = list.iter().filter_map(one).collect();
            (!list.is_empty()).then(|| list.join(joint))
        }
        value => one(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn getaddrinfo_in_c_has_the_hints_that_are_set() {
        let full = json!({"node": "www.example.test", "service": "http", "family": "AF_INET", "flags": ["AI_PASSIVE", "AI_CANONNAME"]});
        let bytes = json!({"node": {"hex": "e9"}, "hints": false});
        insta::assert_snapshot!(getaddrinfo_in_c(full.as_object().unwrap(), "*found"), @r#"
struct addrinfo hints = { .ai_family = AF_INET, .ai_flags = AI_PASSIVE | AI_CANONNAME };
struct addrinfo *found;
int error = getaddrinfo("www.example.test", "http", &hints, &found);
"#);
        insta::assert_snapshot!(getaddrinfo_in_c(bytes.as_object().unwrap(), "*found"), @r#"
struct addrinfo *found;
int error = getaddrinfo("\xe9", NULL, NULL, &found);
"#);
        insta::assert_snapshot!(getaddrinfo_in_c(json!({"service": "80"}).as_object().unwrap(), "*found"), @r#"
struct addrinfo hints = { 0 };
struct addrinfo *found;
int error = getaddrinfo(NULL, "80", &hints, &found);
"#);
        let memory = json!({"node": "a", "stale": ["ai_addrlen", "ai_next"], "split": 2});
        insta::assert_snapshot!(getaddrinfo_in_c(memory.as_object().unwrap(), "*found = (void *)1"), @r#"
struct addrinfo hints = { .ai_addrlen = 7, .ai_next = &(typeof(*hints.ai_next)){ 0 } };
struct addrinfo *found = (void *)1;
int error = getaddrinfo("a", NULL, &hints, &found);
/* then freeaddrinfo() for every 2 entries, the last ones first */
"#);
    }

    #[test]
    fn getnameinfo_in_c_has_its_lengths_and_flags() {
        let arguments = json!({"address": "192.0.2.1", "port": 80, "hostlen": 4, "flags": ["NI_NAMEREQD"], "null_serv": true, "servlen": 0});
        insta::assert_snapshot!(getnameinfo_in_c(arguments.as_object().unwrap()), @r#"
struct sockaddr *address; /* "192.0.2.1", port 80 */
int error = getnameinfo(address, sizeof *address, host, 4, NULL, 0, NI_NAMEREQD);
"#);
    }
}
