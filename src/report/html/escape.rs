//! Text for HTML. Names and messages come from nameservers that forge and programs that babble: nothing of them may be
//! taken for markup, and what cannot be seen is made visible.

use std::fmt::Write as _;

/// A text as it stands in an element or between double quotes. What has no glyph, or turns the direction of what follows, is
/// written `\x07` or `\u{202e}`; newlines stay.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' => safe.push('\n'),
            // Writing to a String cannot fail.
            c if c.is_control() && c.is_ascii() => drop(write!(safe, "\\x{:02x}", u32::from(c))),
            c if c.is_control() || is_unseen(c) => drop(write!(safe, "\\u{{{:x}}}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

/// Whether a character shows nothing itself: marks of direction, joiners of no width, separators of lines, the byte order
/// mark, what is no character at all.
fn is_unseen(c: char) -> bool {
    let code = u32::from(c);
    matches!(code, 0xAD | 0x61C | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF0..=0xFFFB)
        || code & 0xFFFE == 0xFFFE
        || (0xFDD0..=0xFDEF).contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        let text = "<script>alert(\"a\" & 'b')</script>";
        assert_eq!(escape(text), "&lt;script&gt;alert(&quot;a&quot; &amp; &#39;b&#39;)&lt;/script&gt;");
        assert_eq!(escape("\" onload=\"x"), "&quot; onload=&quot;x");
    }

    #[test]
    fn what_has_no_glyph_is_seen() {
        assert_eq!(escape("a\0b\u{7}\r\tc\n"), "a\\x00b\\x07\\x0d\\x09c\n");
        assert_eq!(escape("a\u{202e}b\u{85}\u{feff}\u{1ffff}é…"), "a\\u{202e}b\\u{85}\\u{feff}\\u{1ffff}é…");
    }
}
