//! The macros IN6_IS_ADDR_… of `<netinet/in.h>`: which kinds an IPv6 address is of.
//!
//! They are no functions that could be called, so they stand here as the headers have them, and a test holds them against
//! the headers.

use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};

use super::{Call, NoAnswer};

/// The arguments of in6_is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct In6Is {
    /// The address.
    pub address: Ipv6Addr,
}

/// What the macros say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Those that hold, without IN6_IS_ADDR_ in front.
    pub holds: Vec<String>,
}

/// A macro by its name without IN6_IS_ADDR_, and whether it holds for these bytes.
type Macro = (&'static str, fn(&[u8; 16]) -> bool);

/// The macros in the order of RFC 3493 §6.4.
const MACROS: [Macro; 12] = [
    ("UNSPECIFIED", |bytes| *bytes == [0; 16]),
    ("LOOPBACK", |bytes| bytes[..15] == [0; 15] && bytes[15] == 1),
    ("MULTICAST", |bytes| bytes[0] == 0xff),
    ("LINKLOCAL", |bytes| bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80),
    ("SITELOCAL", |bytes| bytes[0] == 0xfe && bytes[1] & 0xc0 == 0xc0),
    ("V4MAPPED", |bytes| bytes[..10] == [0; 10] && bytes[10..12] == [0xff; 2]),
    ("V4COMPAT", |bytes| bytes[..12] == [0; 12] && not_unspecified_or_loopback(bytes)),
    ("MC_NODELOCAL", |bytes| multicast(bytes, 0x1)),
    ("MC_LINKLOCAL", |bytes| multicast(bytes, 0x2)),
    ("MC_SITELOCAL", |bytes| multicast(bytes, 0x5)),
    ("MC_ORGLOCAL", |bytes| multicast(bytes, 0x8)),
    ("MC_GLOBAL", |bytes| multicast(bytes, 0xe)),
];

fn multicast(bytes: &[u8; 16], scope: u8) -> bool {
    bytes[0] == 0xff && bytes[1] & 0xf == scope
}

/// musl looks at the last byte alone, glibc at the last four.
fn not_unspecified_or_loopback(bytes: &[u8; 16]) -> bool {
    let low = [bytes[12], bytes[13], bytes[14], bytes[15]];
    let compared = if cfg!(target_env = "musl") { low[3].into() } else { u32::from_be_bytes(low) };
    compared > 1
}

impl Call for In6Is {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] =
        &[("holds", "the macros that hold, without IN6_IS_ADDR_ in front")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let bytes = self.address.octets();
        let holds = MACROS.iter().filter(|(_, holds)| holds(&bytes)).map(|(name, _)| (*name).to_owned()).collect();
        Ok(Answer { holds })
    }

    fn written(&self) -> String {
        self.address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{Call, In6Is, MACROS};
    use crate::call::ffi::table::headers::printed;

    const ADDRESSES: [&str; 32] = [
        "::",
        "::1",
        "::2",
        "::ff",
        "::100",
        "::1:0",
        "::1.2.3.4",
        "::1.2.3.1",
        "::1.2.3.0",
        "::ffff:0:0",
        "::ffff:1.2.3.4",
        "::fffe:1.2.3.4",
        "::1:ffff:1.2.3.4",
        "1::",
        "64:ff9b::1",
        "2001:db8::1",
        "fc00::1",
        "fd00::1",
        "fe7f::1",
        "fe80::1",
        "febf:ffff::1",
        "fec0::1",
        "feff::1",
        "ff00::1",
        "ff01::1",
        "ff02::1",
        "ff05::1",
        "ff08::1",
        "ff0e::1",
        "ff11::1",
        "ff32::1",
        "fffe::1",
    ];

    #[test]
    fn the_macros_hold_for_what_they_hold_for_in_the_headers_of_this_platform() {
        let mut source =
            "#include <arpa/inet.h>\n#include <stdio.h>\nint main(void) {\nstruct in6_addr a;\n".to_owned();
        for address in ADDRESSES {
            writeln!(source, "inet_pton(AF_INET6, \"{address}\", &a); printf(\"{address}\");").unwrap();
            for (name, _) in MACROS {
                writeln!(source, "if (IN6_IS_ADDR_{name}(&a)) printf(\" {name}\");").unwrap();
            }
            source.push_str("printf(\"\\n\");\n");
        }
        source.push_str("}\n");
        let line = |address: &str| {
            let holds = In6Is { address: address.parse().unwrap() }.perform().unwrap().holds;
            [address].into_iter().chain(holds.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
        };
        let compiler = if cfg!(target_env = "musl") { "musl-gcc" } else { "cc" };
        if let Some(printed) = printed(compiler, &source) {
            assert_eq!(printed.lines().collect::<Vec<_>>(), ADDRESSES.map(line));
        }
    }
}
