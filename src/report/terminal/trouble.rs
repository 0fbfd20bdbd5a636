//! Cases that could not be run, those with the same reason together.

use std::collections::BTreeMap;

use super::WIDTH;
use super::paint::{Paint, glyph};
use super::text::{count, field};
use crate::event::{Header, Record};
use crate::report::again::again;
use crate::verdict::Status;

/// How many ids stand below a reason.
const IDS: usize = 3;

pub(super) fn render(header: &Header, records: &[Record], paint: Paint) -> String {
    let mut reasons: BTreeMap<(&str, &str), Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.status == Status::Broken) {
        let reason = record.note.as_deref().unwrap_or("no reason was given");
        reasons.entry((record.subject_name.as_str(), reason)).or_default().push(record);
    }
    let all: usize = reasons.values().map(Vec::len).sum();
    if all == 0 {
        return String::new();
    }
    let heading = format!("  {} not be run", count(all, "case could", "cases could"));
    let mut text = paint.strong(&heading) + "\n";
    for ((_, reason), records) in reasons {
        let mark = format!("{} broken", glyph(Status::Broken));
        let mut ids: Vec<String> = records.iter().take(IDS).map(|record| record.id.clone()).collect();
        if records.len() > IDS {
            ids.push(format!("… and {}", count(records.len() - IDS, "more case", "more cases")));
        }
        let block = field(2, &mark, 17, WIDTH, &ids)
            + &field(6, "why", 17, WIDTH, &[reason.to_owned()])
            + &field(6, "again", 17, WIDTH, &again(header, records[0], WIDTH - 17));
        text.push('\n');
        text.push_str(&block.replacen(&mark, &paint.status(Status::Broken, &mark), 1));
    }
    text
}
