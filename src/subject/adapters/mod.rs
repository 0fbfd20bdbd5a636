//! Subjects inside this binary besides the C library, each behind a feature of its own: `netdbspec probe NAME` starts one.

#[cfg(any(feature = "hickory", feature = "rust"))]
mod bare;
#[cfg(feature = "hickory")]
mod hickory;
#[cfg(feature = "rust")]
mod rust;

use std::io::{self, Read, Write};

use super::probe::{Adapter, converse};

/// The adapters that this binary was built with.
const ADAPTERS: &[(&str, Adapter)] = &[
    #[cfg(feature = "hickory")]
    ("hickory", hickory::ADAPTER),
    #[cfg(feature = "rust")]
    ("rust", rust::ADAPTER),
];

/// Speaks the protocol on these streams until `bye` or the end of the input, for the adapter of this name.
///
/// # Errors
/// When there is no such adapter, a stream fails, or the input holds a line that is no question of the protocol.
pub(crate) fn serve(name: &str, stdin: impl Read, stdout: impl Write) -> io::Result<()> {
    let Some((_, adapter)) = ADAPTERS.iter().find(|(known, _)| *known == name) else {
        let here: Vec<_> = ADAPTERS.iter().map(|(known, _)| *known).collect();
        let here = if here.is_empty() { "none".to_owned() } else { here.join(", ") };
        let text = format!("this binary was built without an adapter `{name}`; it has {here}");
        return Err(io::Error::new(io::ErrorKind::Unsupported, text));
    };
    converse(adapter, stdin, stdout)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ADAPTERS, serve};

    /// What an adapter says to a hello and to one call.
    fn said(name: &str, call: Value) -> (Value, Value) {
        let questions = [json!({ "hello": { "protocol": 1 } }), json!({ "ask": { "seq": 1, "call": call } })];
        let questions = questions.map(|question| question.to_string()).join("\n");
        let mut replies = Vec::new();
        serve(name, questions.as_bytes(), &mut replies).unwrap();
        let mut lines = replies.split(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap());
        (lines.next().unwrap(), lines.next().unwrap())
    }

    #[test]
    fn each_says_who_it_is_and_refuses_what_it_lacks() {
        for (name, _) in ADAPTERS {
            let (hello, lack) = said(name, json!({ "getprotobyname": { "name": "tcp" } }));
            assert_eq!(hello["hello"]["name"], hello["hello"]["implements"][0], "{name}");
            assert!(hello["hello"]["version"].as_str().unwrap().contains('.'), "{name}");
            assert_eq!(lack["unsupported"]["reason"], "there is no call `getprotobyname`", "{name}");
        }
    }

    #[cfg(feature = "rust")]
    #[test]
    fn a_literal_is_an_address() {
        let call = json!({ "node": "192.0.2.1", "service": "80", "socktype": "SOCK_STREAM" });
        let (_, reply) = said("rust", json!({ "getaddrinfo": call }));
        let entry = &reply["answer"]["value"]["entries"][0];
        assert_eq!(entry["address"], "192.0.2.1");
        assert_eq!((&entry["port"], &entry["socktype"]), (&json!(80), &json!("SOCK_STREAM")));
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for (name, _) in ADAPTERS {
            for lacks in [
                json!({ "node": "192.0.2.1", "flags": ["AI_CANONNAME"] }),
                json!({ "node": "192.0.2.1", "socktype": "SOCK_RAW" }),
                json!({ "node": "192.0.2.1", "service": "http" }),
                json!({ "node": "192.0.2.1", "family": "AF_UNIX" }),
                json!({ "node": { "hex": "ff" } }),
                json!({ "service": "80" }),
            ] {
                let (_, reply) = said(name, json!({ "getaddrinfo": lacks }));
                assert!(reply.get("unsupported").is_some(), "{name}: {reply}");
            }
        }
    }

    #[test]
    fn an_adapter_that_is_not_there_is_an_error_that_names_it() {
        let error = serve("cobol", &b""[..], Vec::new()).unwrap_err().to_string();
        assert!(error.starts_with("this binary was built without an adapter `cobol`; it has "), "{error}");
    }
}
