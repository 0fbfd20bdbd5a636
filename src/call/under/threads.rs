//! The same questions from many threads at once.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use super::DIFFERENT;
use crate::call::Ask;
use crate::outcome::{Failure, Reply};

/// Asks each of `asks` in turn, `times` over, in so many threads, which begin together. Gives the reply to the first of
/// them; or a failure, where any of them did not always get the same reply.
pub(super) fn ask(asks: &[&Ask], threads: u32, times: u32) -> Reply {
    let begin = Barrier::new(usize::try_from(threads).unwrap_or(usize::MAX));
    let one = || {
        begin.wait();
        let mut replies: BTreeMap<usize, Reply> = BTreeMap::new();
        for _ in 0..times {
            for (place, ask) in asks.iter().enumerate() {
                note(&mut replies, place, ask, ask.perform())?;
            }
        }
        Ok(replies)
    };
    let all = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut replies = BTreeMap::new();
    for thread in all {
        let thread = thread.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let noted = thread.and_then(|thread| {
            thread.into_iter().try_for_each(|(place, reply)| note(&mut replies, place, asks[place], reply))
        });
        if let Err(failure) = noted {
            return Reply::Failure(failure);
        }
    }
    replies.remove(&0).unwrap_or_else(|| Reply::Unsupported("no thread asked anything".to_owned()))
}

/// Notes the reply to a call, which has to be the one that was noted before.
fn note(replies: &mut BTreeMap<usize, Reply>, place: usize, ask: &Ask, reply: Reply) -> Result<(), Failure> {
    let first = replies.entry(place).or_insert_with(|| reply.clone());
    if *first == reply {
        return Ok(());
    }
    let text = format!("{} gave {first:?}, and then {reply:?}", ask.written());
    Err(Failure { text, ..Failure::named(DIFFERENT) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn another_reply_than_before_is_a_failure() {
        let ask: Ask = serde_json::from_value(json!({"gethostname": {}})).unwrap();
        let mut replies = BTreeMap::new();
        let mut came = |place, answer| note(&mut replies, place, &ask, Reply::Answer(answer));
        assert_eq!((came(0, json!(1)), came(1, json!(2)), came(0, json!(1))), (Ok(()), Ok(()), Ok(())));
        let failure = came(0, json!(2)).unwrap_err();
        assert_eq!(failure.name, DIFFERENT);
        assert!(failure.text.contains("gethostname() gave"), "{}", failure.text);
    }
}
