//! What a facet has to be: a closed set of tests on a value.

use serde_json::Value;

/// A test of one value. A list facet is a JSON array; `elapsed` is a number of milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Test {
    /// The value itself: `"EAI_NONAME"`, `["A", "AAAA"]`, `80`. A list is compared in order.
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
    /// `{ pattern = "…" }`: a text that the regular expression matches as a whole; for a list, every element.
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
