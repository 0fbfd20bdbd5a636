//! A script of socket calls: sockets are made, bound, connected and spoken through, and what comes of it is recorded under
//! labels.
//!
//! An operation that fails records its errno under its label, and the script goes on; without a label it ends the call
//! with that failure. An operation on a socket that was never made fails with EBADF, one towards an address that was never
//! learned with EDESTADDRREQ. Every accept, receive and send gives up after two seconds (EAGAIN).

mod arguments;
mod elsewhere;
mod labels;
mod op;
mod option;
mod place;
mod run;
mod scratch;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::op::Op;
use super::{Call, NoAnswer};

/// The arguments of sockets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sockets {
    /// The operations, in order.
    pub script: Vec<Op>,
}

/// What the script recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What each label recorded, in order: an address, a text, a number, a list of addresses, an errno, or `ok`.
    pub values: Map<String, Value>,
}

impl Call for Sockets {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        run::run(&self.script).map(|values| Answer { values })
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        answer.values.get(name).cloned()
    }

    fn written(&self) -> String {
        self.script.iter().map(Op::to_string).collect::<Vec<_>>().join("; ")
    }

    fn objection(&self) -> Option<String> {
        labels::objection(&self.script)
    }

    fn labels(&self) -> Vec<&str> {
        self.script.iter().flat_map(Op::labels).collect()
    }
}
