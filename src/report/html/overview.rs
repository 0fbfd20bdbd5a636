//! The first part of the page: areas by subjects, a stacked bar in each cell.

use std::collections::BTreeMap;

use super::escape::escape;
use super::fragment;
use super::words::{STATUSES, count, letter, number};
use crate::event::{Counts, Record};
use crate::verdict::Status;

/// Cases by area, subject and status.
#[derive(Default)]
pub(super) struct Overview {
    /// The area's counts, one for each subject.
    areas: BTreeMap<String, Vec<Counts>>,
}

impl Overview {
    /// Counts what these subjects made of one case.
    pub(super) fn add<'a>(&mut self, subjects: usize, members: impl Iterator<Item = (usize, &'a Record)>) {
        for (place, record) in members {
            let counts = self.areas.entry(record.area.clone()).or_insert_with(|| vec![Counts::default(); subjects]);
            counts[place].add(record.status);
        }
    }

    /// The table. A cell leads to the matrix of its area and subject, an area's name and a subject's to all of theirs.
    pub(super) fn table(&self, names: &[String]) -> String {
        let mut html = String::from("<table id=areas><thead><tr><th scope=col>area");
        if names.len() > 1 {
            html.push_str("<th scope=col class=all>all");
        }
        for name in names {
            let link = format!("subjects={}", fragment(name));
            html.push_str(&format!("<th scope=col class=s><a data-h=\"{link}\"><span>{}</span></a>", escape(name)));
        }
        html.push_str("<tbody>");
        for (area, counts) in &self.areas {
            html.push_str(&row(Some(area), counts, names));
        }
        if self.areas.len() > 1 {
            let mut all = vec![Counts::default(); names.len()];
            for (place, counts) in self.areas.values().flat_map(|counts| counts.iter().enumerate()) {
                all[place].merge(counts);
            }
            html.push_str("<tbody class=sum>");
            html.push_str(&row(None, &all, names));
        }
        html + "</table>"
    }
}

/// One area, or all together. What its subjects came to can be folded away, where the window is narrow.
fn row(area: Option<&str>, counts: &[Counts], names: &[String]) -> String {
    let word = area.unwrap_or("all");
    let mut html = match area {
        Some(area) => {
            let (link, area) = (fragment(area), escape(area));
            format!("<tr><th scope=row><a href=\"#area={link}\">{area}</a>")
        }
        None => "<tr><th scope=row>all".to_owned(),
    };
    let of_area = area.map(|area| format!("area={}", fragment(area)));
    if names.len() > 1 {
        let mut all = Counts::default();
        counts.iter().for_each(|counts| all.merge(counts));
        let label = format!("<label><input type=checkbox class=fold> <span>{word} by subject</span></label>");
        html.push_str(&format!("{label}<td class=all>{}", cell(&all, word, "all subjects", of_area.as_deref())));
    }
    for (counts, name) in counts.iter().zip(names) {
        let subject = format!("subjects={}", fragment(name));
        let link = of_area.iter().cloned().chain([subject]).collect::<Vec<_>>().join("&amp;");
        html.push_str(&format!("<td data-n=\"{}\">{}", escape(name), cell(counts, word, name, Some(&link))));
    }
    html
}

/// A bar, and below it how many cases fail and warn.
fn cell(counts: &Counts, area: &str, name: &str, link: Option<&str>) -> String {
    if counts.all() == 0 {
        return String::new();
    }
    let parts = STATUSES.iter().filter(|status| counts.of(**status) > 0);
    let bar: String = parts
        .clone()
        .map(|status| format!("<i class={} style=flex-grow:{}></i>", letter(*status), counts.of(*status)))
        .collect();
    let words: Vec<String> = parts.map(|status| format!("{} {status}", number(counts.of(*status)))).collect();
    let figure = |status: Status, glyph: &str| match counts.of(status) {
        0 => String::new(),
        of => format!("<b class={}>{glyph}{}</b>", letter(status), number(of)),
    };
    let figures = [figure(Status::Broken, "?"), figure(Status::Fail, "✗"), figure(Status::Warn, "!")].concat();
    let label = escape(&format!("{area}, {name}: {} of {}", words.join(", "), count(counts.all(), "case", "cases")));
    let link = link.map(|link| format!(" data-h=\"{link}\"")).unwrap_or_default();
    format!("<a{link} title=\"{label}\"><span class=bar>{bar}</span><span class=fig>{figures}</span></a>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_in_words_what_its_bar_shows() {
        let counts = Counts { pass: 1200, fail: 2, recorded: 1, ..Counts::default() };
        let html = cell(&counts, "dns", "a<b 1", Some("area=dns"));
        assert!(html.contains("title=\"dns, a&lt;b 1: 1,200 pass, 1 recorded, 2 fail of 1,203 cases\""), "{html}");
        assert!(html.contains("<i class=P style=flex-grow:1200></i>") && html.contains("<b class=F>✗2</b>"), "{html}");
        assert_eq!(cell(&Counts::default(), "dns", "a", None), "");
    }
}
