//! The look-ups of look_ups.txt, asked of this server and of NSD and Knot with the same zone files. What differs is on a
//! list, with the reason; an entry of the list that no longer differs fails too.
//!
//! A server that is not installed is named as absent, and is an error where NETDBSPEC_REQUIRE lists it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use netdbspec::outcome::Transport;
use netdbspec::server::Zones;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::bench::own_address;
use crate::look_ups::{LookUp, Told, look_up_world, look_ups, told};

/// How long a server may take to start, or to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server of somebody else's, running on a free port.
struct Oracle {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Oracle {
    /// Starts a server; nothing where it is not installed.
    fn start(name: &str, program: &str, arguments: &[&str], config: fn(&Path, SocketAddr) -> String) -> Option<Self> {
        let Some(path) = installed(program) else {
            let required = std::env::var("NETDBSPEC_REQUIRE").unwrap_or_default();
            assert!(!required.split(',').any(|word| word.trim() == name), "{name} is required and not installed");
            absent(name);
            return None;
        };
        let folder = TempDir::new().unwrap();
        let address = free(own_address(if name == "nsd" { 85 } else { 86 }));
        let file = folder.path().join("server.conf");
        std::fs::write(&file, config(folder.path(), address)).unwrap();
        let output = std::fs::File::create(folder.path().join("output")).unwrap();
        let child = Command::new(path)
            .args(arguments)
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let mut oracle = Self { child, address, folder };
        oracle.wait();
        Some(oracle)
    }

    /// Waits until it answers.
    fn wait(&mut self) {
        let ready = look_ups().into_iter().find(|look_up| look_up.asked == "@ SOA").unwrap();
        let begun = Instant::now();
        while self
            .over_udp(&ready.bytes, Duration::from_millis(50))
            .and_then(|reply| told(&reply))
            .is_none_or(|told| told.answers.is_empty())
        {
            let gone = self.child.try_wait().unwrap();
            if gone.is_some() || begun.elapsed() > PATIENCE {
                let output = std::fs::read_to_string(self.folder.path().join("output")).unwrap();
                panic!("the server does not answer ({gone:?}):\n{output}");
            }
        }
    }

    /// The reply. Where `silent`, none is expected, and a short time is enough to see that none comes.
    fn ask(&self, look_up: &LookUp, silent: bool) -> Option<Vec<u8>> {
        match look_up.transport {
            Transport::Udp => self.over_udp(&look_up.bytes, if silent { Duration::from_millis(100) } else { PATIENCE }),
            Transport::Tcp => {
                let mut stream = TcpStream::connect(self.address).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.write_all(&u16::try_from(look_up.bytes.len()).unwrap().to_be_bytes()).unwrap();
                stream.write_all(&look_up.bytes).unwrap();
                let mut length = [0; 2];
                stream.read_exact(&mut length).unwrap();
                let mut reply = vec![0; u16::from_be_bytes(length).into()];
                stream.read_exact(&mut reply).unwrap();
                Some(reply)
            }
        }
    }

    fn over_udp(&self, message: &[u8], patience: Duration) -> Option<Vec<u8>> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(patience)).unwrap();
        socket.send_to(message, self.address).unwrap();
        let mut reply = vec![0; 65_535];
        let length = socket.recv(&mut reply).ok()?;
        reply.truncate(length);
        Some(reply)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

#[expect(clippy::print_stderr, reason = "a comparison that is not made must not look like one that found nothing")]
fn absent(name: &str) {
    eprintln!("{name} is absent: this server is not compared with it");
}

fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder: PathBuf| folder.join(program)).find(|file| file.is_file())
}

/// A port that is free for datagrams and streams.
fn free(address: IpAddr) -> SocketAddr {
    loop {
        let udp = UdpSocket::bind((address, 0)).unwrap();
        let address = udp.local_addr().unwrap();
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

fn origins() -> Vec<String> {
    look_up_world().zones.into_iter().map(|zone| zone.origin.trim_end_matches('.').to_owned()).collect()
}

fn zones() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/zones/look-ups").display().to_string()
}

fn nsd(folder: &Path, address: SocketAddr) -> String {
    let (own, zones, ip, port) = (folder.display(), zones(), address.ip(), address.port());
    let mut config = format!(
        "server:\n ip-address: {ip}@{port}\n username: \"\"\n chroot: \"\"\n database: \"\"\n zonesdir: \"{zones}\"\n \
         zonelistfile: \"{own}/zones\"\n xfrdfile: \"{own}/xfrd\"\n xfrdir: \"{own}\"\n pidfile: \"\"\n server-count: 1\n \
         minimal-responses: yes\n ipv4-edns-size: 4096\nremote-control:\n control-enable: no\n"
    );
    for origin in origins() {
        config.push_str(&format!("zone:\n name: \"{origin}\"\n zonefile: \"{origin}.zone\"\n"));
    }
    config
}

fn knot(folder: &Path, address: SocketAddr) -> String {
    let (own, zones, ip, port) = (folder.display(), zones(), address.ip(), address.port());
    let mut config = format!(
        "server:\n rundir: \"{own}\"\n listen: {ip}@{port}\n udp-workers: 1\n tcp-workers: 1\n background-workers: 1\n \
         udp-max-payload: 4096\ndatabase:\n storage: \"{own}\"\nlog:\n - target: stderr\n   any: warning\n\
         template:\n - id: default\n   storage: \"{zones}\"\n   file: \"%s.zone\"\n   zonefile-sync: -1\n   journal-content: none\nzone:\n"
    );
    for origin in origins() {
        config.push_str(&format!(" - domain: {origin}\n"));
    }
    config
}

fn ours(look_up: &LookUp) -> Option<Told> {
    thread_local! {
        static ZONES: Zones = Zones::read(&look_up_world()).unwrap();
    }
    ZONES.with(|zones| told(&zones.answer(&look_up.bytes, look_up.transport, IpAddr::V4(Ipv4Addr::LOCALHOST))))
}

/// Which facets of two replies differ. RA is left out: this server plays a recursive one. Letter case is left out: names
/// are the same in any. The additional section is left out, but for the addresses that a referral cannot do without.
fn differences(ours: Option<Told>, theirs: Option<Told>) -> Vec<(&'static str, String)> {
    let (ours, theirs) = match (ours, theirs) {
        (Some(ours), Some(theirs)) => (ours, theirs),
        (None, None) => return Vec::new(),
        (Some(ours), None) => return vec![("reply", format!("{} | none", ours.code))],
        (None, Some(theirs)) => return vec![("reply", format!("none | {}", theirs.code))],
    };
    let set = |lines: &[String]| lines.iter().map(|line| line.to_ascii_lowercase()).collect::<BTreeSet<_>>();
    let facets = |told: &Told| {
        let cut =
            told.authorities.iter().find_map(|line| Some(line.split_once(' ')?.0).filter(|_| line.contains(" IN NS ")));
        let glue = |line: &&String| told.answers.is_empty() && cut.is_some_and(|cut| line.contains(&format!("{cut} ")));
        let glue: Vec<String> = told.additionals.iter().filter(glue).cloned().collect();
        [
            ("code", told.code.clone()),
            ("flags", told.flags.replace(" ra", "")),
            ("question", told.question.clone()),
            ("EDNS", format!("{:?}", told.edns)),
            ("answer", format!("{:?}", set(&told.answers))),
            ("authority", format!("{:?}", set(&told.authorities))),
            ("glue", format!("{:?}", set(&glue))),
        ]
    };
    let pairs = facets(&ours).into_iter().zip(facets(&theirs));
    pairs
        .filter(|(ours, theirs)| ours != theirs)
        .map(|(ours, theirs)| (ours.0, format!("{} | {}", ours.1, theirs.1)))
        .collect()
}

/// Look-ups, the facets in which the replies to them differ, and why.
type Exception = (&'static [&'static str], &'static [&'static str], &'static str);

fn compare(oracle: &Oracle, exceptions: &[Exception]) {
    let mut wrong = String::new();
    let mut used = BTreeSet::new();
    for look_up in look_ups() {
        let asked = look_up.asked;
        let listed = exceptions.iter().filter(|(look_ups, ..)| look_ups.contains(&asked));
        let allowed: BTreeSet<_> = listed.flat_map(|(_, facets, _)| *facets).collect();
        let ours = ours(&look_up);
        let silent = ours.is_none() || allowed.contains(&"reply");
        let theirs = oracle.ask(&look_up, silent).and_then(|reply| told(&reply));
        let found = differences(ours, theirs);
        for (facet, values) in found.iter().filter(|(facet, _)| !allowed.contains(facet)) {
            wrong.push_str(&format!("{asked}: {facet}: {values}\n"));
        }
        for facet in allowed.iter().filter(|allowed| !found.iter().any(|(facet, _)| facet == **allowed)) {
            wrong.push_str(&format!("{asked}: {facet} is on the list of exceptions and does not differ\n"));
        }
        used.insert(asked);
    }
    for asked in exceptions.iter().flat_map(|(look_ups, ..)| *look_ups).filter(|asked| !used.contains(*asked)) {
        wrong.push_str(&format!("{asked}: on the list of exceptions, and no look-up\n"));
    }
    assert!(wrong.is_empty(), "ours | theirs\n{wrong}");
}

/// What both do otherwise than this server.
const ANY: Exception = (
    &["www ANY", "any.wild ANY"],
    &["answer"],
    "they give one set of the name's (RFC 8482); this server all, as RFC 1035 §3.2.3 has it",
);
const TRANSFER: Exception =
    (&["www AXFR tcp", "www IXFR"], &["code"], "NOTAUTH, www being no zone; this server refuses every transfer");
const NOTIFY: Exception = (&["opcode-notify"], &["code"], "they know the opcode; this server only QUERY");

const NSD: &[Exception] = &[
    ANY,
    TRANSFER,
    NOTIFY,
    (
        &[
            "www A class=4",
            "www A class=254",
            "opcode-1",
            "opcode-status",
            "opcode-notify",
            "opcode-update",
            "opcode-15",
        ],
        &["question"],
        "errors without the question",
    ),
    (&["two-questions"], &["flags"], "RD is not copied"),
    (&["record-in-a-query"], &["code", "flags", "question", "answer"], "refuses what is only odd"),
];

const KNOT: &[Exception] = &[
    ANY,
    TRANSFER,
    NOTIFY,
    (&["chain12 A"], &["answer"], "the chain is cut"),
    (&["chain12 MX"], &["answer", "authority"], "the chain is cut"),
    (
        &["across A", "to-served A", "back.other.test. A", "www.far A"],
        &["answer"],
        "aliases are not followed into another zone",
    ),
    (&["to-served A", "across AAAA"], &["authority"], "aliases are not followed into another zone"),
    (&["across-gone A", "l.long A"], &["code", "authority"], "aliases are not followed into another zone"),
    (&["www A class=255"], &["flags"], "authoritative for all classes, against RFC 1035 §6.2"),
    (&["www TYPE0"], &["code", "flags", "authority"], "NOTIMP for a type that is reserved"),
    (&["edns-option-cut-short", "edns-twice"], &["question"], "FORMERR with the question"),
    (&["opcode-update"], &["code"], "NOTAUTH: it knows the opcode; this server only QUERY"),
    (&["edns-with-an-owner"], &["code", "flags", "question", "EDNS", "answer"], "taken for an OPT record"),
    (
        &[
            "two-questions",
            "name-that-points-to-itself",
            "name-that-points-forward",
            "label-of-reserved-kind",
            "question-cut-short",
            "opcode-15-cut-short",
        ],
        &["reply"],
        "silent where the question cannot be read; a libc would wait",
    ),
    (&["bytes-after-the-end"], &["code", "flags", "answer"], "refuses what is only odd"),
];

#[test]
fn a_server_that_is_not_installed_is_passed_over() {
    assert!(Oracle::start("no such server", "netdbspec-no-such-server", &[], nsd).is_none());
}

#[test]
fn look_ups_are_answered_as_by_nsd() {
    if let Some(oracle) = Oracle::start("nsd", "nsd", &["-d", "-c"], nsd) {
        compare(&oracle, NSD);
    }
}

#[test]
fn look_ups_are_answered_as_by_knot() {
    if let Some(oracle) = Oracle::start("knot", "knotd", &["-c"], knot) {
        compare(&oracle, KNOT);
    }
}
