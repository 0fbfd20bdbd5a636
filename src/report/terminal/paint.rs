//! Glyphs, words and colours. A colour only repeats what the glyph and the word beside it say.

use anstyle::{AnsiColor, Style};

use crate::verdict::Status;

/// Colours text, where colours are allowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paint {
    /// Whether they are.
    pub colour: bool,
}

impl Paint {
    /// Text in the colour of a status.
    #[must_use]
    pub fn status(self, status: Status, text: &str) -> String {
        let style = match status {
            Status::Pass => AnsiColor::Green.on_default(),
            Status::Fail => AnsiColor::Red.on_default().bold(),
            Status::Warn => AnsiColor::Yellow.on_default(),
            Status::Broken => AnsiColor::Magenta.on_default().bold(),
            Status::Recorded => AnsiColor::Cyan.on_default(),
            Status::Unsupported => Style::new().dimmed(),
        };
        self.style(style, text)
    }

    /// Text that leads the eye.
    #[must_use]
    pub fn strong(self, text: &str) -> String {
        self.style(Style::new().bold(), text)
    }

    /// Text that stands back.
    #[must_use]
    pub fn faint(self, text: &str) -> String {
        self.style(Style::new().dimmed(), text)
    }

    /// A line of a difference, by its first character.
    #[must_use]
    pub fn change(self, line: &str) -> String {
        match line.as_bytes().first() {
            Some(b'-') => self.style(AnsiColor::Red.on_default(), line),
            Some(b'+') => self.style(AnsiColor::Green.on_default(), line),
            _ => self.faint(line),
        }
    }

    fn style(self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// The glyph of a status.
pub(in crate::report) fn glyph(status: Status) -> char {
    match status {
        Status::Pass => '✓',
        Status::Fail => '✗',
        Status::Warn => '!',
        Status::Recorded => '·',
        Status::Unsupported => '-',
        Status::Broken => '?',
    }
}

/// The glyph of an outcome that differs from what is on record.
pub(super) const DRIFT: char = '~';

/// The statuses in the order in which they are told: what asks for attention first.
pub(super) const ORDER: [Status; 6] =
    [Status::Fail, Status::Warn, Status::Broken, Status::Recorded, Status::Unsupported, Status::Pass];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_text_stays_as_it_is() {
        let plain = Paint { colour: false };
        assert_eq!(plain.status(Status::Fail, "x") + &plain.strong("y") + &plain.change("- z"), "xy- z");
    }

    #[test]
    fn a_colour_ends_where_its_text_ends() {
        assert_eq!(Paint { colour: true }.status(Status::Pass, "ok"), "\u{1b}[32mok\u{1b}[0m");
    }
}
