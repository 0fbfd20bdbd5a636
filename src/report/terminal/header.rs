//! The first lines: this program, who is asked, where, and how many cases.

use super::WIDTH;
use super::paint::{Paint, glyph};
use super::text::{count, width};
use crate::event::{Header, System};
use crate::verdict::Status;

/// The statuses in the order in which the glyphs are explained.
const LEGEND: [Status; 6] =
    [Status::Pass, Status::Fail, Status::Warn, Status::Recorded, Status::Unsupported, Status::Broken];

pub(super) fn render(header: &Header, paint: Paint) -> String {
    let mut parts = vec![format!("netdbspec {}", header.netdbspec)];
    let distribution = &header.system.distribution;
    for subject in &header.subjects {
        let mut part = format!("{}: {}", subject.name, subject.display());
        if subject.name == "libc" && !distribution.is_empty() {
            part = format!("{part} ({distribution})");
        }
        parts.push(part);
    }
    let system = System { distribution: String::new(), ..header.system.clone() };
    parts.push(system.display());
    parts.push(count(header.cases, "case", "cases"));

    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + 3 + width(&part) <= WIDTH => *line = format!("{line}   {part}"),
            Some(_) => lines.push(format!("  {part}")),
            None => lines.push(part),
        }
    }
    if let Some(first) = lines.first_mut() {
        *first = paint.strong(first);
    }
    if !header.selection.is_empty() {
        lines.push(format!("  selected: {}", header.selection.join(" ")));
    }
    if let Some(shard) = header.shard {
        lines.push(format!("  shard {shard}: a part of the cases; the others are in other runs"));
    }
    if header.isolation.is_some() {
        lines.push(
            "  in place: this system's own files, links and addresses; what needs others is unsupported".to_owned(),
        );
    }
    let legend: Vec<String> =
        LEGEND.iter().map(|status| paint.status(*status, &format!("{} {status}", glyph(*status)))).collect();
    lines.push(String::new());
    lines.push(format!("  {}", legend.join("   ")));
    lines.join("\n") + "\n"
}
