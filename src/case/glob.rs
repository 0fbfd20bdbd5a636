//! Patterns for whole ids: `dns/*/{late,early}`, `*/tcp-[0-9]*`.

use regex_lite::Regex;

/// A pattern. `*` stands for any letters, `/` among them, `?` for one letter, `[a-z]` for one of these, `[!a-z]` for one of
/// the others, `{this,that}` for either; a `\` takes the meaning from the sign behind it.
#[derive(Clone, Debug)]
pub(crate) struct Glob(Regex);

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let mut regex = String::from("^(?s:");
        let mut depth = 0;
        let mut rest = text.chars();
        while let Some(sign) = rest.next() {
            match sign {
                '*' => regex.push_str(".*"),
                '?' => regex.push('.'),
                '[' => class(&mut rest, &mut regex)?,
                '{' => {
                    depth += 1;
                    regex.push_str("(?:");
                }
                '}' if depth > 0 => {
                    depth -= 1;
                    regex.push(')');
                }
                '}' => return Err("a `}` without its `{`".to_owned()),
                ',' if depth > 0 => regex.push('|'),
                '\\' => plain(rest.next().ok_or("nothing follows the `\\` at the end")?, &mut regex),
                sign => plain(sign, &mut regex),
            }
        }
        if depth > 0 {
            return Err("a `{` without its `}`".to_owned());
        }
        regex.push_str(")$");
        Regex::new(&regex).map(Self).map_err(|error| error.to_string())
    }

    /// Whether the whole id is like the pattern.
    pub(crate) fn matches(&self, id: &str) -> bool {
        self.0.is_match(id)
    }
}

/// One letter of several: what follows `[`.
fn class(rest: &mut std::str::Chars<'_>, regex: &mut String) -> Result<(), String> {
    // A bracket at the beginning is one of the letters.
    let (among, behind) = rest
        .as_str()
        .char_indices()
        .find(|(at, sign)| *sign == ']' && !matches!(&rest.as_str()[..*at], "" | "!"))
        .map(|(at, _)| rest.as_str().split_at(at))
        .ok_or("a `[` without its `]`")?;
    *rest = behind[1..].chars();
    let (not, among) = among.strip_prefix('!').map_or(("", among), |among| ("^", among));
    regex.push('[');
    regex.push_str(not);
    for sign in among.chars() {
        match sign {
            '-' => regex.push('-'),
            sign => plain(sign, regex),
        }
    }
    regex.push(']');
    Ok(())
}

/// A letter that stands for itself.
fn plain(sign: char, regex: &mut String) {
    regex.push_str(&regex_lite::escape(sign.encode_utf8(&mut [0; 4])));
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let glob = Glob::new(pattern).unwrap();
        for id in matching {
            assert!(glob.matches(id), "{pattern} {id}");
        }
        for id in others {
            assert!(!glob.matches(id), "{pattern} {id}");
        }
    }

    #[test]
    fn each_sign_stands_for_what_it_says() {
        check("*/tcp*", &["dns/truncation/tcp@inet", "a/tcp"], &["tcp", "dns/tc"]);
        check("dns/?", &["dns/a", "dns/\u{e9}"], &["dns/", "dns/ab"]);
        check("a-[0-9x]@*", &["a-7@", "a-x@inet"], &["a--@", "a-y@inet"]);
        check("a-[!0-9]", &["a-x"], &["a-7", "a-"]);
        check("[]]", &["]"], &["[", ""]);
        check("dns/{late,e*y}/{a{b,c},d}", &["dns/late/ab", "dns/early/d"], &["dns/late", "dns/late/a"]);
        check("\\*,", &["*,"], &["a,", "*"]);
        check("a.b(c)+", &["a.b(c)+"], &["axb(c)+", "a.bc"]);
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        let why = |text: &str| Glob::new(text).unwrap_err();
        assert_eq!(why("dns/[x"), "a `[` without its `]`");
        assert_eq!(why("dns/[]"), "a `[` without its `]`");
        assert_eq!(why("{a,b"), "a `{` without its `}`");
        assert_eq!(why("a}"), "a `}` without its `{`");
        assert_eq!(why("a\\"), "nothing follows the `\\` at the end");
        assert!(Glob::new("[9-0]").is_err());
    }
}
