//! What came back, with what differs from the first group's marked: by colour, and by a word.

use super::difference::{self, Compared, Line};
use crate::event::Record;
use crate::outcome::{Asked, Failure, Reply};
use crate::report::html::escape::escape;
use crate::report::matrix::unasked;
use crate::snapshot::{Told, told};

/// More lines than these are folded.
const MOST: usize = 16;

/// The replies to all calls. `first` is who they are held against.
pub(super) fn replies(record: &Record, first: Option<&Record>) -> String {
    let reply = |(nth, asked): (usize, &Asked)| {
        let other = first.map(|first| first.outcome.asked.get(nth));
        let body = match other {
            Some(Some(other)) => compared(asked, other, unasked(record, nth)),
            Some(None) => marked(&told(&asked.reply), "only here"),
            None => told(&asked.reply).iter().map(|line| item(line, &[], "")).collect(),
        };
        list(body) + &said(&asked.reply)
    };
    let replies: Vec<String> = record.outcome.asked.iter().enumerate().map(reply).collect();
    if let [reply] = &replies[..] {
        return reply.clone();
    }
    let mut number = 0;
    let alike = replies.chunk_by(|one, next| one == next).map(|alike| {
        let first = number + 1;
        number += alike.len();
        let numbers = if first < number { format!("{first}–{number}") } else { first.to_string() };
        format!("<div class=rp><b>{numbers}</b><div>{}</div></div>", alike[0])
    });
    alike.collect()
}

fn compared(asked: &Asked, other: &Asked, unasked: &[&str]) -> Vec<String> {
    let (here, there) = (told(&asked.reply), told(&other.reply));
    let item = |line: Line<'_>| match line {
        Line::Both(line, places) => item(line, &places, if places.is_empty() { "" } else { "differs" }),
        Line::Here(line) => whole(line, "mark", "only here"),
        Line::There(line) => whole(line, "del", "not here"),
    };
    match difference::compared(&here, &there, unasked) {
        Compared::Lines(lines) => lines.into_iter().map(item).collect(),
        Compared::Apart => marked(&here, "differs"),
    }
}

/// All lines, the first of them with the word.
fn marked(lines: &[Vec<Told>], word: &str) -> Vec<String> {
    lines.iter().enumerate().map(|(nth, line)| whole(line, "mark", if nth == 0 { word } else { "" })).collect()
}

fn whole(line: &[Told], tag: &str, word: &str) -> String {
    let text = line.iter().filter(|told| !told.unsaid).map(text).collect::<Vec<_>>().join(" ");
    format!("<li><{tag}>{text}</{tag}>{}", said_so(word))
}

/// The word beside a mark.
fn said_so(word: &str) -> String {
    if word.is_empty() { String::new() } else { format!(" <i>{word}</i>") }
}

/// One line, the values at these places marked.
fn item(line: &[Told], places: &[usize], word: &str) -> String {
    let values = line.iter().enumerate().filter(|(at, told)| !told.unsaid || places.contains(at));
    let values = values.map(|(at, told)| {
        let text = text(told);
        if places.contains(&at) { format!("<mark>{text}</mark>") } else { text }
    });
    let text = values.collect::<Vec<_>>().join(" ");
    format!("<li>{text}{}", said_so(word))
}

/// A value. Bytes that are no text stand there in hexadecimal, as the subject's protocol writes them: `{"hex":"e9"}`.
fn text(told: &Told) -> String {
    escape(&told.text.replace(r#"{"hex":""#, "hex ").replace("\"}", ""))
}

fn list(mut items: Vec<String>) -> String {
    if items.len() <= MOST + 2 {
        return format!("<ul class=an>{}</ul>", items.concat());
    }
    let rest = items.split_off(MOST);
    let differ = if rest.iter().any(|item| item.contains("<i>")) { ", some of which differ" } else { "" };
    format!(
        "<ul class=an>{}</ul><details><summary>and {} more lines{differ}</summary><ul class=an>{}</ul></details>",
        items.concat(),
        rest.len(),
        rest.concat()
    )
}

/// How the subject itself put a failure, or why there is no reply.
fn said(reply: &Reply) -> String {
    let text = match reply {
        Reply::Failure(Failure { code, text, .. }) if code.is_some() || !text.is_empty() => {
            let code = code.map(|code| code.to_string());
            let text = Some(text.clone()).filter(|text| !text.is_empty());
            code.into_iter().chain(text).collect::<Vec<_>>().join(" · ")
        }
        Reply::Lost(lost) => lost.to_string(),
        Reply::Unsupported(why) if !why.is_empty() => why.clone(),
        _ => return String::new(),
    };
    format!("<p class=nt>{}</p>", escape(&text))
}
