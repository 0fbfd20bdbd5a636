//! The page: its parts together in one file.

use std::collections::BTreeSet;

use super::escape::escape;
use super::matrix::Rows;
use super::matters::Matters;
use super::overview::Overview;
use super::sections::Sections;
use super::words::{STATUSES, count, glyph, letter, meaning, number};
use super::{case, wire};
use crate::event::{Header, Record, Summary};
use crate::report::matrix::Row;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("app.js");

/// Nothing is fetched, whatever should stand in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// A page that is made case by case.
#[derive(Default)]
pub(super) struct Page {
    overview: Overview,
    matters: Matters,
    rows: Rows,
    sections: Sections,
    areas: BTreeSet<String>,
    clauses: BTreeSet<String>,
}

impl Page {
    /// One more case, in the order of their ids; `about` is its topic in a few words, `section` what is said of it alone.
    pub(super) fn add(&mut self, row: &Row<'_>, names: &[String], about: Option<&str>, section: &str) {
        let members: Vec<(usize, &Record)> =
            row.groups.iter().flat_map(|group| group.members.iter().copied()).collect();
        self.overview.add(names.len(), members.iter().copied());
        self.matters.add(names.len(), row.differs(), &members);
        self.rows.add(row, names.len(), about);
        let record = row.any();
        self.sections.add(record, section);
        self.areas.insert(record.area.clone());
        self.clauses.extend(record.clauses.iter().cloned());
    }

    /// The whole file.
    pub(super) fn html(self, header: &Header, names: &[String], summary: &Summary) -> String {
        let title = match names {
            [one] => one.clone(),
            names => count(names.len(), "subject", "subjects"),
        };
        let cases = count(header.cases, "case", "cases");
        let styles = [STYLE, wire::CSS, case::CSS].concat();
        let head = format!(
            "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n<meta http-equiv=Content-Security-Policy content=\"{POLICY}\">\n\
             <meta name=viewport content=\"width=device-width\">\n<meta name=color-scheme content=\"light dark\">\n\
             <link rel=icon href=\"data:,\">\n<title>{title}, {cases}: netdbspec</title>\n<style>\n{styles}</style>\n",
            title = escape(&title),
        );
        let top = "<body>\n<header id=top><a id=brand href=\"#overview\">netdbspec</a>\
             <nav aria-label=Parts><a href=\"#overview\">Overview</a><a href=\"#matrix\">Matrix</a></nav></header>\n<main>\n";
        let matters: String =
            self.matters.items(header, names).iter().map(|item| format!("<li>{item}")).collect::<Vec<_>>().join("\n");
        let overview = format!(
            "<section id=overview aria-labelledby=what>\n<h1 id=what>{what}</h1>\n<p class=sub>{lead}\n<ul id=matters>\n{matters}\n</ul>\n\
             {legend}\n<div class=box tabindex=0 role=region aria-label=\"Areas by subjects\">{table}</div>\n{subjects}</section>\n",
            what = what(header, names),
            lead = lead(header, summary),
            legend = legend(),
            table = self.overview.table(names),
            subjects = subjects(header, names),
        );
        let matrix = format!(
            "<section id=matrix aria-label=\"Cases by subjects\">\n{filters}\n<div class=box id=gridbox>{table}</div>\n</section>\n",
            filters = filters(&self.areas, &self.clauses, names),
            table = self.rows.table(names),
        );
        let sections = format!("<section id=case aria-label=Case>\n{BAR}\n{}\n</section>\n", self.sections.html());
        [head, top.to_owned(), overview, matrix, sections, format!("</main>\n<script>\n{SCRIPT}</script>\n</html>\n")]
            .concat()
    }
}

/// What leads from one case to another, with a script.
const BAR: &str = "<nav id=casebar class=js aria-label=Case><a id=back href=\"#matrix\">← Matrix</a>\
    <span id=nth></span><a id=prev>Previous</a><a id=next>Next</a></nav>\n<p id=trouble role=alert hidden>";

/// What was asked whom.
fn what(header: &Header, names: &[String]) -> String {
    let cases = count(header.cases, "case", "cases");
    match names {
        [one] => format!("{} in {cases}", escape(one)),
        names => format!("{} in {cases}", count(names.len(), "subject", "subjects")),
    }
}

/// Where it was run, and what came of it.
fn lead(header: &Header, summary: &Summary) -> String {
    let system = &header.system;
    let words = [system.os.clone(), system.short_release(), system.machine.clone()];
    let mut place = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if !system.distribution.is_empty() {
        place = format!("{place} ({})", system.distribution);
    }
    let selection = match header.selection.as_slice() {
        [] => String::new(),
        selection => format!(" Selected: <code>{}</code>.", escape(&selection.join(" "))),
    };
    let counts = summary.counts;
    format!(
        "Does a platform’s name resolution do what the standards and its own manual say? Asked by netdbspec {} on {}: \
         {} {}, {} {} a required rule, {} only a recommendation.{selection}",
        escape(&header.netdbspec),
        escape(&place),
        number(counts.all()),
        if counts.all() == 1 { "answer" } else { "answers" },
        number(counts.fail),
        if counts.fail == 1 { "breaks" } else { "break" },
        number(counts.warn),
    )
}

/// The glyphs, and what they mean.
fn legend() -> String {
    let items = STATUSES.map(|status| {
        let (letter, glyph, meaning) = (letter(status), glyph(status), meaning(status));
        format!("<li title=\"{meaning}\"><b class={letter}>{glyph}</b> {status}")
    });
    format!("<ul id=legend aria-label=Legend>{}</ul>", items.concat())
}

/// The subjects as they were asked for, and what their names are here.
fn subjects(header: &Header, names: &[String]) -> String {
    let rows = names
        .iter()
        .zip(&header.subjects)
        .map(|(name, who)| format!("<li><b>{}</b> <code>--subject {}</code>", escape(name), escape(&who.name)));
    format!(
        "<details id=who><summary>How the subjects were asked</summary><ul>{}</ul></details>\n",
        rows.collect::<String>()
    )
}

/// What narrows the matrix; it takes a script.
fn filters(areas: &BTreeSet<String>, clauses: &BTreeSet<String>, names: &[String]) -> String {
    let options = |values: &BTreeSet<String>| -> String {
        values.iter().map(|value| format!("<option>{}", escape(value))).collect()
    };
    let statuses: String =
        STATUSES.iter().map(|status| format!("<option value={status}>{} {status}", glyph(*status))).collect();
    let boxes: String = names
        .iter()
        .map(|name| format!("<label><input type=checkbox name=subjects value=\"{0}\"> {0}</label>", escape(name)))
        .collect();
    let several = if names.len() > 1 {
        format!(
            "<label class=check><input type=checkbox name=differ> differing only</label>\n\
             <details id=whose><summary>subjects</summary><div><button type=button id=everyone>all</button>{boxes}</div></details>\n"
        )
    } else {
        String::new()
    };
    format!(
        "<form id=filters class=js role=search>\n\
         <label class=wide><span>search</span><input type=search name=q placeholder=\"name, call, text ( / )\" autocomplete=off></label>\n\
         <label><span>area</span><input name=area list=areas-known size=12 placeholder=any autocomplete=off></label>\
         <datalist id=areas-known>{areas}</datalist>\n\
         <label><span>clause</span><input name=clause list=clauses-known size=14 placeholder=any autocomplete=off></label>\
         <datalist id=clauses-known>{clauses}</datalist>\n\
         <label><span>status</span><select name=status><option value=\"\">any{statuses}<option value=new>new failures</select></label>\n\
         {several}<output id=shown aria-live=polite></output><button type=reset>clear</button>\n</form>",
        areas = options(areas),
        clauses = options(clauses),
    )
}
