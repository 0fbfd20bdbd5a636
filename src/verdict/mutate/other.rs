//! Values that are not a given one, and look like it: another address, name, number, byte, constant.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

/// Constants by what they are: each stands for another of its row.
const CONSTANTS: &[&[&str]] = &[
    &["AF_INET", "AF_INET6", "AF_UNIX"],
    &["SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW"],
    &["IPPROTO_TCP", "IPPROTO_UDP"],
    &["udp", "tcp"],
    &["A", "AAAA", "PTR"],
    &["IN", "CH"],
    &["RD", "AD", "CD"],
];

/// Wrong values in the place of a right one: the first is near it, others are further off. At least one.
#[must_use]
pub(super) fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec!["x".into()],
        Value::Bool(right) => vec![(!right).into()],
        Value::Number(number) => match number.as_i64() {
            Some(number) => vec![json!(number.wrapping_add(1)), json!(number.wrapping_sub(1)), json!(number ^ 0x4000)],
            None => vec![json!(number.as_f64().unwrap_or_default() + 1.0)],
        },
        Value::String(text) => texts(text).into_iter().map(Value::from).collect(),
        Value::Array(list) => lists(list),
        Value::Object(_) => vec![json!({})],
    }
}

fn texts(text: &str) -> Vec<String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return addresses(address);
    }
    let constant = CONSTANTS.iter().find(|row| row.contains(&text));
    if let Some(row) = constant {
        return row.iter().filter(|other| **other != text).map(|other| (*other).to_owned()).collect();
    }
    if let Ok(number) = text.parse::<u32>() {
        return vec![number.wrapping_add(1).to_string(), format!("{text}0")];
    }
    if text.contains([' ', '/']) {
        return words(text);
    }
    let mut others = vec![last_changed(text), format!("{text}x"), "other.test".to_owned()];
    if text.chars().count() > 1 {
        others.push(text.chars().skip(1).collect());
    }
    others.retain(|other| other != text);
    others
}

fn addresses(address: IpAddr) -> Vec<String> {
    match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            [bits ^ 1, bits ^ 0x0100_0000].map(|bits| Ipv4Addr::from_bits(bits).to_string()).into()
        }
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            [bits ^ 1, bits ^ (1 << 80)].map(|bits| Ipv6Addr::from_bits(bits).to_string()).into()
        }
    }
}

/// A text of several words: each of them changed in turn, one left out.
fn words(text: &str) -> Vec<String> {
    let mut others = Vec::new();
    let mut start = 0;
    let ends = text.match_indices([' ', '/']).map(|(at, _)| at).chain([text.len()]);
    for end in ends {
        let word = &text[start..end];
        if let Some(other) = Some(word).filter(|word| !word.is_empty()).and_then(|word| texts(word).into_iter().next())
        {
            others.push(format!("{}{other}{}", &text[..start], &text[end..]));
        }
        start = end + 1;
    }
    others.extend(text.rsplit_once(' ').map(|(before, _)| before.to_owned()));
    if others.is_empty() { vec![format!("{text}x")] } else { others }
}

/// A text whose last letter or digit is another; of hexadecimal digits again a hexadecimal digit.
fn last_changed(text: &str) -> String {
    let Some((at, last)) = text.char_indices().rev().find(|(_, c)| c.is_alphanumeric()) else {
        return format!("{text}x");
    };
    let other = match last {
        'a' | 'A' => 'b',
        '0' => '1',
        c if c.is_ascii_digit() => '0',
        _ => 'a',
    };
    format!("{}{other}{}", &text[..at], &text[at + last.len_utf8()..])
}

fn lists(list: &[Value]) -> Vec<Value> {
    let mut more = list.to_vec();
    more.push(list.first().map_or_else(|| "x".into(), |first| others(first).remove(0)));
    let mut wrong = vec![Value::Array(more)];
    if let Some((first, rest)) = list.split_first() {
        wrong.push(rest.into());
        wrong.push(others(first).into_iter().take(1).chain(rest.iter().cloned()).collect());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(right: Value, wrong: &Value) {
        let others = others(&right);
        assert!(!others.is_empty() && !others.contains(&right), "{right}: {others:?}");
        assert_eq!(Value::from(others), *wrong);
    }

    #[test]
    fn a_wrong_value_looks_like_the_right_one() {
        check(json!("192.0.2.1"), &json!(["192.0.2.0", "193.0.2.1"]));
        check(json!("2001:db8::1"), &json!(["2001:db8::", "2001:db8:1::1"]));
        check(json!("AF_INET"), &json!(["AF_INET6", "AF_UNIX"]));
        check(json!(80), &json!([81, 79, 16464]));
        check(json!("80"), &json!(["81", "800"]));
        check(json!("c0000201"), &json!(["c0000200", "c0000201x", "other.test", "0000201"]));
        check(json!("udp A www.test."), &json!(["tcp A www.test.", "udp AAAA www.test.", "udp A www.tesa.", "udp A"]));
        check(json!("http 80/tcp"), &json!(["htta 80/tcp", "http 81/tcp", "http 80/udp", "http"]));
        check(json!(""), &json!(["x", "x", "other.test"]));
        check(json!(["a"]), &json!([["a", "b"], [], ["b"]]));
        check(json!([]), &json!([["x"]]));
        check(json!(true), &json!([false]));
    }
}
