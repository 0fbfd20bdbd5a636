//! The messages between harness and subject: JSON, one message a line, a line each way for each question. Their JSON is
//! defined here and nowhere else; `fixtures/subjects/README.md` explains it to those who write a subject.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::Failure;

/// The version of the protocol that this page defines.
pub const VERSION: u32 = 1;

/// What the harness says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// Opens the conversation; the subject says who it is.
    Hello {
        /// The version of the protocol that the harness speaks.
        protocol: u32,
    },
    /// Asks one call; the subject replies with one message that bears the same number.
    Ask {
        /// The number of the question, counted from 1.
        seq: u64,
        /// The call and its arguments: `{"getservbyname":{"name":"http"}}`.
        call: Value,
    },
    /// Ends the conversation; the subject exits with status 0.
    Bye {},
}

/// What the subject says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// Who it is.
    Hello(Hello),
    /// The call succeeded.
    Answer {
        /// The number of the question.
        seq: u64,
        /// What the call gave, in the shape of that call's answer.
        value: Value,
    },
    /// The call failed as the API lets it fail.
    Failure {
        /// The number of the question.
        seq: u64,
        /// The canonical name: see [`Failure::name`].
        name: String,
        /// The name of the errno beside it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        errno: Option<String>,
        /// The code as the subject had it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<i64>,
        /// The text that the subject had for it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// The subject has no such call, or no way to pass these arguments.
    Unsupported {
        /// The number of the question.
        seq: u64,
        /// What it lacks.
        reason: String,
    },
    /// The subject's adapter, not what it tests, could not carry out the call.
    Trouble {
        /// The number of the question.
        seq: u64,
        /// What happened.
        text: String,
    },
}

/// Who a subject is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The version of the protocol that it speaks.
    pub protocol: u32,
    /// The implementation under test: `glibc`, `cpython`.
    pub name: String,
    /// Its version: `2.36`.
    pub version: String,
    /// The operating system, and whatever else beneath it matters.
    pub os: String,
    /// Whose manuals bind it: `["cpython", "glibc", "linux"]`.
    pub implements: Vec<String>,
    /// The calls that it can make. Names that this harness does not know are passed over.
    pub calls: Vec<String>,
    /// Whether one look-up sends its queries side by side, so that their order on the wire tells nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub concurrent: bool,
}

impl Hello {
    /// What is known of a subject that can be asked nothing.
    #[must_use]
    pub fn nobody(name: &str) -> Self {
        Self {
            protocol: VERSION,
            name: name.to_owned(),
            version: "unknown".to_owned(),
            os: String::new(),
            implements: Vec::new(),
            calls: Vec::new(),
            concurrent: false,
        }
    }

    /// Whether the subject can make this call.
    #[must_use]
    pub fn makes(&self, call: &str) -> bool {
        self.calls.iter().any(|name| name == call)
    }

    /// What a call that it cannot make comes to, in words.
    #[must_use]
    pub fn lacks(&self, call: &str) -> String {
        format!("{} {} has no `{call}`", self.name, self.version)
    }
}

impl Reply {
    /// The number of the question that it answers; `None` for a hello.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        match self {
            Self::Hello(_) => None,
            Self::Answer { seq, .. }
            | Self::Failure { seq, .. }
            | Self::Unsupported { seq, .. }
            | Self::Trouble { seq, .. } => Some(*seq),
        }
    }

    /// The message for the failure of question `seq`.
    #[must_use]
    pub fn failure(seq: u64, failure: Failure) -> Self {
        let Failure { name, errno, code, text } = failure;
        Self::Failure { seq, name, errno, code, text }
    }

    /// Reads what a subject wrote in one line.
    ///
    /// # Errors
    /// Why the line is no message of this version of the protocol.
    pub fn read(line: &[u8]) -> Result<Self, String> {
        // The usual case, without a detour.
        if let Ok(reply) = serde_json::from_slice(line)
            && !matches!(&reply, Self::Hello(hello) if hello.protocol != VERSION)
        {
            return Ok(reply);
        }
        let message: Value = serde_json::from_slice(line).map_err(|error| format!("it is not JSON: {error}"))?;
        if let Some(spoken) = message.pointer("/hello/protocol").filter(|spoken| **spoken != VERSION) {
            return Err(format!("it speaks version {spoken} of the protocol, and this harness version {VERSION}"));
        }
        serde_json::from_value(message).map_err(|error| format!("it is no message of the protocol: {error}"))
    }
}

/// A message as it goes over the pipe: one line, with its end.
///
/// # Errors
/// When the message cannot be written as JSON.
pub fn line<M: Serialize>(message: &M) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}
