//! What a facet has to be: a closed set of tests on a value.

use serde_json::Value;

use super::value::{equal, joined, shown};

/// A test of one value. A list facet is a JSON array; `elapsed` is a number of milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Test {
    /// The value itself: `"EAI_NONAME"`, `["A", "AAAA"]`, `80`. A list is compared in order; a list of one element is that
    /// element.
    Is(Value),
    /// `{ any = [ … ] }`: one of these values.
    Any(Vec<Value>),
    /// `{ not = … }`: anything but this value, also nothing.
    Not(Value),
    /// `{ set = [ … ] }`: a list of just these elements, in any order, each as often as it stands here.
    Set(Vec<Value>),
    /// `{ only = … }`: a list that is not empty and every element of which is this, or one of these.
    Only(Vec<Value>),
    /// `{ has = … }`: a list that holds this, or all of these; a text that holds this text.
    Has(Vec<Value>),
    /// `{ lacks = … }`: a list that holds none of these; a text that does not hold this text. Nothing lacks everything.
    Lacks(Vec<Value>),
    /// `{ begins = [ … ] }`: a list that begins with these, in order.
    Begins(Vec<Value>),
    /// `{ order = [ … ] }`: a list in which these stand in this order, with others between, before or after them.
    Order(Vec<Value>),
    /// `{ count = 60 }` or `{ count = { min = 1, max = 3 } }`: how many elements a list has.
    Count(Range),
    /// `{ min = …, max = … }`: a number in this range, both ends included. For `elapsed` also as `"900ms"`.
    Within(Range),
    /// `{ pattern = "…" }`: a text that the regular expression matches as a whole; a list that is not empty and every
    /// element of which it matches.
    Pattern(String),
    /// `{ distinct = true }`: a list without equal elements; `{ distinct = 2 }`: with exactly that many different ones.
    Distinct(Option<usize>),
    /// `{ absent = true }`: there is no such facet, or it is null.
    Absent,
    /// `{ present = true }`: there is such a facet, and it is not null.
    Present,
}

/// A range of numbers, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    /// The least, where there is one.
    pub min: Option<f64>,
    /// The greatest, where there is one.
    pub max: Option<f64>,
}

impl Test {
    /// Whether a value passes; `None` where there is no such facet, and null is the same as none.
    #[must_use]
    pub fn holds(&self, value: Option<&Value>) -> bool {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return matches!(self, Self::Not(_) | Self::Lacks(_) | Self::Absent);
        };
        let list = elements(value);
        let among = |wanted: &[Value], element: &Value| wanted.iter().any(|wanted| equal(wanted, element));
        match self {
            Self::Is(wanted) => is(value, wanted),
            Self::Any(wanted) => wanted.iter().any(|wanted| is(value, wanted)),
            Self::Not(wanted) => !is(value, wanted),
            Self::Set(wanted) => same_elements(list, wanted),
            Self::Only(wanted) => !list.is_empty() && list.iter().all(|element| among(wanted, element)),
            Self::Has(wanted) => wanted.iter().all(|wanted| holds_one(value, wanted)),
            Self::Lacks(wanted) => !wanted.iter().any(|wanted| holds_one(value, wanted)),
            Self::Begins(wanted) => {
                list.len() >= wanted.len() && list.iter().zip(wanted).all(|(left, right)| equal(left, right))
            }
            Self::Order(wanted) => {
                let mut rest = list.iter();
                wanted.iter().all(|wanted| rest.any(|element| equal(element, wanted)))
            }
            Self::Count(range) => value.as_array().is_some_and(|list| range.contains(list.len() as f64)),
            Self::Within(range) => value.as_f64().is_some_and(|number| range.contains(number)),
            Self::Pattern(pattern) => {
                let regex = Self::regex(pattern);
                !list.is_empty() && regex.is_ok_and(|regex| list.iter().all(|element| regex.is_match(&text(element))))
            }
            Self::Distinct(wanted) => value.as_array().is_some_and(|list| {
                let repeated = |i: &usize| list[..*i].iter().any(|before| equal(before, &list[*i]));
                let different = list.len() - (0..list.len()).filter(repeated).count();
                wanted.map_or(different == list.len(), |wanted| different == wanted)
            }),
            Self::Absent => false,
            Self::Present => true,
        }
    }

    /// The regular expression of a pattern, which has to match the whole of a text.
    ///
    /// # Errors
    /// Why it is no regular expression.
    pub fn regex(pattern: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
        regex_lite::Regex::new(&format!("^(?:{pattern})$"))
    }

    /// The test in words that follow the name of a facet: `is 192.0.2.1`, `has 2 elements`.
    #[must_use]
    pub fn words(&self) -> String {
        let or = |values: &[Value]| joined(values, ", ", " or ");
        let and = |values: &[Value]| joined(values, ", ", " and ");
        match self {
            Self::Is(wanted) => format!("is {}", shown(wanted)),
            Self::Any(wanted) => format!("is {}", or(wanted)),
            Self::Not(wanted) => format!("is not {}", shown(wanted)),
            Self::Set(wanted) => format!("is {} in any order", and(wanted)),
            Self::Only(wanted) => format!("has only {}", or(wanted)),
            Self::Has(wanted) => format!("has {}", and(wanted)),
            Self::Lacks(wanted) => format!("does not have {}", or(wanted)),
            Self::Begins(wanted) => format!("begins with {}", shown(&Value::Array(wanted.clone()))),
            Self::Order(wanted) => format!("has {}", joined(wanted, " before ", " before ")),
            Self::Count(range) if range.max.or(range.min) == Some(1.0) => format!("has {} element", range.words()),
            Self::Count(range) => format!("has {} elements", range.words()),
            Self::Within(range) => format!("is {}", range.words()),
            Self::Pattern(pattern) => format!("matches /{pattern}/"),
            Self::Distinct(None) => "has no element twice".to_owned(),
            Self::Distinct(Some(wanted)) => format!("has {wanted} different elements"),
            Self::Absent => "is absent".to_owned(),
            Self::Present => "is present".to_owned(),
        }
    }
}

impl Range {
    /// Whether a number lies in the range.
    #[must_use]
    pub fn contains(&self, number: f64) -> bool {
        self.min.is_none_or(|min| min <= number) && self.max.is_none_or(|max| number <= max)
    }

    /// The range in words: `60`, `at least 1`, `1 to 3`.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => min.to_string(),
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => "any number of".to_owned(),
        }
    }
}

/// The elements of a list; a value that is no list is the only element of one.
fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice)
}

/// Whether a value is the wanted one, where a list of one element counts as that element.
fn is(value: &Value, wanted: &Value) -> bool {
    equal(value, wanted)
        || match (value, wanted) {
            (Value::Array(list), wanted) if !wanted.is_array() => list.len() == 1 && equal(&list[0], wanted),
            (value, Value::Array(wanted)) if !value.is_array() => wanted.len() == 1 && equal(value, &wanted[0]),
            _ => false,
        }
}

/// Whether a list has the element, or a text holds the text.
fn holds_one(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::String(text), Value::String(wanted)) => text.contains(wanted),
        _ => elements(value).iter().any(|element| equal(element, wanted)),
    }
}

/// Whether two lists have the same elements, each as often.
fn same_elements(left: &[Value], right: &[Value]) -> bool {
    let mut rest: Vec<&Value> = right.iter().collect();
    left.len() == right.len()
        && left.iter().all(|element| {
            let found = rest.iter().position(|other| equal(element, other));
            found.map(|found| rest.swap_remove(found)).is_some()
        })
}

/// What a pattern looks at: the text itself, or a number's digits.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Range, Test};

    /// Holds a test against values that pass it and values that do not. Null stands for a facet that is not there.
    #[track_caller]
    fn check(test: &Test, words: &str, holds: &[Value], fails: &[Value]) {
        for value in holds {
            assert!(test.holds(Some(value)), "{test:?} holds for {value}");
        }
        for value in fails {
            assert!(!test.holds(Some(value)), "{test:?} does not hold for {value}");
        }
        let null = holds.contains(&Value::Null);
        assert_eq!(test.holds(None), null, "{test:?} for nothing");
        assert_eq!(test.words(), words);
    }

    fn list(values: Value) -> Vec<Value> {
        values.as_array().unwrap().clone()
    }

    fn range(min: Option<f64>, max: Option<f64>) -> Range {
        Range { min, max }
    }

    #[test]
    fn is_a_text() {
        let test = Test::Is(json!("EAI_NONAME"));
        check(
            &test,
            "is EAI_NONAME",
            &[json!("EAI_NONAME"), json!(["EAI_NONAME"])],
            &[json!("eai_noname"), json!(""), json!(["EAI_NONAME", "EAI_NONAME"]), json!([]), Value::Null],
        );
    }

    #[test]
    fn is_a_number_however_it_is_written() {
        check(&Test::Is(json!(1)), "is 1", &[json!(1), json!(1.0)], &[json!("1"), json!(2), json!(true), Value::Null]);
        check(&Test::Is(json!(0.5)), "is 0.5", &[json!(0.5)], &[json!(0), json!(1)]);
        check(&Test::Is(json!(u64::MAX)), "is 18446744073709551615", &[json!(u64::MAX)], &[json!(u64::MAX - 1)]);
    }

    #[test]
    fn is_a_list_in_order() {
        let test = Test::Is(json!(["A", "AAAA"]));
        check(
            &test,
            "is A, AAAA",
            &[json!(["A", "AAAA"])],
            &[json!(["AAAA", "A"]), json!(["A"]), json!("A"), Value::Null],
        );
        check(&Test::Is(json!([])), "is an empty list", &[json!([])], &[json!([""]), json!(""), Value::Null]);
        check(&Test::Is(json!(["A"])), "is A", &[json!(["A"]), json!("A")], &[json!(["A", "A"]), Value::Null]);
        check(&Test::Is(json!([["a", "b"], []])), "is [a, b], []", &[json!([["a", "b"], []])], &[json!(["a", "b"])]);
    }

    #[test]
    fn any() {
        let test = Test::Any(list(json!(["HOST_NOT_FOUND", "NO_DATA", ["a", "b"]])));
        check(
            &test,
            "is HOST_NOT_FOUND, NO_DATA or [a, b]",
            &[json!("NO_DATA"), json!(["NO_DATA"]), json!(["a", "b"])],
            &[json!("TRY_AGAIN"), json!(["b", "a"]), json!(["NO_DATA", "NO_DATA"]), Value::Null],
        );
    }

    #[test]
    fn not() {
        let test = Test::Not(json!("EAI_FAIL"));
        check(&test, "is not EAI_FAIL", &[json!("EAI_AGAIN"), json!(7), Value::Null], &[json!("EAI_FAIL")]);
    }

    #[test]
    fn set() {
        let test = Test::Set(list(json!(["a", "b", "b"])));
        check(
            &test,
            "is a, b and b in any order",
            &[json!(["b", "a", "b"])],
            &[json!(["a", "b"]), json!(["a", "a", "b"]), json!(["a", "b", "b", "c"]), json!("a"), Value::Null],
        );
    }

    #[test]
    fn only() {
        let test = Test::Only(list(json!(["AF_INET", "AF_INET6"])));
        check(
            &test,
            "has only AF_INET or AF_INET6",
            &[json!(["AF_INET", "AF_INET"]), json!("AF_INET6")],
            &[json!([]), json!(["AF_INET", "AF_UNIX"]), Value::Null],
        );
    }

    #[test]
    fn has() {
        let test = Test::Has(list(json!(["a", "b"])));
        check(
            &test,
            "has a and b",
            &[json!(["b", "c", "a"]), json!("about")],
            &[json!(["a"]), json!(["about"]), json!("apple"), json!([]), Value::Null],
        );
    }

    #[test]
    fn lacks() {
        let test = Test::Lacks(list(json!(["a", "b"])));
        check(
            &test,
            "does not have a or b",
            &[json!(["c"]), json!([]), json!("xyz"), Value::Null],
            &[json!(["c", "b"]), json!("cab"), json!("a")],
        );
    }

    #[test]
    fn begins() {
        let test = Test::Begins(list(json!(["a", "b"])));
        check(
            &test,
            "begins with a, b",
            &[json!(["a", "b"]), json!(["a", "b", "c"])],
            &[json!(["a"]), json!(["b", "a"]), json!([]), Value::Null],
        );
    }

    #[test]
    fn order() {
        let test = Test::Order(list(json!(["a", "b", "a"])));
        check(
            &test,
            "has a before b before a",
            &[json!(["x", "a", "y", "b", "a", "z"])],
            &[json!(["a", "b"]), json!(["b", "a", "a"]), json!(["b", "a"]), json!([]), Value::Null],
        );
    }

    #[test]
    fn count() {
        let exactly = Test::Count(range(Some(2.0), Some(2.0)));
        check(&exactly, "has 2 elements", &[json!(["a", "b"])], &[json!(["a"]), json!("ab"), json!(2), Value::Null]);
        let one = Test::Count(range(Some(1.0), Some(1.0)));
        check(&one, "has 1 element", &[json!([1])], &[json!([]), json!([1, 2])]);
        let some = Test::Count(range(Some(1.0), None));
        check(&some, "has at least 1 element", &[json!([1]), json!([1, 2])], &[json!([]), Value::Null]);
        let none = Test::Count(range(Some(0.0), Some(0.0)));
        check(&none, "has 0 elements", &[json!([])], &[json!([0]), Value::Null]);
    }

    #[test]
    fn within() {
        let between = Test::Within(range(Some(1.0), Some(3.5)));
        check(
            &between,
            "is 1 to 3.5",
            &[json!(1), json!(3.5)],
            &[json!(0), json!(4), json!("2"), json!([2]), Value::Null],
        );
        check(&Test::Within(range(None, Some(3.0))), "is at most 3", &[json!(-1), json!(3)], &[json!(3.1)]);
        check(&Test::Within(range(Some(3.0), None)), "is at least 3", &[json!(3)], &[json!(2.9)]);
    }

    #[test]
    fn pattern() {
        let test = Test::Pattern("a+|b".to_owned());
        check(
            &test,
            "matches /a+|b/",
            &[json!("aa"), json!("b"), json!(["a", "b"])],
            &[json!("ab"), json!("xa"), json!("bx"), json!(["a", "c"]), json!([]), Value::Null],
        );
        check(&Test::Pattern("[0-9]{2}".to_owned()), "matches /[0-9]{2}/", &[json!(17)], &[json!(1)]);
        check(&Test::Pattern("(".to_owned()), "matches /(/", &[], &[json!("(")]);
    }

    #[test]
    fn distinct() {
        let test = Test::Distinct(None);
        check(
            &test,
            "has no element twice",
            &[json!(["a", "b"]), json!([])],
            &[json!(["a", "a"]), json!([1, 1.0]), json!("a")],
        );
        let two = Test::Distinct(Some(2));
        check(
            &two,
            "has 2 different elements",
            &[json!(["a", "b", "a"])],
            &[json!(["a"]), json!(["a", "b", "c"]), Value::Null],
        );
    }

    #[test]
    fn absent_and_present() {
        check(&Test::Absent, "is absent", &[Value::Null], &[json!(""), json!([]), json!(0)]);
        check(&Test::Present, "is present", &[json!(""), json!([]), json!(0)], &[Value::Null]);
    }
}
