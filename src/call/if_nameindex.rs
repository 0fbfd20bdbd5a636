//! if_nameindex(3): all links, each with its index and its name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::{errno, text};
use super::{Call, NoAnswer};

/// The arguments of if_nameindex: none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IfNameindex {}

/// What if_nameindex gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The links, in the order of the list.
    pub links: Vec<(u32, String)>,
}

impl Call for IfNameindex {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("indexes", "the index of each link"),
        ("names", "the name of each link"),
        ("count", "how many links there are"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        // SAFETY: the function takes nothing.
        let called = errno::call(|| unsafe { libc::if_nameindex() });
        let list = called.result;
        if list.is_null() {
            return Err(errno::failure(called.errno).into());
        }
        // SAFETY: an entry of index 0 without a name ends the list; all before it have a name that ends in NUL.
        let links = (0..).map(|at| unsafe { &*list.add(at) });
        let links = links.take_while(|link| link.if_index != 0 || !link.if_name.is_null());
        // SAFETY: as above.
        let links =
            links.map(|link| (link.if_index, unsafe { text::read(link.if_name) }.unwrap_or_default())).collect();
        // SAFETY: the list comes from if_nameindex and is not looked at again.
        unsafe { libc::if_freenameindex(list) };
        Ok(Answer { links })
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        let links = answer.links.iter();
        Some(match name {
            "indexes" => links.map(|(index, _)| *index).collect(),
            "names" => links.map(|(_, name)| name.clone()).collect(),
            "count" => answer.links.len().into(),
            _ => return None,
        })
    }

    fn written(&self) -> String {
        String::new()
    }
}
