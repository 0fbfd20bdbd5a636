//! The picture itself, in as few bytes as it takes: a report has thousands of them. All arrows of one kind are one path.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use super::happened::{Event, Kind, What};
use super::words::{asked, time, word};
use crate::outcome::{Query, Transport};
use crate::report::html::escape::escape;

/// The width of a character, in tenths of a pixel: the text is monospaced.
const CHARACTER: usize = 66;

/// Where the client's lane is. Left of it stand the times.
const CLIENT: usize = 54;

/// The height of the heads of the lanes, and of one event.
const HEAD: usize = 22;
const ROW: usize = 19;

/// How far an arrow falls on its way.
const FALL: usize = 5;

/// The widest room for texts between the client and the first nameserver, and the narrowest.
const WIDEST: usize = 430;
const NARROWEST: usize = 150;

/// A silence of this length or longer is not drawn to scale: the lanes break, and its length is written there.
const SILENCE: Duration = Duration::from_millis(400);

/// The height of such a break.
const BREAK: usize = 30;

/// The height that a shorter silence takes at most.
const PAUSE: usize = 16;

/// The picture of these events, with what it shows in words.
pub(super) fn svg(wire: &[Query], events: &[Event], label: &str) -> String {
    let mut picture = Picture::new(wire, events);
    let mut before = Duration::ZERO;
    for (nth, event) in events.iter().enumerate() {
        picture.silence(event.at.saturating_sub(before));
        before = before.max(event.at);
        picture.event(event, nth.checked_sub(1).map(|before| &events[before].what));
    }
    picture.finish(label)
}

struct Picture<'a> {
    wire: &'a [Query],
    servers: Vec<IpAddr>,
    /// Where the lanes are, the client's first.
    lanes: Vec<usize>,
    width: usize,
    /// How far down it is drawn.
    y: usize,
    /// The lanes as far as they are drawn: where each piece begins, and the breaks.
    breaks: Vec<usize>,
    /// Lines and heads, by class.
    lines: BTreeMap<&'static str, String>,
    heads: BTreeMap<&'static str, String>,
    texts: String,
    /// The time that was written last.
    told: Option<String>,
}

impl<'a> Picture<'a> {
    fn new(wire: &'a [Query], events: &[Event]) -> Self {
        let mut servers: Vec<IpAddr> = Vec::new();
        let from = wire.iter().flat_map(|query| query.sent.iter().flatten()).filter_map(|sent| Some(sent.from?.ip()));
        for server in wire.iter().map(|query| query.server).chain(from) {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        let mut picture = Self {
            wire,
            lanes: vec![CLIENT],
            width: 0,
            y: HEAD,
            breaks: Vec::new(),
            lines: BTreeMap::new(),
            heads: BTreeMap::new(),
            texts: String::new(),
            told: None,
            servers,
        };
        let longest = events.iter().scan(None, |before, event| {
            let length = wide(&picture.text(&event.what, *before));
            *before = Some(&event.what);
            Some(length)
        });
        let mut at = CLIENT + (longest.max().unwrap_or(0) + 20).clamp(NARROWEST, WIDEST);
        for (nth, server) in picture.servers.iter().enumerate() {
            let half = wide(&server.to_string()) / 2;
            at += if nth > 0 { half + 10 } else { 0 };
            picture.lanes.push(at);
            at += half + 4;
        }
        picture.width = at;
        picture
    }

    fn lane(&self, server: IpAddr) -> usize {
        self.lanes[self.servers.iter().position(|other| *other == server).map_or(1, |at| at + 1)]
    }

    /// What is written at an event. The number of a query is told where there are several, that of a reply where it does not
    /// follow its query at once.
    fn text(&self, what: &What, before: Option<&What>) -> String {
        let numbered = |of: usize, text: String| if self.wire.len() > 1 { format!("{}: {text}", of + 1) } else { text };
        match what {
            What::Query { of, again } => {
                let again = if *again { ", again" } else { "" };
                numbered(*of, asked(&self.wire[*of]) + again)
            }
            What::Reply { of, reply, kind, .. } => {
                let word = word(*kind).map_or_else(String::new, |word| format!("{word}: "));
                let text = format!("{word}{reply}");
                if follows(before, *of) { text } else { numbered(*of, text) }
            }
            What::Lost { of, why } => {
                if follows(before, *of) {
                    why.clone()
                } else {
                    numbered(*of, why.clone())
                }
            }
            What::Returned { after } => format!("returned after {}", time(*after)),
        }
    }

    fn silence(&mut self, length: Duration) {
        if length >= SILENCE {
            self.breaks.push(self.y);
            let at = (self.lanes[0] + self.lanes[1]) / 2;
            self.write("g", at, self.y + BREAK / 2 + 4, &format!("{} of silence", time(length)));
            self.y += BREAK;
        } else {
            self.y += PAUSE * usize::try_from(length.as_millis()).unwrap_or(0) / 400;
        }
    }

    fn event(&mut self, event: &Event, before: Option<&What>) {
        let text = self.text(&event.what, before);
        self.y += ROW;
        let y = self.y - FALL;
        match &event.what {
            What::Query { of, .. } => {
                self.time(event.at, y + 3);
                let query = &self.wire[*of];
                let class = if query.transport == Transport::Udp { "u" } else { "t" };
                self.arrow(class, self.lanes[0], self.lane(query.server), y);
                self.write("q", CLIENT + 8, y - 3, &text);
            }
            What::Reply { of, kind, .. } => {
                let query = &self.wire[*of];
                let from = query.sent.iter().flatten().find_map(|sent| sent.from).filter(|_| *kind == Kind::Forged);
                let lane = self.lane(from.map_or(query.server, |from| from.ip()));
                let class = match (kind, query.transport) {
                    (Kind::Forged, _) => "f",
                    (Kind::Late | Kind::Truncated, Transport::Udp) => "v",
                    (Kind::Late | Kind::Truncated, Transport::Tcp) => "y",
                    (Kind::Plain, Transport::Udp) => "u",
                    (Kind::Plain, Transport::Tcp) => "t",
                };
                self.arrow(class, lane, self.lanes[0], y);
                let class = match kind {
                    Kind::Plain => "r",
                    Kind::Forged => "r f",
                    Kind::Late | Kind::Truncated => "r v",
                };
                self.write(class, self.lanes[1] - 8, y - 3, &text);
            }
            What::Lost { of, .. } => {
                // A stump with a cross at its end.
                let from = self.lane(self.wire[*of].server);
                let to = from - 26;
                let line = self.lines.entry("x").or_default();
                _ = write!(line, "M{from} {y}h-26m-4-4l8 8m0-8l-8 8");
                self.write("r x", to - 8, y + 4, &text);
            }
            What::Returned { .. } => {
                _ = write!(self.heads.entry("d").or_default(), "M{CLIENT} {}l4 4-4 4-4-4z", y - 5);
                self.write("q d", CLIENT + 8, y + 3, &text);
            }
        }
    }

    fn arrow(&mut self, class: &'static str, from: usize, to: usize, y: usize) {
        let line = self.lines.entry(class).or_default();
        _ = write!(line, "M{from} {}L{to} {}", y, y + FALL);
        let back = if to > from { "l-7-4 1 6z" } else { "l7-4-1 6z" };
        _ = write!(self.heads.entry(class).or_default(), "M{to} {}{back}", y + FALL);
    }

    /// The time in the margin, where it is another than the last.
    fn time(&mut self, at: Duration, y: usize) {
        let text = time(at);
        if self.told.as_ref() != Some(&text) {
            self.write("a", CLIENT - 6, y, &text);
            self.told = Some(text);
        }
    }

    /// A text; one that is too long is cut, and whole in its title.
    fn write(&mut self, class: &str, x: usize, y: usize, text: &str) {
        let room = (self.lanes[1] - CLIENT - 16) * 10 / CHARACTER;
        let class = if class.contains(' ') { format!("\"{class}\"") } else { class.to_owned() };
        _ = write!(self.texts, "<text class={class} x={x} y={y}>");
        if text.chars().count() > room {
            let begun: String = text.chars().take(room.saturating_sub(1)).collect();
            _ = write!(self.texts, "{}…<title>{}</title>", escape(&begun), escape(text));
        } else {
            self.texts.push_str(&escape(text));
        }
        self.texts.push_str("</text>");
    }

    fn finish(mut self, label: &str) -> String {
        let bottom = self.y + 8;
        let mut lanes = String::new();
        for x in &self.lanes {
            _ = write!(lanes, "M{x} {}", HEAD - 6);
            for at in &self.breaks {
                _ = write!(lanes, "V{}l4 3-8 4 8 4-8 4 8 4-4 3", at + 4);
            }
            _ = write!(lanes, "V{bottom}");
        }
        let mut text = format!(
            "<div class=w><svg width={w} height={h} viewBox=\"0 0 {w} {h}\" role=img aria-label=\"{}\"><path class=l d=\"{lanes}\"/>",
            escape(label),
            w = self.width,
            h = bottom + 2,
        );
        for (class, lines) in &self.lines {
            _ = write!(text, "<path class={class} d=\"{lines}\"/>");
        }
        for (class, heads) in &self.heads {
            _ = write!(text, "<path class=\"{class} h\" d=\"{heads}\"/>");
        }
        let heads = std::mem::take(&mut self.texts);
        self.write("c", CLIENT, 11, "client");
        for (nth, server) in self.servers.clone().into_iter().enumerate() {
            self.write("c", self.lanes[nth + 1], 11, &server.to_string());
        }
        text + &self.texts + &heads + "</svg></div>"
    }
}

/// Whether an event comes right after the query or another reply of the same number.
fn follows(before: Option<&What>, number: usize) -> bool {
    match before {
        Some(What::Query { of, .. } | What::Reply { of, .. } | What::Lost { of, .. }) => *of == number,
        _ => false,
    }
}

fn wide(text: &str) -> usize {
    text.chars().count() * CHARACTER / 10
}
