//! The HTML report in a headless Chromium: it loads without a complaint and fetches nothing, its filters and addresses work,
//! and so does what is left of it without a script.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use serde_json::{Value, json};

use crate::browser::{Browser, Page, Window};
use crate::support::{json as lines, root, run};

/// The ids of the cases that the matrix shows.
const SHOWN: &str = "[...document.querySelectorAll('#grid tbody tr:not(.t)')].filter(row => row.checkVisibility()).map(row => \
    decodeURIComponent(row.cells[0].firstChild.hash.slice(6))).join(' ')";

/// The names of the subjects whose columns it shows.
const COLUMNS: &str = "[...document.querySelectorAll('#grid thead th.s')].filter(cell => cell.checkVisibility()).map(cell => \
    cell.textContent).join(', ')";

/// Which parts of the page are seen.
const PARTS: &str = "[...document.querySelectorAll('main > section')].filter(part => part.checkVisibility()).map(part => part.id).join(' ')";

const CASE: &str = "dns/truncation/retried-over-tcp@inet";

/// Makes a page of these lines of a saved run, in the browser's folder.
fn page(browser: &Browser, run_lines: &str, name: &str) {
    let folder = browser.folder();
    fs::write(folder.join("run.jsonl"), run_lines).unwrap();
    let ran = run(folder, ["report", "run.jsonl", "--format", &format!("html={name}")]);
    assert!(folder.join(name).is_file(), "{}", ran.told());
}

/// A browser with the page of the saved run of four subjects.
fn four() -> Option<Browser> {
    let browser = Browser::start()?;
    page(&browser, &saved(), "four.html");
    Some(browser)
}

fn saved() -> String {
    fs::read_to_string(root().join("fixtures/runs/matrix.jsonl")).unwrap()
}

fn assert_clean(page: &mut Page<'_>) {
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn the_overview_says_what_matters_and_leads_on() {
    let Some(mut browser) = four() else { return };
    let mut page = browser.open("four.html", Window::WIDE);
    assert_eq!(page.text(PARTS), "overview");
    assert_eq!(page.text("document.title"), "4 subjects, 7 cases: netdbspec");
    let matters = page.text("document.getElementById('matters').innerText");
    assert!(matters.contains("musl 1.2.3 breaks 2 required rules that glibc 2.36 keeps"), "{matters}");
    assert_eq!(page.text("document.querySelectorAll('#areas tbody tr').length"), "3");

    page.value("document.querySelector('#areas td:nth-child(5) a').click()");
    page.until("document.body.dataset.view === 'matrix'");
    assert_eq!(page.text("location.hash"), "#matrix&area=addrinfo&subjects=musl%201.2.3");
    assert_eq!(page.text(COLUMNS), "musl 1.2.3");
    assert_eq!(
        page.text(SHOWN),
        "addrinfo/ac/one-family-doc@inet addrinfo/filter/protocol-icmp-any@inet addrinfo/hints/res-on-failure"
    );
    page.value("history.back()");
    page.until("document.body.dataset.view === 'overview'");
    assert_clean(&mut page);
}

#[test]
fn the_matrix_is_searched_and_filtered_and_every_view_has_an_address() {
    let Some(mut browser) = four() else { return };
    let mut page = browser.open("four.html#matrix", Window::WIDE);
    assert_eq!(page.text("document.getElementById('shown').textContent"), "7 cases");

    page.press("/");
    for key in ["t", "c", "p"] {
        page.press(key);
    }
    // What a case shows and what it asks are searched too.
    page.until("document.getElementById('shown').textContent !== '7 cases'");
    assert_eq!(page.text("location.hash"), "#matrix&q=tcp");
    assert!(page.text(SHOWN).contains(CASE) && !page.text(SHOWN).contains("dname"), "{}", page.text(SHOWN));
    page.press("Escape");

    let both = "dns/truncation/nxdomain-over-tcp@inet dns/truncation/retried-over-tcp@inet";
    for (fragment, shown) in [
        ("#matrix&status=broken", "dns/content/dname"),
        ("#matrix&status=fail&area=dns", CASE),
        ("#matrix&area=dns/truncation/", both),
        ("#clause=rfc%207766", CASE),
        ("#matrix&status=new", "addrinfo/filter/protocol-icmp-any@inet"),
        ("#subjects=glibc%202.36,cpython%203.11&differ", ""),
        ("#area=nothing%5B%27%22", ""),
        ("#q=dname%20RFC", "dns/content/dname"),
        ("#q=Subtree%20a.old.test", "dns/content/dname"),
    ] {
        page.visit(fragment);
        assert_eq!(page.text(SHOWN), shown, "{fragment}");
    }
    page.visit("#differ&subjects=musl%201.2.3,nobody,go%201.27");
    assert_eq!(page.text(COLUMNS), "musl 1.2.3, go 1.27");
    assert_eq!(page.text("document.querySelector('[name=differ]').checked"), "true");
    page.value("document.querySelector('#filters button[type=reset]').click()");
    assert_eq!((page.text("location.hash").as_str(), page.text(COLUMNS).split(", ").count()), ("#matrix", 4));
    // A row of cells is as wide as the head is high up: what is scrolled away stays named.
    assert_eq!(page.text("getComputedStyle(document.querySelector('#grid thead th')).position"), "sticky");
    assert_eq!(page.text("getComputedStyle(document.querySelector('#grid tbody tr:not(.t) th')).position"), "sticky");
    assert_clean(&mut page);
}

#[test]
fn a_case_opens_by_keys_and_by_its_address() {
    let Some(mut browser) = four() else { return };
    let mut page = browser.open("four.html#matrix", Window::WIDE);
    page.press("ArrowDown");
    page.press("ArrowDown");
    assert_eq!(page.text("document.activeElement.textContent"), "protocol-icmp-any@inet");
    page.press("Enter");
    page.until("document.querySelector('#sections > .open')");
    assert_eq!(
        page.text("document.querySelector('#sections > .open').id"),
        "case=addrinfo/filter/protocol-icmp-any@inet"
    );
    assert_eq!(page.text(PARTS), "case");
    page.press("ArrowRight");
    page.until("document.querySelector('#sections > .open').id === 'case=addrinfo/hints/res-on-failure'");
    assert_eq!(page.text("document.getElementById('nth').textContent"), "3 of 7");
    page.press("Escape");
    page.until("document.body.dataset.view === 'matrix'");
    assert_eq!(page.text("document.activeElement.textContent"), "res-on-failure");

    page.visit(&format!("#case={CASE}&subjects=musl%201.2.3"));
    page.until("document.querySelector('#sections > .open')");
    let groups = "[...document.querySelectorAll('.open [data-subjects]')].filter(group => group.checkVisibility()).map(group => group.querySelector('h4').innerText).join()";
    let groups = page.text(groups);
    assert!(groups.contains("musl 1.2.3") && !groups.contains("glibc"), "{groups}");
    assert!(page.text("document.querySelector('.open svg').textContent").contains("m40.test"));
    page.visit("#case=a/b/no-such");
    assert_eq!(page.text("document.getElementById('trouble').innerText"), "This report has no case a/b/no-such.");
    assert_clean(&mut page);
}

#[test]
fn a_large_report_unpacks_what_is_opened() {
    let Some(mut browser) = Browser::start() else { return };
    // The same cases over and over, under other topics.
    let mut all: Vec<Value> = lines(&saved());
    let mut footer = all.pop().unwrap();
    for (_, count) in footer["counts"].as_object_mut().unwrap() {
        *count = (count.as_u64().unwrap() * 60).into();
    }
    let cases: Vec<Value> = all.split_off(1);
    for nth in 0..60 {
        all.extend(cases.iter().cloned().map(|mut case| {
            let topic = format!("{}-{nth}", case["topic"].as_str().unwrap());
            let name = case["id"].as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
            case["id"] = format!("{topic}/{name}").into();
            case["topic"] = topic.into();
            case
        }));
    }
    all[0]["cases"] = json!(60 * 7);
    all.push(footer);
    let text: String = all.iter().map(|line| format!("{line}\n")).collect();
    page(&browser, &text, "large.html");
    let html = fs::read_to_string(browser.folder().join("large.html")).unwrap();
    assert!(html.contains("<script type=text/plain data-topic=") && !html.contains("<section class=case"));

    let id = "dns/truncation-17/retried-over-tcp@inet";
    let mut page = browser.open(&format!("large.html#case={id}"), Window::WIDE);
    page.until("document.querySelector('#sections > .open')");
    assert_eq!(page.text("document.querySelector('#sections > .open').id"), format!("case={id}"));
    // The other case of its topic lies beside it, and no other topic was unpacked.
    assert_eq!(page.text("document.querySelectorAll('#sections > section').length"), "2");
    page.visit("#q=forty%20addresses");
    page.until("document.getElementById('shown').textContent === '60 of 420 cases'");
    assert_clean(&mut page);
}

#[test]
fn what_a_subject_says_is_text() {
    let Some(mut browser) = Browser::start() else { return };
    let evil = "</script><img src=x onerror=fetch('http://192.0.2.1/')><script>console.log(1)</script>\"'&";
    let mut all: Vec<Value> = lines(&saved());
    for subject in all[0]["subjects"].as_array_mut().unwrap().iter_mut().skip(2) {
        subject["implementation"] = evil.into();
    }
    for case in all.iter_mut().filter(|line| line["kind"] == "case") {
        case["about"] = evil.into();
        case["note"] = evil.into();
        case["asked"] = json!([evil]);
        case["clauses"] = json!([evil]);
        for asked in case["outcome"]["asked"].as_array_mut().unwrap() {
            asked["reply"] = json!({"failure": {"name": evil, "text": evil}});
        }
        for query in case["outcome"]["wire"].as_array_mut().unwrap() {
            query["name"] = evil.into();
            query["reply"] = evil.into();
        }
    }
    let text: String = all.iter().map(|line| format!("{line}\n")).collect();
    page(&browser, &text, "evil.html");
    let mut page = browser.open("evil.html#matrix", Window::WIDE);
    assert_eq!(page.text("document.images.length"), "0");
    assert_eq!(page.text("document.querySelectorAll('script').length"), "2");
    assert!(page.text("document.querySelector('#grid thead').textContent").contains("<img src=x"));
    page.visit(&format!("#case={CASE}"));
    page.until("document.querySelector('#sections > .open')");
    assert!(page.text("document.querySelector('.open').textContent").contains("<img src=x"));
    assert_clean(&mut page);
}

#[test]
fn without_a_script_all_of_it_is_there() {
    let Some(mut browser) = four() else { return };
    let window = Window { script: false, ..Window::WIDE };
    let mut page = browser.open(&format!("four.html#case={CASE}"), window);
    assert_eq!(page.text(PARTS), "overview matrix case");
    assert_eq!(page.text(SHOWN).split(' ').count(), 7);
    assert_eq!(page.text("document.querySelectorAll('#sections > section').length"), "7");
    assert_eq!(page.text("document.querySelector(':target').id"), format!("case={CASE}"));
    let seen = "[...document.querySelectorAll('form, #casebar')].filter(part => part.checkVisibility()).length";
    assert_eq!(page.text(seen), "0");
    assert_clean(&mut page);
}

#[test]
fn a_phone_shows_it_in_its_width() {
    let Some(mut browser) = four() else { return };
    for fragment in ["", "#matrix", "#case=dns/truncation/retried-over-tcp@inet"] {
        let mut page = browser.open(&format!("four.html{fragment}"), Window { dark: true, ..Window::PHONE });
        page.until("document.body.dataset.view !== 'case' || document.querySelector('#sections > .open')");
        assert_eq!(page.text("document.documentElement.scrollWidth"), "390", "{fragment}");
        assert_ne!(page.text("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
        assert_clean(&mut page);
    }
    let mut page = browser.open("four.html", Window::PHONE);
    let folded = "[...document.querySelectorAll('#areas td')].filter(cell => cell.checkVisibility()).length";
    assert_eq!(page.text(folded), "3");
    page.value("document.querySelector('#areas .fold').click()");
    assert_eq!(page.text(folded), "7");
}
