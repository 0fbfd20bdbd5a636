//! Cases by subjects: in each case the subjects whose outcomes agree stand together. Pure; how it looks is for a format.
//!
//! Two outcomes agree where the replies do ([`crate::outcome::Outcome::agrees`]) and no rule that is judged of both is kept by one and
//! broken by the other: so a rule about the wire tells apart what came back the same. Where runs of one subject may differ
//! already, rules alone tell apart; a canonical name that was not asked for tells nothing apart. Agreement is not transitive, since an
//! interface that tells little agrees with much. So subjects are taken in their order, and each joins the first group whose
//! fullest member it agrees with.

use std::collections::BTreeMap;

use crate::event::{Header, Record, Who};
use crate::verdict::{Holding, Status, Verdict};

/// All cases of a run, and how the subjects stand together in each.
pub(crate) struct Matrix<'a> {
    /// The subjects as they are told apart, in their order.
    pub(crate) names: Vec<String>,
    /// The cases by id.
    pub(crate) cases: Vec<Row<'a>>,
}

/// One case.
pub(crate) struct Row<'a> {
    /// Those that answer first, as [`Group::kind`] is ordered.
    pub(crate) groups: Vec<Group<'a>>,
}

/// Subjects that stand together.
pub(crate) struct Group<'a> {
    /// What they have in common.
    pub(crate) kind: Kind,
    /// Each with its place among the names.
    pub(crate) members: Vec<(usize, &'a Record)>,
}

/// What the members of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Their outcomes agree.
    Agree,
    /// They do not have the call.
    Unsupported,
    /// They could not be asked.
    Broken,
}

impl<'a> Matrix<'a> {
    /// The matrix of these records.
    pub(crate) fn of(header: &Header, records: &'a [Record]) -> Self {
        let place: BTreeMap<&str, usize> =
            header.subjects.iter().enumerate().map(|(nth, who)| (who.name.as_str(), nth)).collect();
        let mut cases: BTreeMap<&str, Vec<(usize, &Record)>> = BTreeMap::new();
        for record in records {
            if let Some(place) = place.get(record.subject_name.as_str()) {
                cases.entry(&record.id).or_default().push((*place, record));
            }
        }
        let cases = cases.into_values().map(|mut members| {
            members.sort_by_key(|(place, _)| *place);
            Row::of(&members)
        });
        Self { names: names(&header.subjects), cases: cases.collect() }
    }

    /// The cases in which subjects differ.
    pub(crate) fn differing(&self) -> impl Iterator<Item = &Row<'a>> {
        self.cases.iter().filter(|case| case.differs())
    }

    /// The sets of subjects that stand together where subjects differ, the most frequent first.
    pub(crate) fn groupings(&self) -> Vec<(Vec<&str>, usize)> {
        let mut sets: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for group in self.differing().flat_map(Row::agreeing) {
            *sets.entry(group.members.iter().map(|(place, _)| *place).collect()).or_default() += 1;
        }
        let mut sets: Vec<_> = sets.into_iter().collect();
        sets.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let named = |set: Vec<usize>| set.into_iter().map(|place| self.names[place].as_str()).collect();
        sets.into_iter().map(|(set, times)| (named(set), times)).collect()
    }
}

impl<'a> Row<'a> {
    fn of(records: &[(usize, &'a Record)]) -> Self {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for (place, record) in records {
            let kind = Kind::of(record.status);
            let joins =
                |group: &&mut Group<'_>| group.kind == kind && (kind != Kind::Agree || agree(group.fullest(), record));
            match groups.iter_mut().find(joins) {
                Some(group) => group.members.push((*place, record)),
                None => groups.push(Group { kind, members: vec![(*place, record)] }),
            }
        }
        groups.sort_by_key(|group| (group.kind, rank(group.status()), std::cmp::Reverse(group.members.len())));
        Self { groups }
    }

    /// The groups that answered.
    pub(crate) fn agreeing(&self) -> impl Iterator<Item = &Group<'a>> {
        self.groups.iter().filter(|group| group.kind == Kind::Agree)
    }

    /// Whether two subjects that answered differ.
    pub(crate) fn differs(&self) -> bool {
        self.agreeing().count() > 1
    }

    /// Any record of the case: what it says of the case itself.
    pub(crate) fn any(&self) -> &'a Record {
        self.groups[0].members[0].1
    }

    /// The rule that decides, and what it requires where that is told: the strongest that some keep and others break, else
    /// the strongest that any breaks, else the strongest.
    pub(crate) fn decides(&self) -> Option<(&'a Verdict, Option<&'a str>)> {
        let records: Vec<&Record> =
            self.groups.iter().flat_map(|group| &group.members).map(|(_, record)| *record).collect();
        let rules = records.iter().map(|record| record.verdicts.len()).max().unwrap_or(0);
        let of = |nth: usize| records.iter().filter_map(move |record| record.verdicts.get(nth));
        let required = |nth: usize| {
            of(nth).find_map(|verdict| match &verdict.holding {
                Holding::Broken { required, .. } => Some(required.as_str()),
                _ => None,
            })
        };
        let kept = |nth: usize| of(nth).any(|verdict| verdict.holding == Holding::Kept);
        let recorded = |nth: usize| of(nth).all(|verdict| verdict.holding == Holding::Recorded);
        let nth = (0..rules).min_by_key(|nth| {
            let standing = match (required(*nth).is_some(), kept(*nth)) {
                (true, true) => 0,
                (true, false) => 1,
                _ => 2,
            };
            (standing, recorded(*nth), of(*nth).next().map(|verdict| verdict.level))
        })?;
        Some((of(nth).next()?, required(nth)))
    }
}

impl<'a> Group<'a> {
    /// The member whose replies tell the most; the first of several.
    pub(crate) fn fullest(&self) -> &'a Record {
        let mut fullest = self.members[0].1;
        for (_, record) in &self.members[1..] {
            if record.outcome.fullness() > fullest.outcome.fullness() {
                fullest = record;
            }
        }
        fullest
    }

    /// The status that stands for the group: where a rule binds only some of its members, theirs.
    pub(crate) fn status(&self) -> Status {
        let statuses = self.members.iter().map(|(_, record)| record.status);
        statuses.max_by_key(|status| judged(*status)).unwrap_or(Status::Recorded)
    }
}

/// How much a status says of a group.
fn judged(status: Status) -> u8 {
    match status {
        Status::Recorded => 0,
        Status::Pass => 1,
        Status::Warn => 2,
        Status::Fail => 3,
        Status::Unsupported | Status::Broken => 4,
    }
}

/// What keeps the rules comes first, what breaks them last.
fn rank(status: Status) -> u8 {
    match status {
        Status::Pass => 0,
        Status::Recorded => 1,
        other => judged(other),
    }
}

impl Kind {
    fn of(status: Status) -> Self {
        match status {
            Status::Unsupported => Self::Unsupported,
            Status::Broken => Self::Broken,
            _ => Self::Agree,
        }
    }
}

fn agree(one: &Record, other: &Record) -> bool {
    let contradict = one.verdicts.iter().zip(&other.verdicts).any(|(one, other)| one.contradicts(other));
    !contradict && (one.varies.is_some() || one.outcome.agrees(&other.outcome, |nth| unasked(one, nth)))
}

/// The fields of an answer that the nth call of a case does not ask for.
pub(crate) fn unasked(record: &Record, nth: usize) -> &'static [&'static str] {
    if record.asked.get(nth).is_some_and(|call| call.contains("AI_CANONNAME")) { &[] } else { &["canonname"] }
}

/// Each subject by implementation and version; where two say the same, with the name it was asked for by, without folders
/// as long as that tells them apart.
fn names(subjects: &[Who]) -> Vec<String> {
    let shown: Vec<String> = subjects.iter().map(Who::display).collect();
    let is_one = |names: &[String], name: &String| names.iter().filter(|other| *other == name).count() == 1;
    let with = |own: fn(&str) -> String| -> Vec<String> {
        let named = shown.iter().zip(subjects);
        named
            .map(|(name, who)| if is_one(&shown, name) { name.clone() } else { format!("{name} ({})", own(&who.name)) })
            .collect()
    };
    let short = with(without_folders);
    if short.iter().all(|name| is_one(&short, name)) { short } else { with(str::to_owned) }
}

/// `cmd:/opt/probe -v` is `cmd:probe -v`.
fn without_folders(name: &str) -> String {
    let part = |part: &str| part.rsplit_once('/').map_or(part, |(_, last)| last).to_owned();
    let word = |word: &str| word.split(':').map(part).collect::<Vec<_>>().join(":");
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_told_apart_by_as_little_as_it_takes() {
        let who = |name: &str, implementation: &str, version: &str| Who {
            name: name.to_owned(),
            implementation: implementation.to_owned(),
            version: version.to_owned(),
        };
        let mut subjects = vec![who("libc", "glibc", "2.36"), who("cc:gcc", "glibc", "2.36"), who("go", "go", "1.27")];
        assert_eq!(names(&subjects), ["glibc 2.36 (libc)", "glibc 2.36 (cc:gcc)", "go 1.27"]);
        subjects.push(who("go:/a/go", "go", "1.19"));
        subjects.push(who("go:/b/go", "go", "1.19"));
        assert_eq!(names(&subjects)[2..], ["go 1.27", "go 1.19 (go:/a/go)", "go 1.19 (go:/b/go)"]);
        subjects[4].version = "1.20".to_owned();
        subjects.push(who("cmd:/opt/probe -v", "glibc", "2.36"));
        assert_eq!(names(&subjects)[3..], ["go 1.19", "go 1.20", "glibc 2.36 (cmd:probe -v)"]);
    }
}
