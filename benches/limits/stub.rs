//! How fast the stub server answers: `netdbspec serve` beside a bare echo of datagrams, which does what no server can do
//! without, and beside dnsmasq, all asked by dnsperf in turns. And how long it takes to read a large zone.

mod data;
mod dnsperf;
mod servers;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use netdbspec::server::Zones;
use netdbspec::world::{World, Zone};

use super::table::{Goal, Row, Table, median};
use data::{LARGE, SMALL};
use dnsperf::{Flight, Found};

/// The origin of all zones here.
const ORIGIN: &str = "bench.test";

/// One server with one load.
struct Load {
    server: SocketAddr,
    questions: PathBuf,
    /// What every reply has to be.
    code: Option<&'static str>,
    flight: Flight,
}

/// Fills the table with what the stub server can do.
pub(crate) fn bench(table: &mut Table) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    loading(table, folder.path());
    if !dnsperf::is_here() {
        table.absent("stub: queries per second, latency", "dnsperf is not installed");
        return;
    }
    serving(table, folder.path());
}

/// How long reading a zone of 100,000 records takes.
fn loading(table: &mut Table, folder: &Path) {
    let path = data::put(folder, "loading.zone", &data::zone(LARGE));
    let (mut bytes, mut zones) = (Vec::new(), Vec::new());
    for round in 0..if table.short { 1 } else { 7 } {
        let begun = Instant::now();
        let text = std::fs::read_to_string(&path).expect("it was just written");
        bytes.push(begun.elapsed().as_secs_f64());
        let mut world = World::bare("bench");
        // A text that has been read once is not read again.
        let text = format!("{text}; {round}\n");
        world.zones.push(Zone { origin: format!("{ORIGIN}."), path: "loading.zone".to_owned(), line: 1, text });
        let begun = Instant::now();
        let read = Zones::read(&world);
        zones.push(begun.elapsed().as_secs_f64());
        assert!(read.is_ok(), "the zone has faults: {read:?}");
    }
    let (bytes, zones) = (median(bytes), median(zones));
    table.add(Row {
        what: "stub: a zone of 100,000 records, read".to_owned(),
        measured: format!("{:.0} ms", zones * 1e3),
        limit: format!("500 ms (its bytes alone: {:.1} ms)", bytes * 1e3),
        ratio: zones / 0.5,
        goal: Goal::AtMost(1.0),
    });
}

fn serving(table: &mut Table, folder: &Path) {
    let zone = |file: &str, names| {
        std::fs::create_dir(folder.join(file)).expect("a temporary folder can be written to");
        data::put(folder, &format!("{file}/{ORIGIN}.zone"), &data::zone(names))
    };
    let (small, large) = (servers::stub(&zone("small", SMALL)), servers::stub(&zone("large", LARGE)));
    let echo = servers::echo();
    let hosts = data::put(folder, "hosts", &data::hosts(ORIGIN, SMALL));
    let dnsmasq = servers::dnsmasq(ORIGIN, &hosts);

    let (few, all) = (SMALL, if table.short { 100_000 } else { 1_000_000 });
    let questions = |file: &str, names, name: &dyn Fn(u32) -> String| data::questions(folder, file, names, name);
    let host = |number: u32| format!("host{number}.{ORIGIN}");
    let hits = questions("hits", few, &host);
    let every = questions("every", LARGE, &host);
    let missing = |number: u32| format!("missing{number}.{ORIGIN}");
    let wild = |number: u32| format!("any{number}.wild.{ORIGIN}");

    let many =
        |server, questions: &PathBuf, code| Load { server, questions: questions.clone(), code, flight: Flight::Many };
    let one = |server| Load { server, questions: hits.clone(), code: None, flight: Flight::One };
    let mut loads = vec![
        many(echo, &hits, None),
        many(small.at, &hits, Some("NOERROR")),
        many(large.at, &every, Some("NOERROR")),
        many(small.at, &questions("missing", few, &missing), Some("NXDOMAIN")),
        many(small.at, &questions("missing-new", all, &missing), Some("NXDOMAIN")),
        many(small.at, &questions("wild", few, &wild), Some("NOERROR")),
        many(small.at, &questions("wild-new", all, &wild), Some("NOERROR")),
        one(echo),
        one(small.at),
    ];
    loads.extend(dnsmasq.iter().map(|dnsmasq| many(dnsmasq.at, &hits, Some("NOERROR"))));
    let found = in_turns(&loads, table.short);
    let rate = |nth: usize| median(found[nth].iter().map(|found| found.rate).collect());
    let latency = |nth: usize| median(found[nth].iter().map(|found| found.latency).collect());

    let mut rates = |what: &str, own: usize, beside: &str, other: usize, goal| {
        table.add(Row {
            what: format!("stub: {what}"),
            measured: format!("{:.0}/s", rate(own)),
            limit: format!("{beside}, {:.0}/s", rate(other)),
            ratio: rate(own) / rate(other),
            goal: Goal::AtLeast(goal),
        });
    };
    rates("queries for 1,000 names × A/AAAA over UDP, one thread", 1, "a bare blocking echo", 0, 0.85);
    if dnsmasq.is_some() {
        rates("the same", 1, "dnsmasq with the same names", 9, 1.0);
    }
    rates("all of a zone of 100,000 records", 2, "1,000 names", 1, 0.9);
    rates("1,000 names that do not exist", 3, "1,000 names that do", 1, 0.8);
    rates("each name another that does not exist", 4, "1,000 names that do", 1, 0.8);
    rates("1,000 names of a wildcard", 5, "1,000 names", 1, 0.8);
    rates("each name another of a wildcard", 6, "1,000 names", 1, 0.8);
    table.add(Row {
        what: "stub: one query at a time, to its reply".to_owned(),
        measured: format!("{:.0} µs", latency(8)),
        limit: format!("a bare blocking echo, {:.0} µs", latency(7)),
        ratio: latency(8) / latency(7),
        goal: Goal::AtMost(1.5),
    });
    if dnsmasq.is_none() {
        table.absent("stub: queries per second beside a peer", "dnsmasq is not installed");
    }
}

/// What each load found, round by round, so that what else the machine does is shared by all.
fn in_turns(loads: &[Load], short: bool) -> Vec<Vec<Found>> {
    let (rounds, long) = if short { (1, Duration::from_millis(200)) } else { (7, Duration::from_secs(1)) };
    let mut found: Vec<Vec<Found>> = loads.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (Load { server, questions, code, flight }, found) in loads.iter().zip(&mut found) {
            found.push(dnsperf::run(*server, questions, *flight, long, *code));
        }
    }
    found
}
