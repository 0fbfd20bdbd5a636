//! inet_makeaddr(3): from a network number and a host number to an IPv4 address.

use serde::{Deserialize, Serialize};

use super::ffi::c;
use super::ffi::inet::Address;
use super::{Call, NoAnswer};

/// The arguments of inet_makeaddr.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetMakeaddr {
    /// The network number, in host order.
    pub net: u32,
    /// The host number, in host order.
    pub host: u32,
}

impl Call for InetMakeaddr {
    type Answer = Address;
    const FACETS: &'static [(&'static str, &'static str)] = Address::FACETS;

    fn perform(&self) -> Result<Address, NoAnswer> {
        // SAFETY: the function takes any numbers and touches nothing else.
        Ok(unsafe { c::inet_makeaddr(self.net, self.host) }.into())
    }

    fn written(&self) -> String {
        format!("{:#x}, {:#x}", self.net, self.host)
    }
}
