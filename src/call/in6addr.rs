//! The IPv6 address constants of `<netinet/in.h>`: the variables of the C library, and the initialisers of its headers.

use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};

use super::{Bytes, Call, NoAnswer};

/// The arguments of in6addr.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct In6addr {
    /// The constant.
    pub name: Name,
}

/// The constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Name {
    /// The wildcard address, a variable.
    #[serde(rename = "in6addr_any")]
    Any,
    /// The loopback address, a variable.
    #[serde(rename = "in6addr_loopback")]
    Loopback,
    /// The wildcard address, an initialiser.
    #[serde(rename = "IN6ADDR_ANY_INIT")]
    AnyInit,
    /// The loopback address, an initialiser.
    #[serde(rename = "IN6ADDR_LOOPBACK_INIT")]
    LoopbackInit,
}

/// What a constant is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The address.
    pub address: Ipv6Addr,
    /// Its bytes, as they lie in memory.
    pub bytes: Bytes,
}

impl Call for In6addr {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] =
        &[("address", "the address"), ("bytes", "its bytes, as they lie in memory")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let bytes = match self.name {
            // SAFETY: the C library never writes to the variable.
            Name::Any => unsafe { libc::in6addr_any.s6_addr },
            // SAFETY: as above.
            Name::Loopback => unsafe { libc::in6addr_loopback.s6_addr },
            // What the crate has for a macro is held against the headers by a test.
            Name::AnyInit => libc::IN6ADDR_ANY_INIT.s6_addr,
            Name::LoopbackInit => libc::IN6ADDR_LOOPBACK_INIT.s6_addr,
        };
        Ok(Answer { address: bytes.into(), bytes: Bytes(bytes.to_vec()) })
    }

    fn written(&self) -> String {
        serde_json::to_value(self.name).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{Call, In6addr, Name};
    use crate::call::ffi::table::headers::printed;

    #[test]
    fn the_initialisers_are_those_of_the_headers_of_this_platform() {
        let mut source = "#include <netinet/in.h>\n#include <stdio.h>\nint main(void) {\n".to_owned();
        let mut expected = String::new();
        for name in [Name::AnyInit, Name::LoopbackInit] {
            let constant = In6addr { name };
            writeln!(source, "{{ struct in6_addr a = {};", constant.written()).unwrap();
            source.push_str("for (int i = 0; i < 16; i++) printf(\"%02x\", a.s6_addr[i]); puts(\"\"); }\n");
            writeln!(expected, "{}", constant.perform().unwrap().bytes).unwrap();
        }
        source.push_str("}\n");
        let compiler = if cfg!(target_env = "musl") { "musl-gcc" } else { "cc" };
        if let Some(printed) = printed(compiler, &source) {
            assert_eq!(printed, expected);
        }
    }
}
