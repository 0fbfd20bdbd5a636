//! Holds an outcome against rules.

use serde_json::{Value, json};

use super::value::shown;
use super::{Check, Facet, Holding, Level, Rule, Test, Verdict};
use crate::outcome::{Asked, Failure, Outcome, Query, Reply};

/// Looks up a facet of an answer: the call's name, the answer, the facet's name. Null: the subject's own call does not
/// tell it, so that it cannot be judged.
pub type FacetOf<'a> = &'a dyn Fn(&str, &Value, &str) -> Option<Value>;

/// Holds an outcome against rules. `implements` names the implementations whose manuals bind the subject.
///
/// Where the subject has no such call, every rule is recorded, and so is a rule of which it tells nothing. A subject that
/// was lost keeps no rule, save one that expects just that of `failure`.
#[must_use]
pub fn judge(rules: &[Rule], outcome: &Outcome, implements: &[String], facet: FacetOf<'_>) -> Vec<Verdict> {
    let unsupported = outcome.asked.iter().any(|asked| matches!(asked.reply, Reply::Unsupported(_)));
    let holding = |rule: &Rule| match rule.level {
        Level::May | Level::Unspecified => Holding::Recorded,
        Level::Documented if !implements.contains(&rule.whose) => Holding::Recorded,
        _ if unsupported => Holding::Recorded,
        _ => hold(rule, outcome, facet),
    };
    rules
        .iter()
        .map(|rule| Verdict { level: rule.level, clause: rule.clause.clone(), holding: holding(rule) })
        .collect()
}

/// What an outcome has that none of the unspecified rules speaks of as something that may come: what would have been one
/// of these, and what came.
#[must_use]
pub fn unforeseen(rules: &[Rule], outcome: &Outcome, facet: FacetOf<'_>) -> Option<(String, String)> {
    let unsupported = outcome.asked.iter().any(|asked| matches!(asked.reply, Reply::Unsupported(_)));
    let foreseen = rules.iter().filter(|rule| !unsupported && rule.foresees());
    foreseen.map(|rule| hold(rule, outcome, facet)).find_map(|holding| match holding {
        Holding::Broken { required, came } => Some((required, came)),
        _ => None,
    })
}

/// Holds the outcome of every call that a rule speaks about against it.
fn hold(rule: &Rule, outcome: &Outcome, facet: FacetOf<'_>) -> Holding {
    let numbered = outcome.asked.len() > 1;
    let calls = outcome.asked.iter().enumerate().filter(|(i, _)| rule.step.is_none_or(|step| step == i + 1));
    let mut judged = false;
    for (i, asked) in calls {
        judged = true;
        let wire = match rule.step {
            Some(_) => outcome.wire.get(asked.queries.clone()).unwrap_or_default(),
            None => &outcome.wire,
        };
        let seen = Seen { asked, wire, facet };
        if !rule.either.iter().any(|checks| seen.keeps(checks)) {
            let came = seen.came(&rule.either);
            let came = if numbered { format!("call {}: {came}", i + 1) } else { came };
            return Holding::Broken { required: required(&rule.either), came };
        }
    }
    if judged {
        let told = outcome.asked.iter().any(|asked| {
            let seen = Seen { asked, wire: &outcome.wire, facet };
            rule.either.iter().flatten().any(|check| !seen.is_untold(check))
        });
        return if told || rule.either.iter().any(Vec::is_empty) { Holding::Kept } else { Holding::Recorded };
    }
    let came = match outcome.asked.last().map(|asked| (&asked.call, &asked.reply)) {
        Some((call, Reply::Lost(lost))) => format!("{} in {call}, before this call", lost.word()),
        _ => "this call was never made".to_owned(),
    };
    Holding::Broken { required: required(&rule.either), came }
}

/// What a rule requires, in words.
fn required(either: &[Vec<Check>]) -> String {
    let all = |checks: &Vec<Check>| {
        let checks: Vec<_> = checks.iter().map(|check| format!("{} {}", check.facet, words(check))).collect();
        checks.join(" and ")
    };
    either.iter().map(all).collect::<Vec<_>>().join(" or ")
}

fn words(check: &Check) -> String {
    match check.facet {
        Facet::Elapsed => format!("{} ms", check.test.words()),
        _ => check.test.words(),
    }
}

/// One call as a rule sees it.
struct Seen<'a> {
    asked: &'a Asked,
    wire: &'a [Query],
    facet: FacetOf<'a>,
}

impl Seen<'_> {
    /// Whether all checks hold. A lost subject keeps nothing but what expects it.
    fn keeps(&self, checks: &[Check]) -> bool {
        let lost = matches!(self.asked.reply, Reply::Lost(_));
        let expects = |check: &Check| {
            check.facet == Facet::Failure && !matches!(check.test, Test::Not(_) | Test::Lacks(_) | Test::Present)
        };
        checks.iter().all(|check| self.is_untold(check) || check.test.holds(self.value(&check.facet).as_ref()))
            && (!lost || checks.iter().any(expects))
    }

    /// Whether the subject answered without telling what the check is about.
    fn is_untold(&self, check: &Check) -> bool {
        matches!(check.facet, Facet::Answer(_) | Facet::Failure) && self.value(&check.facet) == Some(Value::Null)
    }

    /// The value of a facet, where there is one.
    fn value(&self, facet: &Facet) -> Option<Value> {
        match (facet, &self.asked.reply) {
            (Facet::Answer(name), Reply::Answer(answer)) => (self.facet)(&self.asked.call, answer, name),
            (Facet::Failure, Reply::Failure(failure)) if failure.name == Failure::UNTOLD => Some(Value::Null),
            (Facet::Failure, Reply::Failure(failure)) => Some(failure.name.clone().into()),
            (Facet::Failure, Reply::Lost(lost)) => Some(lost.word().into()),
            (Facet::Errno, Reply::Failure(failure)) => failure.errno.clone().map(Value::from),
            (Facet::Wire(column), _) => column_of(column, self.wire),
            (Facet::Elapsed, _) => Some(json!(self.asked.elapsed.as_secs_f64() * 1e3)),
            _ => None,
        }
    }

    /// What came instead of what a rule requires: each facet that failed a check, once.
    fn came(&self, either: &[Vec<Check>]) -> String {
        let mut came: Vec<String> = Vec::new();
        for check in either.iter().flatten() {
            let value = self.value(&check.facet);
            if self.is_untold(check) || check.test.holds(value.as_ref()) {
                continue;
            }
            let text = match (&check.facet, value) {
                (Facet::Elapsed, Some(value)) => format!("elapsed is {:.0} ms", value.as_f64().unwrap_or_default()),
                (facet, Some(value)) => format!("{facet} is {}", shown(&value)),
                (Facet::Answer(name), None) if matches!(self.asked.reply, Reply::Answer(_)) => {
                    format!("answer.{name} is absent")
                }
                (Facet::Errno, None) if matches!(self.asked.reply, Reply::Failure(_)) => "errno is absent".to_owned(),
                (_, None) => self.reply(),
            };
            if !came.contains(&text) {
                came.push(text);
            }
        }
        if came.is_empty() { self.reply() } else { came.join(", ") }
    }

    /// The reply in a few words.
    fn reply(&self) -> String {
        match &self.asked.reply {
            Reply::Answer(answer) => format!("an answer: {}", short(&answer.to_string())),
            Reply::Failure(failure) => format!("failure is {}", failure.name),
            Reply::Unsupported(why) => format!("no such call: {why}"),
            Reply::Lost(lost) => format!("failure is {}", lost.word()),
        }
    }
}

/// A column of the wire log; `None` for none of [`Facet::WIRE`].
pub(super) fn column_of(column: &str, wire: &[Query]) -> Option<Value> {
    let row: fn(&Query) -> Value = match column {
        "queries" => |query| query.line().into(),
        "names" => |query| query.name.clone().into(),
        "types" => |query| query.qtype.clone().into(),
        "classes" => |query| query.class.clone().into(),
        "transports" => |query| query.transport.to_string().into(),
        "servers" => |query| query.server.to_string().into(),
        "flags" => |query| query.flags.join(" ").into(),
        "edns" => |query| query.edns.as_ref().map_or_else(|| "none".into(), |edns| edns.size.into()),
        "ids" => |query| query.id.into(),
        "ports" => |query| query.source.port().into(),
        "families" => |query| if query.server.is_ipv4() { "AF_INET" } else { "AF_INET6" }.into(),
        "count" => return Some(wire.len().into()),
        _ => return None,
    };
    Some(wire.iter().map(row).collect())
}

/// The beginning of a text.
fn short(text: &str) -> String {
    const LONGEST: usize = 160;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{judge, unforeseen};
    use crate::outcome::{Asked, Edns, Failure, Lost, Outcome, Query, Reply, Transport};
    use crate::verdict::{Check, Facet, Holding, Level, Range, Rule, Test};

    fn answer(value: Value) -> Reply {
        Reply::Answer(value)
    }

    fn failure(name: &str) -> Reply {
        Reply::Failure(Failure { errno: Some("EMFILE".to_owned()), ..Failure::named(name) })
    }

    fn crash() -> Reply {
        Reply::Lost(Lost::Crashed { signal: "SIGSEGV".to_owned(), stderr: String::new() })
    }

    fn query(name: &str, qtype: &str) -> Query {
        Query {
            at: Duration::ZERO,
            server: [127, 0, 0, 1].into(),
            transport: Transport::Udp,
            source: ([127, 0, 0, 1], 40000).into(),
            id: 7,
            name: name.to_owned(),
            qtype: qtype.to_owned(),
            class: "IN".to_owned(),
            flags: vec!["RD".to_owned(), "AD".to_owned()],
            edns: (qtype == "AAAA").then_some(Edns { size: 1232, version: 0, dnssec_ok: false }),
            reply: "NOERROR 1".to_owned(),
            outside: false,
            late: Duration::ZERO,
            sent: None,
        }
    }

    /// An outcome of calls that took 1.5 s each, with one query a call.
    fn outcome(replies: Vec<Reply>) -> Outcome {
        let asked = |(i, reply)| Asked {
            call: "c".to_owned(),
            reply,
            at: None,
            elapsed: Duration::from_millis(1500),
            queries: i..i + 1,
        };
        Outcome {
            asked: replies.into_iter().enumerate().map(asked).collect(),
            wire: vec![query("a.test.", "A"), query("b.test.", "AAAA")],
        }
    }

    fn rule(level: Level, either: Vec<Vec<(Facet, Test)>>) -> Rule {
        let check = |(facet, test)| Check { facet, test };
        let either = either.into_iter().map(|checks| checks.into_iter().map(check).collect()).collect();
        Rule { level, clause: "RFC 1".to_owned(), whose: "glibc".to_owned(), step: None, either }
    }

    fn must(facet: Facet, test: Test) -> Rule {
        rule(Level::Must, vec![vec![(facet, test)]])
    }

    fn name() -> Facet {
        Facet::Answer("name".to_owned())
    }

    fn is(value: impl Into<Value>) -> Test {
        Test::Is(value.into())
    }

    fn holding(rule: &Rule, replies: Vec<Reply>) -> Holding {
        let facet = |_: &str, answer: &Value, name: &str| answer.get(name).filter(|value| !value.is_null()).cloned();
        let verdicts = judge(std::slice::from_ref(rule), &outcome(replies), &["linux".to_owned()], &facet);
        verdicts.into_iter().next().unwrap().holding
    }

    /// `""` for kept, `-` for recorded, else what is required and what came.
    #[track_caller]
    fn check(rule: &Rule, replies: Vec<Reply>, expected: &str) {
        let holding = match holding(rule, replies) {
            Holding::Kept => String::new(),
            Holding::Recorded => "-".to_owned(),
            Holding::Broken { required, came } => format!("{required} | {came}"),
        };
        assert_eq!(holding, expected);
    }

    #[test]
    fn an_answer_is_compared() {
        let rule = must(name(), is("box"));
        check(&rule, vec![answer(json!({"name": "box"}))], "");
        check(&rule, vec![answer(json!({"name": "bux"}))], "answer.name is box | answer.name is bux");
        check(&rule, vec![answer(json!({"name": null}))], "answer.name is box | answer.name is absent");
        check(&rule, vec![answer(json!({"name": ""}))], "answer.name is box | answer.name is \"\"");
        check(&rule, vec![failure("EAI_FAIL")], "answer.name is box | failure is EAI_FAIL");
    }

    #[test]
    fn a_failure_is_compared() {
        let rule = must(Facet::Failure, Test::Any(vec!["EAI_NONAME".into(), "EAI_SERVICE".into()]));
        check(&rule, vec![failure("EAI_SERVICE")], "");
        check(&rule, vec![failure("EAI_FAIL")], "failure is EAI_NONAME or EAI_SERVICE | failure is EAI_FAIL");
        let came = r#"failure is EAI_NONAME or EAI_SERVICE | an answer: {"name":"box"}"#;
        check(&rule, vec![answer(json!({"name": "box"}))], came);
        check(&must(Facet::Errno, is("EMFILE")), vec![failure("EAI_SYSTEM")], "");
        check(
            &must(Facet::Errno, is("EMFILE")),
            vec![Reply::Failure(Failure::named("X"))],
            "errno is EMFILE | errno is absent",
        );
    }

    #[test]
    fn a_call_that_failed_keeps_only_what_nothing_keeps() {
        for test in [Test::Not("x".into()), Test::Lacks(vec!["x".into()]), Test::Absent] {
            check(&must(name(), test), vec![failure("EAI_FAIL")], "");
        }
        check(&must(name(), Test::Present), vec![failure("X")], "answer.name is present | failure is X");
        check(&must(Facet::Failure, Test::Absent), vec![answer(json!({}))], "");
    }

    #[test]
    fn a_lost_subject_keeps_only_what_expects_it() {
        check(&must(name(), Test::Absent), vec![crash()], "answer.name is absent | failure is SIGSEGV");
        check(&must(Facet::Failure, Test::Not("X".into())), vec![crash()], "failure is not X | failure is SIGSEGV");
        check(&must(Facet::Wire("count".to_owned()), is(2)), vec![crash()], "wire.count is 2 | failure is SIGSEGV");
        check(&must(Facet::Failure, is("SIGSEGV")), vec![crash()], "");
        let second = Rule { step: Some(2), ..must(name(), is("box")) };
        check(&second, vec![crash()], "answer.name is box | SIGSEGV in c, before this call");
    }

    #[test]
    fn the_wire_is_compared() {
        let wire = |column: &str, test| must(Facet::Wire(column.to_owned()), test);
        let list = |values: Value| Test::Is(values);
        for (column, value) in [
            ("queries", json!(["udp A a.test.", "udp AAAA b.test."])),
            ("names", json!(["a.test.", "b.test."])),
            ("types", json!(["A", "AAAA"])),
            ("classes", json!(["IN", "IN"])),
            ("transports", json!(["udp", "udp"])),
            ("servers", json!(["127.0.0.1", "127.0.0.1"])),
            ("flags", json!(["RD AD", "RD AD"])),
            ("edns", json!(["none", 1232])),
            ("ids", json!([7, 7])),
            ("ports", json!([40000, 40000])),
            ("families", json!(["AF_INET", "AF_INET"])),
            ("count", json!(2)),
        ] {
            check(&wire(column, list(value)), vec![failure("X")], "");
        }
        check(&wire("count", is(0)), vec![failure("X")], "wire.count is 0 | wire.count is 2");
        assert_eq!(Facet::WIRE.len(), 12);
    }

    #[test]
    fn a_step_has_its_own_queries() {
        let step = |step, test| Rule { step: Some(step), ..must(Facet::Wire("types".to_owned()), test) };
        let replies = || vec![answer(json!({})), answer(json!({}))];
        check(&step(1, is("A")), replies(), "");
        check(&step(2, is("AAAA")), replies(), "");
        check(&step(2, is("A")), replies(), "wire.types is A | call 2: wire.types is AAAA");
    }

    #[test]
    fn without_a_step_every_call_keeps_the_rule() {
        let rule = must(name(), is("box"));
        check(&rule, vec![answer(json!({"name": "box"})), answer(json!({"name": "box"}))], "");
        let replies = vec![answer(json!({"name": "box"})), failure("X")];
        check(&rule, replies.clone(), "answer.name is box | call 2: failure is X");
        check(&Rule { step: Some(1), ..rule }, replies, "");
    }

    #[test]
    fn time_is_compared_in_milliseconds() {
        let within = |min, max| must(Facet::Elapsed, Test::Within(Range { min, max }));
        check(&within(Some(900.0), Some(2000.0)), vec![failure("X")], "");
        check(&within(None, Some(1000.0)), vec![failure("X")], "elapsed is at most 1000 ms | elapsed is 1500 ms");
    }

    #[test]
    fn one_alternative_is_enough() {
        let either = vec![
            vec![(name(), is("box")), (Facet::Wire("count".to_owned()), is(2))],
            vec![(Facet::Failure, is("EAI_NONAME"))],
        ];
        let rule = rule(Level::Must, either);
        check(&rule, vec![answer(json!({"name": "box"}))], "");
        check(&rule, vec![failure("EAI_NONAME")], "");
        let broken = "answer.name is box and wire.count is 2 or failure is EAI_NONAME | failure is X";
        check(&rule, vec![failure("X")], broken);
    }

    #[test]
    fn what_binds_nobody_is_recorded() {
        for level in [Level::May, Level::Unspecified, Level::Documented] {
            check(&rule(level, vec![vec![(name(), is("box"))]]), vec![failure("X")], "-");
        }
        let linux = Rule { whose: "linux".to_owned(), ..rule(Level::Documented, vec![vec![(name(), is("box"))]]) };
        check(&linux, vec![failure("X")], "answer.name is box | failure is X");
        check(&must(name(), is("box")), vec![Reply::Unsupported("no".to_owned())], "-");
    }

    #[test]
    fn what_no_unspecified_rule_lists_is_unforeseen() {
        let facet = |_: &str, answer: &Value, name: &str| answer.get(name).cloned();
        let came = |rules: &[Rule], reply| unforeseen(rules, &outcome(vec![reply]), &facet).map(|(_, came)| came);
        let either = vec![vec![(name(), is("box"))], vec![(Facet::Failure, is("SIGSEGV"))]];
        let listed = [must(name(), is("other")), rule(Level::Unspecified, either)];
        assert_eq!(came(&listed, answer(json!({"name": "box"}))), None);
        assert_eq!(came(&listed, crash()), None);
        assert_eq!(came(&listed, Reply::Unsupported(String::new())), None);
        assert_eq!(came(&listed, failure("X")).as_deref(), Some("failure is X"));
        // A rule that lists nothing foresees everything.
        assert_eq!(came(&[rule(Level::Unspecified, vec![Vec::new()])], failure("X")), None);
    }
}
