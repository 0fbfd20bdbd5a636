//! A trace as a page: one file, no network, no script.

use std::time::Duration;

use super::text::{came, derived, rounds, tells_why, time};
use crate::report::html::escape::escape;
use crate::report::html::wire;
use crate::report::terminal::count;
use crate::trace::{Came, End, File, Found, Name, Trace};

const CSS: &str = include_str!("page.css");

/// The whole page.
pub(super) fn page(trace: &Trace) -> String {
    let parts = [
        head(trace),
        tiles(trace),
        tries(trace),
        picture(trace),
        names(trace),
        order(trace),
        bill(trace),
        files(trace),
    ];
    let title = format!("{}: how it is resolved", escape(&trace.node));
    let wide = "<meta name=viewport content=\"width=device-width,initial-scale=1\">";
    let footer = footer(trace);
    let css = format!("{CSS}{}", wire::CSS);
    format!(
        "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n{wide}\n<title>{title}</title>\n<style>\n{css}</style>\n</head>\n<body>\n{}{footer}</body>\n</html>\n",
        parts.concat()
    )
}

fn head(trace: &Trace) -> String {
    let came = match &trace.end {
        End::Addresses { .. } => {
            format!("<span class=pass>✓</span> <span class=m>{}</span>", escape(&trace.end.short()))
        }
        End::Failed { .. } | End::Lost(_) => format!("<span class=fail>✗ {}</span>", escape(&trace.end.short())),
    };
    let stopped = if tells_why(trace) { format!(" {}.", sentence(&trace.stopped)) } else { String::new() };
    format!(
        "<header>\n<h1>{}</h1>\n<p class=came>{came}</p>\n<p class=dim><code>{}</code> of {} in the world <code>{}</code>.{}</p>\n</header>\n",
        escape(&trace.node),
        escape(&trace.call),
        escape(&trace.subject.display()),
        escape(&trace.world),
        escape(&stopped),
    )
}

/// The same with a capital.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    // A name keeps its letters.
    let name = text.split(' ').next().is_some_and(|first| first.contains('.') || first.starts_with('/'));
    match letters.next() {
        Some(first) if !name => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

fn tiles(trace: &Trace) -> String {
    let bill = &trace.bill;
    let tile = |number: String, what: &str| format!("<li><b>{number}</b>{what}</li>\n");
    let noun = |number: usize, one: &str, many: &str| if number == 1 { one.to_owned() } else { many.to_owned() };
    let mut tiles = vec![
        tile(bill.names.to_string(), &noun(bill.names, "name asked for", "names asked for")),
        tile(bill.queries.to_string(), &noun(bill.queries, "query", "queries")),
    ];
    if bill.repeated > 0 {
        tiles.push(tile(bill.repeated.to_string(), "of them repeated"));
    }
    if !bill.waited.is_zero() {
        tiles.push(tile(format!("<span class=warn>{}</span>", time(bill.waited)), "waited in vain"));
    }
    tiles.push(tile(time(bill.elapsed), "in all"));
    format!("<ul class=tiles>\n{}</ul>\n", tiles.concat())
}

fn tries(trace: &Trace) -> String {
    trace.hints.iter().map(|hint| format!("<p class=try>{}</p>\n", escape(hint))).collect()
}

fn picture(trace: &Trace) -> String {
    if trace.wire.is_empty() {
        return String::new();
    }
    let begun = trace.wire.iter().map(|query| query.at).min().unwrap_or_default();
    let picture = wire::timeline(&trace.wire, Some(trace.bill.elapsed.saturating_sub(begun)));
    let from = format!("Counted from the first query, {} after the call.", time(begun));
    format!(
        "<section>\n<h2>On the wire</h2>\n<p class=dim>{from}</p>\n<div class=pic>\n{picture}\n</div>\n</section>\n"
    )
}

fn names(trace: &Trace) -> String {
    if trace.names.is_empty() {
        return String::new();
    }
    let rule = match trace.config.search.len() {
        0 => String::new(),
        listed => format!(
            "<p class=dim>The search list has {}; a name with {} or more is tried as it is written first (ndots:{}).</p>\n",
            count(listed, "domain", "domains"),
            count(trace.config.ndots(), "dot", "dots"),
            trace.config.ndots()
        ),
    };
    let asked: String = (1..).zip(&trace.names).map(|(number, name)| asked(number, name)).collect();
    let left = trace.not_tried.iter().map(|name| {
        format!(
            "<li><div class=\"top dim\"><span>–</span> <code>{}</code> <span>not tried</span></div></li>\n",
            escape(name)
        )
    });
    let left: String = left.collect();
    format!(
        "<section>\n<h2>Names, in the order in which they were asked for</h2>\n{rule}<ol class=names>\n{asked}{left}</ol>\n</section>\n"
    )
}

fn asked(number: usize, name: &Name) -> String {
    let class = match name.came.as_str() {
        "found" => "pass",
        "NXDOMAIN" | "no data" => "dim",
        _ => "warn",
    };
    let beside =
        [derived(&name.derived), if name.unserved { "in no zone of the world".to_owned() } else { String::new() }];
    let beside = beside.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
    let steps = rounds(&name.queries).map(|round| {
        let types: Vec<&str> = round.iter().map(|step| step.qtype.as_str()).collect();
        let (at, server) = round
            .first()
            .map(|step| (time(step.at), format!("{} → {}", step.transport, step.server)))
            .unwrap_or_default();
        let class = if round.iter().any(|step| step.waited.is_some()) { " class=warn" } else { "" };
        let what = escape(&format!("{} {server}", types.join(" ")));
        format!(
            "<li><span class=dim>{at}</span> <span class=m>{what}</span> <span{class}>{}</span></li>\n",
            escape(&came(round))
        )
    });
    let steps: String = steps.collect();
    format!(
        "<li>\n<div class=top><span class=dim>{number}</span> <code>{}</code> <span class={class}>{}</span> <span class=dim>{}</span></div>\n<ul class=steps>\n{steps}</ul>\n</li>\n",
        escape(&name.name),
        escape(&name.came),
        escape(&beside)
    )
}

fn order(trace: &Trace) -> String {
    let End::Addresses { found, .. } = &trace.end else { return String::new() };
    let row = |(number, found): (usize, &Found)| {
        let ports: Vec<String> = found.ports.iter().map(|port| format!(" port {port}")).collect();
        let source = match (found.source, found.unreachable) {
            (Some(source), _) => format!("from <span class=m>{source}</span>"),
            (None, true) => "<span class=warn>unreachable</span>".to_owned(),
            (None, false) => String::new(),
        };
        let reason =
            found.before_next.as_ref().map_or_else(String::new, |reason| format!("first by {}", escape(reason)));
        format!(
            "<tr><td class=n>{number}</td><td><code>{}</code>{}</td><td>{source}</td><td class=dim>{reason}</td></tr>\n",
            escape(&found.address),
            ports.join(",")
        )
    };
    let rows: String = (1..).zip(found).map(row).collect();
    format!(
        "<section>\n<h2>The answer, in its order</h2>\n<div class=scroll><table class=stack>\n{rows}</table></div>\n</section>\n"
    )
}

fn bill(trace: &Trace) -> String {
    if trace.others.is_empty() {
        return String::new();
    }
    let others = trace.others.iter().map(|other| (other.change.words(), &other.bill, &other.end));
    let all: Vec<_> = std::iter::once((trace.node.clone(), &trace.bill, &trace.end)).chain(others).collect();
    let most =
        |of: fn(&crate::trace::Bill) -> f64| all.iter().map(|(_, bill, _)| of(bill)).fold(f64::MIN_POSITIVE, f64::max);
    let (queries, elapsed) = (most(|bill| count_of(bill.queries)), most(|bill| bill.elapsed.as_secs_f64()));
    let bar = |share: f64| format!("<span class=bar style=\"width:{:.0}%\"></span>", (share * 100.0).clamp(1.0, 100.0));
    let rows = all.iter().map(|(what, bill, end)| {
        let waited = if bill.waited.is_zero() { "–".to_owned() } else { time(bill.waited) };
        format!(
            "<tr><td><code>{}</code></td><td class=n>{}</td><td class=of>{}{}</td><td class=n>{waited}</td><td class=of>{}{}</td><td class=m>{}</td></tr>\n",
            escape(what),
            bill.names,
            bill.queries,
            bar(count_of(bill.queries) / queries),
            time(bill.elapsed),
            bar(bill.elapsed.as_secs_f64() / elapsed),
            escape(&end.short())
        )
    });
    let rows: String = rows.collect();
    format!(
        "<section>\n<h2>The bill, and what else it could be</h2>\n<p class=dim>Each line was measured, in a world of its own.</p>\n<div class=scroll><table>\n<thead><tr><th>looked up</th><th class=n>names</th><th>queries</th><th class=n>waited</th><th>time</th><th>came</th></tr></thead>\n{rows}</table></div>\n</section>\n"
    )
}

fn count_of(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

fn files(trace: &Trace) -> String {
    let row = |file: &File| {
        let at = if file.before { "at start".to_owned() } else { time(file.at) };
        let class = match file.came {
            Came::Absent => "dim",
            Came::Failed(_) => "warn",
            Came::Read | Came::Found | Came::Connected => "",
        };
        let real = file.real.as_ref().map_or_else(String::new, |real| format!(" → <code>{}</code>", escape(real)));
        format!(
            "<tr><td class=\"n dim\">{at}</td><td class=\"{class}\">{}</td><td><code>{}</code>{real}</td><td>{}</td></tr>\n",
            escape(file.came.word()),
            escape(&file.path),
            escape(&file.says)
        )
    };
    let body = match &trace.files_unseen {
        Some(why) => format!("<p>Which files were read could not be seen: {}</p>", escape(why)),
        None if trace.files.is_empty() => "<p>None was looked at.</p>".to_owned(),
        None => format!(
            "<div class=scroll><table class=stack>\n{}</table></div>",
            trace.files.iter().map(row).collect::<String>()
        ),
    };
    format!("<section>\n<h2>Files that {} looked at</h2>\n{body}\n</section>\n", escape(&trace.subject.implementation))
}

fn footer(trace: &Trace) -> String {
    let again = if trace.command.is_empty() {
        String::new()
    } else {
        format!("<p>Again: <code>{}</code></p>\n", escape(&trace.command))
    };
    let settled = if trace.bill.elapsed > Duration::ZERO { "Times are of one run on one machine; " } else { "" };
    format!(
        "<footer>\n{again}<p>{settled}a name that no zone of the world has does not exist (NXDOMAIN). netdbspec {}</p>\n</footer>\n",
        env!("CARGO_PKG_VERSION")
    )
}
