//! Wrong lists in the place of a right one.

use serde_json::Value;

use super::Kind;
use super::other::others;
use crate::verdict::value::{equal, shown};

/// An element of a wrong list.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    /// The element of the right list that stands there.
    Old(usize),
    /// One that the right list does not have there.
    New(Value),
}

impl Slot {
    pub(super) fn old(&self) -> Option<usize> {
        match self {
            Self::Old(i) => Some(*i),
            Self::New(_) => None,
        }
    }
}

/// A wrong list: what was done to the right one, and what came of it.
pub(super) struct Wrong {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) slots: Vec<Slot>,
}

impl Wrong {
    /// Its elements, where the right list has these.
    pub(super) fn values(&self, list: &[Value]) -> Vec<Value> {
        let value = |slot: &Slot| match slot {
            Slot::Old(i) => list.get(*i).cloned().unwrap_or_default(),
            Slot::New(value) => value.clone(),
        };
        self.slots.iter().map(value).collect()
    }
}

/// Wrong lists in the place of a right one. `foreign` gives elements that could stand there instead of one.
pub(super) fn lists(list: &[Value], foreign: &dyn Fn(&Value) -> Vec<Value>) -> Vec<Wrong> {
    let all: Vec<Slot> = (0..list.len()).map(Slot::Old).collect();
    let mut wrong = Vec::new();
    let mut put = |kind, text: String, change: &dyn Fn(&mut Vec<Slot>)| {
        let mut slots = all.clone();
        change(&mut slots);
        wrong.push(Wrong { kind, text, slots });
    };
    for i in chosen(list.len()) {
        put(Kind::Dropped, shown(&list[i]), &|slots| _ = slots.remove(i));
        for other in foreign(&list[i]) {
            let text = format!("{} for {}", shown(&other), shown(&list[i]));
            put(Kind::Changed, text, &|slots| slots[i] = Slot::New(other.clone()));
        }
        if let Some(next) = list.get(i + 1).filter(|next| !equal(&list[i], next)) {
            put(Kind::Reordered, format!("{} before {}", shown(next), shown(&list[i])), &|slots| slots.swap(i, i + 1));
            let text = format!("{} for {}", shown(next), shown(&list[i]));
            put(Kind::Changed, text, &|slots| slots[i] = Slot::New(next.clone()));
        }
    }
    if let Some(first) = list.first() {
        put(Kind::Repeated, shown(first), &|slots| slots.push(Slot::Old(0)));
    }
    if list.len() > 1 {
        put(Kind::Dropped, "all".to_owned(), &Vec::clear);
    }
    let strange = list.last().map_or_else(|| others(&Value::Null), foreign).into_iter().find(|new| !list.contains(new));
    if let Some(new) = strange {
        put(Kind::Added, format!("{} at the end", shown(&new)), &|slots| slots.push(Slot::New(new.clone())));
        put(Kind::Added, format!("{} in front", shown(&new)), &|slots| slots.insert(0, Slot::New(new.clone())));
    }
    wrong
}

/// Of a long list the first, the second, the middle and the last.
fn chosen(len: usize) -> Vec<usize> {
    const LONG: usize = 6;
    if len <= LONG { (0..len).collect() } else { vec![0, 1, len / 2, len - 1] }
}
