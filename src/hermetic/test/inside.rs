//! The process inside, which runs the body.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process;
use std::task::Poll;

use super::{Ended, Net, TestResult, Word};

type Caught<T> = Result<T, Box<dyn Any + Send>>;

/// Says that the body begins.
pub(super) fn begin(net: &Net) {
    _ = stdout().flush();
    if let Err(error) = net.tell(&Word::Begun) {
        panic!("telling the process that serves the world: {error}");
    }
}

/// Says how the body ended, and ends. What libtest would say is said outside.
pub(super) fn end<T: TestResult>(net: &Net, result: Caught<T>) -> ! {
    let ended = match result {
        Ok(returned) => returned.failure().map_or(Ended::Passed, Ended::Failed),
        Err(payload) => Ended::Panicked(message(&*payload)),
    };
    _ = stdout().flush();
    // Nobody is left to hear it where this fails; outside the same is told of a process that ended without a word.
    _ = net.tell(&Word::Ended(ended));
    process::exit(0)
}

/// Polls a future to its end or its panic.
pub(super) async fn caught<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Caught<T> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(returned)) => Poll::Ready(Ok(returned)),
        Err(payload) => Poll::Ready(Err(payload)),
    })
    .await
}

fn message(payload: &dyn Any) -> Option<String> {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
}
