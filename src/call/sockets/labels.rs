//! Whether a script makes sense before it is run: every label is made once and before it is used, and every address is
//! given in one way.

use std::collections::BTreeMap;

use super::arguments::{At, ConnectAny};
use super::op::Op;

/// What a label stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    Socket,
    Address,
    Resolve,
    Record,
}

impl Means {
    fn name(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Address => "peer's address",
            Self::Resolve => "resolve",
            Self::Record => "record",
        }
    }
}

/// What is wrong with a script, by the number of the operation.
pub(super) fn objection(script: &[Op]) -> Option<String> {
    let mut known = BTreeMap::new();
    script.iter().enumerate().find_map(|(index, op)| {
        let wrong = uses(op, &known).or_else(|| makes(op, &mut known)).or_else(|| at(op).and_then(|at| ways(op, at)));
        wrong.map(|wrong| format!("operation {} `{op}`: {wrong}", index + 1))
    })
}

/// A label that is used and does not mean what is needed.
fn uses<'a>(op: &'a Op, known: &BTreeMap<&'a str, Means>) -> Option<String> {
    use Means::{Address, Resolve, Socket};
    let mut wanted: Vec<(&str, &[Means])> = Vec::new();
    match op {
        Op::Socket(_) | Op::Socketpair(_) | Op::Resolve(_) => {}
        Op::ConnectAny(any) => wanted.push((&any.from, &[Resolve])),
        Op::SocketEach(each) => wanted.push((&each.from, &[Resolve])),
        Op::Bind(at) | Op::Connect(at) | Op::Sendto(at) => {
            wanted.push((&at.on, &[Socket]));
            wanted.extend(at.to.as_deref().map(|to| (to, &[Socket, Address][..])));
            wanted.extend(at.first_of.as_deref().map(|first_of| (first_of, &[Resolve][..])));
        }
        Op::Listen(on) | Op::Shutdown(on) | Op::Close(on) => wanted.push((&on.on, &[Socket])),
        Op::Accept(named) | Op::Recv(named) | Op::Getsockname(named) | Op::Getpeername(named) => {
            wanted.push((&named.on, &[Socket]));
        }
        Op::Send(send) => wanted.push((&send.on, &[Socket])),
        Op::Recvfrom(recvfrom) => wanted.push((&recvfrom.on, &[Socket])),
        Op::Setsockopt(option) => wanted.push((&option.on, &[Socket])),
        Op::Getsockopt(option) => wanted.push((&option.on, &[Socket])),
        Op::Join(join) => wanted.push((&join.on, &[Socket])),
    }
    wanted.into_iter().find_map(|(label, kinds)| match known.get(label) {
        None => Some(format!("nothing before it is called `{label}`")),
        Some(means) if kinds.contains(means) => None,
        Some(means) => Some(format!("`{label}` is no {}, but a {}", kinds[0].name(), means.name())),
    })
}

/// A label that is made twice.
fn makes<'a>(op: &'a Op, known: &mut BTreeMap<&'a str, Means>) -> Option<String> {
    let mut made: Vec<_> = op.labels().into_iter().map(|label| (label, Means::Record)).collect();
    match op {
        Op::Socket(_) | Op::Socketpair(_) | Op::Accept(_) => made.iter_mut().for_each(|made| made.1 = Means::Socket),
        Op::Resolve(_) => made[0].1 = Means::Resolve,
        Op::Recvfrom(_) => made[1].1 = Means::Address,
        Op::ConnectAny(ConnectAny { on, .. }) => made.push((on, Means::Socket)),
        _ => {}
    }
    made.into_iter()
        .find_map(|(label, means)| known.insert(label, means).map(|_| format!("two things are called `{label}`")))
}

fn at(op: &Op) -> Option<&At> {
    match op {
        Op::Bind(at) | Op::Connect(at) | Op::Sendto(at) => Some(at),
        _ => None,
    }
}

/// Ways to give an address that do not go together, and a text where none belongs.
fn ways(op: &Op, at: &At) -> Option<String> {
    let given = [
        at.address.is_some() && at.to.is_none(),
        at.path.is_some(),
        at.abstract_name.is_some(),
        at.to.is_some(),
        at.first_of.is_some(),
    ];
    if given.into_iter().filter(|given| *given).count() > 1 {
        return Some(
            "give one of `address`, `path`, `abstract`, `to` and `first_of`, or `address` with `to`".to_owned(),
        );
    }
    if at.port != 0 && (given[1..].contains(&true)) {
        return Some("`port` goes with `address`, or stands alone".to_owned());
    }
    if at.scope_id.is_some() && !at.address.is_some_and(|address| address.is_ipv6()) {
        return Some("`scope_id` goes with an IPv6 `address`".to_owned());
    }
    match (op, &at.text) {
        (Op::Sendto(_), None) => Some("`text` is missing".to_owned()),
        (Op::Bind(_) | Op::Connect(_), Some(_)) => Some("only sendto has a `text`".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Op, objection};

    fn check(script: &str, expected: Option<&str>) {
        let script: Vec<Op> = serde_json::from_str(&format!("[{script}]")).unwrap();
        let objection = objection(&script);
        match expected {
            None => assert_eq!(objection, None),
            Some(part) => assert!(objection.as_deref().is_some_and(|it| it.contains(part)), "{objection:?}: {part}"),
        }
    }

    const SOCKET: &str = r#"{"socket":{"as":"s","family":"AF_INET","socktype":"SOCK_DGRAM"}}"#;
    const RESOLVE: &str = r#"{"resolve":{"as":"r","node":"127.0.0.1"}}"#;

    #[test]
    fn a_label_is_made_once_and_before_it_is_used() {
        check(&format!(r#"{SOCKET},{{"bind":{{"on":"s"}}}}"#), None);
        check(r#"{"bind":{"on":"s"}}"#, Some("operation 1 `bind(s)`: nothing before it is called `s`"));
        check(&format!("{SOCKET},{SOCKET}"), Some("two things are called `s`"));
        check(&format!(r#"{RESOLVE},{{"listen":{{"on":"r"}}}}"#), Some("`r` is no socket, but a resolve"));
        check(
            &format!(r#"{SOCKET},{{"connect":{{"on":"s","first_of":"s"}}}}"#),
            Some("`s` is no resolve, but a socket"),
        );
    }

    #[test]
    fn the_peer_of_a_recvfrom_is_an_address() {
        let received = format!(r#"{SOCKET},{{"recvfrom":{{"on":"s","as":"t","from":"p"}}}}"#);
        check(&format!(r#"{received},{{"sendto":{{"on":"s","text":"x","to":"p"}}}}"#), None);
        check(&format!(r#"{received},{{"sendto":{{"on":"s","text":"x","to":"t"}}}}"#), Some("but a record"));
    }

    #[test]
    fn an_address_is_given_in_one_way() {
        let connect = |at: &str| format!(r#"{SOCKET},{RESOLVE},{{"connect":{{"on":"s",{at}}}}}"#);
        check(&connect(r#""address":"127.0.0.1","to":"s""#), None);
        check(&connect(r#""address":"127.0.0.1","first_of":"r""#), Some("give one of"));
        check(&connect(r#""path":"/x","abstract":"x""#), Some("give one of"));
        check(&connect(r#""to":"s","port":80"#), Some("`port` goes with `address`"));
        check(&connect(r#""address":"127.0.0.1","scope_id":1"#), Some("`scope_id` goes with"));
        check(&connect(r#""text":"x""#), Some("only sendto has a `text`"));
        check(&format!(r#"{SOCKET},{{"sendto":{{"on":"s"}}}}"#), Some("`text` is missing"));
    }
}
