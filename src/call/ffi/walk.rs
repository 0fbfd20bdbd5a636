//! Walks through a database: what gethostent, getservent and getprotoent have in common.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::Failure;

/// A walk that goes on for longer does not end by itself.
pub(crate) const MOST: usize = 100_000;

/// What is called before the first entry is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Begin {
    /// sethostent, setservent, setprotoent: from the first entry.
    #[default]
    Set,
    /// endhostent, endservent, endprotoent.
    End,
    /// Nothing: on from where the last walk was left.
    Nothing,
}

/// What a database consists of.
pub(crate) trait Entry: Sized {
    /// What C gives for one.
    type C;
    /// What rules can look at in a list of entries.
    const LIST: &'static [(&'static str, &'static str)];

    /// Copies an entry out of C.
    ///
    /// # Safety
    /// As for the function of the type itself.
    unsafe fn copy(entry: *const Self::C) -> Result<Self, Failure>;

    /// A facet of a list of entries.
    fn list(entries: &[Self], name: &str) -> Option<Value>;
}

/// Writes one of these calls.
macro_rules! walk {
    ($call:ident, $entry:ty, $set:ident, $get:ident, $end:ident) => {
        #[doc = concat!("The arguments of ", stringify!($get), ": how the walk begins, and how far it goes.")]
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $call {
            #[doc = concat!("What is called first; ", stringify!($set), " where it is left out.")]
            #[serde(default, skip_serializing_if = "super::ffi::unset")]
            pub begin: super::ffi::walk::Begin,
            #[doc = concat!("What ", stringify!($set), " is told; 0 where it is left out.")]
            #[serde(default, skip_serializing_if = "super::ffi::unset")]
            pub stayopen: i32,
            /// So many entries at most, and the walk is left there; to the end, which closes the database, where it is left out.
            #[serde(default, skip_serializing_if = "super::ffi::unset")]
            pub most: Option<u16>,
        }

        /// What the walk gives.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Answer {
            /// The entries, in order.
            pub entries: Vec<$entry>,
        }

        impl super::Call for $call {
            type Answer = Answer;
            const FACETS: &'static [(&'static str, &'static str)] = <$entry as super::ffi::walk::Entry>::LIST;

            fn perform(&self) -> Result<Answer, super::NoAnswer> {
                let _alone = super::ffi::alone();
                match self.begin {
                    // SAFETY: the function takes any number.
                    super::ffi::walk::Begin::Set => unsafe { super::ffi::c::$set(self.stayopen) },
                    // SAFETY: the function takes nothing.
                    super::ffi::walk::Begin::End => unsafe { super::ffi::c::$end() },
                    super::ffi::walk::Begin::Nothing => {}
                }
                let entries = std::iter::from_fn(|| {
                    // SAFETY: nobody else walks meanwhile, and each entry is copied before the next is asked for.
                    unsafe {
                        <$entry as super::ffi::walk::Entry>::copy(
                            super::ffi::errno::call(|| super::ffi::c::$get()).result,
                        )
                    }
                    .ok()
                });
                let entries = entries.take(self.most.map_or(super::ffi::walk::MOST, usize::from)).collect();
                if self.most.is_none() {
                    // SAFETY: the function takes nothing.
                    unsafe { super::ffi::c::$end() };
                }
                Ok(Answer { entries })
            }

            fn facet(answer: &Answer, name: &str) -> Option<serde_json::Value> {
                <$entry as super::ffi::walk::Entry>::list(&answer.entries, name)
            }

            fn written(&self) -> String {
                let first = match self.begin {
                    super::ffi::walk::Begin::Set if self.stayopen == 0 && self.most.is_none() => String::new(),
                    super::ffi::walk::Begin::Set => format!("{}({})", stringify!($set), self.stayopen),
                    super::ffi::walk::Begin::End => concat!(stringify!($end), "()").to_owned(),
                    super::ffi::walk::Begin::Nothing => "going on".to_owned(),
                };
                match self.most {
                    None => first,
                    Some(most) => format!("{first}, {most} at most"),
                }
            }
        }
    };
}
pub(crate) use walk;
