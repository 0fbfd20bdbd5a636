//! What can be asked: one file a call, with its typed arguments, its typed answer and the code that performs it. What the
//! calls share with C is in `ffi.rs` alone.
//!
//! A new call is one file here and one row in the register at the foot of this page.
#![expect(unsafe_code, reason = "the calls are C functions")]

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::{Failure, Reply};

/// One call of the API: a value of this type holds the arguments.
pub trait Call: Serialize + DeserializeOwned {
    /// What it gives when it succeeds.
    type Answer: Serialize + DeserializeOwned;

    /// What rules can look at in the answer, each with what it holds.
    const FACETS: &'static [(&'static str, &'static str)];

    /// Asks the C library that this process is linked to.
    ///
    /// # Errors
    /// The failure of the call, under its canonical name.
    fn perform(&self) -> Result<Self::Answer, Failure>;

    /// The facet `name` of an answer; `None` where it is absent. `name` is one of [`Call::FACETS`].
    fn facet(answer: &Self::Answer, name: &str) -> Option<Value>;
}

mod gethostname;
mod version;

pub use version::libc_version;

/// The register: turns its rows into [`Ask`], its names, its dispatch and the check of foreign answers.
macro_rules! register {
    ($($module:ident => $call:ident,)*) => {
        $(pub use $module::$call;)*

        /// A call with its arguments: `{ getservbyname = { name = "http" } }`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Ask {
            $(#[doc = concat!("See [`", stringify!($call), "`].")] $call($call),)*
        }

        impl Ask {
            /// The names of all calls.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($module)),*];

            /// The call's name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$call(_) => stringify!($module),)* }
            }

            /// What rules can look at in the answer of the call `name`, each with what it holds; `None` for no call.
            #[must_use]
            pub fn facets(name: &str) -> Option<&'static [(&'static str, &'static str)]> {
                match name { $(stringify!($module) => Some($call::FACETS),)* _ => None }
            }

            /// Asks the C library that this process is linked to.
            #[must_use]
            pub fn perform(&self) -> Reply {
                match self { $(Self::$call(call) => reply(call.perform()),)* }
            }

            /// Reads a foreign answer to the call `name` as that call's answer and writes it again in canonical form.
            ///
            /// # Errors
            /// Why the value is no answer of that call.
            pub fn check(name: &str, answer: Value) -> Result<Value, String> {
                match name {
                    $(stringify!($module) => check::<$call>(answer),)*
                    _ => Err(format!("there is no call `{name}`")),
                }
            }

            /// The facet `facet` of a canonical answer to the call `name`; `None` where it is absent.
            #[must_use]
            pub fn facet(name: &str, answer: &Value, facet: &str) -> Option<Value> {
                match name {
                    $(stringify!($module) => {
                        let answer = serde_json::from_value(answer.clone()).ok()?;
                        $call::facet(&answer, facet).filter(|value| !value.is_null())
                    })*
                    _ => None,
                }
            }
        }
    };
}

fn reply<A: Serialize>(result: Result<A, Failure>) -> Reply {
    match result.map(serde_json::to_value) {
        Ok(Ok(answer)) => Reply::Answer(answer),
        Ok(Err(error)) => Reply::Unsupported(format!("the answer cannot be written as JSON: {error}")),
        Err(failure) => Reply::Failure(failure),
    }
}

fn check<C: Call>(answer: Value) -> Result<Value, String> {
    let answer: C::Answer = serde_json::from_value(answer).map_err(|error| error.to_string())?;
    serde_json::to_value(&answer).map_err(|error| error.to_string())
}

register! {
    gethostname => Gethostname,
}
