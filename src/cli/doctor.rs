//! `netdbspec doctor`: whether sandboxes can be made here, and if not, what to do.

use super::exit::Exit;
use crate::report::terminal::{Paint, wrap};
use crate::sandbox::{self, Diagnosis};
use crate::verdict::Status;

/// Says what was found. The status is 3 where no sandbox can be made.
pub(super) fn run() -> miette::Result<Exit> {
    let diagnosis = sandbox::doctor();
    super::print(&text(&diagnosis, super::paint()))?;
    Ok(if diagnosis.usable { Exit::OK } else { Exit::UNABLE })
}

fn text(diagnosis: &Diagnosis, paint: Paint) -> String {
    let widest = diagnosis.findings.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in &diagnosis.findings {
        let (status, mark) = if finding.ok { (Status::Pass, "✓ ok  ") } else { (Status::Fail, "✗ fail") };
        let head = format!("{}  {:widest$}  ", paint.status(status, mark), finding.what);
        let mut lines = wrap(&finding.detail, 72).into_iter();
        text.push_str(&format!("{head}{}\n", lines.next().unwrap_or_default()));
        let indent = " ".repeat(8 + widest + 2);
        lines.for_each(|line| text.push_str(&format!("{indent}{line}\n")));
        if let Some(remedy) = &finding.remedy {
            let remedy = wrap(remedy, 72).join(&format!("\n{indent}     "));
            text.push_str(&format!("{indent}try: {remedy}\n"));
        }
    }
    let in_place = diagnosis.findings.iter().any(|finding| finding.what == "in place" && finding.ok);
    let conclusion = match (diagnosis.usable, diagnosis.findings.iter().all(|finding| finding.ok)) {
        (true, true) => paint.status(Status::Pass, "sandboxes can be made here"),
        (true, false) => {
            paint.status(Status::Warn, "sandboxes can be made here, though not for every world: see above")
        }
        (false, _) if in_place => {
            let way =
                "sandboxes cannot be made here: netdbspec audit --isolation in-place runs what files alone decide";
            paint.status(Status::Warn, way)
        }
        (false, _) => {
            paint.status(Status::Fail, "sandboxes cannot be made here: only cases that need no world can be run")
        }
    };
    format!("{text}\n{conclusion}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Finding;

    fn diagnosis(usable: bool, ok: bool) -> Diagnosis {
        let finding = |what: &str, ok, detail: &str, remedy: Option<&str>| Finding {
            what: what.to_owned(),
            ok,
            detail: detail.to_owned(),
            remedy: remedy.map(str::to_owned),
        };
        let detail = "unshare(2) gave EPERM: this system lets programs make user namespaces only with a profile";
        let remedy = (!ok).then_some("sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
        let findings =
            vec![finding("namespaces", ok, detail, remedy), finding("IPv6", true, "there is ::1 on lo", None)];
        Diagnosis { findings, usable }
    }

    #[test]
    fn what_is_in_the_way_is_told_with_its_remedy() {
        insta::assert_snapshot!(text(&diagnosis(false, false), Paint::default()), @"
✗ fail  namespaces  unshare(2) gave EPERM: this system lets programs make user namespaces
                    only with a profile
                    try: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
✓ ok    IPv6        there is ::1 on lo

sandboxes cannot be made here: only cases that need no world can be run
");
    }

    #[test]
    fn all_well_is_one_line_more() {
        insta::assert_snapshot!(text(&diagnosis(true, true), Paint::default()), @"
✓ ok    namespaces  unshare(2) gave EPERM: this system lets programs make user namespaces
                    only with a profile
✓ ok    IPv6        there is ::1 on lo

sandboxes can be made here
");
    }
}
