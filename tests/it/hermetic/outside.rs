//! What is seen outside of tests whose bodies run inside: they fail as they should, reach nothing and leave nothing behind.
#![expect(clippy::print_stdout, reason = "what a test prints is what is looked at")]

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{self, Command, Output};

use netdbspec::hermetic::World;
use rustix::fs::{CWD, FileType, Mode, OFlags};

use crate::support::Folder;

/// Set for the tests that are run from here alone.
const GIVEN: &str = "NETDBSPEC_TEST_GIVEN";

/// Runs a test of this binary that is ignored otherwise.
fn run(test: &str, options: &[&str], given: &str) -> Output {
    let name = format!("hermetic::outside::{test}");
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &name, "--ignored"]).args(options).env(GIVEN, given).env_remove("RUST_TEST_NOCAPTURE");
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "is run by other tests"]
fn fails() {
    println!("before");
    World::new().record("www.example. A 192.0.2.1").test(|_| {
        println!("printed inside");
        _ = super::addresses("www.example");
        assert_eq!(1, 2, "on purpose");
    });
}

#[test]
#[ignore = "is run by other tests"]
fn returns_an_error() -> Result<(), String> {
    World::new().test(|_| Err("on purpose".to_owned()))
}

#[test]
#[ignore = "is run by other tests"]
fn ends() {
    World::new().test(|_| -> () {
        match env::var(GIVEN).unwrap().as_str() {
            "exit" => process::exit(0),
            _ => process::abort(),
        }
    });
}

#[test]
#[ignore = "is run by other tests"]
fn passes() {
    println!("before");
    World::new().test(|_| println!("printed inside"));
}

#[test]
fn a_test_that_fails_tells_what_happened_once() {
    for options in [&[][..], &["--nocapture"], &["--test-threads=1"]] {
        let output = run("fails", options, "");
        let told = told(&output) + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(101), "{told}");
        for once in ["before", "printed inside", "on purpose", "udp A www.example. → NOERROR 1", "test result: FAILED"]
        {
            assert_eq!(told.matches(once).count(), 1, "{once:?}, {options:?}: {told}");
        }
    }
}

#[test]
fn a_test_that_passes_tells_nothing_unless_it_is_asked_to() {
    let output = run("passes", &[], "");
    assert!(output.status.success() && !told(&output).contains("printed inside"), "{}", told(&output));
    for option in ["--nocapture", "--show-output"] {
        let told = told(&run("passes", &[option], ""));
        assert_eq!(told.matches("before").count(), 1, "{told}");
        assert_eq!(told.matches("printed inside").count(), 1, "{told}");
    }
}

#[test]
fn an_error_that_is_returned_fails_the_test() {
    let output = run("returns_an_error", &[], "");
    assert_eq!(output.status.code(), Some(101));
    assert!(told(&output).contains("Error: \"on purpose\""), "{}", told(&output));
}

#[test]
fn a_body_that_ends_the_process_fails_the_test() {
    for (how, told_of) in [("exit", "exit status: 0"), ("abort", "signal: 6")] {
        let output = run("ends", &[], how);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(101), "{told}");
        assert!(told.contains("ended the process inside") && told.contains(told_of), "{told}");
    }
}

#[test]
#[ignore = "is run by other tests"]
fn reaches_out() {
    World::new().test(|_| {
        let outside: SocketAddr = env::var(GIVEN).unwrap().parse().unwrap();
        assert_eq!(TcpStream::connect(outside).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        // A datagram leaves for the loopback link of the world, where nobody listens.
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.connect(outside).unwrap();
        socket.send(b"out").unwrap();
        assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        // There is no way to any other network.
        let far = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap().connect((Ipv4Addr::new(198, 51, 100, 1), 53));
        assert_eq!(far.unwrap_err().kind(), io::ErrorKind::NetworkUnreachable);
    });
}

#[test]
fn a_body_reaches_nothing_outside() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let socket = UdpSocket::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    socket.set_nonblocking(true).unwrap();
    let output = run("reaches_out", &[], &address.to_string());
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

#[test]
#[ignore = "is run by other tests"]
fn leaves_a_program_behind() {
    World::new().test(|_| {
        let pipe = OpenOptions::new().write(true).open(env::var(GIVEN).unwrap()).unwrap();
        let program = Command::new("sleep").arg("86400").stdout(pipe).spawn();
        println!("started {}", program.is_ok());
    });
}

#[test]
fn nothing_is_left_behind() {
    let folder = Folder::new();
    let path = folder.path().join("pipe");
    rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let mut pipe: File = rustix::fs::open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap().into();
    let output = run("leaves_a_program_behind", &["--nocapture"], path.to_str().unwrap());
    assert!(told(&output).contains("started true"), "{}", told(&output));
    // Nobody can write into it any more; as long as somebody could, there would be nothing to read.
    assert_eq!(pipe.read(&mut [0]).unwrap(), 0);
}
