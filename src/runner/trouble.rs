//! What stands in the way, in words: an error with its causes, and what to do about it.

use std::error::Error;
use std::iter::from_fn;

use crate::world::Problem;
use crate::{sandbox, server};

/// An error and its causes in one line, and below it what to do about them, where one of them knows.
pub(super) fn told(error: &(dyn Error + 'static)) -> String {
    hint(error).map_or_else(|| chain(error), |hint| format!("{}\n  try: {hint}", chain(error)))
}

/// What is wrong with a world's zones, a line each, with what to do about it where that is known.
pub(super) fn all_told(problems: &[Problem]) -> String {
    let told = |problem: &Problem| match &problem.hint {
        Some(hint) => format!("{problem}\n  try: {hint}"),
        None => problem.to_string(),
    };
    problems.iter().map(told).collect::<Vec<_>>().join("\n")
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What to do about an error, as it or one of its causes knows it.
pub(crate) fn hint(error: &(dyn Error + 'static)) -> Option<String> {
    causes(error).find_map(|error| {
        let sandbox = || error.downcast_ref::<sandbox::Error>()?.hint();
        let server = || error.downcast_ref::<server::Error>()?.hint();
        sandbox().or_else(server)
    })
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = Some(error);
    from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::Trouble;

    #[test]
    fn the_hint_of_a_cause_stands_below_the_error() {
        let step = sandbox::Error::Step {
            world: "default".to_owned(),
            step: "make the namespaces".to_owned(),
            errno: libc::ENOSPC,
            because: Some("user.max_user_namespaces is 0".to_owned()),
            remedy: Some("sysctl -w user.max_user_namespaces=10000".to_owned()),
        };
        insta::assert_snapshot!(told(&Trouble::Waiting(step.into())), @"
        waiting for the subject to end: building the world `default`: make the namespaces: ENOSPC, No space left on device (user.max_user_namespaces is 0)
          try: sysctl -w user.max_user_namespaces=10000
        ");
        let plain = Trouble::Pipes(std::io::ErrorKind::BrokenPipe.into());
        assert_eq!(told(&plain), "talking to the subject over its pipes: broken pipe");
    }
}
