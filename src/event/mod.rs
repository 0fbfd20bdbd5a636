//! What a run tells, event by event. The same types are the lines of the JSON report, so that any report can be rebuilt
//! from a saved run. Tells only; it neither runs nor prints.

mod asked;
mod header;
mod lines;
mod record;
mod saved;
mod shard;
mod store;
mod summary;

pub use asked::asked;
pub use header::{Header, System, Who};
pub(crate) use header::{OF, asked_for};
pub use lines::line;
pub use record::Record;
pub use saved::{ReadError, Saved, read};
pub use shard::Shard;
pub use store::Store;
pub use summary::{Conclusion, Counts, Rules, Summary};

/// One event of a run. A run is `Started`, then for each case and subject `CaseStarted` and `CaseFinished`, then `Finished`.
/// Cases that run at the same time mix.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The run begins.
    Started(Header),
    /// A subject is about to be asked in a case. Not part of the JSON report.
    CaseStarted {
        /// The case's id.
        id: String,
        /// The name of the subject as [`Who::name`] has it.
        subject: String,
    },
    /// A case is over for one subject.
    CaseFinished(Box<Record>),
    /// The run is over.
    Finished(Summary),
}
