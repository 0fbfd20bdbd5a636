//! Zone text: every file of fixtures/zones/good is read as its snapshot says, every file of fixtures/zones/broken is
//! refused in the words of its snapshot.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use insta::{Settings, assert_snapshot};
use netdbspec::outcome::Transport;
use netdbspec::server::Zones;
use netdbspec::world::{Nameserver, Problem, World, Zone};
use rstest::rstest;

use crate::look_ups::told;

const ROUNDS: usize = 200;

/// A world that has these zones and nothing else.
pub(crate) fn world(zones: Vec<Zone>) -> World {
    World { zones: zones.into(), ..World::bare("made-up") }
}

/// A zone whose text begins on the first line of its file.
pub(crate) fn zone(origin: &str, path: &str, text: &str) -> Zone {
    Zone { origin: origin.to_owned(), path: path.to_owned(), line: 1, text: text.to_owned() }
}

fn read(path: &Path) -> Result<Zones, Vec<Problem>> {
    let file = path.file_name().unwrap().to_string_lossy();
    Zones::read(&world(vec![zone("example.test.", &file, &std::fs::read_to_string(path).unwrap())]))
}

/// All problems, each with its hint on a line of its own.
pub(crate) fn said(problems: &[Problem]) -> String {
    let line = |problem: &Problem| match &problem.hint {
        Some(hint) => format!("{problem}\n    {hint}\n"),
        None => format!("{problem}\n"),
    };
    problems.iter().map(line).collect()
}

fn snapshot(kind: &str, path: &Path, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path(format!("snapshots/zones/{kind}"));
    settings.bind(|| assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), text));
}

#[rstest]
fn a_good_zone_is_read_as_it_was_meant(#[files("fixtures/zones/good/*.zone")] path: PathBuf) {
    let zones = read(&path).unwrap_or_else(|problems| panic!("{}", said(&problems)));
    snapshot("good", &path, &zones.to_string());
}

#[rstest]
fn a_broken_zone_is_refused_with_the_place_and_the_remedy(#[files("fixtures/zones/broken/*.zone")] path: PathBuf) {
    let problems = read(&path).map(|zones| zones.to_string()).unwrap_err();
    snapshot("broken", &path, &said(&problems));
}

#[rstest]
fn what_was_read_reads_back_the_same(#[files("fixtures/zones/good/*.zone")] path: PathBuf) {
    let once = read(&path).unwrap().to_string();
    // Plain bytes of a type that has a form of its own come back in that form.
    let twice = Zones::read(&world(vec![zone("example.test.", "again", &once)]));
    assert_eq!(twice.unwrap_or_else(|problems| panic!("{}", said(&problems))).to_string(), once);
}

/// Zone text with a few bytes changed: whatever comes of it, it is not a panic.
#[rstest]
fn a_damaged_zone_is_read_or_refused(#[files("fixtures/zones/[bg]*/*.zone")] path: PathBuf) {
    const BYTES: &[u8] = b"().;\"\\ \t\n@$#*0129aZ-\xc3\xa9\0";
    let text = std::fs::read(path).unwrap();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 33).unwrap() % limit
    };
    for _ in 0..ROUNDS {
        let mut damaged = text.clone();
        for _ in 0..=below(4) {
            let at = below(damaged.len());
            match below(3) {
                0 => drop(damaged.remove(at)),
                1 => damaged[at] = BYTES[below(BYTES.len())],
                _ => damaged.insert(at, BYTES[below(BYTES.len())]),
            }
        }
        let damaged = String::from_utf8_lossy(&damaged).into_owned();
        let _ = Zones::read(&world(vec![zone("example.test.", "damaged", &damaged)]));
    }
}

const SOA: &str = "@ 300 SOA ns hostmaster 1 1h 10m 1d 60\n";

fn two_zones(records: &str) -> World {
    let mut world = world(vec![zone("test.", "test.zone", SOA), zone("sub.test.", "sub.test.zone", SOA)]);
    world.records = Some(Zone { line: 7, ..zone(".", "topic.toml", records) });
    world
}

#[test]
fn further_records_go_into_the_zone_that_encloses_them() {
    let zones = Zones::read(&two_zones("www.test. 60 A 192.0.2.1\nwww.sub.test 60 A 192.0.2.2\n")).unwrap();
    let ask = |name| Ask { name, ..Ask::default() }.of(&zones);
    assert_eq!(ask("www.test"), "NOERROR 1");
    assert_eq!(ask("www.sub.test"), "NOERROR 1");
    assert_eq!(ask("nosuch.sub.test"), "NXDOMAIN 0 sub.test.");
}

#[test]
fn further_records_are_refused_at_their_line() {
    let records = "www 60 A 192.0.2.1\ntest. 60 SOA . . 1 1 1 1 1\n\nx.test. 60 A 192.0.2\ntest. 60 CNAME x.test.\n";
    let problems = Zones::read(&two_zones(records)).unwrap_err();
    insta::assert_snapshot!(said(&problems), @r"
    topic.toml:7:1: no zone of this world encloses `www.`
        the owner names of further records are absolute; add a zone, or move the name
    topic.toml:8:1: `test.` has SOA data already, at test.zone:1
        there can only be one
    topic.toml:10:14: cannot read `192.0.2` in the data of this A record: expected IPv4 address
        A data is written: an IPv4 address in four decimal parts
    topic.toml:11:1: `test.` has SOA data at test.zone:1, so it can have no CNAME data
        a name with a CNAME record has no other data (RFC 1034 §3.6.2)
    ");
}

#[test]
fn names_outside_all_zones_are_missing_where_the_world_says_so() {
    let mut world = two_zones("");
    world.nxdomain = vec!["nosuch".to_owned(), "Gone.Example.".to_owned()];
    let zones = Zones::read(&world).unwrap();
    let ask = |name| Ask { name, ..Ask::default() }.of(&zones);
    assert_eq!(["nosuch", "www.nosuch", "GONE.example"].map(ask), ["NXDOMAIN 0 ."; 3]);
    assert_eq!(["example", "www.example", "xnosuch"].map(ask), ["REFUSED 0"; 3]);
}

#[test]
fn the_root_is_asked_for_itself_alone_and_exists() {
    let mut world = two_zones("");
    world.nxdomain = vec![".".to_owned()];
    let zones = Zones::read(&world).unwrap();
    let ask = |name| Ask { name, ..Ask::default() }.of(&zones);
    assert_eq!([".", "nosuch", "www.nosuch"].map(ask), ["NOERROR 0 .", "REFUSED 0", "REFUSED 0"]);
}

#[test]
fn a_nameserver_may_serve_some_of_the_zones() {
    let mut world = two_zones("www.test. 60 CNAME www.sub.test.\nwww.sub.test. 60 A 192.0.2.1\n");
    world.nameservers = nameservers(
        "[[nameserver]]\naddress = '127.0.0.2'\nzones = ['TEST']\n[[nameserver]]\naddress = '127.0.0.3'\nzones = []",
    );
    let zones = Zones::read(&world).unwrap();
    let ask = |server: &str, name| Ask { name, server: server.parse().unwrap(), ..Ask::default() }.of(&zones);
    // Without the zone below it, the zone above answers for its names.
    assert_eq!(ask("127.0.0.1", "www.sub.test"), "NOERROR 1");
    assert_eq!(ask("127.0.0.2", "www.sub.test"), "NXDOMAIN 0 test.");
    assert_eq!(ask("127.0.0.2", "www.test"), "NXDOMAIN 1 test.");
    assert_eq!(ask("127.0.0.3", "www.test"), "REFUSED 0");
}

#[test]
fn what_the_world_says_about_its_zones_is_checked() {
    let mut world = two_zones("");
    world.zones.push(zone("TEST", "again.zone", SOA));
    world.nxdomain = vec!["a..b".to_owned()];
    world.nameservers = nameservers("[[nameserver]]\naddress = '127.0.0.2'\nzones = ['other.test.']");
    insta::assert_snapshot!(said(&Zones::read(&world).unwrap_err()), @r"
    again.zone:1:1: there is another zone `TEST` in this world
    world `made-up`:1:1: `a..b` in `nxdomain`: an empty label in a name
    world `made-up`:1:1: nameserver 127.0.0.2: there is no zone `other.test.` in this world
    ");
}

#[test]
fn four_thousand_addresses_fit_into_one_message_over_tcp() {
    let owner = "a-name-of-some-length.test.";
    let records: String = (0..4000).map(|n| format!("{owner} 60 A 198.18.{}.{}\n", n / 256, n % 256)).collect();
    let zones = Zones::read(&two_zones(&records)).unwrap();
    let ask = Ask { name: owner, ..Ask::default() };
    assert_eq!(ask.of(&zones), "NOERROR 0 TC");
    assert_eq!(Ask { transport: Transport::Tcp, ..ask }.of(&zones), "NOERROR 4000");
}

/// A question for addresses.
#[derive(Clone, Copy)]
struct Ask {
    name: &'static str,
    server: IpAddr,
    transport: Transport,
}

impl Default for Ask {
    fn default() -> Self {
        Self { name: "", server: [127, 0, 0, 1].into(), transport: Transport::Udp }
    }
}

impl Ask {
    /// The reply: code, number of answers, and the owner of the SOA record.
    fn of(self, zones: &Zones) -> String {
        let mut query = b"\0\0\x01\0\0\x01\0\0\0\0\0\0".to_vec();
        for label in self.name.split('.').filter(|label| !label.is_empty()) {
            query.push(u8::try_from(label.len()).unwrap());
            query.extend_from_slice(label.as_bytes());
        }
        query.extend_from_slice(b"\0\0\x01\0\x01");
        let told = told(&zones.answer(&query, self.transport, self.server)).unwrap();
        let soa = told.authorities.first().map(|line| line.split(' ').next().unwrap().to_owned());
        let cut = told.flags.contains("tc").then(|| "TC".to_owned());
        [Some(told.code), Some(told.answers.len().to_string()), soa, cut]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The nameservers written in `text` as in world.toml.
pub(crate) fn nameservers(text: &str) -> Vec<Nameserver> {
    #[derive(serde::Deserialize)]
    struct Written {
        nameserver: Vec<Nameserver>,
    }

    toml::from_str::<Written>(text).unwrap().nameserver
}
