//! byteorder(3): what htons, htonl, ntohs and ntohl have in common.

use serde::{Deserialize, Serialize};

use super::text::Bytes;

/// What a function of byteorder(3) gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ordered {
    /// The number, as this machine reads it.
    pub number: u32,
    /// Its bytes, as they lie in memory.
    pub bytes: Bytes,
}

impl Ordered {
    /// What rules can look at.
    pub(crate) const FACETS: &'static [(&'static str, &'static str)] =
        &[("number", "the number that came back"), ("bytes", "its bytes, as they lie in memory")];
}

/// Writes one of these calls.
macro_rules! byte_order {
    ($call:ident, $function:ident, $number:ty) => {
        #[doc = concat!("The arguments of ", stringify!($function), ".")]
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $call {
            /// The number that is handed over.
            pub number: $number,
        }

        impl super::Call for $call {
            type Answer = super::ffi::order::Ordered;
            const FACETS: &'static [(&'static str, &'static str)] = super::ffi::order::Ordered::FACETS;

            fn perform(&self) -> Result<Self::Answer, super::NoAnswer> {
                // SAFETY: the function takes any number and touches nothing else.
                let number = unsafe { super::ffi::c::$function(self.number) };
                Ok(super::ffi::order::Ordered {
                    number: number.into(),
                    bytes: super::Bytes(number.to_ne_bytes().to_vec()),
                })
            }

            fn written(&self) -> String {
                format!("{:#x}", self.number)
            }
        }
    };
}
pub(crate) use byte_order;
