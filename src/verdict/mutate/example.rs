//! A text that a regular expression matches.

/// A text that a regular expression matches, where one is quickly found: of alternatives the first, of repetitions the
/// fewest, of a class its first character.
pub(super) fn example(pattern: &str) -> Option<String> {
    let mut text = String::new();
    let mut groups = Vec::new();
    // Where that begins which a repetition would repeat.
    let mut last = 0;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let put = match c {
            '(' => {
                if chars.next_if_eq(&'?').is_some() {
                    chars.by_ref().find(|c| *c == ':');
                }
                groups.push(text.len());
                continue;
            }
            ')' => {
                last = groups.pop()?;
                continue;
            }
            '|' if groups.is_empty() => break,
            '|' => {
                skip_alternatives(&mut chars);
                continue;
            }
            '*' | '?' => {
                text.truncate(last);
                continue;
            }
            '+' => continue,
            '{' => {
                let times: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let unit = text.split_off(last);
                text.push_str(&unit.repeat(times.split(',').next()?.parse().ok()?));
                continue;
            }
            '\\' => match chars.next()? {
                'd' => '1',
                'w' => 'a',
                's' => ' ',
                other => other,
            },
            '[' => {
                let first = chars.next()?;
                chars.by_ref().find(|c| *c == ']');
                if first == '^' { 'x' } else { first }
            }
            '.' => 'x',
            other => other,
        };
        last = text.len();
        text.push(put);
    }
    Some(text)
}

/// Passes over what is left of a group, up to its end.
fn skip_alternatives(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let mut inner = 0;
    while let Some(c) = chars.next_if(|c| inner > 0 || *c != ')') {
        match c {
            '(' => inner += 1,
            ')' => inner -= 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::example;
    use crate::verdict::Test;

    #[test]
    fn an_example_matches_its_pattern() {
        for pattern in [
            "a+|b",
            "fe80::.*%[0-9]+",
            r"\d{2}\.x",
            "(?:ab|cd)*e",
            "x{255}",
            "EAI_(FAIL|AGAIN)",
            "[^a]b?",
            "(a(b|c)d)?",
        ] {
            let text = example(pattern).unwrap();
            assert!(Test::regex(pattern).unwrap().is_match(&text), "{pattern}: {text}");
        }
    }
}
