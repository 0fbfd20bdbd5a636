//! Text in columns: counting, cutting, wrapping, grouping digits.

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// A text in at least so many columns, blanks after it.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A text in at most so many columns; a longer one ends in `…`.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(columns.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short + "…"
}

/// A text in lines of at most so many columns, broken at blanks; a word that is longer is broken where the line ends.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && width(&line) + 1 + width(word) > columns {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            while width(&line) > columns {
                let rest = line.chars().skip(columns).collect();
                line = line.chars().take(columns).collect();
                lines.push(std::mem::replace(&mut line, rest));
            }
        }
        lines.push(line);
    }
    lines
}

/// A labelled value: the label once, and the value's lines, wrapped, in a column of their own.
pub(super) fn field(indent: usize, label: &str, value_at: usize, columns: usize, lines: &[String]) -> String {
    let mut text = String::new();
    let wrapped = lines.iter().flat_map(|line| wrap(line, columns - value_at));
    for (nth, line) in wrapped.enumerate() {
        let label = if nth == 0 { label } else { "" };
        let left = pad(&format!("{}{label}", " ".repeat(indent)), value_at);
        text.push_str(format!("{left}{line}").trim_end());
        text.push('\n');
    }
    text
}

/// A number with a comma between each three digits.
pub(in crate::report) fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and its noun: `1 case`, `1,043 cases`.
#[must_use]
pub fn count(of: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(of), if of == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!([0, 999, 1043, 1_234_567].map(number), ["0", "999", "1,043", "1,234,567"]);
        assert_eq!(count(1, "case", "cases"), "1 case");
    }

    #[test]
    fn lines_break_at_blanks_and_long_words_where_they_must() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("ééé éé", 3), ["ééé", "éé"]);
    }

    #[test]
    fn a_cut_text_ends_in_an_ellipsis() {
        assert_eq!(cut("RFC 3493 §6.1", 9), "RFC 3493…");
        assert_eq!(cut("RFC", 9), "RFC");
    }

    #[test]
    fn a_field_keeps_its_column() {
        let lines = ["one two three".to_owned(), "four".to_owned()];
        assert_eq!(field(2, "came", 8, 16, &lines), "  came  one two\n        three\n        four\n");
    }
}
