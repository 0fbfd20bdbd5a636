//! socket(2): whether the kernel makes such a socket, and what it then says it is.

use serde::{Deserialize, Serialize};

use super::ffi::constant::canonical;
use super::ffi::{errno, unset};
use super::{Call, Constant, Family, NoAnswer, Protocol, Socktype};

/// The arguments of socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Socket {
    /// The family.
    pub family: Constant<Family>,
    /// The type.
    pub socktype: Constant<Socktype>,
    /// The protocol; 0 where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub protocol: Constant<Protocol>,
}

/// What the new socket says it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// SO_DOMAIN.
    #[serde(deserialize_with = "canonical")]
    pub family: Constant<Family>,
    /// SO_TYPE.
    #[serde(deserialize_with = "canonical")]
    pub socktype: Constant<Socktype>,
    /// SO_PROTOCOL.
    #[serde(deserialize_with = "canonical")]
    pub protocol: Constant<Protocol>,
}

impl Socket {
    /// Makes the socket, without any flag that was not asked for.
    ///
    /// # Errors
    /// The errno of socket(2).
    pub(super) fn make(&self) -> Result<socket2::Socket, NoAnswer> {
        let protocol = socket2::Protocol::from(self.protocol.int()?);
        socket2::Socket::new_raw(self.family.int()?.into(), self.socktype.int()?.into(), Some(protocol))
            .map_err(|error| errno::io_failure(&error).into())
    }
}

impl Call for Socket {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("family", "the family, by SO_DOMAIN"),
        ("socktype", "the type, by SO_TYPE"),
        ("protocol", "the protocol, by SO_PROTOCOL"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let socket = self.make()?;
        let failure = |error| errno::io_failure(&error);
        Ok(Answer {
            family: Constant::of(i32::from(socket.domain().map_err(failure)?).into()),
            socktype: Constant::of(i32::from(socket.r#type().map_err(failure)?).into()),
            protocol: Constant::of(socket.protocol().map_err(failure)?.map_or(0, i32::from).into()),
        })
    }

    fn written(&self) -> String {
        format!("{}, {}, {}", self.family, self.socktype, self.protocol)
    }
}
