//! A conformance harness for the platform's name-resolution API: getaddrinfo(3) and its kin.
//!
//! One question a case: *in this world, what does this subject answer, and what does it send to find out?*
//!
//! - A **world** is all that a resolver can look at: files of /etc, links and addresses, nameservers and their zones.
//! - A **subject** is a program that is asked over its pipes: the platform's C library by way of this crate's own binary,
//!   Python, or any program that speaks the protocol.
//! - A **case** asks one or more calls in a world. Its **rules** say what a standard or a manual demands of the answers,
//!   and of the queries that the world's nameservers saw.
//! - A **verdict** says of a rule whether it is kept. A **snapshot** is what a subject did when it was last accepted: it
//!   tells known deviations from new ones, and judges nothing.
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
//! | [`report`], [`runner`], [`selftest`] | say it; do it; prove that it can fail |
//! | `cli` | the command line, a default feature |
//!
//! # Judging without a sandbox
//!
//! Cases that look at nothing can be asked of this very process. [`runner::run`] does the same for any subject, in worlds.
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

pub mod report;
pub mod runner;
pub mod selftest;

#[cfg(feature = "cli")]
pub mod cli;
