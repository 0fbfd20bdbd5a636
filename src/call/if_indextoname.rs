//! if_indextoname(3): the name of a link by its index.

use serde::{Deserialize, Serialize};

use super::ffi::errno;
use super::ffi::guard::Buffer;
use super::{Call, Link, NoAnswer};

/// The arguments of if_indextoname.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IfIndextoname {
    /// The index, or the name of a link whose index it is.
    pub index: Link,
}

/// What if_indextoname gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The name.
    pub name: String,
}

impl Call for IfIndextoname {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[("name", "the name of the link")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let index = self.index.index()?;
        let mut name = Buffer::new(libc::IF_NAMESIZE);
        // SAFETY: the buffer has the size that the function asks for.
        let called = errno::call(|| unsafe { libc::if_indextoname(index, name.text_pointer()) });
        name.intact("the name")?;
        if called.result.is_null() {
            return Err(errno::failure(called.errno).into());
        }
        Ok(Answer { name: name.text("the name")? })
    }

    fn written(&self) -> String {
        format!("{}, name", self.index)
    }
}
