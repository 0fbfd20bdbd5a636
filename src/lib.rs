//! Name resolution held still: hermetic DNS for tests and programs, and a conformance harness for getaddrinfo(3) and its kin.
//!
//! Both stand on the same two parts: a *world*, which is all that a resolver can look at (files of /etc, links and addresses,
//! nameservers and their zones), built in Linux namespaces without root; and a stub DNS server, which notes every query and
//! misbehaves on demand.
//!
//! # Hermetic DNS
//!
//! ```toml
//! [dev-dependencies]
//! netdbspec = { version = "0.1", default-features = false }
//! ```
//!
//! A [`World`](hermetic::World) is put together by a chain of calls, and used in one of three ways. What is wrong in the chain
//! is told all at once when the world is used.
//!
//! ## The body of a test
//!
//! [`World::test`](hermetic::World::test) runs it inside. The standard library, a C library, any HTTP client: what resolves in
//! there asks the world, and can reach nothing else.
//!
//! ```
//! use std::net::{TcpListener, TcpStream};
//!
//! use netdbspec::hermetic::World;
//!
//! // #[test]
//! fn the_client_goes_to_the_second_address_where_the_first_is_dead() {
//!     let world = World::new().record("shop.example. A 192.0.2.1\nshop.example. A 192.0.2.2");
//!     world.test(|net| {
//!         let _server = TcpListener::bind("192.0.2.2:80").unwrap();
//!         let stream = TcpStream::connect("shop.example:80").unwrap();
//!         assert_eq!(stream.peer_addr().unwrap(), "192.0.2.2:80".parse().unwrap());
//!         assert_eq!(net.queries(), ["udp A shop.example.", "udp AAAA shop.example."]);
//!     });
//! }
//! # the_client_goes_to_the_second_address_where_the_first_is_dead();
//! ```
//!
//! The test binary is run once more for this one test, inside; what stands before `test` runs in both processes, the body only
//! in there. Panics, `#[should_panic]`, tests that are ignored, `Result`, rstest, `#[tokio::test]`
//! ([`test_async`](hermetic::World::test_async)) and nextest work as always. A test costs a few milliseconds more.
//!
//! ## A program
//!
//! [`World::start`](hermetic::World::start) serves a world for any number of programs, which std's own `Command` starts inside;
//! [`World::command`](hermetic::World::command) makes one for a single program.
//!
//! ```
//! use netdbspec::hermetic::World;
//!
//! let world = World::new().hosts("127.0.0.1 localhost\n192.0.2.7 printer\n").resolv("search corp.example").start()?;
//! let output = world.command("sh").args(["-c", "cat /etc/hosts /etc/resolv.conf"]).output().unwrap();
//! assert!(String::from_utf8_lossy(&output.stdout).contains("192.0.2.7 printer\nnameserver 127.0.0.1\nsearch corp.example\n"));
//! # Ok::<(), netdbspec::hermetic::Error>(())
//! ```
//!
//! ## A resolver that takes the address of a nameserver
//!
//! [`Stub`](hermetic::Stub) is the server alone, in this process, on a free loopback port. It needs no sandbox and works on
//! every Unix.
//!
//! ```
//! use netdbspec::hermetic::{Stub, World};
//!
//! let stub = Stub::start(&World::new().record("www.example. A 192.0.2.1"))?;
//! let server = stub.addr(); // give this to the resolver
//! assert!(server.ip().is_loopback());
//! assert!(stub.queries().is_empty());
//! # Ok::<(), netdbspec::hermetic::Error>(())
//! ```
//!
//! ## Nameservers that misbehave
//!
//! All three have a [`Net`](hermetic::Net): the queries so far, and faults that are switched on and off while the test runs.
//!
//! | fault | what happens |
//! |---|---|
//! | `drop` | nothing comes back |
//! | `AAAA:rcode=SERVFAIL` | this type fails |
//! | `udp:truncate` | a datagram says TC: ask over TCP |
//! | `nth=1:delay=2s` | the first reply is late |
//! | `@127.0.0.2:rcode=REFUSED` | one of several nameservers refuses |
//! | `*.example.test:duplicate` | replies come twice |
//!
//! [`Fault`](fault::Fault) reads them; [`fault`] has all kinds, forged and damaged replies among them.
//!
//! ## Where no sandbox can be made
//!
//! [`World::test`](hermetic::World::test) and its like need Linux with unprivileged user namespaces, or root. Elsewhere the test
//! fails, with the setting that forbids it and the command that allows it; `netdbspec doctor` says more. A developer who cannot
//! allow it sets `NETDBSPEC_SANDBOX=optional`: such tests are left out then, each with a line on standard error.
//!
//! # Judging a resolver
//!
//! One question a case: *in this world, what does this subject answer, and what does it send to find out?*
//!
//! - A **subject** is a program that is asked over its pipes: the platform's C library by way of this crate's own binary,
//!   Python, or any program that speaks the protocol.
//! - A **case** asks one or more calls in a world. Its **rules** say what a standard or a manual demands of the answers,
//!   and of the queries that the world's nameservers saw.
//! - A **verdict** says of a rule whether it is kept. A **snapshot** is what a subject did when it was last accepted: it
//!   tells known deviations from new ones, and judges nothing.
//!
//! [`runner::run`] asks any subjects any cases; `examples/own_subject.rs` audits a resolver of its own so.
//! Cases that look at nothing can be asked of this very process, without a sandbox.
//!
//! ```
//! use netdbspec::call::Ask;
//! use netdbspec::case::{self, Selector, Step};
//! use netdbspec::outcome::{Asked, Outcome};
//! use netdbspec::tree::Tree;
//! use netdbspec::verdict::{Status, judge};
//! use netdbspec::world;
//! use std::time::Instant;
//!
//! let worlds = world::load(&Tree::fixtures().below("worlds")).expect("the suite's worlds are correct");
//! let suite = case::load(&Tree::fixtures().below("cases"), &worlds).expect("the suite's cases are correct");
//! let chosen = [Selector::parse("inet/ntoa")?];
//! for case in Selector::select(&suite, &chosen, &[])? {
//!     let mut outcome = Outcome::default();
//!     for step in &case.steps {
//!         let Step::Ask(ask) = step else { continue };
//!         let begun = Instant::now();
//!         let reply = ask.perform();
//!         outcome.asked.push(Asked { call: ask.name().to_owned(), reply, at: None, elapsed: begun.elapsed(), queries: 0..0 });
//!     }
//!     let verdicts = judge(&case.rules, &outcome, &[], &Ask::facet);
//!     println!("{}: {}", case.id, Status::of(&verdicts));
//! }
//! # Ok::<(), case::SelectError>(())
//! ```
//!
//! # Modules
//!
//! In layers; a module imports only from those above it in this list.
//!
//! | modules | what they are |
//! |---|---|
//! | [`fault`], [`outcome`], [`tree`] | how a nameserver misbehaves; what came back; files on disk or built in |
//! | [`call`], [`verdict`], [`world`] | the calls and their answers; rules and the judgement; what a world holds |
//! | [`case`] | world, calls and rules together, read from TOML with a place for each error |
//! | [`sandbox`], [`server`], [`snapshot`], [`subject`] | namespaces; the stub DNS server; what is on record; who is asked |
//! | [`event`] | what a run tells, which is also what the JSON report holds |
//! | [`fuzz`], [`hermetic`], [`report`], [`runner`], [`selftest`], [`trace`] | cases that are made up; other people's tests and programs in worlds; say it; do it; prove that it can fail; how one answer came about |
//! | `cli` | the command line, a default feature |
#![warn(missing_docs)]

pub mod fault;
pub mod outcome;
mod rootfs;
pub mod tree;

pub mod call;
pub mod verdict;
pub mod world;

pub mod case;

pub mod sandbox;
pub mod server;
pub mod snapshot;
pub mod subject;

pub mod event;

pub mod fuzz;
pub mod hermetic;
pub mod report;
pub mod runner;
pub mod selftest;
pub mod trace;

#[cfg(feature = "cli")]
pub mod cli;
