//! The few sentences that matter, first on the page: what the subject breaks, what others break that it keeps, what a newer
//! version mended.

use std::collections::BTreeMap;

use super::escape::escape;
use super::fragment;
use super::words::{count, number};
use crate::event::{Header, Record};
use crate::verdict::{Holding, Level, Status};

/// So many other subjects have a sentence, and so many pairs of versions.
const OTHERS: usize = 3;

/// So many topics are named.
const TOPICS: usize = 2;

/// Rules by topic.
type Topics = BTreeMap<String, usize>;

/// What is counted, case by case.
#[derive(Default)]
pub(super) struct Matters {
    cases: usize,
    differing: usize,
    /// Cases that more than one subject could be asked, and all of them fail.
    all_fail: usize,
    broken: usize,
    new: usize,
    /// The required rules that each subject breaks.
    breaks: Vec<Topics>,
    /// Those that one breaks and another keeps.
    beyond: BTreeMap<(usize, usize), Topics>,
}

impl Matters {
    /// Counts what these subjects made of one case.
    pub(super) fn add(&mut self, subjects: usize, differs: bool, members: &[(usize, &Record)]) {
        self.breaks.resize(subjects, Topics::new());
        self.cases += 1;
        self.differing += usize::from(differs);
        self.broken += members.iter().filter(|(_, record)| record.status == Status::Broken).count();
        self.new += members.iter().filter(|(_, record)| record.is_new() && record.status == Status::Fail).count();
        let mut judged =
            members.iter().filter(|(_, record)| !matches!(record.status, Status::Unsupported | Status::Broken));
        self.all_fail +=
            usize::from(judged.clone().count() > 1 && judged.all(|(_, record)| record.status == Status::Fail));
        for (one, record) in members {
            for (nth, verdict) in record.verdicts.iter().enumerate() {
                if !matches!(verdict.level, Level::Must | Level::Documented) || !is_broken(&verdict.holding) {
                    continue;
                }
                *self.breaks[*one].entry(record.topic.clone()).or_default() += 1;
                for (other, kept) in members {
                    if kept.verdicts.get(nth).is_some_and(|verdict| verdict.holding == Holding::Kept) {
                        *self.beyond.entry((*one, *other)).or_default().entry(record.topic.clone()).or_default() += 1;
                    }
                }
            }
        }
    }

    /// The sentences, as items of a list.
    pub(super) fn items(&self, header: &Header, names: &[String]) -> Vec<String> {
        let mut items = Vec::new();
        if self.broken > 0 {
            let what = count(self.broken, "case could not be run", "cases could not be run");
            items.push(format!("<a data-h=\"status=broken\"><b>{what}</b></a> here: no fault of a subject."));
        }
        if self.new > 0 {
            let what = count(self.new, "new failure", "new failures");
            items.push(format!("<a data-h=\"new\"><b>{what}</b></a>: not in the subject's snapshot."));
        }
        items.extend(names.first().map(|name| self.first(name)));
        items.extend(self.others(header, names));
        items.extend(self.versions(header, names));
        if self.all_fail > 0 {
            let what = count(self.all_fail, "case is", "cases are");
            items.push(format!("{what} failed by every subject that has the call."));
        }
        if names.len() > 1 {
            let (differing, all) = (number(self.differing), count(self.cases, "case", "cases"));
            items.push(format!("The subjects differ in <a data-h=\"differ\">{differing} of {all}</a>."));
        }
        items
    }

    /// What the first subject breaks: most often this machine's own C library.
    fn first(&self, name: &str) -> String {
        let breaks = self.breaks.first().map(|topics| topics.values().sum()).unwrap_or(0);
        if breaks == 0 {
            return format!("{} keeps <b>every required rule</b> it was held against.", escape(name));
        }
        let what = count(breaks, "required rule", "required rules");
        let link = format!("subjects={}&amp;status=fail", fragment(name));
        format!("{} breaks <a data-h=\"{link}\"><b>{what}</b></a>{}.", escape(name), most(&self.breaks[0], breaks))
    }

    /// What others break that the first keeps, the worst first, an implementation once.
    fn others(&self, header: &Header, names: &[String]) -> Vec<String> {
        let mut others: Vec<(usize, usize)> = (1..names.len()).map(|other| (self.more(other, 0), other)).collect();
        others.sort_by_key(|(more, _)| std::cmp::Reverse(*more));
        let mut seen: Vec<&str> = header.subjects.first().map(|who| who.implementation.as_str()).into_iter().collect();
        others.retain(|(more, other)| {
            let implementation = header.subjects[*other].implementation.as_str();
            let first = !seen.contains(&implementation);
            seen.push(implementation);
            *more > 0 && first
        });
        others.iter().take(OTHERS).map(|(more, other)| self.pair(names, *other, 0, *more)).collect()
    }

    /// What one version of an implementation breaks that another keeps.
    fn versions(&self, header: &Header, names: &[String]) -> Vec<String> {
        let who = |place: usize| &header.subjects[place];
        let mut pairs: Vec<(usize, usize, usize)> = self
            .beyond
            .keys()
            .filter(|(one, other)| {
                who(*one).implementation == who(*other).implementation && who(*one).version != who(*other).version
            })
            .map(|(one, other)| (self.more(*one, *other), *one, *other))
            .collect();
        pairs.sort_by_key(|(more, ..)| std::cmp::Reverse(*more));
        pairs.iter().take(OTHERS).map(|(more, one, other)| self.pair(names, *one, *other, *more)).collect()
    }

    fn pair(&self, names: &[String], one: usize, other: usize, more: usize) -> String {
        let what = count(more, "required rule", "required rules");
        let (one_name, other_name) = (&names[one], &names[other]);
        let link = format!("subjects={},{}&amp;status=fail&amp;differ", fragment(other_name), fragment(one_name));
        let most = self.beyond.get(&(one, other)).map(|topics| most(topics, more)).unwrap_or_default();
        format!(
            "{} breaks <a data-h=\"{link}\"><b>{what}</b></a> that {} keeps{most}.",
            escape(one_name),
            escape(other_name)
        )
    }

    /// How many required rules one breaks that the other keeps.
    fn more(&self, one: usize, other: usize) -> usize {
        self.beyond.get(&(one, other)).map(|topics| topics.values().sum()).unwrap_or(0)
    }
}

fn is_broken(holding: &Holding) -> bool {
    matches!(holding, Holding::Broken { .. })
}

/// `; 30 of them in dns/truncation and dns/bogus`
fn most(topics: &Topics, all: usize) -> String {
    let mut by: Vec<(&str, usize)> = topics.iter().map(|(topic, rules)| (topic.as_str(), *rules)).collect();
    by.sort_by_key(|(_, rules)| std::cmp::Reverse(*rules));
    by.truncate(TOPICS);
    let links: Vec<String> =
        by.iter().map(|(topic, _)| format!("<a data-h=\"area={}\">{}</a>", fragment(topic), escape(topic))).collect();
    let of_them: usize = by.iter().map(|(_, rules)| rules).sum();
    match (of_them, all) {
        (_, 1) => format!(", in {}", links.concat()),
        (of_them, all) if of_them == all => format!(", in {}", links.join(" and ")),
        _ => format!("; {} of them in {}", number(of_them), links.join(" and ")),
    }
}
