//! A trace in words, for a terminal of 80 columns.

use std::fmt::Write;
use std::time::Duration;

use crate::report::terminal::{Paint, count, wrap};
use crate::trace::{Bill, Came, Derived, End, File, Name, Step, Trace};
use crate::verdict::Status;

/// The columns of a page.
const COLUMNS: usize = 80;

/// A reply that takes longer is told of.
const NOTABLE: Duration = Duration::from_millis(50);

/// Where what follows a time begins.
const AFTER_TIME: usize = 13;

/// The whole trace.
pub(super) fn trace(trace: &Trace, paint: Paint) -> String {
    let mut text = String::new();
    head(&mut text, trace, paint);
    files(&mut text, trace, paint);
    names(&mut text, trace, paint);
    answer(&mut text, trace, paint);
    bill(&mut text, trace, paint);
    for hint in &trace.hints {
        text.push('\n');
        paragraph(&mut text, "  try  ", hint);
    }
    text
}

/// A duration, to a tenth of a millisecond or of a second.
pub(super) fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        short if short < 0.9995 => format!("{:.1} ms", short * 1e3),
        long => format!("{long:.2} s"),
    }
}

fn heading(text: &mut String, paint: Paint, title: &str, beside: &str) {
    let gap = COLUMNS.saturating_sub(title.chars().count() + beside.chars().count()).max(2);
    let beside = if beside.is_empty() { String::new() } else { " ".repeat(gap) + &paint.faint(beside) };
    _ = writeln!(text, "\n{}{beside}", paint.strong(title));
}

/// A label once, and the words behind it, wrapped.
fn paragraph(text: &mut String, label: &str, words: &str) {
    let width = label.chars().count();
    for (nth, line) in wrap(words, COLUMNS - width).iter().enumerate() {
        let label = if nth == 0 { label.to_owned() } else { " ".repeat(width) };
        _ = writeln!(text, "{label}{line}");
    }
}

fn head(text: &mut String, trace: &Trace, paint: Paint) {
    let who = format!("{}: {}", trace.subject.name, trace.subject.display());
    _ = writeln!(text, "{}   {}", paint.strong(&trace.node), paint.faint(&who));
    paragraph(text, "  asked    ", &trace.call);
    paragraph(text, "  world    ", &format!("{}; what none of its zones has does not exist: NXDOMAIN", trace.world));
}

fn files(text: &mut String, trace: &Trace, paint: Paint) {
    heading(text, paint, "files", "");
    if let Some(why) = &trace.files_unseen {
        paragraph(text, "  ", &format!("which of them were read could not be seen: {why}"));
        return;
    }
    if trace.files.is_empty() {
        text.push_str("  none was looked at\n");
    }
    let width = trace.files.iter().map(|file| file.path.chars().count()).max().unwrap_or(0).min(30);
    for file in &trace.files {
        let at = if file.before { "at start".to_owned() } else { time(file.at) };
        let came = format!("{:<9}", file.came.word());
        let came = match file.came {
            Came::Absent => paint.faint(&came),
            Came::Failed(_) => paint.status(Status::Warn, &came),
            Came::Read | Came::Found | Came::Connected => came,
        };
        let left = format!("{at:>11}  ");
        let says = said(file);
        let used = AFTER_TIME + 11 + width + 2;
        if says.is_empty() {
            _ = writeln!(text, "{left}{came}  {}", file.path);
            continue;
        }
        let fits = file.path.chars().count() <= width && COLUMNS - used >= 24;
        let (first, indent) = if fits {
            (format!("{left}{came}  {:<width$}  ", file.path), used)
        } else {
            (format!("{left}{came}  {}\n{}", file.path, " ".repeat(26)), 26)
        };
        text.push_str(&first);
        let lines = wrap(&says, COLUMNS - indent);
        text.push_str(&lines.join(&format!("\n{}", " ".repeat(indent))));
        text.push('\n');
    }
}

/// What is to be said of a file beside what came of it.
fn said(file: &File) -> String {
    let link = file.real.as_ref().map(|real| format!("→ {real}"));
    let times = (file.times > 1).then(|| format!("{} times", file.times));
    let says = Some(file.says.clone()).filter(|says| !says.is_empty());
    [link, says, times].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn names(text: &mut String, trace: &Trace, paint: Paint) {
    let searched = match (trace.names.len(), trace.config.search.len()) {
        (0, _) | (_, 0) => String::new(),
        (_, listed) => format!("{}, ndots:{}", count(listed, "search domain", "search domains"), trace.config.ndots()),
    };
    heading(text, paint, "names", &searched);
    let width = trace
        .names
        .iter()
        .map(|name| name.name.chars().count())
        .chain(trace.not_tried.iter().map(|name| name.chars().count()));
    let width = width.filter(|width| *width <= 46).max().unwrap_or(0);
    for (number, name) in (1..).zip(&trace.names) {
        let left = format!("{:>11}  {number}  ", time(name.at));
        let came = paint.status(status(&name.came), &name.came);
        if name.name.chars().count() <= width && is_plain(name, trace) {
            _ = writeln!(text, "{left}{:<width$}  {:<6}  {came}", name.name, types(name));
        } else if is_plain(name, trace) {
            _ = writeln!(text, "{left}{}\n{}{:<6}  {came}", name.name, " ".repeat(AFTER_TIME + 3), types(name));
        } else {
            _ = writeln!(text, "{left}{}  {}", name.name, paint.faint(&derived(&name.derived)));
            for round in rounds(&name.queries) {
                line(text, round, paint);
            }
        }
    }
    for name in &trace.not_tried {
        _ = writeln!(text, "{}-  {}", " ".repeat(AFTER_TIME), paint.faint(&format!("{name:<width$}  not tried")));
    }
    if trace.names.is_empty() {
        paragraph(text, "  ", &trace.stopped);
    } else if tells_why(trace) {
        paragraph(text, &" ".repeat(AFTER_TIME + 3), &trace.stopped);
    }
}

/// Whether it needs a word why no further name was asked for.
pub(super) fn tells_why(trace: &Trace) -> bool {
    trace.names.len() != 1 || !trace.not_tried.is_empty() || !trace.is_answered()
}

pub(super) fn derived(derived: &Derived) -> String {
    match derived {
        Derived::AsGiven => "as given".to_owned(),
        Derived::Searched(place) => format!("search domain {place}"),
        Derived::Otherwise => String::new(),
    }
}

/// Whether one line says all: a query for each type, to the only nameserver, and the same reply to each.
fn is_plain(name: &Name, trace: &Trace) -> bool {
    let usual = |step: &Step| {
        step.again.is_none()
            && step.waited.is_none()
            && step.fault.is_empty()
            && step.took.is_none_or(|took| took < NOTABLE)
    };
    let one_server = trace.config.nameservers.len() < 2;
    let alike = name.came == "found"
        || name.queries.iter().all(|step| {
            step.reply.starts_with(name.came.as_str()) || (name.came == "no data" && step.reply == "NOERROR 0")
        });
    one_server && alike && name.queries.iter().all(usual)
}

/// The types, in the order of their queries.
fn types(name: &Name) -> String {
    name.queries.iter().map(|step| step.qtype.as_str()).collect::<Vec<_>>().join(" ")
}

fn status(came: &str) -> Status {
    match came {
        "found" => Status::Pass,
        "NXDOMAIN" | "no data" => Status::Unsupported,
        _ => Status::Warn,
    }
}

/// Queries that were sent side by side and to which the same happened.
pub(super) fn rounds(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    steps.chunk_by(|one, next| {
        let how = |step: &Step| step.again.map(|(_, how)| how);
        let near = |one: Duration, next: Duration| one.abs_diff(next) < Duration::from_millis(20);
        let waited = match (one.waited, next.waited) {
            (Some(one), Some(next)) => near(one, next),
            (one, next) => one == next,
        };
        let alike = (one.server, one.transport, &one.reply, &one.fault, how(one))
            == (next.server, next.transport, &next.reply, &next.fault, how(next));
        alike && waited && one.qtype != next.qtype && near(one.at, next.at)
    })
}

/// What came of a round, in words.
pub(super) fn came(round: &[Step]) -> String {
    let Some(step) = round.first() else { return String::new() };
    let mut words = step.reply.clone();
    if !step.fault.is_empty() {
        _ = write!(words, " ({})", step.fault);
    }
    if let Some(took) = step.took.filter(|took| *took >= NOTABLE) {
        _ = write!(words, " after {}", time(took));
    }
    if let Some(waited) = step.waited {
        _ = write!(words, ", waited {}", time(waited));
    }
    match step.again {
        Some((_, how)) => format!("{}: {words}", how.words()),
        None => words,
    }
}

/// One round in one line, or two.
fn line(text: &mut String, round: &[Step], paint: Paint) {
    let Some(step) = round.first() else { return };
    let types: Vec<&str> = round.iter().map(|step| step.qtype.as_str()).collect();
    let left = format!("{:>11}   {} {:<6} → {}", time(step.at), step.transport, types.join(" "), step.server);
    let left = format!("{left:<38}  ");
    let came = came(round);
    let painted = if step.waited.is_some() { paint.status(Status::Warn, &came) } else { came.clone() };
    if left.chars().count() + came.chars().count() > COLUMNS {
        _ = writeln!(text, "{}\n{}{painted}", left.trim_end(), " ".repeat(AFTER_TIME + 5));
    } else {
        _ = writeln!(text, "{left}{painted}");
    }
}

fn answer(text: &mut String, trace: &Trace, paint: Paint) {
    heading(text, paint, "answer", &format!("after {}", time(trace.bill.elapsed)));
    match &trace.end {
        End::Addresses { canonical, found } => {
            if let Some(canonical) = canonical.as_ref().filter(|canonical| **canonical != trace.node) {
                _ = writeln!(text, "  canonical name {canonical}");
            }
            let width = found.iter().map(|found| found.address.len()).max().unwrap_or(0);
            for found in found {
                let ports: Vec<String> = found.ports.iter().map(|port| format!("port {port}")).collect();
                let mut said = ports;
                match (found.source, found.unreachable) {
                    (Some(source), _) => said.push(format!("from {source}")),
                    (None, true) => said.push("unreachable".to_owned()),
                    (None, false) => {}
                }
                let line = format!("  {:<width$}   {}", found.address, said.join(", "));
                _ = writeln!(text, "{}", line.trim_end());
                if let Some(reason) = &found.before_next {
                    _ = writeln!(text, "  {}", paint.faint(&format!("{:<width$}   first by {reason}", "")));
                }
            }
        }
        End::Failed { .. } => {
            _ = writeln!(text, "  {}", paint.status(Status::Fail, &format!("✗ {}", trace.end.short())));
        }
        End::Lost(how) => paragraph(text, "  ", &format!("✗ {how}")),
    }
}

fn bill(text: &mut String, trace: &Trace, paint: Paint) {
    let columns = format!("{:>5}  {:>7}  {:>8}  {:>10}  {:>10}", "names", "queries", "repeated", "waited", "time");
    heading(text, paint, "bill", &columns);
    row(text, &trace.node, &trace.bill, "");
    for other in &trace.others {
        let came = if other.end.is_answer() || !trace.is_answered() { "" } else { "not resolved" };
        row(text, &other.change.words(), &other.bill, came);
    }
}

fn row(text: &mut String, what: &str, bill: &Bill, came: &str) {
    let waited = if bill.waited.is_zero() { "-".to_owned() } else { time(bill.waited) };
    let numbers = format!(
        "{:>5}  {:>7}  {:>8}  {waited:>10}  {:>10}",
        bill.names,
        bill.queries,
        bill.repeated,
        time(bill.elapsed)
    );
    let room = COLUMNS - numbers.chars().count() - 2;
    if what.chars().count() + 2 > room {
        _ = writeln!(text, "  {what}\n{}{numbers}  {came}", " ".repeat(room + 2));
    } else {
        _ = writeln!(text, "  {what:<room$}{numbers}  {came}");
    }
    let trimmed = text.trim_end().len();
    text.truncate(trimmed);
    text.push('\n');
}
