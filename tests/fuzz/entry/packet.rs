//! A packet in: a message for the look-up. Its last bit of all says whether it came over UDP or over TCP.

use std::net::IpAddr;
use std::sync::LazyLock;

use netdbspec::outcome::Transport;
use netdbspec::server::Zones;

use super::look_ups;

static ZONES: LazyLock<Zones> = LazyLock::new(|| Zones::read(&look_ups()).expect("they are correct"));

/// Answers a message.
pub fn run(input: &[u8]) {
    let Some((last, message)) = input.split_last() else { return };
    let transport = if last & 1 == 0 { Transport::Udp } else { Transport::Tcp };
    let reply = ZONES.answer(message, transport, IpAddr::from([127, 0, 0, 1]));
    if reply.is_empty() {
        return;
    }
    assert!(reply.len() >= 12, "a reply of {} bytes", reply.len());
    assert_eq!(reply[..2], message[..2], "the id");
    assert!(reply[2] & 0x80 != 0, "QR");
    let limit = if transport == Transport::Udp { 65_507 } else { 65_535 };
    assert!(reply.len() <= limit, "a reply of {} bytes over {transport}", reply.len());
}
