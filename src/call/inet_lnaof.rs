//! inet_lnaof(3): the host part of an IPv4 address by its class.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::ffi::c;
use super::ffi::inet::{Number, in_addr};
use super::{Call, NoAnswer};

/// The arguments of inet_lnaof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetLnaof {
    /// The address.
    pub address: Ipv4Addr,
}

impl Call for InetLnaof {
    type Answer = Number;
    const FACETS: &'static [(&'static str, &'static str)] = Number::FACETS;

    fn perform(&self) -> Result<Number, NoAnswer> {
        // SAFETY: the function takes any address and touches nothing else.
        Ok(Number { number: unsafe { c::inet_lnaof(in_addr(self.address)) } })
    }

    fn written(&self) -> String {
        self.address.to_string()
    }
}
