//! The zone parser: the text of a master file. What is read is looked up in, written, and read again.

use std::net::IpAddr;

use netdbspec::outcome::Transport;
use netdbspec::server::Zones;

use super::{serving, tell};

/// Questions without a header: names of the zone, below it and above it, each for ANY, A and NS.
const NAMES: [&[u8]; 5] = [
    b"\x07example\x04test\0",
    b"\x01a\x07example\x04test\0",
    b"\x01b\x01a\x07example\x04test\0",
    b"\x01*\x07example\x04test\0",
    b"\x04test\0",
];

/// Reads a zone.
pub fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match Zones::read(&serving([("example.test.", text)])) {
        Ok(zones) => {
            ask(&zones);
            let written = zones.to_string();
            match Zones::read(&serving([("example.test.", written.as_str())])) {
                Ok(again) => assert_eq!(again.to_string(), written, "what was read reads back the same"),
                Err(problems) => panic!("what was written cannot be read: {problems:?}\n{written}"),
            }
        }
        Err(problems) => tell(&problems),
    }
}

fn ask(zones: &Zones) {
    let server = IpAddr::from([127, 0, 0, 1]);
    for name in NAMES {
        for qtype in [255, 1, 2] {
            let query = [b"\0\x01\x01\0\0\x01\0\0\0\0\0\0", name, &[0, qtype, 0, 1]].concat();
            let reply = zones.answer(&query, Transport::Udp, server);
            assert!((12..=512).contains(&reply.len()), "a reply of {} bytes", reply.len());
        }
    }
}
