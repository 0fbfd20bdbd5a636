//! Inputs that are a little smaller than another one: the great steps first.

use toml::{Table, Value};

use super::Input;
use super::grow::{asked, types};
use super::mutate;
use crate::outcome::Transport;
use crate::server::Zones;

/// The arguments that a call cannot do without.
const NEEDED: [&str; 3] = ["node", "name", "address"];

/// All inputs that are one step smaller.
pub(super) fn smaller(input: &Input, zones: &Zones) -> Vec<Input> {
    let mut steps = Vec::new();
    let mut with = |change: &dyn Fn(&mut Input)| {
        let mut smaller = input.clone();
        change(&mut smaller);
        if smaller != *input {
            steps.push(smaller);
        }
    };
    // Whole parts.
    with(&|input| input.faults.clear());
    with(&|input| (input.hosts, input.nsswitch) = (None, None));
    with(&|input| (input.options, input.search) = (Vec::new(), Vec::new()));
    for nth in 0..input.faults.len() {
        with(&|input| drop(input.faults.remove(nth)));
    }
    with(&|input| input.hosts = None);
    with(&|input| input.nsswitch = None);
    with(&|input| input.records.clear());
    with(&|input| input.search.clear());
    for nth in 0..input.options.len() {
        with(&|input| drop(input.options.remove(nth)));
    }
    for nth in 0..input.search.len() {
        with(&|input| drop(input.search.remove(nth)));
    }
    for nth in 0..input.records.len() {
        with(&|input| drop(input.records.remove(nth)));
    }
    for nth in 0..input.hosts.as_ref().map_or(0, Vec::len) {
        with(&|input| input.hosts.iter_mut().for_each(|lines| drop(lines.remove(nth))));
    }
    // The call.
    let given = input.arguments.iter().filter(|(key, _)| !NEEDED.contains(&key.as_str()) && *key != "socktype");
    for (key, value) in given {
        // AF_INET is the simplest, or cannot be left out.
        let stays = key == "family" && (input.call == "gethostbyname2" || value.as_str() == Some("AF_INET"));
        if !stays {
            with(&|input| drop(input.arguments.remove(key)));
        }
    }
    if let Some(Value::Array(flags)) = input.arguments.get("flags").filter(|_| input.arguments.len() > 1) {
        for nth in 0..flags.len() {
            with(&|input| {
                input.arguments.get_mut("flags").and_then(Value::as_array_mut).map(|flags| flags.remove(nth));
            });
        }
    }
    if input.call == "getaddrinfo" && !input.arguments.contains_key("family") {
        with(&|input| one_family(input, "AF_INET"));
    }
    if let Some(name) = input.name() {
        for simple in ["both.test", "a.test"] {
            if simple.len() < name.len() || simple == "both.test" && name != "a.test" {
                with(&|input| rename(input, simple));
            }
        }
    }
    // What the faults are.
    for (nth, fault) in input.faults.iter().enumerate() {
        for smaller in faults(fault, input, zones) {
            with(&|input| input.faults[nth].clone_from(&smaller));
        }
    }
    steps
}

/// The same call for one family only, and no fault for the other's type.
fn one_family(input: &mut Input, family: &str) {
    input.arguments.insert("family".to_owned(), family.into());
    let types = types(input);
    let other = |fault: &Table| {
        let only = fault.get("on").and_then(|on| on.get("type")).and_then(Value::as_str);
        only.is_some_and(|only| !types.contains(&only))
    };
    input.faults.retain(|fault| !other(fault));
    input.faults.iter_mut().for_each(|fault| drop(fault.remove("on")));
}

/// Another name, wherever this one stands as a text.
fn rename(input: &mut Input, to: &str) {
    let Some(from) = input.name().map(str::to_owned) else { return };
    for key in ["node", "name"] {
        if input.arguments.contains_key(key) {
            input.arguments.insert(key.to_owned(), to.into());
        }
    }
    let from = format!("{}.", from.trim_end_matches('.'));
    if from.len() < 3 {
        return;
    }
    for fault in &mut input.faults {
        for (_, kind) in fault.iter_mut() {
            for (_, value) in kind.as_table_mut().into_iter().flatten() {
                if let Value::String(text) = value {
                    *text = text.replace(&from, &format!("{to}."));
                }
            }
        }
    }
}

/// One fault, made smaller.
fn faults(fault: &Table, input: &Input, zones: &Zones) -> Vec<Table> {
    let mut steps = Vec::new();
    if fault.contains_key("on") {
        let mut all = fault.clone();
        all.remove("on");
        steps.push(all);
    }
    for (kind, keys) in fault.iter().filter(|(kind, _)| *kind != "on") {
        let Some(keys) = keys.as_table() else { continue };
        let with = |smaller: Table| {
            let mut step = fault.clone();
            step.insert(kind.clone(), smaller.into());
            step
        };
        if keys.len() > 1 {
            for key in keys.keys() {
                let mut fewer = keys.clone();
                fewer.remove(key);
                steps.push(with(fewer));
            }
        }
        if let (Some(Value::String(hex)), "bytes") = (keys.get("hex"), kind.as_str()) {
            steps.extend(plainer(hex, fault, input, zones));
        }
        for (key, value) in keys {
            let Value::String(text) = value else { continue };
            let smaller = match (kind.as_str(), key.as_str()) {
                ("answer", "answer" | "authority" | "additional") => lines(text),
                ("bytes", "hex") => bytes(text, input, zones),
                _ => Vec::new(),
            };
            for text in smaller {
                let mut step = keys.clone();
                step.insert(key.clone(), text.into());
                steps.push(with(step));
            }
        }
        if let Some(repeat) = keys.get("repeat").and_then(Value::as_integer).filter(|repeat| *repeat > 1) {
            for fewer in [repeat / 2, repeat - 1] {
                let mut step = keys.clone();
                step.insert("repeat".to_owned(), fewer.into());
                steps.push(with(step));
            }
        }
    }
    steps
}

/// Faults of other kinds that do some of what the bytes do: those that change the header, or cut.
fn plainer(hex: &str, fault: &Table, input: &Input, zones: &Zones) -> Vec<Table> {
    let Ok(bytes) = hex::decode(hex) else { return Vec::new() };
    let table = |key: &str, value: Value| Table::from_iter([(key.to_owned(), value)]);
    let mut steps = Vec::new();
    for qtype in types(input) {
        let Some(right) = mutate::right(zones, &asked(input), qtype, Transport::Udp, false) else { continue };
        let word = |of: &[u8], at: usize| of.get(at..at + 2).map_or(0, |word| u16::from_be_bytes([word[0], word[1]]));
        let (flags, other) = (word(&bytes, 2), word(&right, 2));
        let mut header = Table::new();
        let names = [("qr", 15), ("aa", 10), ("tc", 9), ("rd", 8), ("ra", 7), ("z", 6), ("ad", 5), ("cd", 4)];
        for (name, bit) in names.into_iter().filter(|(_, bit)| (flags ^ other) >> bit & 1 == 1) {
            header.insert(name.to_owned(), (flags >> bit & 1 == 1).into());
        }
        if (flags ^ other) & 0x7800 != 0 {
            header.insert("opcode".to_owned(), i64::from(flags >> 11 & 15).into());
        }
        for (name, at) in [("questions", 4), ("answers", 6), ("authorities", 8), ("additionals", 10)] {
            if word(&bytes, at) != word(&right, at) {
                header.insert(name.to_owned(), i64::from(word(&bytes, at)).into());
            }
        }
        let mut kinds = Vec::new();
        if !header.is_empty() && bytes.len() >= 12 {
            kinds.push(table("header", header.into()));
        }
        if (flags ^ other) & 15 != 0 {
            let code =
                Table::from_iter([("code".to_owned(), i64::from(flags & 15).into()), ("keep".to_owned(), true.into())]);
            kinds.push(table("rcode", code.into()));
        }
        if bytes.len() < right.len() {
            let cut = i64::try_from(right.len() - bytes.len()).unwrap_or_default();
            kinds.push(table("bytes", table("cut", cut.into()).into()));
        }
        for mut kind in kinds {
            fault.get("on").into_iter().for_each(|on| _ = kind.insert("on".to_owned(), on.clone()));
            steps.push(kind);
        }
    }
    steps
}

/// Records, fewer and plainer.
fn lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let without = |from: usize, to: usize| {
        let kept = lines.iter().enumerate().filter(|(nth, _)| !(from..to).contains(nth));
        kept.map(|(_, line)| *line).collect::<Vec<_>>().join("\n")
    };
    let mut steps = Vec::new();
    if lines.len() > 3 {
        steps.extend([without(0, lines.len() / 2), without(lines.len() / 2, lines.len())]);
    }
    if lines.len() > 1 {
        steps.extend((0..lines.len()).map(|nth| without(nth, nth + 1)));
    }
    for (nth, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        let [owner, ttl, class, rtype, data] = words[..] else { continue };
        let mut plainer = Vec::new();
        if ttl != "300" {
            plainer.push([owner, "300", class, rtype, data].join(" "));
        }
        if class != "IN" {
            plainer.push([owner, ttl, "IN", rtype, data].join(" "));
        }
        if owner.len() > 20 {
            plainer.push(["evil.test.", ttl, class, rtype, data].join(" "));
        }
        for line in plainer {
            let mut changed: Vec<&str> = lines.clone();
            changed[nth] = &line;
            steps.push(changed.join("\n"));
        }
    }
    steps
}

/// Bytes, nearer to the right reply, or fewer.
fn bytes(hex: &str, input: &Input, zones: &Zones) -> Vec<String> {
    let Ok(bytes) = hex::decode(hex) else { return Vec::new() };
    let mut steps: Vec<Vec<u8>> = Vec::new();
    for qtype in types(input) {
        let Some(right) = mutate::right(zones, &asked(input), qtype, Transport::Udp, false) else { continue };
        steps.extend(nearer(&bytes, &right));
    }
    let mut size = bytes.len() / 2;
    while size > 0 {
        // From the end, where less depends on it.
        let starts = (0..bytes.len() / size).rev().map(|nth| bytes.len() - (nth + 1) * size).rev();
        steps.extend(starts.take(16).map(|at| [&bytes[..at], &bytes[at + size..]].concat()));
        size /= 2;
    }
    steps.into_iter().filter(|step| *step != bytes).map(hex::encode).collect()
}

/// The bytes with some of what distinguishes them from the right reply taken back.
fn nearer(bytes: &[u8], right: &[u8]) -> Vec<Vec<u8>> {
    if bytes.len() < right.len() {
        return Vec::new();
    }
    if bytes.len() > right.len() {
        // What follows what they begin with alike, or what precedes what they end with alike, is made right.
        let common = bytes.iter().zip(right).take_while(|(one, other)| one == other).count();
        let rest = bytes.len().min(right.len()) - common;
        let same =
            bytes.iter().rev().zip(right.iter().rev()).take(rest).take_while(|(one, other)| one == other).count();
        let (middle, right) = (&bytes[common..bytes.len() - same], &right[common..right.len() - same]);
        let half = |part: usize| {
            [
                &bytes[..common],
                &right[..right.len() * part / 4],
                &middle[middle.len() * part / 4..],
                &bytes[bytes.len() - same..],
            ]
            .concat()
        };
        return (1..4).map(half).collect();
    }
    let different: Vec<usize> = (2..bytes.len()).filter(|at| bytes[*at] != right[*at]).collect();
    let with = |these: &[usize]| {
        let mut nearer = bytes.to_vec();
        these.iter().for_each(|at| nearer[*at] = right[*at]);
        nearer
    };
    let (one, other) = different.split_at(different.len() / 2);
    let mut steps = vec![with(one), with(other)];
    steps.extend(different.iter().take(24).map(|at| with(&[*at])));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_smaller_and_the_smallest_has_none() {
        let worlds = crate::world::load(&crate::tree::Tree::fixtures().below("worlds")).unwrap();
        let grower = super::super::Grower::new(&worlds).unwrap();
        for number in 0..12 {
            let mut input = grower.grow(7, number);
            // Whichever step is taken, there is an end.
            for nth in 0.. {
                assert!(nth < 1000, "input {number} never ends: {}", input.file_text("x", "x"));
                let steps = smaller(&input, grower.zones());
                let Some(last) = steps.len().checked_sub(1) else { break };
                input = steps[(nth * 7).min(last)].clone();
            }
        }
    }
}
