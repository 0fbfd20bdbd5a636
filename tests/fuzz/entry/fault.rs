//! Faults as people write them on a command line, one in the first line, and what it makes of the reply to the query that
//! follows: any bytes, or where none follow a right one.

use std::net::IpAddr;
use std::sync::LazyLock;

use netdbspec::fault::{Apply, Exchange, Fault, Plan};
use netdbspec::outcome::Transport;
use netdbspec::server::Zones;

use super::look_ups;

static ZONES: LazyLock<Zones> = LazyLock::new(|| Zones::read(&look_ups()).expect("they are correct"));

/// `www.example.test. IN A`.
const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\x07example\x04test\0\0\x01\0\x01";

/// Reads a fault and applies it.
pub fn run(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let Ok(text) = str::from_utf8(&input[..end]) else { return };
    let Ok(fault) = text.parse::<Fault>() else { return };
    let query = input.get(end + 1..).filter(|query| !query.is_empty()).unwrap_or(QUERY);
    let server = IpAddr::from([127, 0, 0, 1]);
    for transport in [Transport::Udp, Transport::Tcp] {
        let (name, qtype, edns, previous) = ("www.example.test.", "A", false, Some(7));
        let exchange = Exchange { query, name, qtype, transport, server, edns, previous };
        let mut plan = Plan::reply(ZONES.answer(query, transport, server));
        // It is applied whatever its filter says.
        let passes = fault.on.matches(&exchange) && fault.on.counts(1);
        plan.notes.push(format!("passes: {passes}"));
        fault.kind.apply(&exchange, &mut plan);
        for send in plan.sends {
            drop(plan.stream.framed(send.bytes));
        }
    }
    // A world takes it, or says why not.
    if let Err(unfit) = look_ups().add_fault(&fault) {
        assert!(!unfit.to_string().is_empty());
    }
}
