//! `netdbspec serve`: the stub alone, asked by dig and by plain sockets while its files change.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use netdbspec::server::{Listener, Server};
use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::{PATIENCE, V4, client, code, framed, made, query, read, receive, receive_frame};
use crate::support::{Folder, command, has};

const ZONE: &str = "$TTL 60\n@ SOA ns hostmaster 1 1h 10m 1d 60\nwww A 192.0.2.1\n";

/// A stub that serves. It is ended with the test.
struct Stub {
    child: Child,
    lines: Receiver<String>,
    /// Where it listens.
    at: Vec<SocketAddr>,
    /// The rest of what it says first.
    greeting: Vec<String>,
}

impl Stub {
    /// Starts it on a free port, and waits until it can be asked.
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        Self::listening(folder, &["--listen", "127.0.0.1:0"], arguments)
    }

    fn listening(folder: &Folder, listen: &[&str], arguments: &[&str]) -> Self {
        let mut command = command(folder.path(), ["serve"].iter().chain(listen).chain(arguments));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (line, lines) = mpsc::channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let line = line.clone();
            let tell =
                move || BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|text| line.send(text));
            thread::spawn(tell);
        }
        let mut stub = Self { child, lines, at: Vec::new(), greeting: Vec::new() };
        let first = stub.line();
        let places = first.strip_prefix("listening on ").unwrap_or_else(|| panic!("{first}"));
        stub.at = places.split(", ").map(|place| place.parse().unwrap()).collect();
        while stub.greeting.last().is_none_or(|line| !line.contains("end it")) {
            stub.greeting.push(stub.line());
        }
        stub
    }

    /// The next line that it says, without its time.
    #[track_caller]
    fn line(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE).expect("it says more");
        match line.trim_start().split_once(' ') {
            Some((time, rest)) if time.parse::<f64>().is_ok() => rest.to_owned(),
            _ => line,
        }
    }

    /// Waits for a line.
    #[track_caller]
    fn says(&self, text: &str) {
        while !self.line().contains(text) {}
    }

    /// The response code, and the last byte of the reply: that of an address.
    fn ask(&self, name: &str, qtype: u16) -> (u8, u8) {
        let socket = client(self.at[0]);
        socket.send(&query(1, name, qtype)).unwrap();
        let reply = receive(&socket);
        (code(&reply).0, reply[reply.len() - 1])
    }

    /// Ends it with a signal: its exit status, and what it said last.
    fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let status = self.child.wait().unwrap();
        (status.code(), self.lines.iter().last().unwrap_or_default())
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with a zone in it.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.put("example.test.zone", ZONE);
    folder
}

const SERVED: [&str; 2] = ["--zone", "example.test.zone"];

#[rstest]
#[case(Signal::TERM)]
#[case(Signal::INT)]
fn it_answers_until_a_signal_and_then_counts(#[case] signal: Signal) {
    let folder = folder();
    let stub = Stub::start(&folder, &[&SERVED[..], &["--record", "new.corp. A 192.0.2.7"]].concat());
    let port = stub.at[0].port();
    let greeting = stub.greeting.join("\n").replace(&port.to_string(), "PORT");
    insta::allow_duplicates! { insta::assert_snapshot!(greeting, @r"
      serving   corp., example.test., tld., test., 8.b.d.0.1.0.0.2.ip6.arpa., 2.0.192.in-addr.arpa.
      watching  example.test.zone
      ask it    dig @127.0.0.1 -p PORT new.corp. A
      end it    with Ctrl-C
    ") };
    assert_eq!(stub.ask("www", 1), (0, 1));
    assert_eq!(stub.line(), "udp A www.example.test. → NOERROR 1");
    let mut stream = TcpStream::connect(stub.at[0]).unwrap();
    stream.write_all(&framed(&query(1, "gone", 28))).unwrap();
    assert_eq!(code(&receive_frame(&mut stream)).0, 3);
    assert_eq!(stub.line(), "tcp AAAA gone.example.test. → NXDOMAIN");
    let counts = "2 queries: 1 udp, 1 tcp; 1 NOERROR, 1 NXDOMAIN";
    assert_eq!(stub.end(signal), (Some(0), counts.to_owned()));
}

#[test]
fn it_tells_no_query_where_it_is_to_be_quiet() {
    let folder = folder();
    let stub = Stub::start(&folder, &[&SERVED[..], &["--quiet"]].concat());
    assert_eq!((stub.ask("www", 1), stub.ask("gone", 1).0), ((0, 1), 3));
    kill_process(Pid::from_child(&stub.child), Signal::TERM).unwrap();
    assert_eq!(stub.lines.iter().collect::<Vec<_>>(), ["2 queries"]);
}

#[test]
fn dig_asks_it_as_it_is_told_to() {
    if !has("dig", "dig") {
        return;
    }
    let folder = folder();
    let stub = Stub::listening(&folder, &["--listen", "127.0.0.1:0", "--listen", "[::1]:0"], &SERVED);
    let told = stub.greeting.iter().find_map(|line| line.trim_start().strip_prefix("ask it")).unwrap();
    let words: Vec<&str> = told.split_whitespace().collect();
    let dig = |words: &[&str]| {
        let done = Command::new(words[0]).arg("+short").args(&words[1..]).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    assert_eq!(dig(&words), "192.0.2.1\n");
    let port = stub.at[1].port().to_string();
    assert_eq!(dig(&["dig", "+tcp", "@::1", "-p", &port, "www.example.test", "A"]), "192.0.2.1\n");
    stub.says("udp A www.example.test.");
    stub.says("tcp A www.example.test.");
}

#[test]
fn a_zone_that_changes_is_served_at_once_and_a_faulty_one_is_not() {
    let folder = folder();
    let stub = Stub::start(&folder, &SERVED);
    assert_eq!(stub.ask("www", 1), (0, 1));
    // Written in place.
    folder.put("example.test.zone", &ZONE.replace("192.0.2.1", "192.0.2.2"));
    stub.says("serving the changed files");
    assert_eq!(stub.ask("www", 1), (0, 2));
    // Written beside, and renamed.
    folder.put("new", &ZONE.replace("192.0.2.1", "192.0.2.3"));
    fs::rename(folder.path().join("new"), folder.path().join("example.test.zone")).unwrap();
    stub.says("serving the changed files");
    assert_eq!(stub.ask("www", 1), (0, 3));
    folder.put("example.test.zone", &ZONE.replace("192.0.2.1", "1.2.3"));
    stub.says("cannot read `1.2.3` in the data of this A record");
    stub.says("example.test.zone:3:7");
    stub.says("serving on what was there before");
    assert_eq!(stub.ask("www", 1), (0, 3));
    // It vanishes, and comes back.
    fs::remove_file(folder.path().join("example.test.zone")).unwrap();
    stub.says("reading `example.test.zone`: No such file or directory");
    stub.says("serving on what was there before");
    assert_eq!(stub.ask("www", 1), (0, 3));
    folder.put("example.test.zone", &ZONE.replace("192.0.2.1", "192.0.2.4"));
    stub.says("serving the changed files");
    assert_eq!(stub.ask("www", 1), (0, 4));
}

#[test]
fn a_zone_that_a_link_leads_to_may_be_replaced_behind_it() {
    let folder = Folder::new();
    folder.put("one/example.test.zone", ZONE);
    folder.put("two/example.test.zone", &ZONE.replace("192.0.2.1", "192.0.2.2"));
    let path = folder.path();
    let link = |to: &str| {
        std::os::unix::fs::symlink(to, path.join("fresh")).unwrap();
        fs::rename(path.join("fresh"), path.join("now")).unwrap();
    };
    link("one");
    std::os::unix::fs::symlink("now/example.test.zone", path.join("example.test.zone")).unwrap();
    let stub = Stub::start(&folder, &SERVED);
    assert_eq!(stub.ask("www", 1), (0, 1));
    // As a ConfigMap of Kubernetes is brought up to date.
    link("two");
    stub.says("serving the changed files");
    assert_eq!(stub.ask("www", 1), (0, 2));
}

#[test]
fn a_world_that_changes_brings_its_faults() {
    let folder = Folder::new();
    let world = |rest: &str| format!("about = \"Mine.\"\nnameserver = [{{ address = \"127.0.0.1\"{rest} }}]\n");
    folder.put("mine/world.toml", &world(""));
    folder.put("mine/example.test.zone", ZONE);
    let stub = Stub::start(&folder, &["--world", "mine"]);
    assert_eq!(stub.ask("www", 1), (0, 1));
    folder.put("mine/world.toml", &world(", fault = [{ rcode = { code = \"REFUSED\" } }]"));
    stub.says("serving the changed files");
    assert_eq!(stub.ask("www", 1).0, 5);
    // What is there only when the sockets are bound does not come later.
    folder.put("mine/world.toml", &world("").replace("127.0.0.1", "127.0.0.2"));
    stub.says("cannot serve 127.0.0.1: world `mine` has no such nameserver");
    stub.says("end this program and start it again");
    assert_eq!(stub.ask("www", 1).0, 5);
    folder.put("mine/world.toml", &world(""));
    stub.says("serving the changed files");
    assert_eq!(stub.ask("www", 1), (0, 1));
}

#[test]
fn each_listener_is_a_nameserver_of_the_world() {
    let (folder, listen) = (folder(), ["--listen", "127.0.0.1:0"].repeat(3));
    let rest = ["--world", "two-servers", "--fault", "@127.0.0.2:rcode=REFUSED", "--fault", "nth=2:drop"];
    let stub = Stub::listening(&folder, &listen, &[&SERVED[..], &rest].concat());
    let codes = [1, 0, 2].map(|listener: usize| {
        let socket = client(stub.at[listener]);
        socket.send(&query(7, "www", 1)).unwrap();
        // The third is the first again, and to the first it is the second query.
        if listener == 2 {
            stub.says("→ drop")
        } else {
            assert!(receive(&socket).len() > 12)
        }
        socket
    });
    codes[0].send(&query(8, "www", 28)).unwrap();
    let told = stub.greeting.join("\n");
    let [first, second, third] = [0, 1, 2].map(|listener: usize| stub.at[listener]);
    for line in [
        format!("nameserver 127.0.0.1 at {first}"),
        format!("nameserver 127.0.0.2 at {second}"),
        format!("nameserver 127.0.0.1 at {third}"),
    ] {
        assert!(told.contains(&line), "{told}");
    }
    stub.says("udp AAAA www.example.test. @127.0.0.2 → rcode REFUSED; drop");
    let one = Stub::start(&folder, &["--world", "two-servers"]);
    assert!(one.greeting[1].contains("without   nameserver 127.0.0.2, for which there is no --listen"));
}

#[test]
fn names_outside_are_asked_of_another_nameserver() {
    let server = Server::start().unwrap();
    let beyond = made("[[nameserver]]\naddress = '127.0.0.1'\n");
    let listener = Listener::bind((V4, 0).into()).unwrap();
    let at = listener.bound().unwrap();
    let service = server.serve(&beyond, read(&beyond), vec![listener]).unwrap();
    let folder = Folder::new();
    folder.put("mine/world.toml", "about = \"Mine.\"\n");
    folder.put("mine/other.test.zone", ZONE);
    // Nobody listens at the first.
    let option = format!("--fall-through=127.0.0.1:1,{at}");
    let stub = Stub::start(&folder, &["--world", "mine", &option]);
    assert!(stub.greeting.contains(&format!("  else      asked of 127.0.0.1:1, {at}")), "{:?}", stub.greeting);
    assert_eq!(stub.ask("www", 1), (0, 2));
    stub.says(&format!("udp A www.example.test. → NOERROR 2 (forwarded to {at} after 127.0.0.1:1: "));
    assert_eq!(service.stop().unwrap().len(), 1);
}

#[rstest]
#[case("public", &["--listen", "0.0.0.0:0"])]
#[case("place", &["--listen", "5353"])]
#[case("icmp", &["--listen", "127.0.0.1:0", "--fault", "icmp=port-unreachable"])]
#[case("circle", &["--listen", "127.0.0.1:5353", "--fall-through=127.0.0.1:5353"])]
#[case("forged", &["--listen", "127.0.0.1:0", "--world", "forged"])]
fn what_it_cannot_do_is_told_with_the_remedy(#[case] name: &str, #[case] arguments: &[&str]) {
    let folder = Folder::new();
    let forge = "fault = [{ forge = { source = { address = \"127.0.0.2\" } } }]";
    let servers = format!("[{{ address = \"127.0.0.1\", {forge} }}, {{ address = \"127.0.0.2\" }}]");
    folder.put("forged/world.toml", &format!("about = \"Forges.\"\nnameserver = {servers}\n"));
    let (status, told) = refused(&folder, arguments);
    assert_eq!(status, Some(2), "{told}");
    insta::with_settings!({ snapshot_suffix => name }, { insta::assert_snapshot!(told) });
}

/// The exit status and the errors of a stub that must not serve.
fn refused(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = command(folder.path(), ["serve"].iter().chain(arguments));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    if !first.is_empty() {
        child.kill().unwrap();
    }
    let done = child.wait_with_output().unwrap();
    assert_eq!(first, "", "it serves");
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn where_it_cannot_listen_is_told() {
    let taken = UdpSocket::bind((V4, 0)).unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let hints = [(at.as_str(), "end it, or choose another port"), ("192.0.2.1:5353", "give one that it has")];
    for (at, hint) in hints {
        let (status, told) = refused(&Folder::new(), &["--listen", at, "--public"]);
        assert_eq!(status, Some(3), "{told}");
        assert!(told.contains(&format!("cannot listen on {at} for udp")) && told.contains(hint), "{told}");
    }
}

#[test]
fn that_nobody_reads_what_it_says_does_not_stop_it() {
    let folder = Folder::new();
    let mut command = command(folder.path(), ["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let stub = Stub {
        child,
        lines: mpsc::channel().1,
        at: vec![first.trim_end().strip_prefix("listening on ").unwrap().parse().unwrap()],
        greeting: Vec::new(),
    };
    for _ in 0..3 {
        assert_eq!(stub.ask("www", 1).0, 3);
    }
    assert_eq!(stub.end(Signal::TERM), (Some(0), String::new()));
}
