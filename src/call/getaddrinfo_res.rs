//! getaddrinfo(3), looked at through the pointer that its list goes to: what it leaves there when it fails.

use serde::{Deserialize, Serialize};

use super::ffi::addrinfo::{Hints, Left, failure, look_behind};
use super::ffi::text::or_null;
use super::ffi::unset;
use super::{AddrinfoFlag, Call, Constant, NoAnswer, Text};

/// The arguments of getaddrinfo_res.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetaddrinfoRes {
    /// The node; a null pointer where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub node: Option<Text>,
    /// The service; a null pointer where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub service: Option<Text>,
    /// `ai_flags`.
    #[serde(default, skip_serializing_if = "unset")]
    pub flags: Vec<Constant<AddrinfoFlag>>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The error by name; null where there was none.
    pub error: Option<String>,
    /// What the pointer, which was not null before, holds now.
    pub res: Left,
}

impl Call for GetaddrinfoRes {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("error", "the error, absent where there was none: `EAI_NONAME`"),
        ("res", "what the pointer to the list holds now: `untouched`, `null` or `changed`"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let hints = Hints { flags: Constant::union(&self.flags)?, ..Hints::default() };
        let (code, errno, res) = look_behind(self.node.as_ref(), self.service.as_ref(), &hints);
        Ok(Answer { error: (code != 0).then(|| failure(code, errno).name), res })
    }

    fn written(&self) -> String {
        let flags = super::ffi::constant::list(&self.flags);
        format!("{}, {}, {{{flags}}}", or_null(self.node.as_ref()), or_null(self.service.as_ref()))
    }
}
