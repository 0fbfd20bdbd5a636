//! gethostname(2): the name of this machine.

use serde::{Deserialize, Serialize};

use super::ffi::errno;
use super::ffi::guard::Buffer;
use super::{Call, NoAnswer};

/// The arguments of gethostname: none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gethostname {}

/// What gethostname gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The name.
    pub name: String,
}

impl Call for Gethostname {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[("name", "the machine's name")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        // One byte more than the longest name of POSIX (255) and its NUL.
        const SIZE: usize = 257;
        let mut buffer = Buffer::new(SIZE);
        // SAFETY: the buffer has as many bytes as said.
        let called = errno::call(|| unsafe { libc::gethostname(buffer.text_pointer(), SIZE) });
        buffer.intact("the name")?;
        if called.result != 0 {
            return Err(errno::failure(called.errno).into());
        }
        Ok(Answer { name: buffer.text("the name")? })
    }

    fn written(&self) -> String {
        String::new()
    }
}
