//! The outcomes that are on record of a case, read back.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Fault, Proof};
use crate::call::Ask;
use crate::case::{Case, Step};
use crate::outcome::{Asked, Outcome, Reply};
use crate::snapshot::{self, Recorded};
use crate::verdict::mutate::as_facets;

/// Whose outcomes tell all that rules can look at. An interface that tells a part leaves rules unjudged, and so would a
/// wrong outcome that is made from what it told.
const WHOLE: [&str; 2] = ["glibc", "python"];

/// What one subject did, as it is on record.
pub(super) struct Done {
    /// How each rule came out: `kept`, `broken` or `recorded`.
    pub(super) held: Vec<String>,
    /// The outcome, its answers as tables of facets.
    pub(super) outcome: Outcome,
}

/// The calls that a case asks.
pub(super) fn asks(case: &Case) -> Vec<&Ask> {
    case.steps.iter().filter_map(|step| if let Step::Ask(ask) = step { Some(ask) } else { None }).collect()
}

/// What is on record of a case of those that tell all, but for subjects that have none of its calls.
pub(super) fn outcomes(case: &Case, on_record: &[(String, Recorded)], proof: &mut Proof) -> Vec<Done> {
    let asks = asks(case);
    let names: Vec<Vec<String>> = asks.iter().map(|ask| facets(ask)).collect();
    let mut done = Vec::new();
    let whole = |subject: &str| WHOLE.contains(&subject.split('@').next().unwrap_or_default());
    for (subject, recorded) in on_record.iter().filter(|(subject, _)| whole(subject)) {
        let block = recorded.case(case.id.name()).filter(|block| snapshot::is_whole(block));
        let Some(block) = block else { continue };
        let Some(outcome) = snapshot::outcome(block, &asks) else {
            let text = format!("what is on record for {subject} cannot be read back: record it again");
            proof.faults.push(Fault { case: Some(case.id.clone()), text });
            continue;
        };
        if outcome.asked.iter().any(|asked| matches!(asked.reply, Reply::Unsupported(_))) {
            continue;
        }
        let held = snapshot::verdicts(block).into_iter().map(|(_, held)| held.to_owned()).collect();
        done.push(Done { held, outcome: as_facets(&outcome, &names, &Ask::facet) });
    }
    done
}

/// The names of all that rules can look at in a call's answer.
fn facets(ask: &Ask) -> Vec<String> {
    let fixed = Ask::facets(ask.name()).unwrap_or_default().iter().map(|(name, _)| *name);
    fixed.chain(ask.labels()).map(str::to_owned).collect()
}

/// An outcome of which nothing is known: every call answered, with nothing.
pub(super) fn blank(case: &Case) -> Outcome {
    let asked = |ask: &&Ask| Asked {
        call: ask.name().to_owned(),
        reply: Reply::Answer(Value::Object(Map::new())),
        at: None,
        elapsed: Duration::from_millis(1),
        queries: 0..0,
    };
    Outcome { asked: asks(case).iter().map(asked).collect(), wire: Vec::new() }
}
