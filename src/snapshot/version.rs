//! Versions: numbers with dots between them, compared number by number.

use std::cmp::Ordering;

/// Compares two versions: `2.9` is below `2.36`. What is no number counts as text, below every number; a version that
/// another one continues is below it.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let mut ours = one.split(['.', '-', '+']);
    let mut theirs = other.split(['.', '-', '+']);
    loop {
        let order = match (ours.next(), theirs.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(ours), Some(theirs)) => part(ours).cmp(&part(theirs)),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn part(text: &str) -> (Option<u64>, &str) {
    match text.parse() {
        Ok(number) => (Some(number), ""),
        Err(_) => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers_and_longer_versions_are_higher() {
        assert_eq!(compare("2.9", "2.36"), Ordering::Less);
        assert_eq!(compare("2.36", "2.36"), Ordering::Equal);
        assert_eq!(compare("3.11.7", "3.11"), Ordering::Greater);
        assert_eq!(compare("1.2.rc1", "1.2.0"), Ordering::Less);
    }
}
